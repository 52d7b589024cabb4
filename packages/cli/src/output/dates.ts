import { type Json, JsonNumber } from "../formats/json.ts";

/**
 * A date of the wire (`2021-11-03T01:38:24Z`) as Python's `str(datetime)` gives it: `2021-11-03 01:38:24+00:00`, with six
 * fractional digits when the fraction is not zero. From the text, because a JavaScript `Date` keeps milliseconds only.
 * Text of another form is returned as it is.
 */
export function pythonDate(wire: string): string {
  const match = /^(\d{4}-\d\d-\d\d)T(\d\d:\d\d:\d\d)(?:\.(\d+))?(Z|[+-]\d\d:\d\d)$/.exec(wire.trim());
  if (match === null) return wire;
  const [, day = "", time = "", fraction = "", zone = "Z"] = match;
  const micros = fraction.slice(0, 6).padEnd(6, "0");
  return `${day} ${time}${/[1-9]/.test(micros) ? `.${micros}` : ""}${zone === "Z" ? "+00:00" : zone}`;
}

/** A time that a JSON answer gives as a number of seconds; any other value is returned as it is. */
export function dateOfSeconds(value: Json): Json {
  return value instanceof JsonNumber ? pythonDate(new Date(Number(value.text) * 1000).toISOString()) : value;
}
