import { createHash, randomBytes, randomUUID } from "node:crypto";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import {
  CopyObjectCommand,
  CreateBucketCommand,
  DeleteBucketCommand,
  DeleteBucketPolicyCommand,
  DeleteObjectsCommand,
  GetBucketPolicyStatusCommand,
  GetBucketTaggingCommand,
  GetBucketVersioningCommand,
  GetObjectCommand,
  HeadObjectCommand,
  ListBucketsCommand,
  ListMultipartUploadsCommand,
  ListObjectsV2Command,
  ListObjectVersionsCommand,
  PutBucketAclCommand,
  PutBucketCorsCommand,
  PutBucketEncryptionCommand,
  PutBucketOwnershipControlsCommand,
  PutBucketPolicyCommand,
  PutBucketTaggingCommand,
  PutBucketVersioningCommand,
  PutObjectAclCommand,
  PutObjectCommand,
  PutObjectTaggingCommand,
  S3Client,
} from "@aws-sdk/client-s3";
import { Upload } from "@aws-sdk/lib-storage";
import { afterAll, beforeAll, expect, test } from "vitest";
import { formOf } from "../packages/gateway/test/post-form.ts";
import { aws, cliHere, documentedSettings, output, outcome, run, s3 } from "./clients.ts";
import { allow, makeUser } from "./fixtures.ts";
import type { Keys, RunningGateway } from "./gateway.ts";
import { startGatewayHere } from "./gateway-here.ts";
import { data, modes } from "./payload-modes.ts";
import { presigned, send } from "./raw.ts";

/** An S3 engine that is there before the gateway. */
export interface RunningEngine {
  readonly endpoint: string;
  readonly region: string;
  readonly keys: Keys;
  /** What it lacks of what these runs ask. */
  readonly lacks?: readonly ("versioning" | "tags")[];
}

/** A client of the engine itself, as its operator has one. */
export function engineClient({ endpoint, region, keys }: RunningEngine): S3Client {
  return new S3Client({ endpoint, region, credentials: { ...keys }, forcePathStyle: true, maxAttempts: 1 });
}

/** A file of keys as the operator writes it. */
export function keysFile(folder: string, { accessKeyId, secretAccessKey }: Keys): string {
  const file = join(folder, `engine-${randomUUID()}.keys`);
  writeFileSync(file, `[default]\naws_access_key_id=${accessKeyId}\naws_secret_access_key=${secretAccessKey}\n`, {
    mode: 0o600,
  });
  return file;
}

/** What an operator and his users do with a gateway in front of an engine. `clients`: with the programs that people use, too. */
export function upstreamRuns(
  engine: () => RunningEngine,
  folder: () => string,
  { clients }: { readonly clients: boolean },
): void {
  let gateway: RunningGateway;
  let client: S3Client;
  let direct: S3Client;
  // The engine may be somebody's own, with buckets that stay.
  const prefix = `gw${randomBytes(4).toString("hex")}-`;
  const lacks = (what: "versioning" | "tags"): boolean => engine().lacks?.includes(what) === true;
  const bucketOf = (name: string) => `${prefix}${name}`;

  beforeAll(async () => {
    const { endpoint, region, keys } = engine();
    const options = {
      upstream: endpoint,
      "upstream-credentials": keysFile(folder(), keys),
      "upstream-region": region,
      "upstream-prefix": prefix,
    };
    const args = Object.entries(options).flatMap(([name, value]) => [`--${name}`, value]);
    gateway = await startGatewayHere({ args });
    client = s3(gateway, gateway.admin);
    direct = engineClient(engine());
    await client.send(new CreateBucketCommand({ Bucket: "everyday" }));
  }, 120_000);
  afterAll(async () => {
    // What was made on somebody's own engine does not stay there.
    for (const { Name = "" } of (await client.send(new ListBucketsCommand({}))).Buckets ?? [])
      await empty(client, Name);
    direct.destroy();
    await gateway.stop();
  });

  test("buckets and objects of the SDK are the engine's, under the engine's own names", async () => {
    const body = randomBytes(9 * 1024 * 1024);
    await client.send(
      new PutObjectCommand({
        Bucket: "everyday",
        Key: "sp ace/+ü%41.txt",
        Body: "small",
        Metadata: { colour: "blue" },
        ContentType: "text/plain",
      }),
    );
    await new Upload({
      client,
      params: { Bucket: "everyday", Key: "big", Body: body },
      partSize: 5 * 1024 * 1024,
    }).done();
    expect(await client.send(new HeadObjectCommand({ Bucket: "everyday", Key: "sp ace/+ü%41.txt" }))).toMatchObject({
      ContentLength: 5,
      ContentType: "text/plain",
      Metadata: { colour: "blue" },
    });
    const part = await client.send(
      new GetObjectCommand({ Bucket: "everyday", Key: "big", Range: "bytes=5242870-5242890" }),
    );
    expect(await part.Body?.transformToByteArray()).toEqual(new Uint8Array(body.subarray(5_242_870, 5_242_891)));
    const whole = await direct.send(new GetObjectCommand({ Bucket: bucketOf("everyday"), Key: "big" }));
    expect(body.equals((await whole.Body?.transformToByteArray()) ?? Buffer.alloc(0))).toBe(true);
    await client.send(new CopyObjectCommand({ Bucket: "everyday", Key: "copy", CopySource: "everyday/big" }));
    const page = await client.send(new ListObjectsV2Command({ Bucket: "everyday", Delimiter: "/" }));
    expect(page.Contents?.map(({ Key, Size }) => [Key, Size])).toEqual([
      ["big", body.length],
      ["copy", body.length],
    ]);
    expect(page.CommonPrefixes).toEqual([{ Prefix: "sp ace/" }]);
    const Objects = ["big", "copy", "sp ace/+ü%41.txt"].map((Key) => ({ Key }));
    expect(
      (await client.send(new DeleteObjectsCommand({ Bucket: "everyday", Delete: { Objects } }))).Errors,
    ).toBeUndefined();
    expect((await direct.send(new ListObjectsV2Command({ Bucket: bucketOf("everyday") }))).KeyCount).toBe(0);
  });

  test.each(Object.entries(modes))("payload mode %s passes, and one altered byte does not", async (name, make) => {
    const path = `/everyday/modes/${name}`;
    expect(await send(gateway, { ...make(path, gateway.admin), method: "PUT" })).toMatchObject({ status: 200 });
    const read = await direct.send(new GetObjectCommand({ Bucket: bucketOf("everyday"), Key: `modes/${name}` }));
    expect(await read.Body?.transformToString()).toBe(data.toString());
    expect(read.ContentEncoding ?? "").toBe("");
    const altered = Buffer.from(data);
    altered[3] = (altered[3] ?? 0) ^ 1;
    const refused = await send(gateway, { ...make(`${path}-altered`, gateway.admin, altered), method: "PUT" });
    expect([400, 403]).toContain(refused.status);
    expect(
      await outcome(direct.send(new HeadObjectCommand({ Bucket: bucketOf("everyday"), Key: `modes/${name}-altered` }))),
    ).toBe("NotFound");
  });

  test("presigned URLs are the gateway's own, for reading and for writing", async () => {
    const path = "/everyday/presigned";
    const write = presigned(gateway, gateway.admin, { method: "PUT", path });
    expect((await fetch(`${gateway.endpoint}${path}?${write}`, { method: "PUT", body: "by a link" })).status).toBe(200);
    const read = presigned(gateway, gateway.admin, { path });
    expect(await (await fetch(`${gateway.endpoint}${path}?${read}`)).text()).toBe("by a link");
    expect((await fetch(`${gateway.endpoint}${path}`)).status).toBe(403);
  });

  test("a form with a large file is whole on the engine, or not there", async () => {
    const [file, Bucket] = [randomBytes(20 * 1024 * 1024), bucketOf("everyday")];
    const post = (key: string, bytes: Buffer) => {
      const md5 = createHash("md5").update(file).digest("base64");
      const fields = { key, "content-md5": md5, "x-amz-meta-colour": "blue", success_action_status: "201" };
      const form = formOf("everyday", { keys: gateway.admin, fields, file: bytes, after: { submit: "send" } });
      return fetch(gateway.endpoint + form.target, { ...form, body: new Uint8Array(form.body) });
    };
    const answer = await post("form/whole", file);
    expect(answer.status).toBe(201);
    const read = await direct.send(new GetObjectCommand({ Bucket, Key: "form/whole" }));
    expect(file.equals((await read.Body?.transformToByteArray()) ?? Buffer.alloc(0))).toBe(true);
    expect(read.Metadata).toEqual({ colour: "blue" });
    expect(await answer.text()).toContain(`<ETag>&quot;${(read.ETag ?? "").replaceAll('"', "")}&quot;</ETag>`);
    const altered = Buffer.from(file);
    altered[altered.length - 1] = (altered.at(-1) ?? 0) ^ 1;
    expect(await (await post("form/altered", altered)).text()).toContain("<Code>BadDigest</Code>");
    expect(await outcome(direct.send(new HeadObjectCommand({ Bucket, Key: "form/altered" })))).toBe("NotFound");
    expect((await direct.send(new ListMultipartUploadsCommand({ Bucket }))).Uploads).toBeUndefined();
  });

  test("users have what their policies say, by prefix and by the tags of objects", async () => {
    const inside = ["s3:GetObject", "s3:PutObject"];
    const { keys, arn } = await makeUser(gateway, "prefixed", { policy: allow(inside, "arn:aws:s3:::everyday/in/*") });
    const user = s3(gateway, keys);
    for (const Key of ["in/a", "in0/a", "out/a"])
      await client.send(new PutObjectCommand({ Bucket: "everyday", Key, Body: Key }));
    const reads = ["in/a", "in0/a", "out/a"].map((Key) =>
      outcome(user.send(new GetObjectCommand({ Bucket: "everyday", Key }))),
    );
    expect(await Promise.all(reads)).toEqual(["allowed", "AccessDenied", "AccessDenied"]);
    expect(await outcome(user.send(new PutObjectCommand({ Bucket: "everyday", Key: "out/b", Body: "x" })))).toBe(
      "AccessDenied",
    );
    expect(await outcome(user.send(new ListObjectsV2Command({ Bucket: "everyday" })))).toBe("AccessDenied");
    const Statement = {
      Effect: "Allow",
      Principal: { AWS: arn },
      Action: "s3:GetObject",
      Resource: "arn:aws:s3:::everyday/out/*",
      Condition: { StringEquals: { "s3:ExistingObjectTag/state": "released" } },
    };
    const policy = new PutBucketPolicyCommand({
      Bucket: "everyday",
      Policy: JSON.stringify({ Version: "2012-10-17", Statement }),
    });
    if (lacks("tags")) {
      expect(await outcome(client.send(policy))).toBe("NotImplemented");
      return;
    }
    await client.send(policy);
    const get = () => outcome(user.send(new GetObjectCommand({ Bucket: "everyday", Key: "out/a" })));
    // By whom the engine belongs to: without versions, no engine can change tags only if they are still those that a policy asked for.
    const tag = (Value: string) =>
      direct.send(
        new PutObjectTaggingCommand({
          Bucket: bucketOf("everyday"),
          Key: "out/a",
          Tagging: { TagSet: [{ Key: "state", Value }] },
        }),
      );
    const before = await get();
    await tag("released");
    const released = await get();
    await tag("draft");
    expect([before, released, await get()]).toEqual(["AccessDenied", "allowed", "AccessDenied"]);
    const status = await client.send(new GetBucketPolicyStatusCommand({ Bucket: "everyday" }));
    expect(status.PolicyStatus).toEqual({ IsPublic: false });
    // While it counts, an engine that cannot pin the object that is replaced, such as Ceph, copies nothing over another one.
    await client.send(new DeleteBucketPolicyCommand({ Bucket: "everyday" }));
    // Settings of buckets are the gateway's.
    await client.send(
      new PutBucketTaggingCommand({ Bucket: "everyday", Tagging: { TagSet: [{ Key: "team", Value: "a" }] } }),
    );
    expect((await client.send(new GetBucketTaggingCommand({ Bucket: "everyday" }))).TagSet).toEqual([
      { Key: "team", Value: "a" },
    ]);
    const rule = { AllowedMethods: ["GET"], AllowedOrigins: ["https://a.example"] };
    await client.send(new PutBucketCorsCommand({ Bucket: "everyday", CORSConfiguration: { CORSRules: [rule] } }));
    const origin = await fetch(`${gateway.endpoint}/everyday/x`, { headers: { origin: "https://a.example" } });
    expect(origin.headers.get("access-control-allow-origin")).toBe("https://a.example");
  });

  test("versions are the engine's", async () => {
    await client.send(new CreateBucketCommand({ Bucket: "versions" }));
    const enable = new PutBucketVersioningCommand({
      Bucket: "versions",
      VersioningConfiguration: { Status: "Enabled" },
    });
    if (lacks("versioning")) {
      expect(await outcome(client.send(enable))).toBe("NotImplemented");
      return;
    }
    await client.send(enable);
    expect(await direct.send(new GetBucketVersioningCommand({ Bucket: bucketOf("versions") }))).toMatchObject({
      Status: "Enabled",
    });
    const written = [];
    for (const Body of ["one", "two"])
      written.push(await client.send(new PutObjectCommand({ Bucket: "versions", Key: "k", Body })));
    const [first] = written;
    const read = await client.send(
      new GetObjectCommand({ Bucket: "versions", Key: "k", VersionId: first?.VersionId ?? "" }),
    );
    expect(await read.Body?.transformToString()).toBe("one");
    const { Versions } = await client.send(new ListObjectVersionsCommand({ Bucket: "versions" }));
    expect(Versions?.map(({ VersionId }) => VersionId)).toEqual(written.toReversed().map(({ VersionId }) => VersionId));
  });

  test("what the engine has already is nobody's until the operator adopts it, and it stays when it is released", async () => {
    const theirs = bucketOf("theirs");
    await direct.send(new CreateBucketCommand({ Bucket: theirs }));
    await direct.send(new PutObjectCommand({ Bucket: theirs, Key: "old", Body: "from before" }));
    expect(await outcome(client.send(new CreateBucketCommand({ Bucket: "theirs" })))).toBe("BucketAlreadyExists");
    expect(await outcome(client.send(new HeadObjectCommand({ Bucket: theirs, Key: "old" })))).toBe("NotFound");
    const command = (...args: string[]) => cliHere(gateway, [...args, "--local"]);
    const adopted = JSON.parse(
      await output(command("adopt-bucket", "archive", "--upstream-bucket", theirs)),
    ) as unknown;
    expect(adopted).toEqual({
      BucketName: "archive",
      Upstream: "default",
      UpstreamBucket: theirs,
      AccountId: gateway.accountId,
      Versioning: "Off",
    });
    const read = await client.send(new GetObjectCommand({ Bucket: "archive", Key: "old" }));
    expect(await read.Body?.transformToString()).toBe("from before");
    const again = await command("adopt-bucket", "second", "--upstream-bucket", theirs);
    expect(again).toMatchObject({ code: 1, stderr: expect.stringContaining(`is the bucket archive here`) as string });
    const missing = await command("adopt-bucket", "nothing");
    expect(missing.stderr).toMatch(/has no bucket nothing, or .*name on the upstream.*--upstream-bucket/);
    const { keys } = await makeUser(gateway, "adopter", { policy: allow("s3:*", "*") });
    const refused = await cliHere(
      gateway,
      ["adopt-bucket", "mine", "--upstream-bucket", theirs, "--endpoint-url", gateway.endpoint],
      { keys },
    );
    expect(refused.stderr).toContain("s3-credentials:AdoptBucket");
    await output(command("release-bucket", "archive"));
    expect(await outcome(client.send(new HeadObjectCommand({ Bucket: "archive", Key: "old" })))).toBe("NotFound");
    expect((await direct.send(new ListObjectsV2Command({ Bucket: theirs }))).KeyCount).toBe(1);
    await output(command("adopt-bucket", "archive", "--upstream-bucket", theirs));
  });

  test("what ends at the gateway is refused by name, and nothing is stored", async () => {
    const everyday = { Bucket: "everyday" };
    const refused = async (sent: Promise<unknown>) =>
      (await sent.then(String, (error: Error) => `${error.name}: ${error.message}`)).slice(0, 90);
    const put = (more: object) =>
      refused(client.send(new PutObjectCommand({ ...everyday, Key: "refused", Body: "x", ...more })));
    const named = "NotImplemented: The storage behind this bucket does not support";
    expect(await put({ ServerSideEncryption: "aws:kms" })).toContain(`${named} encryption with keys`);
    const rule = { ApplyServerSideEncryptionByDefault: { SSEAlgorithm: "AES256" as const } };
    const encryption = new PutBucketEncryptionCommand({
      ...everyday,
      ServerSideEncryptionConfiguration: { Rules: [rule] },
    });
    expect(await refused(client.send(encryption))).toContain(`${named} a default`);
    const ownership = new PutBucketOwnershipControlsCommand({
      ...everyday,
      OwnershipControls: { Rules: [{ ObjectOwnership: "ObjectWriter" }] },
    });
    expect(await refused(client.send(ownership))).toContain(`${named} access control`);
    expect(await put({ ACL: "public-read" })).toContain("AccessControlListNotSupported");
    expect(await refused(client.send(new PutBucketAclCommand({ ...everyday, ACL: "public-read" })))).toContain(
      "AccessControlListNotSupported",
    );
    await client.send(new PutObjectCommand({ ...everyday, Key: "kept", Body: "x" }));
    expect(
      await refused(client.send(new PutObjectAclCommand({ ...everyday, Key: "kept", ACL: "public-read" }))),
    ).toContain("AccessControlListNotSupported");
    const acls = new CreateBucketCommand({ Bucket: "with-acls", ObjectOwnership: "ObjectWriter" });
    expect(await refused(client.send(acls))).toContain(`${named} access control`);
    expect(await outcome(client.send(new HeadObjectCommand({ ...everyday, Key: "refused" })))).toBe("NotFound");
    const long = new CreateBucketCommand({ Bucket: "b".repeat(63) });
    expect(await refused(client.send(long))).toContain(
      "InvalidBucketName: The bucket name is too long for where the bucket is kept",
    );
  });

  test("a bucket is deleted when it is empty, on the engine too", async () => {
    await client.send(new CreateBucketCommand({ Bucket: "short-lived" }));
    await client.send(new PutObjectCommand({ Bucket: "short-lived", Key: "k", Body: "x" }));
    expect(await outcome(client.send(new DeleteBucketCommand({ Bucket: "short-lived" })))).toBe("BucketNotEmpty");
    await empty(client, "short-lived");
    const left = (await direct.send(new ListBucketsCommand({}))).Buckets?.map(({ Name }) => Name);
    expect(left).not.toContain(bucketOf("short-lived"));
    await client.send(new CreateBucketCommand({ Bucket: "short-lived" }));
  });

  if (!clients) return;

  /** Each takes seconds of CPU time to start, and is tested by itself without an engine: `npm run test:long` runs all of them. */
  const isLong = process.env["TEST_RUNS"] !== undefined;

  test("AWS CLI, rclone, s3cmd and restic do what they do every day", async () => {
    const home = gateway.home;
    mkdirSync(join(home, "up/dir"), { recursive: true });
    for (const name of ["a.txt", "dir/b.txt", "sp ace +ü%41.txt"]) writeFileSync(join(home, "up", name), name);
    writeFileSync(join(home, "up/big.bin"), randomBytes(9 * 1024 * 1024));
    const keys = gateway.admin;
    const same = (folder: string) =>
      ["a.txt", "dir/b.txt", "sp ace +ü%41.txt", "big.bin"].every((name) =>
        readFileSync(join(home, folder, name)).equals(readFileSync(join(home, "up", name))),
      );

    await output(aws(gateway, ["s3", "sync", "up", "s3://everyday/aws"], { keys }));
    await output(aws(gateway, ["s3", "mv", "s3://everyday/aws/a.txt", "s3://everyday/aws/dir/a.txt"], { keys }));
    await output(aws(gateway, ["s3", "mv", "s3://everyday/aws/dir/a.txt", "s3://everyday/aws/a.txt"], { keys }));
    await output(aws(gateway, ["s3", "sync", "s3://everyday/aws", "aws-down"], { keys }));
    expect(same("aws-down")).toBe(true);

    mkdirSync(join(home, ".config/rclone"), { recursive: true });
    writeFileSync(join(home, ".config/rclone/rclone.conf"), documentedSettings(gateway, "rclone"));
    const rclone = (...args: string[]) => output(run(gateway, "/usr/bin/rclone", args, { keys, cwd: home }));
    await rclone("copy", "--s3-upload-cutoff", "5M", "--s3-chunk-size", "5M", "up", "gateway:everyday/rclone");
    await rclone("check", "up", "gateway:everyday/rclone");
    await rclone("sync", "gateway:everyday/rclone", "rclone-down");
    expect(same("rclone-down")).toBe(true);

    if (!isLong) return;
    writeFileSync(join(home, ".s3cfg"), `[default]\n${documentedSettings(gateway, "s3cmd")}`);
    const s3cmd = (...args: string[]) => output(run(gateway, "/usr/bin/s3cmd", args, { keys, cwd: home }));
    await s3cmd("sync", "up/", "s3://everyday/s3cmd/");
    await s3cmd("sync", "s3://everyday/s3cmd/", "s3cmd-down/");
    expect(same("s3cmd-down")).toBe(true);

    const settings = documentedSettings(gateway, "restic").replaceAll("photos", "everyday").trim().split("\n");
    const env = Object.fromEntries(settings.map((line) => line.replace("export ", "").split(/=(.*)/, 2))) as Record<
      string,
      string
    >;
    const restic = (...args: string[]) => output(run(gateway, "/usr/bin/restic", args, { keys, cwd: home, env }));
    await restic("init");
    await restic("backup", "up");
    expect(await restic("check", "--read-data")).toContain("no errors were found");
    await restic("restore", "latest", "--target", "restic-down");
    expect(same("restic-down/up")).toBe(true);
  });
}

/** What a test made on somebody's own engine. `close` deletes an empty bucket, and aborts its uploads. */
export async function removeBuckets(
  { endpoint, region, credentials }: { readonly endpoint: string; readonly region: string; readonly credentials: Keys },
  prefix: string,
  close: (bucket: string) => Promise<boolean>,
): Promise<void> {
  const client = engineClient({ endpoint, region, keys: credentials });
  const { Buckets = [] } = await client.send(new ListBucketsCommand({}));
  for (const { Name = "" } of Buckets) {
    if (!Name.startsWith(prefix)) continue;
    while (await removeVersions(client, Name));
    if (!(await close(Name))) throw new Error(`the bucket ${Name} stays on the engine: it is not empty`);
  }
  client.destroy();
}

/** A page of them. False: there was none. */
async function removeVersions(client: S3Client, Bucket: string): Promise<boolean> {
  const { Versions = [], DeleteMarkers = [] } = await client.send(new ListObjectVersionsCommand({ Bucket }));
  const Objects = [...Versions, ...DeleteMarkers].map(({ Key = "", VersionId }) => ({ Key, VersionId }));
  if (Objects.length === 0) return false;
  const { Errors = [] } = await client.send(new DeleteObjectsCommand({ Bucket, Delete: { Objects } }));
  if (Errors.length > 0) throw new Error(`objects stay in the bucket ${Bucket}: ${Errors[0]?.Code}`);
  return true;
}

async function empty(client: S3Client, Bucket: string): Promise<void> {
  while (await removeVersions(client, Bucket));
  await client.send(new DeleteBucketCommand({ Bucket }));
}
