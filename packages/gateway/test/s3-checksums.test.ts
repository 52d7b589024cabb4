import {
  type ChecksumAlgorithm,
  CompleteMultipartUploadCommand,
  CopyObjectCommand,
  CreateMultipartUploadCommand,
  GetObjectAttributesCommand,
  HeadObjectCommand,
  PutObjectCommand,
  UploadPartCommand,
} from "@aws-sdk/client-s3";
import { checksumAlgorithms, createChecksum } from "@s3-credentials/protocol";
import { describe, expect, test } from "vitest";
import { useS3Gateway } from "./s3-gateway.ts";

const gateway = useS3Gateway();

/** Those of SDKs from 2026 on, which compute none of them by themselves. */
const newAlgorithms = ["MD5", "SHA512"] as const;
const notHere = ["XXHASH64", "XXHASH3", "XXHASH128"] as const;

function sum(algorithm: (typeof checksumAlgorithms)[number], ...pieces: readonly (string | Buffer)[]): string {
  const checksum = createChecksum(algorithm);
  for (const piece of pieces) checksum.update(Buffer.from(piece));
  return checksum.digest().toString("base64");
}

/** What HEAD and GetObjectAttributes say of an object's checksum. */
async function checksumAnswers(Bucket: string, Key: string): Promise<readonly unknown[]> {
  const { s3 } = gateway;
  const head = await s3.send(new HeadObjectCommand({ Bucket, Key, ChecksumMode: "ENABLED" }));
  const attributes = await s3.send(new GetObjectAttributesCommand({ Bucket, Key, ObjectAttributes: ["Checksum"] }));
  const found = (from: object) =>
    Object.fromEntries(Object.entries(from).filter(([name]) => name.startsWith("Checksum")));
  return [found(head), attributes.Checksum];
}

describe.each(newAlgorithms)("%s", (algorithm) => {
  const member = `Checksum${algorithm}` as const;

  test("is verified, kept and given back; a wrong one stores nothing", async () => {
    const Bucket = await gateway.bucket();
    const value = sum(algorithm, "hello");
    const put = new PutObjectCommand({ Bucket, Key: "k", Body: "hello", [member]: value });
    expect(await gateway.s3.send(put)).toMatchObject({ [member]: value, ChecksumType: "FULL_OBJECT" });
    const whole = { [member]: value, ChecksumType: "FULL_OBJECT" };
    expect(await checksumAnswers(Bucket, "k")).toEqual([whole, whole]);
    const wrong = new PutObjectCommand({ Bucket, Key: "wrong", Body: "hello", [member]: sum(algorithm, "other") });
    await expect(gateway.s3.send(wrong)).rejects.toMatchObject({ name: "BadDigest" });
    expect((await gateway.send({ method: "HEAD", target: `/${Bucket}/wrong` })).status).toBe(404);
  });

  test("of parts makes a composite of the object", async () => {
    const Bucket = await gateway.bucket();
    const place = { Bucket, Key: "parts" };
    const { s3 } = gateway;
    const made = await s3.send(new CreateMultipartUploadCommand({ ...place, ChecksumAlgorithm: algorithm }));
    expect(made).toMatchObject({ ChecksumAlgorithm: algorithm, ChecksumType: "COMPOSITE" });
    const upload = { ...place, UploadId: made.UploadId };
    const value = sum(algorithm, "only part");
    const part = { ...upload, PartNumber: 1, Body: "only part" };
    const wrong = new UploadPartCommand({ ...part, [member]: sum(algorithm, "x") });
    await expect(s3.send(wrong)).rejects.toMatchObject({ name: "BadDigest" });
    const { ETag } = await s3.send(new UploadPartCommand({ ...part, [member]: value }));
    const complete = (declared: string) =>
      s3.send(
        new CompleteMultipartUploadCommand({
          ...upload,
          MultipartUpload: { Parts: [{ PartNumber: 1, ETag, [member]: value }] },
          [member]: declared,
        }),
      );
    await expect(complete(sum(algorithm, "x"))).rejects.toMatchObject({ name: "BadDigest" });
    const composite = sum(algorithm, Buffer.from(value, "base64"));
    expect(await complete(composite)).toMatchObject({ [member]: `${composite}-1`, ChecksumType: "COMPOSITE" });
    expect(await checksumAnswers(Bucket, "parts")).toEqual([
      { [member]: `${composite}-1`, ChecksumType: "COMPOSITE" },
      { [member]: composite, ChecksumType: "COMPOSITE" },
    ]);
  });
});

describe("CopyObject with a checksum algorithm", () => {
  test.each(checksumAlgorithms)("the copy has a checksum of %s", async (algorithm) => {
    const Bucket = await gateway.bucket();
    await gateway.send({ method: "PUT", target: `/${Bucket}/from`, body: "hello" });
    const member = `Checksum${algorithm}`;
    const whole = { [member]: sum(algorithm, "hello"), ChecksumType: "FULL_OBJECT" };
    const copy = { Bucket, CopySource: `${Bucket}/from`, ChecksumAlgorithm: algorithm };
    const { CopyObjectResult } = await gateway.s3.send(new CopyObjectCommand({ ...copy, Key: "to" }));
    expect(CopyObjectResult).toMatchObject(whole);
    expect(await checksumAnswers(Bucket, "to")).toEqual([whole, whole]);
    // To change the algorithm is a reason to copy an object onto itself.
    await gateway.s3.send(new CopyObjectCommand({ ...copy, Key: "from" }));
    expect(await checksumAnswers(Bucket, "from")).toEqual([whole, whole]);
  });

  test("an unknown one is refused, and nothing is copied", async () => {
    const Bucket = await gateway.bucket();
    await gateway.send({ method: "PUT", target: `/${Bucket}/from`, body: "hello" });
    const ChecksumAlgorithm = "XXHASH3" as ChecksumAlgorithm;
    const copy = new CopyObjectCommand({ Bucket, Key: "to", CopySource: `${Bucket}/from`, ChecksumAlgorithm });
    await expect(gateway.s3.send(copy)).rejects.toMatchObject({ name: "InvalidRequest" });
    expect((await gateway.send({ method: "HEAD", target: `/${Bucket}/to` })).status).toBe(404);
  });
});

test.each(notHere)("%s is refused by name, whatever its value, and in a trailer", async (algorithm) => {
  const Bucket = await gateway.bucket();
  const name = `x-amz-checksum-${algorithm.toLowerCase()}`;
  const headers = { [name]: "AAAAAAAAAAA=" };
  const sent = await gateway.send({ method: "PUT", target: `/${Bucket}/k`, body: "hello", headers });
  expect(sent).toMatchObject({ status: 501, code: "NotImplemented" });
  expect(sent.body).toContain(`<Header>${name}</Header>`);
  expect((await gateway.send({ method: "HEAD", target: `/${Bucket}/k` })).status).toBe(404);
});

test("a part with two checksums in CompleteMultipartUpload is refused", async () => {
  const Bucket = await gateway.bucket();
  const upload = { Bucket, Key: "k", UploadId: "unknown" };
  const Parts = [{ PartNumber: 1, ETag: "e", ChecksumMD5: sum("MD5", ""), ChecksumSHA1: sum("SHA1", "") }];
  const complete = new CompleteMultipartUploadCommand({ ...upload, MultipartUpload: { Parts } });
  await expect(gateway.s3.send(complete)).rejects.toMatchObject({ name: "InvalidRequest" });
});
