import { UsageError } from "../command-line/failures.ts";

const units: Readonly<Record<string, number>> = { "": 1, kib: 1024, mib: 1024 ** 2, gib: 1024 ** 3, tib: 1024 ** 4 };

/** `500000000`, `10GiB` in bytes. */
export function parseByteCount(option: string, text: string): number {
  const [, amount, unit] = /^(\d{1,15})(|[kmgt]ib)$/i.exec(text) ?? [];
  const bytes = Number(amount) * (units[unit?.toLowerCase() ?? ""] ?? 1);
  if (!Number.isSafeInteger(bytes))
    throw new UsageError(`invalid --${option} "${text}": it is a number of bytes, KiB, MiB, GiB or TiB, such as 10GiB`);
  return bytes;
}
