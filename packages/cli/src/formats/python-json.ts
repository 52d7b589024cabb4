import { type Json, JsonNumber, isObject } from "./json.ts";

/**
 * `json.dumps(value)`, or `json.dumps(value, indent=indent)`, byte for byte: everything but printable ASCII is escaped,
 * DEL included. https://docs.python.org/3/library/json.html
 */
export function dumps(value: Json, indent?: number): string {
  return write(value, indent, "");
}

function write(value: Json, indent: number | undefined, margin: string): string {
  if (value === null) return "null";
  if (typeof value === "string") return quote(value);
  if (typeof value === "boolean" || typeof value === "number") return String(value);
  if (value instanceof JsonNumber) return value.text;
  const inner = indent === undefined ? "" : margin + " ".repeat(indent);
  if (isObject(value)) {
    const entries = [...value].map(([name, item]) => `${quote(name)}: ${write(item, indent, inner)}`);
    return wrap("{", entries, "}", indent, margin, inner);
  }
  const items = value.map((item) => write(item, indent, inner));
  return wrap("[", items, "]", indent, margin, inner);
}

function wrap(
  open: string,
  parts: readonly string[],
  close: string,
  indent: number | undefined,
  margin: string,
  inner: string,
): string {
  if (parts.length === 0) return open + close;
  if (indent === undefined) return open + parts.join(", ") + close;
  return `${open}\n${parts.map((part) => inner + part).join(",\n")}\n${margin}${close}`;
}

const shortEscapes: Readonly<Record<string, string>> = {
  '"': '\\"',
  "\\": "\\\\",
  "\n": "\\n",
  "\r": "\\r",
  "\t": "\\t",
  "\f": "\\f",
  "\b": "\\b",
};

function quote(text: string): string {
  // By UTF-16 unit: a character beyond the plane becomes its surrogate pair, as Python writes it.
  const escaped = text.replace(
    /["\\]|[^ -~]/g,
    (unit) => shortEscapes[unit] ?? `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
  return `"${escaped}"`;
}
