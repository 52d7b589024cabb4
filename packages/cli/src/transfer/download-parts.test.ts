import { expect, test } from "vitest";
import { partsOf, promisedOf } from "./download-parts.ts";

const mebibyte = 1024 * 1024;

test.each([
  [{ "x-amz-checksum-crc32": "AAAAAA==" }, { kind: "whole", algorithm: "CRC32", value: "AAAAAA==" }],
  [
    { "x-amz-checksum-crc64nvme": "x", "x-amz-checksum-crc32": "y" },
    { kind: "whole", algorithm: "CRC64NVME", value: "x" },
  ],
  [{ "x-amz-checksum-crc32c": "abc=-12" }, { kind: "parts", count: 12 }],
  [{ "x-amz-checksum-sha256": "abc=-3" }, { kind: "parts", count: 3 }],
  [{ "x-amz-checksum-sha256": "abc=" }, { kind: "other" }],
  [{ "x-amz-checksum-crc32": "abc=-10000" }, { kind: "parts", count: 10_000 }],
  [{ "x-amz-checksum-crc32": "abc=-10001" }, { kind: "other" }],
  [{ "x-amz-checksum-crc32": `abc=-${"9".repeat(400)}` }, { kind: "other" }],
  [{ "x-amz-checksum-crc32": "abc=-0" }, { kind: "other" }],
  [{}, undefined],
])("%j is the checksum %j", (answer, checksum) => {
  expect(promisedOf(answer).checksum).toEqual(checksum);
});

test("small objects, and those whose checksum only the whole gives, are fetched at once", () => {
  expect(partsOf({ size: 16 * mebibyte })).toBeUndefined();
  expect(partsOf({ size: 99 * mebibyte, checksum: { kind: "other" } })).toBeUndefined();
  expect(partsOf({ size: 3, checksum: { kind: "parts", count: 3 } })).toBeUndefined();
});

test("large ones in ranges that meet and end with the object, or in the parts they were sent in", () => {
  expect(partsOf({ size: 32 * mebibyte + 1 })).toEqual([
    { range: "bytes=0-16777215" },
    { range: "bytes=16777216-33554431" },
    { range: "bytes=33554432-33554432" },
  ]);
  expect(partsOf({ size: 40 * mebibyte, checksum: { kind: "parts", count: 2 } })).toEqual([
    { partNumber: 1 },
    { partNumber: 2 },
  ]);
  expect(partsOf({ size: 5 * 2 ** 40 })?.length).toBeLessThanOrEqual(10_000);
});
