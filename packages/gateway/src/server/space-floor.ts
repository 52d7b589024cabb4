import type { SpaceFloor } from "../ports/disk-space.ts";

export const defaultSpaceFloor: SpaceFloor = { bytes: 256 * 1024 ** 2, percent: 1 };

const units: Readonly<Record<string, number>> = { "": 1, kib: 1024, mib: 1024 ** 2, gib: 1024 ** 3, tib: 1024 ** 4 };

/** `1GiB`, `500000000` or `2%`; undefined: none of these. */
export function parseSpaceFloor(text: string): SpaceFloor | undefined {
  const [, share] = /^(\d{1,3}(?:\.\d{1,3})?)%$/.exec(text) ?? [];
  if (share !== undefined) return Number(share) <= 100 ? { bytes: 0, percent: Number(share) } : undefined;
  const [, amount, unit] = /^(\d{1,15})(|[kmgt]ib)$/i.exec(text) ?? [];
  const factor = units[unit?.toLowerCase() ?? "none"];
  return amount === undefined || factor === undefined ? undefined : { bytes: Number(amount) * factor, percent: 0 };
}
