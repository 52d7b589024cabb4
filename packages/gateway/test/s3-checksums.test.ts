import { Readable } from "node:stream";
import { Xxh3_128, Xxh3_64, Xxh64 } from "@aws-sdk/checksums/xxh";
import {
  type ChecksumAlgorithm,
  CompleteMultipartUploadCommand,
  CopyObjectCommand,
  CreateMultipartUploadCommand,
  GetObjectAttributesCommand,
  GetObjectCommand,
  HeadObjectCommand,
  ListPartsCommand,
  PutObjectCommand,
  S3Client,
  UploadPartCommand,
} from "@aws-sdk/client-s3";
import { checksumAlgorithms, createChecksum, loadChecksums } from "@s3-credentials/protocol";
import { describe, expect, onTestFinished, test } from "vitest";
import { useS3Gateway } from "./s3-gateway.ts";

await loadChecksums();

const gateway = useS3Gateway();

/** Those of SDKs from 2026 on, which compute none of them by themselves. */
const newAlgorithms = ["MD5", "SHA512", "XXHASH64", "XXHASH3", "XXHASH128"] as const;

function sum(algorithm: (typeof checksumAlgorithms)[number], ...pieces: readonly (string | Buffer)[]): string {
  const checksum = createChecksum(algorithm);
  for (const piece of pieces) checksum.update(Buffer.from(piece));
  return checksum.digest().toString("base64");
}

/** What the SDK computes a checksum with. */
type Hash = Pick<Xxh64, "update" | "digest" | "reset">;

/** What the SDK cannot compute by itself it computes with what its configuration brings. */
function clientWith(algorithm: string, checksumConstructor: new () => Hash): S3Client {
  const client = new S3Client({
    endpoint: `http://127.0.0.1:${gateway.port}`,
    region: "us-east-1",
    credentials: gateway.admin,
    forcePathStyle: true,
    maxAttempts: 1,
    extensions: [
      {
        configure: (configuration) =>
          configuration.addChecksumAlgorithm({
            algorithmId: () => algorithm as never,
            checksumConstructor: () => checksumConstructor,
          }),
      },
    ],
  });
  onTestFinished(() => client.destroy());
  return client;
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
    const ChecksumAlgorithm = "XXHASH32" as ChecksumAlgorithm;
    const copy = new CopyObjectCommand({ Bucket, Key: "to", CopySource: `${Bucket}/from`, ChecksumAlgorithm });
    await expect(gateway.s3.send(copy)).rejects.toMatchObject({ name: "InvalidRequest" });
    expect((await gateway.send({ method: "HEAD", target: `/${Bucket}/to` })).status).toBe(404);
  });
});

describe.each([
  ["XXHASH64", Xxh64],
  ["XXHASH3", Xxh3_64],
  ["XXHASH128", Xxh3_128],
] as const)("the SDK's own %s", (algorithm, Theirs) => {
  const member = `Checksum${algorithm}` as const;
  const stream = (body: string) => ({ Body: Readable.from([Buffer.from(body)]), ContentLength: body.length });

  test("in a trailer is verified and kept", async () => {
    const Bucket = await gateway.bucket();
    const put = { Bucket, Key: "k", ChecksumAlgorithm: algorithm };
    const written = await clientWith(algorithm, Theirs).send(new PutObjectCommand({ ...put, ...stream("hello") }));
    expect(written[member]).toBe(sum(algorithm, "hello"));
    const read = { Bucket, Key: "k", ChecksumMode: "ENABLED" } as const;
    const { Body } = await clientWith(algorithm, Theirs).send(new GetObjectCommand(read));
    expect(await Body?.transformToString()).toBe("hello");
    class Wrong implements Hash {
      readonly #right = new Theirs();
      update(chunk: Uint8Array): void {
        this.#right.update(chunk);
      }
      reset(): void {
        this.#right.reset();
      }
      async digest(): Promise<Uint8Array> {
        return (await this.#right.digest()).map((byte) => byte ^ 1);
      }
    }
    const refused = clientWith(algorithm, Wrong).send(
      new PutObjectCommand({ ...put, Key: "wrong", ...stream("hello") }),
    );
    await expect(refused).rejects.toMatchObject({ name: "BadDigest" });
    expect((await gateway.send({ method: "HEAD", target: `/${Bucket}/wrong` })).status).toBe(404);
  });
});

describe("the checksums of parts", () => {
  const large = Buffer.alloc(5 * 1024 * 1024, "large");
  const bodies = [large, Buffer.from("end")];

  async function upload(Key: string, options: { ChecksumAlgorithm: ChecksumAlgorithm; ChecksumType?: "FULL_OBJECT" }) {
    const { s3 } = gateway;
    const algorithm = options.ChecksumAlgorithm as (typeof checksumAlgorithms)[number];
    const member = `Checksum${algorithm}`;
    const place = { Bucket: await gateway.bucket(), Key };
    const { UploadId } = await s3.send(new CreateMultipartUploadCommand({ ...place, ...options }));
    const values = bodies.map((bytes) => ({ [member]: sum(algorithm, bytes) }));
    const parts = await Promise.all(
      bodies.map(async (Body, at) => {
        const part = { ...place, UploadId, PartNumber: at + 1, Body, ...values[at] };
        const { ETag } = await s3.send(new UploadPartCommand(part));
        return { PartNumber: at + 1, ETag, ...values[at] };
      }),
    );
    const listed = await s3.send(new ListPartsCommand({ ...place, UploadId }));
    expect(listed.Parts).toMatchObject(values);
    await s3.send(new CompleteMultipartUploadCommand({ ...place, UploadId, MultipartUpload: { Parts: parts } }));
    return { place, values, member };
  }

  const attributesOf = async (place: { Bucket: string; Key: string }, page = {}) =>
    (
      await gateway.s3.send(
        new GetObjectAttributesCommand({ ...place, ObjectAttributes: ["ObjectParts", "Checksum"], ...page }),
      )
    ).ObjectParts?.Parts;

  test.each([
    [{ ChecksumAlgorithm: "XXHASH128" }, "COMPOSITE"],
    [{ ChecksumAlgorithm: "SHA256" }, "COMPOSITE"],
    [{ ChecksumAlgorithm: "CRC32", ChecksumType: "FULL_OBJECT" }, "FULL_OBJECT"],
  ] as const)("%o: GetObjectAttributes and partNumber have them", async (options, type) => {
    const { s3 } = gateway;
    const { place, values, member } = await upload("k", options);
    expect(await attributesOf(place)).toMatchObject(values);
    expect(await attributesOf(place, { PartNumberMarker: "1" })).toMatchObject([{ PartNumber: 2, ...values[1] }]);
    const read = { ...place, ChecksumMode: "ENABLED" } as const;
    // The SDK compares what it reads with the checksum of the answer.
    const second = await clientWith("XXHASH128", Xxh3_128).send(new GetObjectCommand({ ...read, PartNumber: 2 }));
    expect(second).toMatchObject({ ...values[1], ChecksumType: type, PartsCount: 2 });
    expect(await second.Body?.transformToString()).toBe("end");
    expect(await s3.send(new HeadObjectCommand({ ...read, PartNumber: 1 }))).toMatchObject(values[0] ?? {});
    const range = (Range: string) => s3.send(new HeadObjectCommand({ ...read, Range }));
    expect(await range(`bytes=${large.length}-`)).toMatchObject(values[1] ?? {});
    for (const other of [`bytes=${large.length + 1}-`, `bytes=0-${large.length}`, "bytes=0-1"])
      expect(await range(other)).not.toHaveProperty(member);
    expect(await s3.send(new HeadObjectCommand({ ...place, PartNumber: 1 }))).not.toHaveProperty(member);
  });

  test("are not shown as those of a copy that got another algorithm", async () => {
    const { place } = await upload("k", { ChecksumAlgorithm: "SHA256" });
    const copy = { ...place, CopySource: `${place.Bucket}/k` };
    await gateway.s3.send(new CopyObjectCommand({ ...copy, Key: "same" }));
    expect(await attributesOf({ ...place, Key: "same" })).toMatchObject([{ ChecksumSHA256: sum("SHA256", large) }, {}]);
    await gateway.s3.send(new CopyObjectCommand({ ...copy, Key: "other", ChecksumAlgorithm: "XXHASH3" }));
    const parts = await attributesOf({ ...place, Key: "other" });
    expect(parts).toEqual([
      { PartNumber: 1, Size: large.length },
      { PartNumber: 2, Size: 3 },
    ]);
  });
});

test("a part with two checksums in CompleteMultipartUpload is refused", async () => {
  const Bucket = await gateway.bucket();
  const upload = { Bucket, Key: "k", UploadId: "unknown" };
  const Parts = [{ PartNumber: 1, ETag: "e", ChecksumMD5: sum("MD5", ""), ChecksumSHA1: sum("SHA1", "") }];
  const complete = new CompleteMultipartUploadCommand({ ...upload, MultipartUpload: { Parts } });
  await expect(gateway.s3.send(complete)).rejects.toMatchObject({ name: "InvalidRequest" });
});
