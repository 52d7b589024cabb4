const units = ["B", "KiB", "MiB", "GiB", "TiB"] as const;

/** "10 GiB" as bytes; undefined: it is no size. */
export function bytesIn(text: string): number | undefined {
  const [, digits, unit = ""] = /^\s*(\d+(?:\.\d+)?)\s*([KMGT]?i?B?)\s*$/i.exec(text) ?? [];
  if (digits === undefined) return undefined;
  const power = "KMGT".indexOf(unit.charAt(0).toUpperCase() || "-") + 1;
  const bytes = Number(digits) * 1024 ** power;
  return Number.isSafeInteger(bytes) ? bytes : undefined;
}

/** In the largest unit that says it exactly. */
export function bytesText(bytes: number): string {
  let power = 0;
  let count = bytes;
  while (count > 0 && count % 1024 === 0 && power < units.length - 1) {
    count /= 1024;
    power += 1;
  }
  return `${count} ${units[power]}`;
}
