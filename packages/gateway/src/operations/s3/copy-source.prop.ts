import { uriEncode } from "@s3-credentials/protocol";
import fc from "fast-check";
import { expect, test } from "vitest";
import { isRefusal } from "../operation.ts";
import { readCopySource } from "./copy-source.ts";

const runs = Number(process.env["TEST_RUNS"] ?? 300);

const read = (header: string) => {
  const headers = new Map([["x-amz-copy-source", header]]);
  return readCopySource({ query: new Map(), secure: false, headers });
};

const bucket = fc.stringMatching(/^[a-z0-9][a-z0-9.-]{1,20}[a-z0-9]$/);
const key = fc
  .string({
    unit: fc.constantFrom("a", "/", "..", ".", "?", "%", "%2e", "+", " ", "&", "ü", "\u{1f600}", "versionId="),
    minLength: 1,
  })
  .filter((text) => Buffer.byteLength(text) <= 1024);
const encoded = (text: string, keepSlash: boolean) => uriEncode(Buffer.from(text), keepSlash);

test("what is encoded is read back, byte for byte, once", () => {
  fc.assert(
    fc.property(
      bucket,
      key,
      fc.option(fc.stringMatching(/^[\w.-]{1,32}$/), { nil: undefined }),
      fc.boolean(),
      fc.boolean(),
      (name, object, versionId, slash, keepSlash) => {
        const version = versionId === undefined ? "" : `?versionId=${versionId}`;
        const header = `${slash ? "/" : ""}${name}/${encoded(object, keepSlash)}${version}`;
        expect(read(header)).toEqual({ bucket: name, key: object, versionId });
      },
    ),
    { numRuns: runs },
  );
});

test("no header throws, and what is taken has a bucket and a key that can be stored", () => {
  const piece = fc.constantFrom("/", "?", "%", "%00", "%ff", "%2f", "%3F", "versionId=", "&", "a", "\u00ff", "#");
  fc.assert(
    fc.property(fc.array(piece), (pieces) => {
      const source = read(pieces.join(""));
      if (isRefusal(source)) {
        expect(["InvalidArgument", "KeyTooLongError"]).toContain(source.code);
        return;
      }
      expect(source.bucket).toMatch(/^[^/]+$/);
      expect(source.key.length).toBeGreaterThan(0);
      expect(source.key + source.bucket + (source.versionId ?? "")).not.toContain("\0");
      expect(source.versionId).not.toBe("");
    }),
    { numRuns: runs },
  );
});

test("no NUL, in the version neither", () => {
  expect(read("b/k?versionId=a%00")).toMatchObject({ code: "InvalidArgument" });
  expect(read("b/k%00")).toMatchObject({ code: "InvalidArgument" });
});

test("keys: 1024 bytes", () => {
  expect(read(`b/${"%C3%BC".repeat(512)}`)).toMatchObject({ bucket: "b" });
  expect(read(`b/${"%C3%BC".repeat(513)}`)).toMatchObject({ code: "KeyTooLongError" });
});
