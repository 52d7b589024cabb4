import { StoreError } from "../../ports/store-error.ts";

const loneSurrogate = /\p{Cs}/u;

/**
 * Keys are stored and ordered as UTF-8.
 * INVARIANT: the name authorized is the name stored. A lone surrogate has no UTF-8 and would become another key; parsers
 * never let one through, and here it is refused.
 */
export function keyBytes(key: string): Buffer {
  if (loneSurrogate.test(key)) throw new StoreError("corrupt", "a key that is not Unicode text");
  return Buffer.from(key, "utf8");
}

const identifier = /^[\w.~+/=-]{1,1024}$/;

/** Ids of versions and uploads come from clients as any text; what we never made is not looked up. */
export function isIdentifier(id: string): boolean {
  return identifier.test(id);
}
