import {
  CompleteMultipartUploadCommand,
  CreateMultipartUploadCommand,
  GetObjectCommand,
  HeadObjectCommand,
  PutObjectCommand,
  UploadPartCommand,
} from "@aws-sdk/client-s3";
import { describe, expect, test } from "vitest";
import { useS3Gateway } from "./s3-gateway.ts";

const gateway = useS3Gateway();
const { send } = gateway;

describe("partNumber of an object without parts", () => {
  test("1 is the whole object as a range, with its checksum; HEAD says the same", async () => {
    const Bucket = await gateway.bucket();
    const { s3 } = gateway;
    await s3.send(new PutObjectCommand({ Bucket, Key: "k", Body: "hello" }));
    const input = { Bucket, Key: "k", PartNumber: 1, ChecksumMode: "ENABLED" } as const;
    const expected = { $metadata: { httpStatusCode: 206 }, ContentRange: "bytes 0-4/5", ContentLength: 5 };
    const got = await s3.send(new GetObjectCommand(input));
    expect(got).toMatchObject(expected);
    expect(await got.Body?.transformToString()).toBe("hello");
    expect(got.PartsCount).toBeUndefined();
    expect(got.ChecksumCRC32).toBeDefined();
    expect(await s3.send(new HeadObjectCommand(input))).toMatchObject(expected);
  });

  test("of an empty object is 200, because no range names no bytes", async () => {
    const b = await gateway.bucket();
    await send({ method: "PUT", target: `/${b}/empty`, body: "" });
    const got = await send({ target: `/${b}/empty?partNumber=1` });
    expect(got).toMatchObject({ status: 200, body: "" });
    expect(got.headers["content-range"]).toBeUndefined();
  });

  test("too high is InvalidPartNumber, beside Range InvalidRequest, and If-Range is of ranges alone", async () => {
    const b = await gateway.bucket();
    await send({ method: "PUT", target: `/${b}/k`, body: "hello" });
    const high = await send({ target: `/${b}/k?partNumber=2` });
    expect(high).toMatchObject({ status: 416, code: "InvalidPartNumber" });
    expect(high.body).toContain("<PartNumberRequested>2</PartNumberRequested><ActualPartCount>1</ActualPartCount>");
    expect((await send({ method: "HEAD", target: `/${b}/k?partNumber=2` })).status).toBe(416);
    const both = await send({ target: `/${b}/k?partNumber=1`, headers: { range: "bytes=0-1" } });
    expect(both).toMatchObject({ status: 400, code: "InvalidRequest" });
    const other = await send({ target: `/${b}/k?partNumber=1`, headers: { "if-range": '"other"' } });
    expect(other.headers["content-range"]).toBe("bytes 0-4/5");
  });
});

test("partNumber of an object made of parts gives the part, with its checksum and their count", async () => {
  const { s3 } = gateway;
  const place = { Bucket: await gateway.bucket(), Key: "k" };
  const { UploadId } = await s3.send(new CreateMultipartUploadCommand({ ...place, ChecksumAlgorithm: "CRC32" }));
  const bodies = [Buffer.alloc(5 * 1024 * 1024, "a"), Buffer.from("end")];
  const sent = await Promise.all(
    bodies.map(async (Body, at) => {
      const part = { ...place, UploadId, PartNumber: at + 1, Body, ChecksumAlgorithm: "CRC32" } as const;
      const { ETag, ChecksumCRC32 } = await s3.send(new UploadPartCommand(part));
      return { ETag, ChecksumCRC32, PartNumber: at + 1 };
    }),
  );
  await s3.send(new CompleteMultipartUploadCommand({ ...place, UploadId, MultipartUpload: { Parts: sent } }));
  const second = { ...place, PartNumber: 2, ChecksumMode: "ENABLED" } as const;
  const expected = {
    ContentRange: `bytes ${5 * 1024 * 1024}-${5 * 1024 * 1024 + 2}/${5 * 1024 * 1024 + 3}`,
    ContentLength: 3,
    PartsCount: 2,
    ChecksumCRC32: sent[1]?.ChecksumCRC32,
  };
  const got = await s3.send(new GetObjectCommand(second));
  expect(got).toMatchObject(expected);
  expect(await got.Body?.transformToString()).toBe("end");
  expect(await s3.send(new HeadObjectCommand(second))).toMatchObject(expected);
  const third = s3.send(new GetObjectCommand({ ...place, PartNumber: 3 }));
  await expect(third).rejects.toMatchObject({ name: "InvalidPartNumber" });
});

test("Content-Encoding comes back as it was written, without aws-chunked alone", async () => {
  const Bucket = await gateway.bucket();
  const { s3 } = gateway;
  const encodings = { "deflate, gzip": "deflate, gzip", "aws-chunked, deflate, gzip": "deflate, gzip", br: "br" };
  for (const [ContentEncoding, expected] of Object.entries(encodings)) {
    await s3.send(new PutObjectCommand({ Bucket, Key: "k", Body: "x", ContentEncoding }));
    expect((await s3.send(new HeadObjectCommand({ Bucket, Key: "k" }))).ContentEncoding).toBe(expected);
  }
});

const publicGrant = `<AccessControlPolicy><AccessControlList><Grant><Grantee xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xsi:type="Group"><URI>http://acs.amazonaws.com/groups/global/AllUsers</URI></Grantee><Permission>READ</Permission></Grant></AccessControlList></AccessControlPolicy>`;

/** What asks for rights of others, and what asks for what holds anyway. */
const asked = [
  [{ "x-amz-acl": "public-read" }, "", "AccessControlListNotSupported"],
  [{ "x-amz-acl": "authenticated-read" }, "", "AccessControlListNotSupported"],
  [
    { "x-amz-grant-read": 'uri="http://acs.amazonaws.com/groups/global/AllUsers"' },
    "",
    "AccessControlListNotSupported",
  ],
  [{}, publicGrant, "AccessControlListNotSupported"],
  [{}, "", "MissingSecurityHeader"],
  [{ "x-amz-acl": "private" }, "", undefined],
  [{ "x-amz-acl": "bucket-owner-full-control" }, "", undefined],
] as const;

describe.each(["PutBucketAcl", "PutObjectAcl"] as const)("%s", (name) => {
  const path = (bucket: string) => (name === "PutBucketAcl" ? `/${bucket}?acl` : `/${bucket}/k?acl`);

  test.each(asked)("%j %.24s answers %s, once the bucket and the rights were checked", async (headers, body, code) => {
    const b = await gateway.bucket();
    await send({ method: "PUT", target: `/${b}/k`, body: "x" });
    const put = (target: string, keys = gateway.admin) => send({ method: "PUT", target, headers, body, keys });
    const answer = await put(path(b));
    expect([answer.status, answer.code]).toEqual([code === undefined ? 200 : 400, code]);
    expect(await put(path("no-such-bucket"))).toMatchObject({ status: 404, code: "NoSuchBucket" });
    const unique = `${name}-${asked.findIndex((row) => row[0] === headers && row[1] === body)}`;
    const others = await gateway.user(unique, { Effect: "Allow", NotAction: `s3:${name}`, Resource: "*" });
    expect(await put(path(b), others)).toMatchObject({ status: 403, code: "AccessDenied" });
  });

  test("the ACL that was read can be written back", async () => {
    const b = await gateway.bucket();
    await send({ method: "PUT", target: `/${b}/k`, body: "x" });
    const read = await send({ target: path(b) });
    expect((await send({ method: "PUT", target: path(b), body: read.body })).status).toBe(200);
  });
});

test("PutObjectAcl of an object or version that is not there", async () => {
  const b = await gateway.bucket("Enabled");
  const { headers } = await send({ method: "PUT", target: `/${b}/k`, body: "x" });
  const put = (target: string, keys = gateway.admin) =>
    send({ method: "PUT", target: `/${b}/${target}`, headers: { "x-amz-acl": "private" }, keys });
  expect((await put("absent?acl")).code).toBe("NoSuchKey");
  expect((await put("k?acl&versionId=unknown")).code).toBe("NoSuchVersion");
  const version = `k?acl&versionId=${String(headers["x-amz-version-id"])}`;
  expect((await put(version)).status).toBe(200);
  const current = await gateway.user("current", { Effect: "Allow", Action: "s3:PutObjectAcl", Resource: "*" });
  expect((await put("k?acl", current)).status).toBe(200);
  expect((await put(version, current)).code).toBe("AccessDenied");
});

test.each([{ "x-amz-acl": "public-read" }, { "x-amz-grant-read": "id=x" }])(
  "CreateBucket with %j is InvalidBucketAclWithObjectOwnership, and makes none",
  async (headers) => {
    const target = "/public-bucket";
    const refused = await send({ method: "PUT", target, headers });
    expect(refused).toMatchObject({ status: 400, code: "InvalidBucketAclWithObjectOwnership" });
    expect((await send({ method: "HEAD", target })).status).toBe(404);
  },
);
