import { expect, test } from "vitest";
import { partsOf, promisedOf } from "./download-parts.ts";

const mebibyte = 1024 * 1024;

test.each([
  [{ ChecksumCRC32: "AAAAAA==" }, { kind: "whole", algorithm: "CRC32", value: "AAAAAA==" }],
  [
    { ChecksumCRC64NVME: "x", ChecksumCRC32: "y" },
    { kind: "whole", algorithm: "CRC64NVME", value: "x" },
  ],
  [{ ChecksumCRC32C: "abc=-12" }, { kind: "parts", count: 12 }],
  [{ ChecksumSHA256: "abc=-3" }, { kind: "parts", count: 3 }],
  [{ ChecksumSHA256: "abc=" }, { kind: "other" }],
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
    { Range: "bytes=0-16777215" },
    { Range: "bytes=16777216-33554431" },
    { Range: "bytes=33554432-33554432" },
  ]);
  expect(partsOf({ size: 40 * mebibyte, checksum: { kind: "parts", count: 2 } })).toEqual([
    { PartNumber: 1 },
    { PartNumber: 2 },
  ]);
  expect(partsOf({ size: 5 * 2 ** 40 })?.length).toBeLessThanOrEqual(10_000);
});
