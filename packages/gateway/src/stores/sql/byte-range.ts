/** Above every UTF-8 string: 0xFF occurs in none. */
const aboveAll = Buffer.from([0xff]);

/**
 * The half-open range `[from, to)` of byte strings that begin with a prefix of UTF-8 text. UTF-8 never holds 0xFF, so
 * adding one to the last byte always gives the next string that does not begin with it.
 */
export function prefixRange(prefix: Buffer): { readonly from: Buffer; readonly to: Buffer } {
  if (prefix.length === 0) return { from: prefix, to: aboveAll };
  const to = Buffer.from(prefix);
  to.writeUInt8(to.readUInt8(to.length - 1) + 1, to.length - 1);
  return { from: prefix, to };
}

/** The least byte string greater than this one. */
export function after(bytes: Buffer): Buffer {
  return Buffer.concat([bytes, Buffer.from([0])]);
}

export function greater(a: Buffer, b: Buffer): Buffer {
  return Buffer.compare(a, b) >= 0 ? a : b;
}
