import fc from "fast-check";
import { expect, test } from "vitest";
import { decodeComponent, decodeForm, decodeQuery, percentBytes } from "./decode.ts";
import { uriEncode, urlEncodeKey } from "./encode.ts";

const runs = Number(process.env["TEST_RUNS"] ?? 500);

const bytes = fc.uint8Array({ maxLength: 40 }).map((array) => Buffer.from(array));
/** Unicode text without lone surrogates, NUL included. */
const text = fc.string({ unit: "binary", maxLength: 20 });
/** Raw text as an HTTP parser hands it on: one byte a character. */
const raw = fc.string({ unit: fc.integer({ min: 0, max: 255 }).map((code) => String.fromCharCode(code)) });

/** UriEncode of https://docs.aws.amazon.com/AmazonS3/latest/API/sig-v4-header-based-auth.html, by its four rules. */
function byTheRules(input: Buffer, encodeSlash: boolean): string {
  return [...input]
    .map((byte) => {
      const character = String.fromCharCode(byte);
      if (/[A-Za-z0-9\-._~]/.test(character)) return character;
      if (character === "/" && !encodeSlash) return character;
      return `%${byte.toString(16).toUpperCase().padStart(2, "0")}`;
    })
    .join("");
}

test("every byte is encoded as the rules say", () => {
  for (let byte = 0; byte < 256; byte += 1) {
    for (const keepSlash of [true, false])
      expect(uriEncode(Buffer.of(byte), keepSlash)).toBe(byTheRules(Buffer.of(byte), !keepSlash));
  }
});

test.each([
  [" ", "%20"],
  ["+", "%2B"],
  ["~", "~"],
  ["*", "%2A"],
  ["!'()", "%21%27%28%29"],
  ["%", "%25"],
  ["%41", "%2541"],
  ["/", "%2F"],
  ["ሴ", "%E1%88%B4"],
  ["😀", "%F0%9F%98%80"],
  ["\u0000", "%00"],
])("%j is %s", (plain, encoded) => {
  expect(uriEncode(Buffer.from(plain), false)).toBe(encoded);
  expect(decodeComponent(encoded)).toBe(plain);
});

test("bytes, encoded and decoded, are the bytes", () => {
  fc.assert(
    fc.property(bytes, fc.boolean(), (input, keepSlash) => {
      const encoded = uriEncode(input, keepSlash);
      expect(encoded).toBe(byTheRules(input, !keepSlash));
      expect(percentBytes(encoded)?.equals(input)).toBe(true);
      // An encoding in lower case or of more than needed means the same.
      const everything = [...input].map((byte) => `%${byte.toString(16).padStart(2, "0")}`).join("");
      expect(percentBytes(everything)?.equals(input)).toBe(true);
    }),
    { numRuns: runs },
  );
});

test("text, encoded and decoded, is the text", () => {
  fc.assert(
    fc.property(text, (input) => {
      fc.pre(Buffer.from(input).toString() === input);
      expect(decodeComponent(uriEncode(Buffer.from(input), false))).toBe(input);
      expect(decodeComponent(urlEncodeKey(input))).toBe(input);
      expect(urlEncodeKey(input)).toMatch(/^(?:[A-Za-z0-9\-._~/]|%[0-9A-F]{2})*$/);
    }),
    { numRuns: runs },
  );
});

test("only bytes that are UTF-8 are text, and a byte order mark stays", () => {
  fc.assert(
    fc.property(bytes, (input) => {
      const decoded = decodeComponent(uriEncode(input, false));
      const utf8 = Buffer.from(input.toString("utf8")).equals(input);
      expect(decoded === undefined ? undefined : Buffer.from(decoded).toString("hex")).toBe(
        utf8 ? input.toString("hex") : undefined,
      );
    }),
    { numRuns: runs },
  );
  expect(decodeComponent("%EF%BB%BFa")).toBe("\ufeffa");
});

test.each([
  ["an overlong slash", "%C0%AF"],
  ["an overlong NUL", "%C0%80"],
  ["a surrogate", "%ED%A0%80"],
  ["beyond Unicode", "%F4%90%80%80"],
  ["a lone continuation", "%80"],
  ["a sequence cut short", "%E1%88"],
  ["raw bytes that are not UTF-8", "\u00ff"],
  ["no digits", "%"],
  ["one digit", "%4"],
  ["no hex digits", "%zz"],
  ["a sign", "%+1"],
  ["a blank", "% 1"],
  ["an escape in an escape", "%%341"],
  ["UTF-16's escapes", "%u0041"],
])("%s is not decoded", (_, encoded) => {
  expect(decodeComponent(encoded)).toBeUndefined();
  expect(decodeComponent(`a${encoded}`)).toBeUndefined();
  expect(decodeQuery(`a=${encoded}`)).toBeUndefined();
  expect(decodeQuery(`${encoded}=a`)).toBeUndefined();
  expect(decodeForm(`a=${encoded}`)).toBeUndefined();
});

test("nothing is decoded twice", () => {
  expect(decodeComponent("%2541")).toBe("%41");
  expect(decodeComponent("%252e%252e%252f")).toBe("%2e%2e%2f");
  expect(decodeQuery("a=%2526b%253D")).toEqual([["a", "%26b%3D"]]);
});

test("raw text never throws, and is decoded or refused as a whole", () => {
  fc.assert(
    fc.property(
      fc.oneof(
        raw,
        fc.array(fc.oneof(raw, fc.constantFrom("%", "&", "=", "+", "%00", "%C3%BC"))).map((all) => all.join("")),
      ),
      (input) => {
        const decoded = decodeComponent(input);
        const malformed = /%(?![0-9a-fA-F]{2})/.test(input);
        if (malformed) expect(decoded).toBeUndefined();
        const pairs = decodeQuery(input);
        const form = decodeForm(input);
        expect(pairs === undefined).toBe(form === undefined);
        if (!malformed && decoded !== undefined && !/[&=]/.test(input) && input !== "") {
          expect(pairs).toEqual([[decoded, ""]]);
        }
      },
    ),
    { numRuns: runs * 2 },
  );
});

const pairs = fc.array(fc.tuple(text, text), { maxLength: 5 });

test("a query and a form, written and read", () => {
  fc.assert(
    fc.property(pairs, (given) => {
      fc.pre(given.every(([name, value]) => Buffer.from(name + value).toString() === name + value));
      const encode = (part: string): string => uriEncode(Buffer.from(part), false);
      const query = given.map(([name, value]) => `${encode(name)}=${encode(value)}`).join("&");
      expect(decodeQuery(query)).toEqual(given);
      expect(decodeForm(query)).toEqual(given);
      // As browsers and SDKs write forms.
      expect(decodeForm(new URLSearchParams(given).toString())).toEqual(given);
    }),
    { numRuns: runs },
  );
});

test.each([
  ["", []],
  ["&&", []],
  ["a", [["a", ""]]],
  ["a=", [["a", ""]]],
  ["=a", [["", "a"]]],
  ["a=b=c", [["a", "b=c"]]],
  [
    "a=1&a=2",
    [
      ["a", "1"],
      ["a", "2"],
    ],
  ],
  [
    "uploads&prefix=%2F",
    [
      ["uploads", ""],
      ["prefix", "/"],
    ],
  ],
] as const)("the query %j", (query, expected) => {
  expect(decodeQuery(query)).toEqual(expected);
});

test("a plus sign is itself in a query and a blank in a form", () => {
  expect(decodeQuery("a+b=c+d")).toEqual([["a+b", "c+d"]]);
  expect(decodeForm("a+b=c+d")).toEqual([["a b", "c d"]]);
  expect(decodeForm("a=%2B")).toEqual([["a", "+"]]);
});
