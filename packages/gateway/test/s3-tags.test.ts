import {
  CompleteMultipartUploadCommand,
  CopyObjectCommand,
  CreateMultipartUploadCommand,
  DeleteBucketTaggingCommand,
  DeleteObjectTaggingCommand,
  GetBucketTaggingCommand,
  GetObjectCommand,
  GetObjectTaggingCommand,
  HeadObjectCommand,
  PutBucketAbacCommand,
  PutBucketPolicyCommand,
  PutBucketTaggingCommand,
  PutObjectCommand,
  PutObjectTaggingCommand,
  UploadPartCommand,
} from "@aws-sdk/client-s3";
import { describe, expect, test } from "vitest";
import { useS3Gateway } from "./s3-gateway.ts";

const gateway = useS3Gateway();
const { send } = gateway;

const set = (tags: Readonly<Record<string, string>>) => Object.entries(tags).map(([Key, Value]) => ({ Key, Value }));
const tagsOf = async (Bucket: string, Key: string, VersionId?: string) => {
  const { TagSet = [] } = await gateway.s3.send(new GetObjectTaggingCommand({ Bucket, Key, VersionId }));
  return Object.fromEntries(TagSet.map((tag) => [tag.Key, tag.Value]));
};
const code = async (asked: Promise<unknown>) =>
  asked.then(
    () => "done",
    (error: unknown) => (error as Error).name,
  );
const onObjects = (bucket: string) => `arn:aws:s3:::${bucket}/*`;

describe("the tags of an object", () => {
  test("are put, read, replaced and deleted, each of one version", async () => {
    const Bucket = await gateway.bucket("Enabled");
    const { s3 } = gateway;
    const at = { Bucket, Key: "k" };
    const first = await s3.send(new PutObjectCommand({ ...at, Body: "1", Tagging: "team=red&of=a%20b%2Bc" }));
    const second = await s3.send(new PutObjectCommand({ ...at, Body: "2" }));
    expect(await tagsOf(Bucket, "k")).toEqual({});
    expect(await tagsOf(Bucket, "k", first.VersionId)).toEqual({ team: "red", of: "a b+c" });
    const put = await s3.send(new PutObjectTaggingCommand({ ...at, Tagging: { TagSet: set({ team: "blue" }) } }));
    expect(put.VersionId).toBe(second.VersionId);
    const old = { ...at, VersionId: first.VersionId };
    await s3.send(new PutObjectTaggingCommand({ ...old, Tagging: { TagSet: set({ old: "" }) } }));
    expect(await tagsOf(Bucket, "k")).toEqual({ team: "blue" });
    expect(await tagsOf(Bucket, "k", first.VersionId)).toEqual({ old: "" });
    expect((await s3.send(new DeleteObjectTaggingCommand(at))).VersionId).toBe(second.VersionId);
    expect(await tagsOf(Bucket, "k")).toEqual({});
    expect(await tagsOf(Bucket, "k", first.VersionId)).toEqual({ old: "" });
    expect(await code(s3.send(new PutObjectTaggingCommand({ ...at, Key: "none", Tagging: { TagSet: [] } })))).toBe("NoSuchKey"); // prettier-ignore
  });

  test("are put while the object is replaced again and again: the last write wins, and none is refused", async () => {
    const target = `/${await gateway.bucket()}/k`;
    await send({ method: "PUT", target });
    const body = "<Tagging><TagSet><Tag><Key>a</Key><Value>b</Value></Tag></TagSet></Tagging>";
    const writes = Array.from({ length: 20 }, (_, n) =>
      send(n % 2 === 0 ? { method: "PUT", target } : { method: "PUT", target: `${target}?tagging`, body }),
    );
    expect(new Set((await Promise.all(writes)).map(({ status }) => status))).toEqual(new Set([200]));
  });

  test("come with an upload in parts, and are counted in the answers to who may read them", async () => {
    const Bucket = await gateway.bucket();
    const { s3 } = gateway;
    const at = { Bucket, Key: "up" };
    const { UploadId } = await s3.send(new CreateMultipartUploadCommand({ ...at, Tagging: "a=1&b=2" }));
    const { ETag } = await s3.send(new UploadPartCommand({ ...at, UploadId, PartNumber: 1, Body: "part" }));
    await s3.send(new CompleteMultipartUploadCommand({ ...at, UploadId, MultipartUpload: { Parts: [{ PartNumber: 1, ETag }] } })); // prettier-ignore
    expect(await tagsOf(Bucket, "up")).toEqual({ a: "1", b: "2" });
    expect((await s3.send(new GetObjectCommand(at))).TagCount).toBe(2);
    expect((await s3.send(new HeadObjectCommand(at))).TagCount).toBe(2);
    const keys = await gateway.user("reader", { Effect: "Allow", Action: "s3:GetObject", Resource: onObjects(Bucket) });
    expect((await send({ target: `/${Bucket}/up`, keys })).headers["x-amz-tagging-count"]).toBeUndefined();
  });

  test("are copied, or replaced, as the directive says", async () => {
    const Bucket = await gateway.bucket();
    const { s3 } = gateway;
    await s3.send(new PutObjectCommand({ Bucket, Key: "from", Body: "x", Tagging: "a=1" }));
    const copy = { Bucket, CopySource: `${Bucket}/from` };
    await s3.send(new CopyObjectCommand({ ...copy, Key: "copied" }));
    await s3.send(new CopyObjectCommand({ ...copy, Key: "meta", MetadataDirective: "REPLACE" }));
    await s3.send(new CopyObjectCommand({ ...copy, Key: "other", TaggingDirective: "REPLACE", Tagging: "b=2" }));
    await s3.send(new CopyObjectCommand({ ...copy, Key: "none", TaggingDirective: "REPLACE" }));
    await s3.send(new CopyObjectCommand({ ...copy, Key: "from", TaggingDirective: "REPLACE", Tagging: "c=3" }));
    expect(await tagsOf(Bucket, "copied")).toEqual({ a: "1" });
    expect(await tagsOf(Bucket, "meta")).toEqual({ a: "1" });
    expect(await tagsOf(Bucket, "other")).toEqual({ b: "2" });
    expect(await tagsOf(Bucket, "none")).toEqual({});
    expect(await tagsOf(Bucket, "from")).toEqual({ c: "3" });
    expect(await code(s3.send(new CopyObjectCommand({ ...copy, Key: "x", Tagging: "b=2" })))).toBe("InvalidArgument");
  });

  const many = Object.fromEntries(Array.from({ length: 11 }, (_, n) => [`k${n}`, ""]));
  const refused: readonly (readonly [string, readonly { Key: string; Value: string }[], string])[] = [
    ["eleven", set(many), "BadRequest"],
    ["a key twice", [...set({ a: "1" }), ...set({ a: "2" })], "InvalidTag"],
    ["a long key", set({ ["k".repeat(129)]: "" }), "InvalidTag"],
    ["a long value", set({ k: "v".repeat(257) }), "InvalidTag"],
    ["an empty key", set({ "": "v" }), "InvalidTag"],
    ["a key of AWS's", set({ "aws:x": "v" }), "InvalidTag"],
    ["a sign that no key has", set({ "a?": "v" }), "InvalidTag"],
    ["a sign that no value has", set({ a: "v;" }), "InvalidTag"],
  ];
  test.each(refused)("%s: refused, in a document and in a header", async (_what, TagSet, expected) => {
    const Bucket = await gateway.bucket();
    await gateway.s3.send(new PutObjectCommand({ Bucket, Key: "k", Body: "x" }));
    const put = new PutObjectTaggingCommand({ Bucket, Key: "k", Tagging: { TagSet: [...TagSet] } });
    expect(await code(gateway.s3.send(put))).toBe(expected);
    const Tagging = new URLSearchParams(TagSet.map(({ Key, Value }): [string, string] => [Key, Value])).toString();
    const inHeader = await code(gateway.s3.send(new PutObjectCommand({ Bucket, Key: "made", Body: "x", Tagging })));
    expect(inHeader).toBe(_what === "a key twice" ? "InvalidArgument" : expected);
    expect((await send({ method: "HEAD", target: `/${Bucket}/made` })).status).toBe(404);
  });

  test("as many, as long and of the signs that S3 takes", async () => {
    const Bucket = await gateway.bucket();
    const tags = { ["k".repeat(128)]: "v".repeat(256), "Ä .:/=+-@_9": "漢 字", __proto__x: "", "": undefined };
    delete (tags as Record<string, unknown>)[""];
    const TagSet = set(tags as Record<string, string>);
    await gateway.s3.send(new PutObjectCommand({ Bucket, Key: "k", Body: "x" }));
    await gateway.s3.send(new PutObjectTaggingCommand({ Bucket, Key: "k", Tagging: { TagSet } }));
    expect(await tagsOf(Bucket, "k")).toEqual(tags);
  });

  test.each([
    "<Tagging/>",
    "<Tagging><TagSet/><TagSet/></Tagging>",
    "<Tagging><TagSet><Tag><Key>a</Key></Tag></TagSet></Tagging>",
    "<Tagging><TagSet><Other/></TagSet></Tagging>",
  ])("%s is malformed", async (body) => {
    const Bucket = await gateway.bucket();
    await send({ method: "PUT", target: `/${Bucket}/k`, body: "x" });
    expect((await send({ method: "PUT", target: `/${Bucket}/k?tagging`, body })).code).toBe("MalformedXML");
  });
});

describe("policies by the tags of objects", () => {
  const allow = (bucket: string, Action: string | readonly string[], Condition?: object) => ({
    Effect: "Allow",
    Action,
    Resource: onObjects(bucket),
    ...(Condition === undefined ? {} : { Condition }),
  });
  const tagged = (value: string) => ({ StringEquals: { "s3:ExistingObjectTag/team": value } });

  test("s3:ExistingObjectTag decides about reads, by the version that is read", async () => {
    const Bucket = await gateway.bucket("Enabled");
    const put = (body: string, team: string) =>
      send({ method: "PUT", target: `/${Bucket}/k`, body, headers: { "x-amz-tagging": `team=${team}` } });
    const red = String((await put("red", "red")).headers["x-amz-version-id"]);
    const blue = String((await put("blue", "blue")).headers["x-amz-version-id"]);
    const actions = ["s3:GetObject", "s3:GetObjectVersion", "s3:GetObjectTagging", "s3:GetObjectAcl"];
    const keys = await gateway.user("byTag", allow(Bucket, actions, tagged("red")));
    const status = async (target: string) => (await send({ target: `/${Bucket}/${target}`, keys })).status;
    expect(await status(`k?versionId=${red}`)).toBe(200);
    expect(await status(`k?versionId=${blue}`)).toBe(403);
    for (const target of ["k", "k?tagging", "k?acl", "none"]) expect(await status(target)).toBe(403);
    await send({ method: "PUT", target: `/${Bucket}/k?tagging`, body: "<Tagging><TagSet><Tag><Key>team</Key><Value>red</Value></Tag></TagSet></Tagging>" }); // prettier-ignore
    for (const target of ["k", "k?tagging", "k?acl"]) expect(await status(target)).toBe(200);
  });

  test("a Deny by a tag holds for sources of copies too, and nobody learns what exists", async () => {
    const Bucket = await gateway.bucket();
    await send({ method: "PUT", target: `/${Bucket}/secret`, body: "x", headers: { "x-amz-tagging": "team=red" } });
    await send({ method: "PUT", target: `/${Bucket}/plain`, body: "x" });
    const keys = await gateway.user("denied", allow(Bucket, "s3:*"), {
      ...allow(Bucket, ["s3:GetObject", "s3:GetObjectTagging"], tagged("red")),
      Effect: "Deny",
    });
    const asked = async (key: string, method = "GET", headers = {}) => {
      const got = await send({ method, target: `/${Bucket}/${key}`, keys, headers });
      return [got.status, got.body.replaceAll(/<(RequestId|HostId|Resource|Key)>.*?<\/\1>/g, "")];
    };
    expect(await asked("secret")).toEqual(await asked("absent"));
    expect((await asked("plain"))[0]).toBe(200);
    const copy = (source: string) => asked("copy", "PUT", { "x-amz-copy-source": `${Bucket}/${source}` });
    expect((await copy("secret"))[0]).toBe(403);
    expect((await copy("plain"))[0]).toBe(200);
    expect((await asked("secret", "PUT", { "if-match": '"x"' }))[0]).toBe(403);
    expect((await asked("secret?tagging"))[0]).toBe(403);
  });

  test("tags whose keys differ by case alone never allow, and always deny", async () => {
    const Bucket = await gateway.bucket();
    const headers = { "x-amz-tagging": "team=red&Team=blue" };
    await send({ method: "PUT", target: `/${Bucket}/k`, body: "x", headers });
    const allowed = await gateway.user("cased", allow(Bucket, "s3:GetObject", tagged("red")));
    expect((await send({ target: `/${Bucket}/k`, keys: allowed })).status).toBe(403);
    const denied = await gateway.user("uncased", allow(Bucket, "s3:GetObject"), {
      ...allow(Bucket, "s3:GetObject", tagged("red")),
      Effect: "Deny",
    });
    expect((await send({ target: `/${Bucket}/k`, keys: denied })).status).toBe(403);
  });

  test("s3:RequestObjectTag and s3:RequestObjectTagKeys hold what is written, in headers and documents", async () => {
    const Bucket = await gateway.bucket();
    await send({ method: "PUT", target: `/${Bucket}/k`, body: "x" });
    const keys = await gateway.user(
      "writer",
      allow(Bucket, ["s3:PutObject", "s3:PutObjectTagging"], {
        StringEquals: { "s3:RequestObjectTag/team": ["red", "blue"] },
        "ForAllValues:StringEquals": { "s3:RequestObjectTagKeys": ["team", "of"] },
      }),
    );
    const s3 = gateway.clientOf(keys);
    const at = { Bucket, Key: "k" };
    const put = (Tagging?: string) => code(s3.send(new PutObjectCommand({ ...at, Body: "x", Tagging })));
    const tag = (tags: Record<string, string>) =>
      code(s3.send(new PutObjectTaggingCommand({ ...at, Tagging: { TagSet: set(tags) } })));
    const upload = (Tagging?: string) => code(s3.send(new CreateMultipartUploadCommand({ ...at, Tagging })));
    for (const asked of [put, upload]) {
      expect(await asked("team=red")).toBe("done");
      for (const no of [undefined, "team=green", "of=x", "team=red&other=x"])
        expect(await asked(no)).toBe("AccessDenied");
    }
    expect(await tag({ team: "blue", of: "x" })).toBe("done");
    for (const no of [{}, { team: "green" }, { team: "red", other: "x" }]) expect(await tag(no)).toBe("AccessDenied");
    expect(await tagsOf(Bucket, "k")).toEqual({ team: "blue", of: "x" });
  });

  test("tags are copied only for who may read them at the source and write them at the target", async () => {
    const Bucket = await gateway.bucket();
    await send({ method: "PUT", target: `/${Bucket}/tagged`, body: "x", headers: { "x-amz-tagging": "a=1" } });
    await send({ method: "PUT", target: `/${Bucket}/plain`, body: "x" });
    const copyAs = async (name: string, ...actions: readonly string[]) => {
      const keys = await gateway.user(name, allow(Bucket, ["s3:GetObject", "s3:PutObject", ...actions]));
      const copy = async (source: string, headers = {}) =>
        (await send({ method: "PUT", target: `/${Bucket}/to`, keys, headers: { "x-amz-copy-source": `${Bucket}/${source}`, ...headers } })).status; // prettier-ignore
      return [
        await copy("tagged"),
        await copy("plain"),
        await copy("tagged", { "x-amz-tagging-directive": "REPLACE" }),
      ];
    };
    expect(await copyAs("neither")).toEqual([403, 200, 200]);
    expect(await copyAs("reads", "s3:GetObjectTagging")).toEqual([403, 200, 200]);
    expect(await copyAs("writes", "s3:PutObjectTagging")).toEqual([403, 200, 200]);
    expect(await copyAs("both", "s3:GetObjectTagging", "s3:PutObjectTagging")).toEqual([200, 200, 200]);
  });

  test("a copy that brings tags is refused by the tags of what it would replace, as a put that brings them is", async () => {
    const Bucket = await gateway.bucket();
    const putTagged = (key: string, tags: string) =>
      send({ method: "PUT", target: `/${Bucket}/${key}`, body: "x", headers: { "x-amz-tagging": tags } });
    for (const key of ["put", "copy", "free"]) await putTagged(key, key === "free" ? "a=1" : "lock=yes");
    await putTagged("source", "a=1");
    const Condition = { StringEquals: { "s3:ExistingObjectTag/lock": "yes" } };
    const deny = { ...allow(Bucket, "s3:PutObjectTagging", Condition), Effect: "Deny" };
    const keys = await gateway.user("over-locked", allow(Bucket, "s3:*"), deny);
    const write = async (key: string, headers: Readonly<Record<string, string>>) =>
      (await send({ method: "PUT", target: `/${Bucket}/${key}`, keys, headers })).status;
    const source = { "x-amz-copy-source": `${Bucket}/source` };
    expect(await write("put", { "x-amz-tagging": "a=1" })).toBe(403);
    expect(await write("copy", source)).toBe(403);
    expect(await write("free", source)).toBe(200);
    expect(await tagsOf(Bucket, "copy")).toEqual({ lock: "yes" });
  });

  test("the tags that allow a change are those that are changed, also among many at once", async () => {
    const Bucket = await gateway.bucket();
    const headers = { "x-amz-tagging": "team=red" };
    // Whoever takes the object away from team red may not have it back.
    const keys = await gateway.user("mover", allow(Bucket, "s3:PutObjectTagging", tagged("red")));
    const document = (n: number) =>
      `<Tagging><TagSet><Tag><Key>team</Key><Value>taken-${n}</Value></Tag></TagSet></Tagging>`;
    for (let round = 0; round < 5; round += 1) {
      const target = `/${Bucket}/k${round}`;
      await send({ method: "PUT", target, body: "x", headers });
      const moves = await Promise.all(
        Array.from({ length: 8 }, (_, n) =>
          send({ method: "PUT", target: `${target}?tagging`, body: document(n), keys }),
        ),
      );
      expect(moves.filter(({ status }) => status === 200)).toHaveLength(1);
      for (const { status } of moves) expect([200, 403, 409]).toContain(status);
    }
  });

  test("tags decide only actions that have their keys, whatever else the request needs", async () => {
    const Bucket = await gateway.bucket();
    const target = `/${Bucket}/k`;
    const put = await send({ method: "PUT", target, body: "x", headers: { "x-amz-tagging": "team=red" } });
    // PutObject has no key of stored tags, and GetObject none of tags that a request brings.
    const stored = { StringEquals: { "s3:ExistingObjectTag/team": "red" } };
    const asked = { StringEquals: { "s3:RequestObjectTag/team": "red" } };
    const writer = await gateway.user("tag-writer", allow(Bucket, ["s3:GetObject", "s3:PutObject"], stored));
    const headers = { "if-match": String(put.headers.etag) };
    expect((await send({ method: "PUT", target, body: "y", keys: writer })).status).toBe(403);
    expect((await send({ method: "PUT", target, body: "y", keys: writer, headers })).status).toBe(403);
    const actions = ["s3:GetObject", "s3:PutObject", "s3:PutObjectTagging"];
    const copier = await gateway.user("tag-copier", allow(Bucket, actions, asked));
    const copied = {
      "x-amz-copy-source": `${Bucket}/k`,
      "x-amz-tagging-directive": "REPLACE",
      "x-amz-tagging": "team=red",
    };
    expect((await send({ method: "PUT", target: `/${Bucket}/copy`, keys: copier, headers: copied })).status).toBe(403);
  });
});

test("what is read is what was decided about, while the object changes its bytes and tags", async () => {
  const Bucket = await gateway.bucket();
  const keys = await gateway.user("racing", {
    Effect: "Allow",
    Action: "s3:GetObject",
    Resource: onObjects(Bucket),
    Condition: { StringEquals: { "s3:ExistingObjectTag/colour": "red" } },
  });
  const target = `/${Bucket}/k`;
  const put = (colour: string) =>
    send({ method: "PUT", target, body: colour.repeat(10_000), headers: { "x-amz-tagging": `colour=${colour}` } });
  await put("red");
  const seen = new Set<string>();
  for (let round = 0; round < 20; round += 1) {
    const reads = Array.from({ length: 8 }, () => send({ target, keys }));
    await put(round % 2 === 0 ? "blue" : "red");
    for (const { status, body } of await Promise.all(reads)) seen.add(status === 200 ? body.slice(0, 4) : `${status}`);
  }
  expect([...seen].filter((one) => !["redr", "403", "409"].includes(one))).toEqual([]);
  expect(seen).toContain("redr");
});

describe("the tags of a bucket", () => {
  test("are put, read and deleted, fifty of them", async () => {
    const Bucket = await gateway.bucket();
    const { s3 } = gateway;
    const get = () => code(s3.send(new GetBucketTaggingCommand({ Bucket })));
    expect(await get()).toBe("NoSuchTagSet");
    const TagSet = set(Object.fromEntries(Array.from({ length: 50 }, (_, n) => [`k${n}`, `${n}`])));
    await s3.send(new PutBucketTaggingCommand({ Bucket, Tagging: { TagSet } }));
    expect((await s3.send(new GetBucketTaggingCommand({ Bucket }))).TagSet).toEqual(TagSet);
    const more = new PutBucketTaggingCommand({ Bucket, Tagging: { TagSet: [...TagSet, ...set({ one: "more" })] } });
    expect(await code(s3.send(more))).toBe("BadRequest");
    await s3.send(new DeleteBucketTaggingCommand({ Bucket }));
    expect(await get()).toBe("NoSuchTagSet");
  });

  test("decide once the bucket has access by tags, and then PutBucketTagging no longer changes them", async () => {
    const Bucket = await gateway.bucket();
    const { s3 } = gateway;
    await send({ method: "PUT", target: `/${Bucket}/k`, body: "x" });
    const Tagging = { TagSet: set({ Team: "red" }) };
    await s3.send(new PutBucketTaggingCommand({ Bucket, Tagging }));
    const statement = { Effect: "Allow", Action: "s3:GetObject", Resource: "*" };
    const by = (key: string) => ({ ...statement, Condition: { StringEquals: { [key]: "red" } } });
    const own = await gateway.user("resourceTag", by("aws:ResourceTag/team"));
    const ofBucket = await gateway.user("bucketTag", by("s3:BucketTag/Team"));
    const read = async () =>
      Promise.all([own, ofBucket].map(async (keys) => (await send({ target: `/${Bucket}/k`, keys })).status));
    expect(await read()).toEqual([403, 403]);
    await s3.send(new PutBucketAbacCommand({ Bucket, AbacStatus: { Status: "Enabled" } }));
    expect(await read()).toEqual([200, 200]);
    expect(await code(s3.send(new PutBucketTaggingCommand({ Bucket, Tagging })))).toBe("InvalidRequest");
    expect(await code(s3.send(new DeleteBucketTaggingCommand({ Bucket })))).toBe("InvalidRequest");
    await s3.send(new PutBucketAbacCommand({ Bucket, AbacStatus: { Status: "Disabled" } }));
    expect(await read()).toEqual([403, 403]);
    await s3.send(new DeleteBucketTaggingCommand({ Bucket }));
  });
});

test("AWS's policy for objects with a tag works as it is written", async () => {
  const Bucket = await gateway.bucket();
  // https://docs.aws.amazon.com/AmazonS3/latest/userguide/tagging-and-policies.html
  const Statement = {
    Principal: "*",
    Effect: "Allow",
    Action: ["s3:GetObject"],
    Resource: [onObjects(Bucket)],
    Condition: { StringEquals: { "s3:ExistingObjectTag/security": "public" } },
  };
  await send({ method: "DELETE", target: `/${Bucket}?publicAccessBlock` });
  const Policy = JSON.stringify({ Version: "2012-10-17", Statement });
  await gateway.s3.send(new PutBucketPolicyCommand({ Bucket, Policy }));
  for (const [key, tags] of Object.entries({ open: "security=public", closed: "security=none", plain: "" }))
    await send({ method: "PUT", target: `/${Bucket}/${key}`, body: key, headers: { "x-amz-tagging": tags } });
  const read = async (key: string) => (await gateway.sendUnsigned({ target: `/${Bucket}/${key}` })).status;
  expect([await read("open"), await read("closed"), await read("plain"), await read("none")]).toEqual([200, 403, 403, 403]); // prettier-ignore
});
