const unreserved = new Set(Buffer.from("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~"));
const slash = 0x2f;
const escapes = Array.from({ length: 256 }, (_, byte) => `%${byte.toString(16).toUpperCase().padStart(2, "0")}`);

/**
 * AWS's URI encoding: everything but unreserved characters, upper-case hex.
 * https://docs.aws.amazon.com/AmazonS3/latest/API/sig-v4-header-based-auth.html
 */
export function uriEncode(bytes: Uint8Array, keepSlash: boolean): string {
  let text = "";
  for (const byte of bytes) {
    text += unreserved.has(byte) || (keepSlash && byte === slash) ? String.fromCharCode(byte) : (escapes[byte] ?? "");
  }
  return text;
}

/** A key as listings print it with `encoding-type=url`. */
export function urlEncodeKey(key: string): string {
  return uriEncode(Buffer.from(key), true);
}
