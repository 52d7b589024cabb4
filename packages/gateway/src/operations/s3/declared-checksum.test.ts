import type { ChecksumAlgorithm } from "@s3-credentials/protocol";
import { createHash } from "node:crypto";
import { expect, test } from "vitest";
import type { Part, Upload } from "../../ports/upload.ts";
import { isRefusal } from "../operation.ts";
import { declaredMismatch, type DeclaredObject, readDeclared } from "./declared-checksum.ts";

const sha256 = (bytes: string | Buffer): Buffer => createHash("sha256").update(bytes).digest();

function part(number: number, size: number, algorithm: ChecksumAlgorithm, value: string): Part {
  return { number, size, etag: "e", lastModified: 0, checksum: { algorithm, value } };
}

function upload(checksum: Upload["checksum"]): Upload {
  const metadata = { headers: {}, user: {}, storageClass: "STANDARD" } as const;
  return { uploadId: "u", key: "k", initiatedAt: 0, initiator: "i", owner: "o", metadata, checksum };
}

function declared(headers: Readonly<Record<string, string>>): DeclaredObject {
  const request = {
    bucket: "b",
    key: "k",
    query: new Map(),
    secure: false,
    headers: new Map(Object.entries(headers)),
  };
  const read = readDeclared(request);
  if (isRefusal(read)) throw new Error(read.code);
  return read;
}

const composite = upload({ algorithm: "SHA256", type: "COMPOSITE" });
const two = ["a", "bc"].map((text, at) => part(at + 1, text.length, "SHA256", sha256(text).toString("base64")));
const whole = sha256(Buffer.concat([sha256("a"), sha256("bc")])).toString("base64");
const broken = (headers: Readonly<Record<string, string>>, of: Upload = composite, parts: readonly Part[] = two) =>
  declaredMismatch(declared(headers), of, parts)?.code;

test("what holds", () => {
  expect(broken({})).toBeUndefined();
  expect(broken({ "x-amz-mp-object-size": "3", "x-amz-checksum-type": "composite" })).toBeUndefined();
  expect(broken({ "x-amz-checksum-sha256": whole })).toBeUndefined();
  expect(broken({ "x-amz-checksum-sha256": `${whole}-2` })).toBeUndefined();
});

test("what does not", () => {
  expect(broken({ "x-amz-mp-object-size": "4" })).toBe("InvalidRequest");
  expect(broken({ "x-amz-checksum-type": "FULL_OBJECT" })).toBe("InvalidRequest");
  expect(broken({ "x-amz-checksum-sha256": sha256("abc").toString("base64") })).toBe("BadDigest");
  expect(broken({ "x-amz-checksum-crc32": "AAAAAA==" })).toBe("BadDigest");
  expect(broken({ "x-amz-checksum-sha256": whole }, composite, two.toReversed())).toBe("BadDigest");
});

test("a whole object's CRC is put together from its parts'", () => {
  // CRC32 of "123456789" is cbf43926; of its parts "1234" and "56789" as given.
  const crc = (hex: string) => Buffer.from(hex, "hex").toString("base64");
  const parts = [part(1, 4, "CRC32", crc("9be3e0a3")), part(2, 5, "CRC32", crc("131da070"))];
  const of = upload({ algorithm: "CRC32", type: "FULL_OBJECT" });
  const got = broken({ "x-amz-checksum-crc32": crc("cbf43926") }, of, parts);
  expect(got).toBeUndefined();
  expect(broken({ "x-amz-checksum-crc32": crc("cbf43927") }, of, parts)).toBe("BadDigest");
});

test.each([
  [{ "x-amz-mp-object-size": "x" }],
  [{ "x-amz-checksum-sha256": "short" }],
  [{ "x-amz-checksum-sha256": whole, "x-amz-checksum-crc32": "AAAAAA==" }],
])("%o is refused", (headers) => {
  expect(() => declared(headers)).toThrow("InvalidRequest");
});
