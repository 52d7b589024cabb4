import { UsageError } from "../command-line/failures.ts";

const secondsIn = { s: 1, m: 60, h: 3600 } as const satisfies Record<string, number>;
const minSeconds = 15 * 60;
const maxSeconds = 12 * 3600;

/** `1200`, `1200s`, `20m`, `1h` in seconds. https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html */
export function parseDuration(text: string): number {
  const match = /^(\d+)([smh]?)$/.exec(text);
  if (match === null) throw new UsageError(`invalid --duration "${text}": it is of the form 3600, 3600s, 15m or 2h`);
  const unit = match[2] === "m" || match[2] === "h" ? match[2] : "s";
  const seconds = Number(match[1]) * secondsIn[unit];
  if (seconds < minSeconds || seconds > maxSeconds) {
    const read = match[2] === "" ? `a number without a unit is seconds (${text}m is minutes); ` : "";
    throw new UsageError(`invalid --duration "${text}": ${read}give 15 minutes to 12 hours`);
  }
  return seconds;
}
