import { createChecksum, type ChecksumAlgorithm } from "@s3-credentials/protocol";
import { createHash, randomBytes } from "node:crypto";
import { expect, test } from "vitest";
import type { SummedPart } from "../../ports/upload.ts";
import { multipartChecksum } from "./multipart-checksum.ts";

const bodies = [randomBytes(1000), randomBytes(1000), randomBytes(7)];

async function checksumOf(algorithm: ChecksumAlgorithm, bytes: Buffer): Promise<string> {
  const checksum = createChecksum(algorithm);
  checksum.update(bytes);
  return checksum.digest().toString("base64");
}

function parts(algorithm: ChecksumAlgorithm): Promise<readonly SummedPart[]> {
  return Promise.all(
    bodies.map(async (bytes, index) => ({
      number: index + 1,
      size: bytes.length,
      etag: createHash("md5").update(bytes).digest("hex"),
      lastModified: 0,
      checksum: { algorithm, value: await checksumOf(algorithm, bytes) },
    })),
  );
}

test.each(["CRC32", "CRC32C", "CRC64NVME"] as const)("%s of the whole object, from its parts", async (algorithm) => {
  const value = await checksumOf(algorithm, Buffer.concat(bodies));
  const found = multipartChecksum({ algorithm, type: "FULL_OBJECT" }, await parts(algorithm));
  expect(found).toEqual({ algorithm, type: "FULL_OBJECT", value });
});

test("nothing asked for: CRC64NVME when every part has it, else none", async () => {
  const value = await checksumOf("CRC64NVME", Buffer.concat(bodies));
  expect(multipartChecksum(undefined, await parts("CRC64NVME"))).toEqual({
    algorithm: "CRC64NVME",
    type: "FULL_OBJECT",
    value,
  });
  expect(multipartChecksum(undefined, await parts("CRC32"))).toBeUndefined();
});

test("composite: the digest of the digests, and their number", async () => {
  const whole = createHash("sha256");
  for (const bytes of bodies) whole.update(createHash("sha256").update(bytes).digest());
  expect(multipartChecksum({ algorithm: "SHA256", type: "COMPOSITE" }, await parts("SHA256"))).toEqual({
    algorithm: "SHA256",
    type: "COMPOSITE",
    value: `${whole.digest("base64")}-3`,
  });
});

test("parts with another algorithm, and kinds that do not exist, are a mismatch", async () => {
  expect(multipartChecksum({ algorithm: "SHA1", type: "COMPOSITE" }, await parts("SHA256"))).toBe("mismatch");
  expect(multipartChecksum({ algorithm: "SHA1", type: "FULL_OBJECT" }, await parts("SHA1"))).toBe("mismatch");
  expect(multipartChecksum({ algorithm: "CRC64NVME", type: "COMPOSITE" }, await parts("CRC64NVME"))).toBe("mismatch");
});
