/** Strict percent decoding: UTF-8 only, nothing replaced, nothing decoded twice. */

const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** Most texts, which mean themselves. */
const plain = /^[\x20-\x24\x26-\x7e]*$/;

/** The text of one path segment or query part; undefined for a malformed escape or what is not UTF-8. `+` stays `+`. */
export function decodeComponent(text: string): string | undefined {
  if (plain.test(text)) return text;
  const bytes = percentBytes(text);
  if (bytes === undefined) return undefined;
  try {
    return decoder.decode(bytes);
  } catch {
    return undefined;
  }
}

/** The bytes that a text encodes; undefined for a malformed escape. Raw characters are taken as latin1, as HTTP sent them. */
export function percentBytes(text: string): Buffer | undefined {
  if (!text.includes("%")) return Buffer.from(text, "latin1");
  const bytes = Buffer.alloc(text.length);
  let length = 0;
  for (let at = 0; at < text.length; at += 1, length += 1) {
    const code = text.charCodeAt(at);
    if (code !== 0x25) {
      bytes[length] = code;
      continue;
    }
    const high = hexDigit(text.charCodeAt(at + 1));
    const low = hexDigit(text.charCodeAt(at + 2));
    if (high === undefined || low === undefined) return undefined;
    bytes[length] = high * 16 + low;
    at += 2;
  }
  return bytes.subarray(0, length);
}

function hexDigit(code: number): number | undefined {
  if (code >= 0x30 && code <= 0x39) return code - 0x30;
  if (code >= 0x41 && code <= 0x46) return code - 0x37;
  return code >= 0x61 && code <= 0x66 ? code - 0x57 : undefined;
}

type Pair = readonly [name: string, value: string];
type Pairs = readonly Pair[];

/** Names and values of an S3 query string: `+` is itself. A name without `=` has the value ``. */
export function decodeQuery(query: string): Pairs | undefined {
  return allOf(decodePairs(query, decodeComponent));
}

/** Names and values of an `application/x-www-form-urlencoded` body: `+` is a space. */
export function decodeForm(form: string): Pairs | undefined {
  return allOf(formPairs(form));
}

/** `decodeForm` one pair at a time, so that its reader can pause or stop; undefined for a pair that is malformed. */
export function formPairs(form: string): Generator<Pair | undefined> {
  return decodePairs(form, (text) => decodeComponent(text.replaceAll("+", " ")));
}

function* decodePairs(text: string, decode: (text: string) => string | undefined): Generator<Pair | undefined> {
  for (let start = 0; start <= text.length;) {
    const ampersand = text.indexOf("&", start);
    const end = ampersand === -1 ? text.length : ampersand;
    const pair = text.slice(start, end);
    start = end + 1;
    if (pair === "") continue;
    const equals = pair.indexOf("=");
    const name = decode(equals === -1 ? pair : pair.slice(0, equals));
    const value = equals === -1 ? "" : decode(pair.slice(equals + 1));
    yield name === undefined || value === undefined ? undefined : [name, value];
  }
}

function allOf(pairs: Iterable<Pair | undefined>): Pairs | undefined {
  const all: Pair[] = [];
  for (const pair of pairs) {
    if (pair === undefined) return undefined;
    all.push(pair);
  }
  return all;
}
