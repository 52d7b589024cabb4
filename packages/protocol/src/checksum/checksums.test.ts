import fc from "fast-check";
import { expect, test } from "vitest";
import { combineChecksums } from "./combine-checksums.ts";
import type { ChecksumAlgorithm } from "../sigv4/request-auth.ts";
import { compositeChecksum, createChecksum, isChecksumValue } from "./create-checksum.ts";

async function sum(algorithm: ChecksumAlgorithm, ...pieces: Buffer[]): Promise<string> {
  const checksum = createChecksum(algorithm);
  for (const piece of pieces) checksum.update(piece);
  return (await checksum.digest()).toString("base64");
}

/** Check values of the CRC catalogue for "123456789", and the known digests. */
test.each([
  ["CRC32", "cbf43926"],
  ["CRC32C", "e3069283"],
  ["CRC64NVME", "ae8b14860a799888"],
  ["SHA1", "f7c3bc1d808e04732adf679965ccc34ca7ae3441"],
  ["SHA256", "15e2b0d3c33891ebb0f1ef609ec419420c20e320ce94c65fbc8c3312448eb225"],
] as const)("%s", async (algorithm, hex) => {
  const value = await sum(algorithm, Buffer.from("1234"), Buffer.from("56789"));
  expect(Buffer.from(value, "base64").toString("hex")).toBe(hex);
  expect(isChecksumValue(algorithm, value)).toBe(true);
  expect(isChecksumValue(algorithm, value.slice(0, -2))).toBe(false);
});

test.each(["CRC32", "CRC32C", "CRC64NVME"] as const)("%s of the whole from those of its parts", async (algorithm) => {
  await fc.assert(
    fc.asyncProperty(fc.array(fc.uint8Array({ maxLength: 300 }), { minLength: 1, maxLength: 5 }), async (arrays) => {
      const parts = arrays.map((array) => Buffer.from(array));
      const known = await Promise.all(
        parts.map(async (part) => ({ value: await sum(algorithm, part), size: part.length })),
      );
      expect(combineChecksums(algorithm, known)).toBe(await sum(algorithm, ...parts));
    }),
    { numRuns: 60 },
  );
});

test("a composite is the digest of the digests, with their number", async () => {
  const values = [await sum("SHA256", Buffer.from("a")), await sum("SHA256", Buffer.from("b"))];
  const whole = await sum("SHA256", ...values.map((value) => Buffer.from(value, "base64")));
  expect(compositeChecksum("SHA256", values)).toBe(`${whole}-2`);
});
