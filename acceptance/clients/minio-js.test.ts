import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { buffer, text } from "node:stream/consumers";
import type { Readable } from "node:stream";
import { CopyDestinationOptions, CopySourceOptions, Client } from "minio";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { documentedSettings, output, run } from "../clients.ts";
import { allow, makeUser } from "../fixtures.ts";
import type { Keys, RunningGateway } from "../gateway.ts";
import { startGatewayHere } from "../gateway-here.ts";

describe("minio-js", { timeout: 120_000 }, () => {
  let gateway: RunningGateway;
  let minio: Client;
  beforeAll(async () => {
    gateway = await startGatewayHere();
    minio = client(gateway.admin);
    await minio.makeBucket("everyday");
  });
  afterAll(() => gateway.stop());

  const client = ({ accessKeyId, secretAccessKey }: Keys) =>
    new Client({
      endPoint: "127.0.0.1",
      port: gateway.port,
      useSSL: false,
      accessKey: accessKeyId,
      secretKey: secretAccessKey,
    });
  const namesOf = async (listed: Readable) =>
    ((await listed.toArray()) as { name?: string; prefix?: string }[]).map(({ name, prefix }) => name ?? prefix);
  const oddName = "sp ace/ü+%41~'()*.txt";

  test("the settings of the guide", async () => {
    const script = `${documentedSettings(gateway, "minio-js")}
      console.log((await minio.listBuckets()).map(({ name }) => name).join());`;
    const node = run(gateway, process.execPath, ["--input-type=module", "-e", script], { keys: gateway.admin });
    expect(await output(node)).toBe("everyday\n");
  });

  test("buckets", async () => {
    await minio.makeBucket("short-lived", "us-east-1");
    expect((await minio.listBuckets()).map(({ name }) => name)).toContain("short-lived");
    await minio.removeBucket("short-lived");
    expect(await minio.bucketExists("short-lived")).toBe(false);
    expect(await minio.bucketExists("everyday")).toBe(true);
  });

  test("an object from memory, with its metadata; the whole of it and a part", async () => {
    const { etag } = await minio.putObject("everyday", oddName, "0123456789", 10, {
      "Content-Type": "text/plain",
      "X-Amz-Meta-Colour": "blue",
    });
    const stat = await minio.statObject("everyday", oddName);
    expect(stat).toMatchObject({ size: 10, etag, metaData: { colour: "blue", "content-type": "text/plain" } });
    expect(await text(await minio.getObject("everyday", oddName))).toBe("0123456789");
    expect(await text(await minio.getPartialObject("everyday", oddName, 2, 3))).toBe("234");
  });

  test("a file in parts, up and down, and composed with another", async () => {
    const bytes = Buffer.alloc(5 * 1024 * 1024 + 1, "0123456789abcdef");
    const [file, back] = ["big.bin", "back.bin"].map((name) => join(gateway.home, name)) as [string, string];
    writeFileSync(file, bytes);
    const inParts = new Client({
      endPoint: "127.0.0.1",
      port: gateway.port,
      useSSL: false,
      accessKey: gateway.admin.accessKeyId,
      secretKey: gateway.admin.secretAccessKey,
      partSize: 5 * 1024 * 1024,
    });
    await inParts.fPutObject("everyday", "big.bin", file, {});
    expect((await minio.statObject("everyday", "big.bin")).etag).toMatch(/^[0-9a-f]{32}-2$/);
    await minio.fGetObject("everyday", "big.bin", back);
    expect(readFileSync(back).equals(bytes)).toBe(true);
    await minio.putObject("everyday", "end", "end");
    await minio.composeObject(new CopyDestinationOptions({ Bucket: "everyday", Object: "composed" }), [
      new CopySourceOptions({ Bucket: "everyday", Object: "big.bin" }),
      new CopySourceOptions({ Bucket: "everyday", Object: "end" }),
    ]);
    expect((await buffer(await minio.getObject("everyday", "composed"))).subarray(-4).toString()).toBe("0end");
    expect(await namesOf(minio.listIncompleteUploads("everyday", "", true))).toEqual([]);
  });

  test("a copy, both lists, many removed at once", async () => {
    for (const name of ["many/1", "many/2", "many/deep/3"]) await minio.putObject("everyday", name, name);
    await minio.copyObject("everyday", "many/4", "/everyday/many/1");
    const level = new Set(["many/deep/", "many/1", "many/2", "many/4"]);
    expect(new Set(await namesOf(minio.listObjectsV2("everyday", "many/")))).toEqual(level);
    expect(new Set(await namesOf(minio.listObjects("everyday", "many/")))).toEqual(level);
    const all = ["many/1", "many/2", "many/4", "many/deep/3"];
    expect(await namesOf(minio.listObjectsV2("everyday", "many/", true))).toEqual(all);
    await minio.removeObjects("everyday", all);
    expect(await namesOf(minio.listObjectsV2("everyday", "many/", true))).toEqual([]);
  });

  test("presigned URLs", async () => {
    const put = await fetch(await minio.presignedPutObject("everyday", "presigned é", 60), {
      method: "PUT",
      body: "sent",
    });
    expect(put.status).toBe(200);
    const link = await minio.presignedGetObject("everyday", "presigned é", 60, { "response-content-type": "text/x" });
    const got = await fetch(link);
    expect([await got.text(), got.headers.get("content-type")]).toEqual(["sent", "text/x"]);
  });

  test("a form that the client signs, sent as a browser sends it", async () => {
    const policy = minio.newPostPolicy();
    policy.setBucket("everyday");
    policy.setKeyStartsWith("forms/");
    policy.setExpires(new Date(Date.now() + 60_000));
    policy.setContentLengthRange(1, 100);
    const { postURL, formData } = await minio.presignedPostPolicy(policy);
    const send = (bytes: string) => {
      const form = new FormData();
      for (const [name, value] of Object.entries({ ...formData, key: "forms/${filename}" })) form.set(name, value);
      form.set("file", new Blob([bytes]), "a b.txt");
      return fetch(postURL, { method: "POST", body: form });
    };
    expect((await send("by a form")).status).toBe(204);
    expect((await send("x".repeat(101))).status).toBe(400);
    expect(await text(await minio.getObject("everyday", "forms/a b.txt"))).toBe("by a form");
    await minio.removeObject("everyday", "forms/a b.txt");
  });

  test("versions", async () => {
    await minio.makeBucket("versions");
    await minio.setBucketVersioning("versions", { Status: "Enabled" });
    expect(await minio.getBucketVersioning("versions")).toMatchObject({ Status: "Enabled" });
    const { versionId } = await minio.putObject("versions", "a", "first");
    await minio.putObject("versions", "a", "second");
    await minio.removeObject("versions", "a");
    expect(await text(await minio.getObject("versions", "a", { versionId: versionId ?? "" }))).toBe("first");
    const listed = (await minio.listObjects("versions", "", true, { IncludeVersion: true }).toArray()) as {
      name: string;
      versionId: string;
    }[];
    expect(listed).toHaveLength(3);
    await minio.removeObjects("versions", listed);
    await minio.removeBucket("versions");
  });

  test("tags of objects and buckets", async () => {
    await minio.putObject("everyday", "tagged", "x");
    await minio.setObjectTagging("everyday", "tagged", { team: "red" });
    expect(await minio.getObjectTagging("everyday", "tagged")).toEqual([{ Key: "team", Value: "red" }]);
    await minio.removeObject("everyday", "tagged");
    await minio.setBucketTagging("everyday", { cost: "seven" });
    expect(await minio.getBucketTagging("everyday")).toEqual([{ Key: "cost", Value: "seven" }]);
    await minio.removeBucketTagging("everyday");
  });

  test("the encryption of a bucket", async () => {
    await minio.setBucketEncryption("everyday");
    expect(JSON.stringify(await minio.getBucketEncryption("everyday"))).toContain('"SSEAlgorithm":"AES256"');
    await minio.putObject("everyday", "sealed", "bytes");
    const { metaData } = await minio.statObject("everyday", "sealed");
    expect(metaData).toMatchObject({ "x-amz-server-side-encryption": "AES256" });
    expect(await text(await minio.getObject("everyday", "sealed"))).toBe("bytes");
    await minio.removeObject("everyday", "sealed");
    await minio.removeBucketEncryption("everyday");
  });

  test("a lifecycle", async () => {
    const rule = { ID: "old", Status: "Enabled", Filter: { Prefix: "never/" }, Expiration: { Days: 1 } };
    await minio.setBucketLifecycle("everyday", { Rule: [rule] });
    expect(JSON.stringify(await minio.getBucketLifecycle("everyday"))).toContain("never/");
    await minio.removeBucketLifecycle("everyday");
  });

  test("Object Lock", async () => {
    // Its types leave promises out.
    const given = (asked: unknown): Promise<unknown> => Promise.resolve(asked);
    const hold = (status: string) => given(minio.setObjectLegalHold("locked", "kept", { status } as never));
    await minio.makeBucket("locked", "us-east-1", { ObjectLocking: true });
    // Before there is a default retention: it sends no checksum of a body, which S3 wants where one counts.
    await minio.putObject("locked", "kept", "kept");
    const byDefault = { mode: "GOVERNANCE", unit: "Days", validity: 1 };
    await given(minio.setObjectLockConfig("locked", byDefault as never));
    expect(await given(minio.getObjectLockConfig("locked"))).toMatchObject(byDefault);
    const retention = { mode: "GOVERNANCE", retainUntilDate: "2901-01-01T00:00:00.000Z" };
    await given(minio.putObjectRetention("locked", "kept", retention as never));
    const { versionId } = await minio.statObject("locked", "kept");
    expect(JSON.stringify(await given(minio.getObjectRetention("locked", "kept")))).toContain("GOVERNANCE");
    await hold("ON");
    expect(await given(minio.getObjectLegalHold("locked", "kept"))).toEqual({ Status: "ON" });
    const remove = () => minio.removeObject("locked", "kept", { versionId: versionId ?? "", governanceBypass: true });
    await expect(remove()).rejects.toMatchObject({ code: "AccessDenied" });
    await hold("OFF");
    await remove();
  });

  test("what is not configured has its code, what is refused says why", async () => {
    const code = async (asked: Promise<unknown>) => asked.then(String, (error: { code?: string }) => error.code);
    expect(await code(minio.getBucketTagging("everyday"))).toBe("NoSuchTagSet");
    expect(await code(minio.getBucketPolicy("everyday"))).toBe("NoSuchBucketPolicy");
    expect(await code(minio.getBucketReplication("everyday") as unknown as Promise<unknown>)).toBe(
      "ReplicationConfigurationNotFoundError",
    );
    expect(await code(minio.getObjectLockConfig("everyday") as unknown as Promise<unknown>)).toBe(
      "ObjectLockConfigurationNotFoundError",
    );
    expect(await code(minio.getBucketLifecycle("everyday"))).toBe("NoSuchLifecycleConfiguration");
    expect(await minio.getBucketNotification("everyday")).toEqual({
      CloudFunctionConfiguration: [],
      QueueConfiguration: [],
      TopicConfiguration: [],
    });
    expect(await code(minio.statObject("everyday", "not-there"))).toBe("NotFound");
    const reader = await makeUser(gateway, "minio-reader", { policy: allow("s3:ListBucket", "arn:aws:s3:::everyday") });
    await expect(client(reader.keys).putObject("everyday", "no", "no")).rejects.toMatchObject({
      code: "AccessDenied",
      message: expect.stringContaining("is not authorized to perform: s3:PutObject") as string,
    });
  });
});
