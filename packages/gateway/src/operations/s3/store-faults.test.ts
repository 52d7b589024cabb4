import { localHomes } from "../../server/bucket-homes.ts";
import { expect, test } from "vitest";
import type { Grant } from "../../ports/grant.ts";
import type { BucketRecord } from "../../ports/bucket-registry.ts";
import type { ObjectVersion } from "../../ports/object-version.ts";
import { PlaceTaken, StoreError, Unsupported } from "../../ports/store-error.ts";
import { isRefusal, type Refusal, type Reply } from "../operation.ts";
import type { S3Context } from "./s3-context.ts";
import type { S3Operation } from "./s3-operation.ts";
import type { S3Request } from "./s3-request.ts";
import type { SeenObjects } from "./s3-subject.ts";
import { copyObject } from "./copy-object.ts";
import { createBucket } from "./create-bucket.ts";
import { deleteBucket } from "./bucket.ts";
import { deleteObjects } from "./delete-objects.ts";
import { getObject } from "./get-object.ts";
import { uploadPartCopy } from "./upload-part-copy.ts";

// Stores that fail at one step, as a full queue or an overwrite between two steps makes them.

const bucket = {
  id: "1",
  place: "1",
  name: "bucket",
  owner: "123456789012",
  region: "us-east-1",
  state: "active",
  versioning: "off",
  ownership: "BucketOwnerEnforced",
} as BucketRecord;
const version = {
  kind: "object",
  key: "k",
  versionId: "null",
  size: 1,
  etag: "e",
  lastModified: 0,
  parts: [],
  metadata: { headers: {}, user: {} },
} as unknown as ObjectVersion;
const grant = { resources: ["a", "b"].map((key) => `arn:aws:s3:::bucket/${key}`) } as unknown as Grant;
const busy = () => Promise.reject(new StoreError("unavailable", "too many writes are waiting"));

async function run(
  operation: S3Operation,
  ports: object,
  request: Partial<S3Request> = {},
  body = "",
  seen: SeenObjects = {},
): Promise<Reply | Refusal> {
  const names = { bucket: "bucket", key: "k" };
  const head = operation.parse({ query: new Map(), secure: false, headers: new Map(), ...request }, names);
  const document =
    operation.body.kind === "buffered" ? await operation.body.read(Buffer.from(body), async () => {}) : undefined;
  const input = operation.parseBody === undefined ? head : operation.parseBody(head, document);
  if (isRefusal(input)) return input;
  const principal = { kind: "root", accountId: "123456789012", arn: "arn:aws:iam::123456789012:root" };
  const named = { bucketName: "bucket", key: "k" };
  const fixed = { now: 0, time: { turn: async () => {} }, mayList: async () => true, mayRead: async () => true };
  const context = { ports, principal, ...named, bucket, sourceBucket: bucket, seen, ...fixed };
  return operation.run(grant, input, context as unknown as S3Context);
}

test("DeleteBucket: when the data plane cannot say, the bucket is active again", async () => {
  let state: string = "active";
  const move = async (_grant: Grant, _id: string, from: string, to: string) => {
    if (state !== from) return false;
    state = to;
    return true;
  };
  const buckets = { move, remove: async () => void (state = "gone") };
  await expect(run(deleteBucket, { buckets, objects: { closeBucket: busy } })).rejects.toThrow(StoreError);
  expect(state).toBe("active");
  expect(await run(deleteBucket, { buckets, objects: { closeBucket: async () => true } })).toMatchObject({
    status: 204,
  });
  expect(state).toBe("gone");
});

test("CreateBucket: what broke off is finished by its owner's next try, and by nobody else's", async () => {
  let record = { ...bucket, state: "creating" } as BucketRecord;
  let fail = true;
  const buckets = {
    create: async () => ({ exists: record }),
    setPublicAccessBlock: () => (fail ? busy() : Promise.resolve()),
    move: async () => (record = { ...record, state: "active" }).state === "active",
  };
  const ports = {
    buckets,
    objects: { openBucket: async () => {} },
    homes: localHomes,
    ids: { bucketId: () => "2" },
    region: "us-east-1",
  };
  await expect(run(createBucket, ports)).rejects.toThrow(StoreError);
  expect(record.state).toBe("creating");
  fail = false;
  expect(await run(createBucket, ports)).toMatchObject({ status: 200 });
  expect(record.state).toBe("active");
  expect(await run(createBucket, { ...ports, region: "eu-west-1" })).toMatchObject({ code: "BucketAlreadyOwnedByYou" });
  record = { ...record, state: "deleting" };
  expect(await run(createBucket, ports)).toMatchObject({ code: "BucketAlreadyOwnedByYou" });
  record = { ...record, state: "creating", owner: "210987654321" };
  expect(await run(createBucket, ports)).toMatchObject({ code: "BucketAlreadyExists" });
  expect(record.state).toBe("creating");
});

test("CreateBucket: a bucket that an engine has is not the caller's, not even when an earlier try broke off", async () => {
  let record: BucketRecord | undefined = { ...bucket, state: "creating", place: "ceph/bucket" };
  const buckets = {
    findAny: async () => record,
    create: async () => ({ exists: record }),
    setPublicAccessBlock: async () => {},
    giveUp: async () => void (record = undefined),
    move: async () => (record = { ...bucket, state: "active" }).state === "active",
  };
  let entries: object[] = [{}];
  let lacksVersions = false;
  const listed = async () => ({ entries, truncated: false });
  const objects = {
    // Engines answer so when the bucket is there, and belongs to the gateway's keys.
    openBucket: async () => {},
    listVersions: () => (lacksVersions ? Promise.reject(new Unsupported("versions")) : listed()),
    listObjects: listed,
  };
  const homes = { ...localHomes, choose: () => ({ place: "ceph/bucket" }) };
  const ports = { buckets, objects, homes, ids: { bucketId: () => "2" }, region: "us-east-1" };
  expect(await run(createBucket, ports)).toMatchObject({ code: "BucketAlreadyExists" });
  expect(record).toBeUndefined();
  record = { ...bucket, state: "creating", place: "ceph/bucket" };
  lacksVersions = true;
  expect(await run(createBucket, ports)).toMatchObject({ code: "BucketAlreadyExists" });
  record = { ...bucket, state: "creating", place: "ceph/bucket" };
  const taken = { ...objects, openBucket: () => Promise.reject(new PlaceTaken("another one's")) };
  expect(await run(createBucket, { ...ports, objects: taken })).toMatchObject({ code: "BucketAlreadyExists" });
  // Nobody has to wait for a start to adopt it.
  expect(record).toBeUndefined();
  record = { ...bucket, state: "creating", place: "ceph/bucket" };
  entries = [];
  const full = { ...objects, openBucket: () => Promise.reject(new StoreError("full", "TooManyBuckets")) };
  await expect(run(createBucket, { ...ports, objects: full })).rejects.toMatchObject({ kind: "full" });
  expect(record).toBeUndefined();
  record = { ...bucket, state: "creating", place: "ceph/bucket" };
  expect(await run(createBucket, ports)).toMatchObject({ status: 200 });
  expect(record).toMatchObject({ state: "active" });
});

test("GetObject: replaced while it is opened, it is looked up anew; gone for good, the fault is reported", async () => {
  let failures = 2;
  const read = async () => {
    if (failures > 0) throw new StoreError("conflict", `the version is gone, ${(failures -= 1)}`);
    return (async function* () {})();
  };
  const objects = { find: async () => version, read };
  expect(await run(getObject, { objects })).toMatchObject({ status: 200 });
  failures = 3;
  await expect(run(getObject, { objects })).rejects.toMatchObject({ kind: "conflict" });
  // What was decided about is read, or nothing: the pipeline decides about what is there now.
  failures = 1;
  await expect(run(getObject, { objects: { read } }, {}, "", { object: { version } })).rejects.toMatchObject({
    kind: "conflict",
  });
  failures = 0;
  const unreadable = { find: async () => version, read: () => Promise.reject(new StoreError("corrupt", "unreadable")) };
  await expect(run(getObject, { objects: unreadable })).rejects.toMatchObject({ kind: "corrupt" });
});

test("CopyObject: a source replaced meanwhile is looked up anew, a version named is not", async () => {
  let failures = 2;
  let calls = 0;
  const copy = async () => {
    calls += 1;
    return (failures -= 1) >= 0 ? { kind: "no-such-version" } : { kind: "written", version };
  };
  const objects = { find: async () => version, copy };
  const from = (source: string) => ({ headers: new Map([["x-amz-copy-source", source]]) });
  expect(await run(copyObject, { objects }, from("bucket/other"))).toMatchObject({ status: 200 });
  expect(calls).toBe(3);
  failures = 1;
  expect(await run(copyObject, { objects }, from("bucket/other?versionId=v"))).toMatchObject({ code: "NoSuchVersion" });
  expect(calls).toBe(4);
  failures = 1;
  const seen = { source: { version } };
  await expect(run(copyObject, { objects: { copy } }, from("bucket/other"), "", seen)).rejects.toMatchObject({
    kind: "conflict",
  });
  expect(calls).toBe(5);
});

test("copies of more than 5 GiB are refused before anything is read", async () => {
  const size = 5 * 1024 ** 3 + 1;
  const objects = {
    find: async () => ({ ...version, size }),
    findUpload: async () => ({ metadata: version.metadata }),
  };
  const headers = new Map([["x-amz-copy-source", "bucket/large"]]);
  const refused = { code: "InvalidRequest", message: expect.stringContaining("5368709120") };
  expect(await run(copyObject, { objects }, { headers })).toMatchObject(refused);
  const query = new Map(Object.entries({ uploadId: "u", partNumber: "1" }));
  expect(await run(uploadPartCopy, { objects }, { headers, query })).toMatchObject(refused);
});

test("DeleteObjects: one key's failure does not hide that others are gone", async () => {
  const remove = (_grant: Grant, { key }: { readonly key: string }) =>
    key === "b" ? busy() : Promise.resolve({ kind: "deleted", versionId: undefined, deleteMarker: false });
  const body =
    "<Delete><Object><Key>a</Key></Object><Object><Key>b</Key></Object><Object><Key>c</Key></Object></Delete>";
  const done = await run(
    deleteObjects,
    { objects: { delete: remove } },
    { headers: new Map([["content-md5", "x"]]) },
    body,
  );
  const text = JSON.stringify(done);
  expect(text.match(/"Deleted"/g)).toHaveLength(1);
  expect(text).toContain("SlowDown");
  expect(text).toContain("AccessDenied");
});
