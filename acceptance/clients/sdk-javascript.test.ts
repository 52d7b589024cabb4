import {
  CopyObjectCommand,
  CreateBucketCommand,
  DeleteBucketCommand,
  DeleteObjectCommand,
  DeleteObjectsCommand,
  GetObjectCommand,
  HeadObjectCommand,
  ListObjectVersionsCommand,
  paginateListObjectsV2,
  PutBucketVersioningCommand,
  PutObjectCommand,
  S3Client,
  waitUntilBucketExists,
  waitUntilBucketNotExists,
  waitUntilObjectExists,
  waitUntilObjectNotExists,
} from "@aws-sdk/client-s3";
import { Upload } from "@aws-sdk/lib-storage";
import { getSignedUrl } from "@aws-sdk/s3-request-presigner";
import { createHash } from "node:crypto";
import { Readable } from "node:stream";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { s3 as clientWithoutRetries, documentedSettings, output, run } from "../clients.ts";
import { allow, makeUser } from "../fixtures.ts";
import type { Keys, RunningGateway } from "../gateway.ts";
import { startGatewayHere } from "../gateway-here.ts";

describe("AWS SDK for JavaScript v3", { timeout: 120_000 }, () => {
  let gateway: RunningGateway;
  let s3: S3Client;
  beforeAll(async () => {
    gateway = await startGatewayHere();
    s3 = client(gateway.admin);
    await s3.send(new CreateBucketCommand({ Bucket }));
  });
  afterAll(() => gateway.stop());

  const Bucket = "everyday";
  const soon = { maxWaitTime: 30, minDelay: 1 };
  const client = (credentials: Keys) =>
    new S3Client({ endpoint: gateway.endpoint, region: "us-east-1", credentials: { ...credentials } });
  const put = (Key: string, Body = Key) => s3.send(new PutObjectCommand({ Bucket, Key, Body }));
  const read = async (Key: string, more: { VersionId?: string; Range?: string; Bucket?: string } = {}) =>
    (await s3.send(new GetObjectCommand({ Bucket, Key, ...more }))).Body?.transformToString();

  test("the settings of the guide", async () => {
    const script = `import { ListBucketsCommand } from "@aws-sdk/client-s3";
      ${documentedSettings(gateway, "AWS SDK for JavaScript v3")}
      console.log((await s3.send(new ListBucketsCommand({}))).Buckets.map(({ Name }) => Name).join());`;
    const node = run(gateway, process.execPath, ["--input-type=module", "-e", script], { keys: gateway.admin });
    expect(await output(node)).toBe(`${Bucket}\n`);
  });

  test("a bucket comes and goes, and waiters see it", async () => {
    await s3.send(new CreateBucketCommand({ Bucket: "short-lived" }));
    expect((await waitUntilBucketExists({ client: s3, ...soon }, { Bucket: "short-lived" })).state).toBe("SUCCESS");
    await s3.send(new DeleteBucketCommand({ Bucket: "short-lived" }));
    expect((await waitUntilBucketNotExists({ client: s3, ...soon }, { Bucket: "short-lived" })).state).toBe("SUCCESS");
  });

  test("objects with odd names: put, described, read in whole and in part, copied, deleted", async () => {
    const place = { Bucket, Key: "sp ace/ü+%41~'()*.txt" };
    await s3.send(
      new PutObjectCommand({
        ...place,
        Body: "0123456789",
        Metadata: { colour: "blue" },
        ContentType: "text/plain",
        StorageClass: "STANDARD_IA",
        ServerSideEncryption: "AES256",
      }),
    );
    await waitUntilObjectExists({ client: s3, ...soon }, place);
    expect(await s3.send(new HeadObjectCommand({ ...place, ChecksumMode: "ENABLED" }))).toMatchObject({
      ContentLength: 10,
      ContentType: "text/plain",
      Metadata: { colour: "blue" },
      ChecksumCRC32: expect.any(String) as string,
      StorageClass: "STANDARD_IA",
      ServerSideEncryption: "AES256",
    });
    expect(await read(place.Key, { Range: "bytes=2-4" })).toBe("234");
    await s3.send(
      new CopyObjectCommand({ Bucket, Key: "copy", CopySource: `${Bucket}/${encodeURIComponent(place.Key)}` }),
    );
    expect(await read("copy")).toBe("0123456789");
    await s3.send(new DeleteObjectCommand(place));
    await waitUntilObjectNotExists({ client: s3, ...soon }, place);
  });

  test("Upload of lib-storage: a stream of unknown length, in parts", async () => {
    const bytes = Buffer.alloc(5 * 1024 * 1024 + 1, "0123456789abcdef");
    const upload = new Upload({ client: s3, params: { Bucket, Key: "stream", Body: Readable.from([bytes]) } });
    expect((await upload.done()).ETag).toMatch(/^"[0-9a-f]{32}-2"$/);
    const { Body } = await s3.send(new GetObjectCommand({ Bucket, Key: "stream" }));
    expect(Buffer.from((await Body?.transformToByteArray()) ?? []).equals(bytes)).toBe(true);
    await new Upload({ client: s3, params: { Bucket, Key: "short-stream", Body: Readable.from(["short"]) } }).done();
    expect(await read("short-stream")).toBe("short");
  });

  test("pages with a delimiter, and many deleted at once", async () => {
    const keys = ["many/1", "many/2", "many/3", "many/deep/4"];
    await Promise.all(keys.map((key) => put(key)));
    const pages: string[][] = [];
    const query = { Bucket, Prefix: "many/", Delimiter: "/" };
    for await (const page of paginateListObjectsV2({ client: s3, pageSize: 3 }, query)) {
      pages.push(
        [
          ...(page.Contents ?? []).map(({ Key }) => Key),
          ...(page.CommonPrefixes ?? []).map(({ Prefix }) => Prefix),
        ].map(String),
      );
    }
    expect(pages).toEqual([keys.slice(0, 3), ["many/deep/"]]);
    const Delete = { Objects: keys.map((Key) => ({ Key })) };
    expect((await s3.send(new DeleteObjectsCommand({ Bucket, Delete }))).Deleted).toHaveLength(4);
  });

  test("presigned URLs", async () => {
    const place = { Bucket, Key: "presigned é" };
    const up = await getSignedUrl(s3, new PutObjectCommand({ ...place, ContentType: "text/plain" }));
    expect((await fetch(up, { method: "PUT", body: "sent", headers: { "content-type": "text/plain" } })).status).toBe(
      200,
    );
    const down = await getSignedUrl(s3, new GetObjectCommand({ ...place, ResponseContentDisposition: "attachment" }));
    const got = await fetch(down);
    expect([await got.text(), got.headers.get("content-disposition")]).toEqual(["sent", "attachment"]);
  });

  test("a presigned URL to write that encrypts and locks; who has it sends the checksum", async () => {
    const place = { Bucket: "locked", Key: "presigned" };
    await s3.send(new CreateBucketCommand({ Bucket: place.Bucket, ObjectLockEnabledForBucket: true }));
    const lock = { ObjectLockMode: "GOVERNANCE", ObjectLockRetainUntilDate: new Date("2901-01-01") } as const;
    const asked = {
      ...lock,
      ServerSideEncryption: "AES256",
      StorageClass: "STANDARD_IA",
      Tagging: "team=red",
    } as const;
    const url = await getSignedUrl(s3, new PutObjectCommand({ ...place, ...asked }));
    const body = "sent";
    const headers = { "x-amz-server-side-encryption": "AES256" };
    const send = (more: object) => fetch(url, { method: "PUT", body, headers: { ...headers, ...more } });
    expect(await (await send({})).text()).toContain("Content-MD5 OR x-amz-checksum-");
    expect((await send({ "content-md5": createHash("md5").update(body).digest("base64") })).status).toBe(200);
    const { Tagging: _counted, ...kept } = asked;
    expect(await s3.send(new HeadObjectCommand(place))).toMatchObject({ ...kept, TagCount: 1 });
  });

  test("versions", async () => {
    const place = { Bucket: "versions", Key: "a" };
    await s3.send(new CreateBucketCommand({ Bucket: place.Bucket }));
    const VersioningConfiguration = { Status: "Enabled" } as const;
    await s3.send(new PutBucketVersioningCommand({ Bucket: place.Bucket, VersioningConfiguration }));
    const { VersionId = "" } = await s3.send(new PutObjectCommand({ ...place, Body: "first" }));
    await s3.send(new PutObjectCommand({ ...place, Body: "second" }));
    expect((await s3.send(new DeleteObjectCommand(place))).DeleteMarker).toBe(true);
    expect(await read("a", { Bucket: place.Bucket, VersionId })).toBe("first");
    const { Versions, DeleteMarkers } = await s3.send(new ListObjectVersionsCommand({ Bucket: place.Bucket }));
    expect([Versions?.length, DeleteMarkers?.length]).toEqual([2, 1]);
  });

  test("what is not here is refused by name", async () => {
    const answers = [
      [{ ServerSideEncryption: "aws:kms:dsse" }, "NotImplemented"],
      [{ ObjectLockMode: "GOVERNANCE" }, "InvalidArgument"],
      [{ StorageClass: "DEEP_ARCHIVE" }, "NotImplemented"],
      [{ ACL: "public-read" }, "AccessControlListNotSupported"],
      [{ GrantRead: "id=x" }, "AccessControlListNotSupported"],
    ] as const;
    const once = clientWithoutRetries(gateway, gateway.admin); // it tries again after 501
    for (const [option, name] of answers) {
      const asked = once.send(new PutObjectCommand({ Bucket, Key: "option", Body: "", ...option }));
      await expect(asked).rejects.toMatchObject({ name });
    }
  });

  test("what is refused says why", async () => {
    const reader = await makeUser(gateway, "sdk-reader", { policy: allow("s3:ListBucket", `arn:aws:s3:::${Bucket}`) });
    const refused = client(reader.keys).send(new PutObjectCommand({ Bucket, Key: "no", Body: "no" }));
    await expect(refused).rejects.toMatchObject({
      name: "AccessDenied",
      message: expect.stringContaining(`User: ${reader.arn} is not authorized to perform: s3:PutObject`) as string,
    });
    await expect(read("not-there")).rejects.toMatchObject({ name: "NoSuchKey" });
  });
});
