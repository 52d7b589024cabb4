import {
  CompleteMultipartUploadCommand,
  CopyObjectCommand,
  CreateMultipartUploadCommand,
  GetObjectAttributesCommand,
  GetObjectCommand,
  HeadObjectCommand,
  ListMultipartUploadsCommand,
  ListObjectsCommand,
  ListObjectsV2Command,
  ListObjectVersionsCommand,
  ListPartsCommand,
  PutBucketPolicyCommand,
  PutObjectCommand,
  type StorageClass,
  UploadPartCommand,
} from "@aws-sdk/client-s3";
import { describe, expect, test } from "vitest";
import { useS3Gateway } from "./s3-gateway.ts";

const gateway = useS3Gateway();
const { send } = gateway;

const accepted = [
  "STANDARD",
  "STANDARD_IA",
  "ONEZONE_IA",
  "INTELLIGENT_TIERING",
  "REDUCED_REDUNDANCY",
  "GLACIER_IR",
] as const satisfies readonly StorageClass[];

/** GET and HEAD leave STANDARD out. https://docs.aws.amazon.com/AmazonS3/latest/API/API_HeadObject.html */
const inHeader = (StorageClass: StorageClass) => (StorageClass === "STANDARD" ? undefined : StorageClass);

describe.each(accepted)("the storage class %s", (StorageClass) => {
  test("of a put and of a copy is kept, and shown by reads and lists", async () => {
    const Bucket = await gateway.bucket("Enabled");
    const { s3 } = gateway;
    await s3.send(new PutObjectCommand({ Bucket, Key: "k", Body: "x", StorageClass }));
    await s3.send(new PutObjectCommand({ Bucket, Key: "plain", Body: "x" }));
    await s3.send(new CopyObjectCommand({ Bucket, Key: "made", CopySource: `${Bucket}/plain`, StorageClass }));
    await s3.send(new CopyObjectCommand({ Bucket, Key: "unmade", CopySource: `${Bucket}/k` }));
    const classes = { k: StorageClass, made: StorageClass, plain: "STANDARD", unmade: "STANDARD" } as const;
    for (const [Key, expected] of Object.entries(classes)) {
      expect((await s3.send(new HeadObjectCommand({ Bucket, Key }))).StorageClass).toBe(inHeader(expected));
      expect((await s3.send(new GetObjectCommand({ Bucket, Key }))).StorageClass).toBe(inHeader(expected));
      const attributes = new GetObjectAttributesCommand({ Bucket, Key, ObjectAttributes: ["StorageClass"] });
      expect((await s3.send(attributes)).StorageClass).toBe(expected);
    }
    const listed = [
      (await s3.send(new ListObjectsCommand({ Bucket }))).Contents,
      (await s3.send(new ListObjectsV2Command({ Bucket }))).Contents,
      (await s3.send(new ListObjectVersionsCommand({ Bucket }))).Versions,
    ];
    for (const items of listed)
      expect(Object.fromEntries(items?.map((item) => [item.Key, item.StorageClass]) ?? [])).toEqual(classes);
  });

  test("of a multipart upload is shown while it goes on, and is that of its object", async () => {
    const Bucket = await gateway.bucket();
    const { s3 } = gateway;
    const which = { Bucket, Key: "k" };
    const { UploadId } = await s3.send(new CreateMultipartUploadCommand({ ...which, StorageClass }));
    const { ETag } = await s3.send(new UploadPartCommand({ ...which, UploadId, PartNumber: 1, Body: "part" }));
    const { Uploads } = await s3.send(new ListMultipartUploadsCommand({ Bucket }));
    expect(Uploads?.map((upload) => upload.StorageClass)).toEqual([StorageClass]);
    expect((await s3.send(new ListPartsCommand({ ...which, UploadId }))).StorageClass).toBe(StorageClass);
    const MultipartUpload = { Parts: [{ PartNumber: 1, ETag }] };
    const complete = new CompleteMultipartUploadCommand({ ...which, UploadId, MultipartUpload });
    await s3.send(complete);
    expect((await s3.send(new HeadObjectCommand(which))).StorageClass).toBe(inHeader(StorageClass));
    expect((await s3.send(new ListObjectsV2Command({ Bucket }))).Contents?.[0]?.StorageClass).toBe(StorageClass);
  });

  test("makes a copy of an object onto itself a change", async () => {
    const Bucket = await gateway.bucket();
    const { s3 } = gateway;
    const Metadata = { colour: "blue" };
    await s3.send(new PutObjectCommand({ Bucket, Key: "k", Body: "x", Metadata, StorageClass: "ONEZONE_IA" }));
    await s3.send(new CopyObjectCommand({ Bucket, Key: "k", CopySource: `${Bucket}/k`, StorageClass }));
    const head = await s3.send(new HeadObjectCommand({ Bucket, Key: "k" }));
    expect(head).toMatchObject({ Metadata });
    expect(head.StorageClass).toBe(inHeader(StorageClass));
  });
});

describe("a storage class that is not here", () => {
  const refused = [
    ["GLACIER", 501, "NotImplemented"],
    ["DEEP_ARCHIVE", 501, "NotImplemented"],
    ...["EXPRESS_ONEZONE", "OUTPOSTS", "SNOW", "FSX_OPENZFS", "FSX_ONTAP", "standard_ia", "GOLD", "__proto__", ""].map(
      (name) => [name, 400, "InvalidStorageClass"] as const,
    ),
  ] as const;

  test.each(refused)("%s is refused by name in every write: %i %s", async (name, status, code) => {
    const b = await gateway.bucket();
    await send({ method: "PUT", target: `/${b}/source`, body: "x" });
    const headers = { "x-amz-storage-class": name };
    const copy = { ...headers, "x-amz-copy-source": `${b}/source` };
    for (const sent of [
      await send({ method: "PUT", target: `/${b}/k`, body: "x", headers }),
      await send({ method: "POST", target: `/${b}/k?uploads`, headers }),
      await send({ method: "PUT", target: `/${b}/k`, headers: copy }),
      await send({ method: "PUT", target: `/${b}/source`, headers: copy }),
    ]) {
      expect(sent).toMatchObject({ status, code });
      expect(sent.body).toContain(name === "" ? "<StorageClassRequested/>" : `<StorageClassRequested>${name}</`);
    }
    expect((await send({ method: "HEAD", target: `/${b}/k` })).status).toBe(404);
  });
});

test("a policy may ask for a storage class (s3:x-amz-storage-class)", async () => {
  const Bucket = await gateway.bucket();
  const statement = {
    Effect: "Deny",
    Principal: "*",
    Action: "s3:PutObject",
    Resource: `arn:aws:s3:::${Bucket}/*`,
    Condition: { StringNotEquals: { "s3:x-amz-storage-class": "STANDARD_IA" } },
  };
  const Policy = JSON.stringify({ Version: "2012-10-17", Statement: statement });
  const { s3 } = gateway;
  await s3.send(new PutObjectCommand({ Bucket, Key: "source", Body: "x" }));
  await s3.send(new PutBucketPolicyCommand({ Bucket, Policy }));
  const which = { Bucket, Key: "k" };
  const writes = (StorageClass?: StorageClass) => [
    () => s3.send(new PutObjectCommand({ ...which, Body: "x", StorageClass })),
    () => s3.send(new CreateMultipartUploadCommand({ ...which, StorageClass })),
    () => s3.send(new CopyObjectCommand({ ...which, CopySource: `${Bucket}/source`, StorageClass })),
  ];
  for (const write of [...writes(), ...writes("GLACIER_IR")])
    await expect(write()).rejects.toMatchObject({ name: "AccessDenied" });
  for (const write of writes("STANDARD_IA")) await write();
});

test("an empty x-amz-tagging header means no tags, and needs no right to set tags", async () => {
  const b = await gateway.bucket();
  const statement = { Effect: "Allow", Action: ["s3:PutObject", "s3:GetObject"], Resource: `arn:aws:s3:::${b}/*` };
  const keys = await gateway.user("writer", statement);
  const headers = { "x-amz-tagging": "" };
  expect((await send({ method: "PUT", target: `/${b}/k`, body: "x", headers, keys })).status).toBe(200);
  expect((await send({ method: "POST", target: `/${b}/k?uploads`, headers, keys })).status).toBe(200);
  const copy = { ...headers, "x-amz-copy-source": `${b}/k`, "x-amz-tagging-directive": "REPLACE" };
  expect((await send({ method: "PUT", target: `/${b}/c`, headers: copy, keys })).status).toBe(200);
  const tags = { "x-amz-tagging": "a=b" };
  expect((await send({ method: "PUT", target: `/${b}/k`, body: "x", headers: tags, keys })).status).toBe(403);
});
