import { UsageError } from "../command-line/failures.ts";
import { parseMoment } from "./moment.ts";

/** The moment that `--since` means, in seconds since the epoch: so long ago, or a date or time of UTC. @throws {UsageError} */
export function parseSince(text: string): number {
  const [, count, unit = ""] = /^([1-9]\d{0,5})([smhdw])$/.exec(text) ?? [];
  const now = Date.now() / 1000;
  const since = count === undefined ? epochSeconds(parseMoment(text)) : now - Number(count) * (secondsIn[unit] ?? 0);
  if (since === undefined)
    throw new UsageError(
      `invalid --since "${text}": it is of the form 30m, 12h, 7d, 2w, 2026-01-31 or "2026-01-31 10:00"`,
    );
  if (since > now) throw new UsageError(`invalid --since "${text}": that is in the future`);
  return Math.floor(since);
}

const secondsIn: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3600, d: 86_400, w: 604_800 };

function epochSeconds(date: Date | undefined): number | undefined {
  return date === undefined ? undefined : date.getTime() / 1000;
}
