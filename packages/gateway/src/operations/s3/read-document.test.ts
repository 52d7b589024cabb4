import fc from "fast-check";
import { expect, test } from "vitest";
import { isRefusal } from "../operation.ts";
import { optionalXmlBody, sliceBytes, xmlBody } from "./read-document.ts";

const runs = Number(process.env["TEST_RUNS"] ?? 300);
const noPause = async (): Promise<void> => {};
const body = xmlBody("Root", { maxBytes: 4 * 1024 * 1024, maxElements: 100 });
const code = async (text: string | Buffer): Promise<string | undefined> => {
  const read = await body.read(Buffer.from(text), noPause);
  return isRefusal(read) ? read.code : undefined;
};

/** Slices of a document that were read until it was refused. */
async function slicesOf(text: string): Promise<number> {
  let slices = 1;
  const read = await body.read(Buffer.from(text), async () => void (slices += 1));
  expect(read).toMatchObject({ code: "MalformedXML" });
  return slices;
}

const attributes = (count: number, name = "a"): string =>
  Array.from({ length: count }, (_, index) => `${name}${index}="b"`).join(" ");

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
  `<Root>${"<A/>".repeat(100)}</Root>`,
  `<Root ${attributes(257)}/>`,
  `<Root ${attributes(257, "xmlns:a")}/>`,
  `<Root>${"<A>".repeat(16)}${"</A>".repeat(16)}</Root>`,
])("%s is malformed", async (text) => expect(await code(text)).toBe("MalformedXML"));

test("what is not UTF-8 is malformed", async () => {
  expect(await code(Buffer.from([0x3c, 0x52, 0xff, 0x2f, 0x3e]))).toBe("MalformedXML");
});

test("no bytes are a missing body, and a large document within its row's limit is read", async () => {
  expect(await code("")).toBe("MissingRequestBodyError");
  expect(await code(`<Root>${"x".repeat(3 * 1024 * 1024)}</Root>`)).toBeUndefined();
  expect(await code('<Root xmlns="http://s3.amazonaws.com/doc/2006-03-01/"/>')).toBeUndefined();
});

test("a document of as many elements, attributes and levels as allowed is read", async () => {
  expect(await code(`<Root>${"<A/>".repeat(99)}</Root>`)).toBeUndefined();
  expect(await code(`<Root ${attributes(256)}/>`)).toBeUndefined();
  expect(await code(`<Root>${"<A>".repeat(15)}${"</A>".repeat(15)}</Root>`)).toBeUndefined();
});

test("a large document is read in slices, and not beyond what is refused", async () => {
  let turns = 0;
  const text = `<Root>${"x".repeat(1024 * 1024)}</Root>`;
  await body.read(Buffer.from(text), async () => void (turns += 1));
  expect(turns).toBe(Math.ceil(text.length / sliceBytes) - 1);
  expect(await slicesOf(`<Root ${attributes(180_000)}/>`)).toBe(2); // as many attributes as are allowed are more than one
  expect(await slicesOf(`<Root>${"<Object/>".repeat(49_000)}</Root>`)).toBe(1);
  expect(await slicesOf(`<Root>${"<A>".repeat(49_000)}</Root>`)).toBe(1);
});

test("a body that need not be there", async () => {
  const optional = optionalXmlBody("Root", { maxBytes: 100, maxElements: 1 });
  expect(await optional.read(Buffer.alloc(0), noPause)).toBeUndefined();
  expect(await optional.read(Buffer.from("<Root/>"), noPause)).toMatchObject({ name: "Root" });
  expect(await optional.read(Buffer.from("<Other/>"), noPause)).toMatchObject({ code: "MalformedXML" });
});

test("no bytes throw", async () => {
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
  await fc.assert(
    fc.asyncProperty(
      fc.oneof(
        fc.array(bits).map((all) => Buffer.from(all.join(""))),
        fc.uint8Array().map((bytes) => Buffer.from(bytes)),
      ),
      async (bytes) => {
        expect([undefined, "MalformedXML", "MissingRequestBodyError"]).toContain(await code(bytes));
      },
    ),
    { numRuns: runs },
  );
});
