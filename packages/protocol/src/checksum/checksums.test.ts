import fc from "fast-check";
import { expect, test } from "vitest";
import { combineChecksums } from "./combine-checksums.ts";
import type { ChecksumAlgorithm } from "../sigv4/request-auth.ts";
import { compositeChecksum, createChecksum, isChecksumValue } from "./create-checksum.ts";
import { loadChecksums } from "./xxhash.ts";

await loadChecksums();

function sum(algorithm: ChecksumAlgorithm, ...pieces: Buffer[]): string {
  const checksum = createChecksum(algorithm);
  for (const piece of pieces) checksum.update(piece);
  return checksum.digest().toString("base64");
}

/** Check values of the CRC catalogue for "123456789", and the known digests. */
test.each([
  ["CRC32", "cbf43926"],
  ["CRC32C", "e3069283"],
  ["CRC64NVME", "ae8b14860a799888"],
  ["SHA1", "f7c3bc1d808e04732adf679965ccc34ca7ae3441"],
  ["SHA256", "15e2b0d3c33891ebb0f1ef609ec419420c20e320ce94c65fbc8c3312448eb225"],
  ["MD5", "25f9e794323b453885f5181f1b624d0b"],
  [
    "SHA512",
    "d9e6762dd1c8eaf6d61b3c6192fc408d4d6d5f1176d0c29169bc24e71c3f274ad27fcd5811b313d681f7e55ec02d73d499c95455b6b5bb503acf574fba8ffe85",
  ],
  ["XXHASH64", "8cb841db40e6ae83"],
  ["XXHASH3", "72dcb18b67a17dff"],
  ["XXHASH128", "33119477ede5dcd5e9716427681d5860"],
] as const)("%s", (algorithm, hex) => {
  const value = sum(algorithm, Buffer.from("1234"), Buffer.from("56789"));
  expect(Buffer.from(value, "base64").toString("hex")).toBe(hex);
  expect(isChecksumValue(algorithm, value)).toBe(true);
  expect(isChecksumValue(algorithm, value.slice(0, -2))).toBe(false);
});

test.each(["CRC32", "CRC32C", "CRC64NVME"] as const)("%s of the whole from those of its parts", (algorithm) => {
  fc.assert(
    fc.property(fc.array(fc.uint8Array({ maxLength: 300 }), { minLength: 1, maxLength: 5 }), (arrays) => {
      const parts = arrays.map((array) => Buffer.from(array));
      const known = parts.map((part) => ({ value: sum(algorithm, part), size: part.length }));
      expect(combineChecksums(algorithm, known)).toBe(sum(algorithm, ...parts));
    }),
    { numRuns: 60 },
  );
});

test("a composite is the digest of the digests, with their number", () => {
  const values = [sum("SHA256", Buffer.from("a")), sum("SHA256", Buffer.from("b"))];
  const whole = sum("SHA256", ...values.map((value) => Buffer.from(value, "base64")));
  expect(compositeChecksum("SHA256", values)).toBe(`${whole}-2`);
});
