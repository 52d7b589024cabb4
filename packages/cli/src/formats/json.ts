/** JSON as Python's `json` module holds it: objects keep the order of their keys, numbers keep whether they are integers. */
export type Json = null | boolean | string | number | JsonNumber | readonly Json[] | JsonObject;
export type JsonObject = ReadonlyMap<string, Json>;

/** A number read from text; `text` is how Python prints it back (`1.0` stays `1.0`, integers of any size stay exact). */
export class JsonNumber {
  readonly text: string;
  constructor(text: string) {
    this.text = text;
  }
}

export function isObject(value: Json | undefined): value is JsonObject {
  return value instanceof Map;
}

export function isList(value: Json | undefined): value is readonly Json[] {
  return Array.isArray(value);
}

export function jsonObject(entries: Readonly<Record<string, Json | undefined>>): JsonObject {
  const defined = Object.entries(entries).filter((entry): entry is [string, Json] => entry[1] !== undefined);
  return new Map(defined);
}

/** The text of a field; empty when it is absent or no text. */
export function textField(object: JsonObject, name: string): string {
  const value = object.get(name);
  return typeof value === "string" ? value : "";
}

/** Plain data (as literals in code and the policy templates give it) in the ordered form. */
export function fromPlain(value: unknown): Json {
  if (value === null || typeof value === "boolean" || typeof value === "string" || typeof value === "number")
    return value;
  if (value instanceof JsonNumber) return value;
  if (value instanceof Map) return new Map([...value].map(([name, item]) => [String(name), fromPlain(item)]));
  if (Array.isArray(value)) return value.map(fromPlain);
  if (typeof value === "object") {
    return new Map(
      Object.entries(value)
        .filter(([, item]) => item !== undefined)
        .map(([name, item]) => [name, fromPlain(item)]),
    );
  }
  throw new TypeError(`not JSON: ${typeof value}`);
}

const token = /[\s]*("(?:[^"\\]|\\.)*"|-?\d[\d.eE+-]*|true|false|null|[{}[\],:])/gy;

/**
 * Reads JSON text. Throws `SyntaxError` with the position for anything RFC 8259 refuses (a trailing comma, a comment, NaN).
 * `JSON.parse` decides what is valid; the second reading only keeps what it loses: number spelling and the order of keys.
 */
export function parseJson(text: string): Json {
  JSON.parse(text);
  const tokens = [...text.matchAll(token)].map((match) => match[1] ?? "");
  let at = 0;
  const read = (): Json => {
    const first = tokens[at++] ?? "null";
    if (first === "[") {
      const items: Json[] = [];
      while (tokens[at] !== "]") {
        if (tokens[at] === ",") at += 1;
        items.push(read());
      }
      at += 1;
      return items;
    }
    if (first === "{") {
      const entries = new Map<string, Json>();
      while (tokens[at] !== "}") {
        if (tokens[at] === ",") at += 1;
        const name = String(JSON.parse(tokens[at] ?? '""'));
        at += 2;
        entries.set(name, read());
      }
      at += 1;
      return entries;
    }
    if (first.startsWith('"')) return String(JSON.parse(first));
    if (first === "null") return null;
    if (first === "true" || first === "false") return first === "true";
    return new JsonNumber(pythonNumber(first));
  };
  return read();
}

function pythonNumber(written: string): string {
  if (/^-?\d+$/.test(written)) return BigInt(written).toString();
  return pythonFloat(Number(written));
}

/** `repr(float)`: shortest digits, exponent form below 1e-4 and from 1e16 on, two exponent digits at least. */
function pythonFloat(value: number): string {
  if (!Number.isFinite(value)) return value > 0 ? "Infinity" : "-Infinity";
  if (Object.is(value, -0)) return "-0.0";
  const [digits = "0", power = "0"] = value.toExponential().split("e");
  const exponent = Number(power);
  if (value !== 0 && (exponent < -4 || exponent >= 16)) {
    return `${digits}e${exponent < 0 ? "-" : "+"}${String(Math.abs(exponent)).padStart(2, "0")}`;
  }
  const plain =
    exponent < 0 ? value.toFixed(Math.max(0, digits.replace(/[-.]/g, "").length - 1 - exponent)) : String(value);
  return plain.includes(".") ? plain : `${plain}.0`;
}
