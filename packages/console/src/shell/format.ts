/**
 * The page is in English, so its dates and numbers are too: `1.000` means one in an English sentence, and another calendar has other years
 * than the policies. A browser that is set to a kind of English keeps it.
 */
const own = Intl.DateTimeFormat().resolvedOptions().locale;
const locale = own.startsWith("en") ? own : "en-GB";
const dates = new Intl.DateTimeFormat(locale, { year: "numeric", month: "short", day: "numeric" });
const times = new Intl.DateTimeFormat(locale, { dateStyle: "medium", timeStyle: "medium" });
const zone = new Intl.DateTimeFormat(locale, { timeZoneName: "shortOffset" });

/** A day in milliseconds. */
export const dayMs = 86_400_000;

export function showDate(time: string): string {
  const parsed = Date.parse(time);
  return Number.isNaN(parsed) ? "" : dates.format(parsed);
}

export function showTime(time: string): string {
  const parsed = Date.parse(time);
  // One line, or one for the day and one for the time.
  return Number.isNaN(parsed) ? "" : times.format(parsed).replaceAll(/(?<!\d{4},) /g, "\u00a0");
}

/** The time zone of this browser, in which `showTime` writes: `GMT+5:45`. */
export function zoneName(): string {
  return zone.formatToParts().find(({ type }) => type === "timeZoneName")?.value ?? "";
}

export function showNumber(value: number): string {
  return value.toLocaleString(locale);
}

const units = ["B", "KiB", "MiB", "GiB", "TiB", "PiB"] as const;

export function showSize(bytes: number): string {
  let size = bytes;
  let unit = 0;
  while (size >= 1024 && unit < units.length - 1) {
    size /= 1024;
    unit += 1;
  }
  return `${unit === 0 ? size : size.toFixed(1)} ${units[unit]}`;
}

/** "58 min", "3 h 20 min". */
export function showDuration(milliseconds: number): string {
  const minutes = Math.max(0, Math.round(milliseconds / 60_000));
  if (minutes < 60) return `${minutes} min`;
  const rest = minutes % 60;
  return rest === 0 ? `${Math.floor(minutes / 60)} h` : `${Math.floor(minutes / 60)} h ${rest} min`;
}

export function countOf(count: number, one: string, many = `${one}s`): string {
  return `${showNumber(count)} ${count === 1 ? one : many}`;
}

/** With its first letter large, as at the beginning of a sentence. */
export function capitalized(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

/** Days since then. */
export function ageInDays(time: string): number {
  return Math.floor((Date.now() - Date.parse(time)) / dayMs);
}

/**
 * A name that somebody else chose: what cannot be seen in it, or turns the direction of the text after it, is written out. Otherwise
 * `report<U+202E>fdp.exe` would look like `reportexe.pdf`, and `a` like the `a` that has a space after it.
 */
export function showName(name: string): string {
  return showText(name).replaceAll(/^ | $| (?= )/g, signName(0x20));
}

/** Words with what somebody else wrote in them, as in a policy: what cannot be seen, or turns the direction, is written out as in `showName`. */
export function showText(text: string): string {
  return text.replaceAll(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]|(?! )\p{Zs}/gu, (sign) => signName(sign.codePointAt(0) ?? 0));
}

/** A document as JSON, for people: what `showName` writes out is escaped, so that it stays the same document. */
export function showJson(text: string): string {
  const json = JSON.stringify(JSON.parse(text), null, 2);
  return json.replaceAll(/[\p{Cf}\p{Zl}\p{Zp}]|(?! )\p{Zs}/gu, (sign) =>
    [...Array(sign.length).keys()].map((at) => `\\u${sign.charCodeAt(at).toString(16).padStart(4, "0")}`).join(""),
  );
}

/** `<U+202E>`, of a code point. */
export function signName(code: number): string {
  return `<U+${code.toString(16).toUpperCase().padStart(4, "0")}>`;
}
