import fc from "fast-check";
import { expect, test } from "vitest";
import { isRefusal } from "../operation.ts";
import { readDocument } from "./read-document.ts";

const runs = Number(process.env["TEST_RUNS"] ?? 300);
const code = (text: string | Buffer): string | undefined => {
  const read = readDocument(Buffer.from(text), "Root");
  return isRefusal(read) ? read.code : undefined;
};

test.each([
  "<Root>",
  "<Root",
  "</Root>",
  "<Root/>text",
  "<Root/><Root/>",
  "<Root><A></Root>",
  "<Root>&entity;</Root>",
  '<!DOCTYPE Root [<!ENTITY a "b">]><Root>&a;</Root>',
  "<Root a=b/>",
  "<Other/>",
  "text",
  "\u0000",
  `${"<Root>".repeat(100)}${"</Root>".repeat(100)}`,
])("%s is malformed", (text) => expect(code(text)).toBe("MalformedXML"));

test("what is not UTF-8 is malformed", () => {
  expect(code(Buffer.from([0x3c, 0x52, 0xff, 0x2f, 0x3e]))).toBe("MalformedXML");
});

test("no octets are a missing body, and a large document within its row's limit is read", () => {
  expect(code("")).toBe("MissingRequestBodyError");
  expect(code(`<Root>${"x".repeat(3 * 1024 * 1024)}</Root>`)).toBeUndefined();
  expect(code('<Root xmlns="http://s3.amazonaws.com/doc/2006-03-01/"/>')).toBeUndefined();
});

test("no octets throw", () => {
  const bits = fc.constantFrom(
    "<Root>",
    "</Root>",
    "<",
    ">",
    "&",
    "<![CDATA[",
    "]]>",
    "<!--",
    "<?",
    "a",
    " ",
    '"',
    "ü",
  );
  fc.assert(
    fc.property(
      fc.oneof(
        fc.array(bits).map((all) => Buffer.from(all.join(""))),
        fc.uint8Array().map((octets) => Buffer.from(octets)),
      ),
      (octets) => {
        expect([undefined, "MalformedXML", "MissingRequestBodyError"]).toContain(code(octets));
      },
    ),
    { numRuns: runs },
  );
});
