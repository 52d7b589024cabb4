import { expect, test } from "vitest";
import { withHoisted } from "./hoisted-headers.ts";

const presigned = { form: "presigned" } as const;

test("headers that a signer moved into the query are headers again", () => {
  const query = new Map([
    ["X-Amz-Acl", "private"],
    ["x-amz-meta-a", "b"],
    ["x-amz-checksum-crc32", "AAAAAA=="],
    ["X-Amz-Signature", "s"],
    ["prefix", "p"],
  ]);
  const headers = withHoisted(new Map([["host", "h"]]), query, presigned);
  expect([...(headers as Map<string, string>)]).toEqual([
    ["host", "h"],
    ["x-amz-acl", "private"],
    ["x-amz-meta-a", "b"],
  ]);
});

test("two values are refused, the same one twice is not", () => {
  const query = new Map([["x-amz-acl", "private"]]);
  expect(withHoisted(new Map([["x-amz-acl", "public-read"]]), query, presigned)).toMatchObject({
    code: "InvalidArgument",
  });
  expect(withHoisted(new Map([["x-amz-acl", "private"]]), query, presigned)).toBeInstanceOf(Map);
  expect(
    withHoisted(
      new Map(),
      new Map([
        ["x-amz-acl", "a"],
        ["X-Amz-Acl", "b"],
      ]),
      presigned,
    ),
  ).toMatchObject({ code: "InvalidArgument" });
});

test("a value that could not be a header is refused", () => {
  for (const value of ["a\nb", "a\rb", "\u007f", "\0"])
    expect(withHoisted(new Map(), new Map([["x-amz-meta-a", value]]), presigned)).toMatchObject({
      code: "InvalidArgument",
    });
});

test("a value beyond ASCII is the header whose bytes are its UTF-8", () => {
  const sent = new Map([["x-amz-meta-a", Buffer.from("café").toString("latin1")]]);
  const query = new Map([["x-amz-meta-a", "café"]]);
  expect(withHoisted(new Map(), query, presigned)).toEqual(sent);
  expect(withHoisted(sent, query, presigned)).toEqual(sent);
  expect(withHoisted(new Map([["x-amz-meta-a", "café"]]), query, presigned)).toMatchObject({ code: "InvalidArgument" });
});

test("only a presigned query is signed whole as a query", () => {
  const headers = new Map([["host", "h"]]);
  expect(withHoisted(headers, new Map([["x-amz-acl", "public-read"]]), { form: "header" })).toBe(headers);
});
