/** Strict percent decoding: UTF-8 only, nothing replaced, nothing decoded twice. */

const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** The text of one path segment or query part; undefined for a malformed escape or what is not UTF-8. `+` stays `+`. */
export function decodeComponent(text: string): string | undefined {
  const octets = percentOctets(text);
  if (octets === undefined) return undefined;
  try {
    return decoder.decode(octets);
  } catch {
    return undefined;
  }
}

/** The octets an encoded text stands for; undefined for a malformed escape. Raw characters are taken as latin1, as HTTP sent them. */
export function percentOctets(text: string): Buffer | undefined {
  if (!text.includes("%")) return Buffer.from(text, "latin1");
  const octets: number[] = [];
  for (let at = 0; at < text.length; at += 1) {
    const code = text.charCodeAt(at);
    if (code !== 0x25) {
      octets.push(code & 0xff);
      continue;
    }
    const [high, low] = [hexDigit(text.charCodeAt(at + 1)), hexDigit(text.charCodeAt(at + 2))];
    if (high === undefined || low === undefined) return undefined;
    octets.push(high * 16 + low);
    at += 2;
  }
  return Buffer.from(octets);
}

function hexDigit(code: number): number | undefined {
  if (code >= 0x30 && code <= 0x39) return code - 0x30;
  if (code >= 0x41 && code <= 0x46) return code - 0x37;
  return code >= 0x61 && code <= 0x66 ? code - 0x57 : undefined;
}

type Pairs = readonly (readonly [name: string, value: string])[];

/** Names and values of an S3 query string: `+` is itself. A name without `=` has the value ``. */
export function decodeQuery(query: string): Pairs | undefined {
  return decodePairs(query, decodeComponent);
}

/** Names and values of an `application/x-www-form-urlencoded` body: `+` is a space. */
export function decodeForm(form: string): Pairs | undefined {
  return decodePairs(form, (text) => decodeComponent(text.replaceAll("+", " ")));
}

function decodePairs(text: string, decode: (text: string) => string | undefined): Pairs | undefined {
  const pairs: (readonly [string, string])[] = [];
  for (const pair of text.split("&")) {
    if (pair === "") continue;
    const equals = pair.indexOf("=");
    const name = decode(equals === -1 ? pair : pair.slice(0, equals));
    const value = equals === -1 ? "" : decode(pair.slice(equals + 1));
    if (name === undefined || value === undefined) return undefined;
    pairs.push([name, value]);
  }
  return pairs;
}
