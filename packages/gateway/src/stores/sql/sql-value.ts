import { isRecord } from "@s3-credentials/policy/parse";
import { isUtf8 } from "node:buffer";
import { StoreError } from "../../ports/store-error.ts";

/**
 * What may be bound and what comes back. Keys and everything else a client sends are bytes, never TEXT, which libsql cuts
 * at NUL. Numbers are safe integers.
 */
export type SqlValue = null | number | string | Uint8Array;

const textLimits = /[\0\p{Cs}]/u;

/** Refuses what a driver would change silently. */
export function checkValue(value: SqlValue): SqlValue {
  if (typeof value === "string" && textLimits.test(value))
    throw new StoreError("corrupt", "text with NUL or a lone surrogate");
  if (typeof value === "number" && !Number.isSafeInteger(value))
    throw new StoreError("corrupt", "a number that is not a safe integer");
  if (value === undefined || typeof value === "boolean") throw new StoreError("corrupt", `cannot bind ${typeof value}`);
  return value;
}

/** A column as integer; anything else means that the file is damaged. */
export function integer(column: SqlValue | undefined): number {
  if (typeof column === "number" && Number.isSafeInteger(column)) return column;
  throw new StoreError("corrupt", `expected an integer column, found ${kindOf(column)}`);
}

/** An INTEGER column that holds 0 or 1. */
export function flag(column: SqlValue | undefined): boolean {
  const found = integer(column);
  if (found !== 0 && found !== 1) throw new StoreError("corrupt", "expected 0 or 1, found another number");
  return found === 1;
}

/** A TEXT column. A connection gives what is not ASCII as bytes, so that unreadable text is found here and not in the driver. */
export function text(column: SqlValue | undefined): string {
  if (typeof column === "string") return column;
  if (column instanceof Uint8Array) return utf8(column);
  throw new StoreError("corrupt", `expected a text column, found ${kindOf(column)}`);
}

export function blob(column: SqlValue | undefined): Buffer {
  if (column instanceof Uint8Array) return Buffer.from(column.buffer, column.byteOffset, column.byteLength);
  throw new StoreError("corrupt", `expected a blob column, found ${kindOf(column)}`);
}

/** A BLOB column that holds UTF-8. */
export function utf8(column: SqlValue | undefined): string {
  const bytes = blob(column);
  if (!isUtf8(bytes)) throw new StoreError("corrupt", "a column is not UTF-8");
  return bytes.toString("utf8");
}

/**
 * A BLOB column that holds a policy document. A document that is not UTF-8 comes back as a text that is not a policy. So its
 * layer denies, and its owner still sees it and can replace it. A lenient decoding would make a different policy of it.
 */
export function policyText(column: SqlValue | undefined): string {
  const bytes = blob(column);
  const document = bytes.toString("utf8");
  return isUtf8(bytes) ? document : `unreadable: ${document}`;
}

/** A TEXT column that holds one of a few words. */
export function oneOf<W extends string>(words: readonly W[], column: SqlValue | undefined): W {
  const found = text(column);
  const word = words.find((one) => one === found);
  if (word === undefined) throw new StoreError("corrupt", `expected ${words.join(" or ")}, found another word`);
  return word;
}

/** `optional(text, column)`: undefined for NULL. */
export function optional<T>(read: (column: SqlValue | undefined) => T, column: SqlValue | undefined): T | undefined {
  return column === null ? undefined : read(column);
}

/** Parses a JSON column written by us. */
export function json(column: SqlValue | undefined): unknown {
  const source = text(column);
  try {
    return JSON.parse(source) as unknown;
  } catch (cause) {
    throw new StoreError("corrupt", "a JSON column does not parse", { cause });
  }
}

function kindOf(column: SqlValue | undefined): string {
  if (column instanceof Uint8Array) return "a blob";
  return column === null ? "NULL" : typeof column;
}

/** What `json` gave, as an object of texts. `what` is for the error: `the tags of a principal`. */
export function texts(value: unknown, what: string): Readonly<Record<string, string>> {
  if (isRecord(value) && Object.values(value).every((one) => typeof one === "string"))
    return value as Readonly<Record<string, string>>;
  throw new StoreError("corrupt", `${what} are no object of texts`);
}

/** What `json` gave, as a list of texts. */
export function textList(value: unknown, what: string): readonly string[] {
  if (Array.isArray(value) && value.every((one) => typeof one === "string")) return value;
  throw new StoreError("corrupt", `${what} are no list of texts`);
}

/** Tags as a JSON column holds them. */
export function tagsDocument(tags: ReadonlyMap<string, string>): Buffer {
  return Buffer.from(JSON.stringify(Object.fromEntries(tags)), "utf8");
}

export function tagsOf(column: SqlValue | undefined, what: string): ReadonlyMap<string, string> {
  return new Map(Object.entries(texts(json(column), what)));
}
