import { createHash, randomBytes } from "node:crypto";
import { chmodSync, readFileSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import {
  CompleteMultipartUploadCommand,
  CopyObjectCommand,
  CreateMultipartUploadCommand,
  DeleteBucketEncryptionCommand,
  GetBucketEncryptionCommand,
  GetObjectAttributesCommand,
  GetObjectCommand,
  HeadObjectCommand,
  PutBucketEncryptionCommand,
  type PutBucketEncryptionCommandInput,
  PutBucketPolicyCommand,
  PutObjectCommand,
  UploadPartCommand,
  UploadPartCopyCommand,
} from "@aws-sdk/client-s3";
import { beforeAll, describe, expect, test } from "vitest";
import { parseConfig } from "../src/server/parse-config.ts";
import { readKmsKeys } from "../src/server/kms-key-files.ts";
import { startConsole } from "./console-gateway.ts";
import { call } from "./pipeline-gateway.ts";
import { useS3Gateway } from "./s3-gateway.ts";
import { useCertificate } from "./self-signed.ts";
import { temporaryFolder } from "./temporary-folder.ts";

const certificate = useCertificate();
const keyFileOf = (name: string): string => {
  const file = join(certificate.cert, "..", name);
  writeFileSync(file, randomBytes(32), { mode: 0o600 });
  return file;
};
const gateway = useS3Gateway(
  ...certificate.options,
  "--kms-key",
  `photos=${keyFileOf("photos")}`,
  "--kms-key",
  `team/films=${keyFileOf("films")}`,
);
const arn = /^arn:aws:kms:us-east-1:\d{12}:key\/[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-8[0-9a-f]{3}-[0-9a-f]{12}$/;

let bucket = "";
beforeAll(async () => {
  bucket = await gateway.bucket();
});

const md5 = (bytes: Uint8Array | string): string => createHash("md5").update(bytes).digest("hex");
const secret = () => ({ SSECustomerAlgorithm: "AES256", SSECustomerKey: randomBytes(32).toString("base64") });

async function bytesOf(key: string, more: object = {}): Promise<Buffer> {
  const { Body } = await gateway.s3.send(new GetObjectCommand({ Bucket: bucket, Key: key, ...more }));
  return Buffer.from((await Body?.transformToByteArray()) ?? []);
}

function blobs(): Buffer {
  const folder = join(gateway.dataDir, "blobs");
  const files = readdirSync(folder, { recursive: true, encoding: "utf8" }).filter((name) => /[0-9a-f]{32}$/.test(name));
  return Buffer.concat(
    [
      ...files.map((name) => join(folder, name)),
      ...["objects.db", "objects.db-wal"].map((name) => join(gateway.dataDir, name)),
    ].map((file) => {
      try {
        return readFileSync(file);
      } catch {
        return Buffer.alloc(0); // a folder, or not there
      }
    }),
  );
}

describe("SSE-S3", () => {
  test("an object says that it is encrypted, and is; one that does not say so is plain", async () => {
    const { s3 } = gateway;
    const word = (name: string): Buffer => Buffer.from(`${name} is found on the disk when it is plain. `.repeat(2000));
    const at = { Bucket: bucket, Key: "sse-s3" };
    const put = await s3.send(new PutObjectCommand({ ...at, Body: word("sealed"), ServerSideEncryption: "AES256" }));
    expect([put.ServerSideEncryption, put.ETag]).toEqual(["AES256", `"${md5(word("sealed"))}"`]);
    const plain = await s3.send(new PutObjectCommand({ Bucket: bucket, Key: "none", Body: word("open") }));
    expect(plain.ServerSideEncryption).toBeUndefined();
    const head = await s3.send(new HeadObjectCommand(at));
    expect([head.ServerSideEncryption, head.ContentLength]).toEqual(["AES256", word("sealed").length]);
    expect((await bytesOf("sse-s3")).equals(word("sealed"))).toBe(true);
    const part = await bytesOf("sse-s3", { Range: "bytes=65530-65545" });
    expect(part).toEqual(word("sealed").subarray(65_530, 65_546));
    const disk = blobs();
    expect([disk.includes("sealed is found"), disk.includes("open is found")]).toEqual([false, true]);
    const { ServerSideEncryption: none } = await s3.send(new HeadObjectCommand({ Bucket: bucket, Key: "none" }));
    expect(none).toBeUndefined();
  });

  test("multipart, and copies to and from plain", async () => {
    const { s3 } = gateway;
    const at = { Bucket: bucket, Key: "multi" };
    const upload = await s3.send(new CreateMultipartUploadCommand({ ...at, ServerSideEncryption: "AES256" }));
    const { UploadId } = upload;
    const bytes = [randomBytes(5 * 1024 * 1024), randomBytes(100)];
    const Parts = [];
    for (const [index, Body] of bytes.entries()) {
      const PartNumber = index + 1;
      const sent = await s3.send(new UploadPartCommand({ ...at, UploadId, PartNumber, Body }));
      expect([sent.ServerSideEncryption, sent.ETag]).toEqual(["AES256", `"${md5(Body)}"`]);
      Parts.push({ PartNumber, ETag: sent.ETag });
    }
    const done = await s3.send(new CompleteMultipartUploadCommand({ ...at, UploadId, MultipartUpload: { Parts } }));
    expect([upload.ServerSideEncryption, done.ServerSideEncryption]).toEqual(["AES256", "AES256"]);
    expect((await bytesOf("multi")).equals(Buffer.concat(bytes))).toBe(true);
    const CopySource = `${bucket}/multi`;
    const open = await s3.send(new CopyObjectCommand({ Bucket: bucket, Key: "open", CopySource }));
    expect(open.ServerSideEncryption).toBeUndefined();
    // A copy does not take its encryption from its source.
    const shut = await s3.send(
      new CopyObjectCommand({
        Bucket: bucket,
        Key: "open",
        CopySource: `${bucket}/open`,
        ServerSideEncryption: "AES256",
      }),
    );
    expect(shut.ServerSideEncryption).toBe("AES256");
    expect((await bytesOf("open")).equals(Buffer.concat(bytes))).toBe(true);
  });
});

describe("the default of a bucket", () => {
  type Rule = NonNullable<
    NonNullable<PutBucketEncryptionCommandInput["ServerSideEncryptionConfiguration"]>["Rules"]
  >[0];
  const set = (Bucket: string, rule: Rule) =>
    gateway.s3.send(new PutBucketEncryptionCommand({ Bucket, ServerSideEncryptionConfiguration: { Rules: [rule] } }));
  const get = async (Bucket: string): Promise<Rule | undefined> =>
    (await gateway.s3.send(new GetBucketEncryptionCommand({ Bucket }))).ServerSideEncryptionConfiguration?.Rules?.[0];

  test("a new bucket has none and says so; what is set encrypts new objects, until it is deleted", async () => {
    const { s3 } = gateway;
    const Bucket = await gateway.bucket();
    const none = { name: "ServerSideEncryptionConfigurationNotFoundError" };
    await expect(get(Bucket)).rejects.toMatchObject(none);
    await set(Bucket, { ApplyServerSideEncryptionByDefault: { SSEAlgorithm: "AES256" } });
    expect(await get(Bucket)).toEqual({
      ApplyServerSideEncryptionByDefault: { SSEAlgorithm: "AES256" },
      BucketKeyEnabled: false,
    });
    const put = () => s3.send(new PutObjectCommand({ Bucket, Key: "k", Body: "1" }));
    expect((await put()).ServerSideEncryption).toBe("AES256");
    const copy = await s3.send(new CopyObjectCommand({ Bucket, Key: "copy", CopySource: `${bucket}/none` }));
    expect(copy.ServerSideEncryption).toBe("AES256");
    await set(Bucket, {
      ApplyServerSideEncryptionByDefault: { SSEAlgorithm: "aws:kms", KMSMasterKeyID: "alias/photos" },
      BucketKeyEnabled: true,
    });
    const { ServerSideEncryption, SSEKMSKeyId, BucketKeyEnabled } = await put();
    expect([ServerSideEncryption, SSEKMSKeyId, BucketKeyEnabled]).toEqual([
      "aws:kms",
      expect.stringMatching(arn),
      true,
    ]);
    expect(
      (await s3.send(new PutObjectCommand({ Bucket, Key: "k", Body: "1", ServerSideEncryption: "AES256" })))
        .SSEKMSKeyId,
    ).toBeUndefined();
    await s3.send(new DeleteBucketEncryptionCommand({ Bucket }));
    await expect(get(Bucket)).rejects.toMatchObject(none);
    expect((await put()).ServerSideEncryption).toBeUndefined();
  });

  test("SSE-C can be blocked, as at S3", async () => {
    const Bucket = await gateway.bucket();
    const put = () => gateway.s3.send(new PutObjectCommand({ Bucket, Key: "k", Body: "1", ...secret() }));
    await put();
    const blocked = {
      ApplyServerSideEncryptionByDefault: { SSEAlgorithm: "AES256" },
      BlockedEncryptionTypes: { EncryptionType: ["SSE-C"] },
    } as const;
    await set(Bucket, blocked as unknown as Rule);
    expect(await get(Bucket)).toMatchObject(blocked);
    await expect(put()).rejects.toMatchObject({ name: "AccessDenied" });
  });

  test.each([
    ["no rule", "", "MalformedXML"],
    ["two rules", "<Rule/><Rule/>", "MalformedXML"],
    ["no algorithm", "<Rule><ApplyServerSideEncryptionByDefault/></Rule>", "MalformedXML"],
    ["another algorithm", rule("AES128"), "MalformedXML"],
    ["DSSE, by its name", rule("aws:kms:dsse"), "NotImplemented"],
    ["a key for SSE-S3", rule("AES256", "<KMSMasterKeyID>alias/photos</KMSMasterKeyID>"), "InvalidArgument"],
  ])("%s", async (_what, rules, code) => {
    const body = `<ServerSideEncryptionConfiguration>${rules}</ServerSideEncryptionConfiguration>`;
    expect(await gateway.send({ method: "PUT", target: `/${bucket}?encryption`, body })).toMatchObject({ code });
  });

  test("only who may set and get it does", async () => {
    const keys = await gateway.user("encryption-reader", {
      Effect: "Allow",
      Action: "s3:GetEncryptionConfiguration",
      Resource: "*",
    });
    const { send } = gateway;
    const target = `/${bucket}?encryption`;
    expect((await send({ target, keys })).code).toBe("ServerSideEncryptionConfigurationNotFoundError");
    expect((await send({ method: "DELETE", target, keys })).status).toBe(403);
    expect((await send({ method: "PUT", target, keys, body: "<a/>" })).status).toBe(403);
  });

  test("serve --encrypt makes AES256 the default of every bucket", async () => {
    const started = await startConsole(["--encrypt"]);
    try {
      const { port } = started.gateway;
      const send = (method: string, target: string, body = "") =>
        call({ port }, { method, target, body, keys: started.admin });
      await send("PUT", "/all");
      expect((await send("GET", "/all?encryption")).body).toContain("<SSEAlgorithm>AES256</SSEAlgorithm>");
      expect((await send("PUT", "/all/k", "1")).headers["x-amz-server-side-encryption"]).toBe("AES256");
      await send("DELETE", "/all?encryption");
      expect((await send("GET", "/all?encryption")).body).toContain("<SSEAlgorithm>AES256</SSEAlgorithm>");
    } finally {
      await started.close();
    }
  });
});

function rule(algorithm: string, more = ""): string {
  return `<Rule><ApplyServerSideEncryptionByDefault><SSEAlgorithm>${algorithm}</SSEAlgorithm>${more}</ApplyServerSideEncryptionByDefault></Rule>`;
}

describe("SSE-KMS", () => {
  test("by alias, id and ARN; the answer names the key, and the ETag is not the MD5", async () => {
    const { s3, accountId } = gateway;
    const at = { Bucket: bucket, Key: "kms", Body: "text", ServerSideEncryption: "aws:kms" } as const;
    const first = await s3.send(new PutObjectCommand({ ...at, SSEKMSKeyId: "alias/photos", BucketKeyEnabled: true }));
    const key = first.SSEKMSKeyId ?? "";
    expect([key, first.BucketKeyEnabled, first.ServerSideEncryption]).toEqual([
      expect.stringMatching(arn),
      true,
      "aws:kms",
    ]);
    expect(first.ETag).not.toBe(`"${md5("text")}"`);
    for (const SSEKMSKeyId of [key, key.slice(key.indexOf("/") + 1), `arn:aws:kms:us-east-1:${accountId}:alias/photos`])
      expect((await s3.send(new PutObjectCommand({ ...at, SSEKMSKeyId }))).SSEKMSKeyId).toBe(key);
    const other = await s3.send(new PutObjectCommand({ ...at, Key: "other", SSEKMSKeyId: "alias/team/films" }));
    expect(other.SSEKMSKeyId).not.toBe(key);
    const head = await s3.send(new HeadObjectCommand({ Bucket: bucket, Key: "kms" }));
    expect([head.SSEKMSKeyId, head.BucketKeyEnabled]).toEqual([key, undefined]);
    expect(String(await bytesOf("kms"))).toBe("text");
    const context = Buffer.from('{"project":"x"}').toString("base64");
    const bound = await s3.send(new PutObjectCommand({ ...at, SSEKMSKeyId: key, SSEKMSEncryptionContext: context }));
    expect(bound.SSEKMSEncryptionContext).toBe(context);
    expect(String(await bytesOf("kms"))).toBe("text");
  });

  test.each([
    [
      "a key that is not there",
      { "x-amz-server-side-encryption": "aws:kms", "x-amz-server-side-encryption-aws-kms-key-id": "alias/none" },
      "KMS.NotFoundException",
    ],
    ["no key named, and none of aws/s3", { "x-amz-server-side-encryption": "aws:kms" }, "KMS.NotFoundException"],
    ["DSSE, by its name", { "x-amz-server-side-encryption": "aws:kms:dsse" }, "NotImplemented"],
    ["another method", { "x-amz-server-side-encryption": "aes256" }, "InvalidArgument"],
    ["a key without the method", { "x-amz-server-side-encryption-aws-kms-key-id": "alias/photos" }, "InvalidArgument"],
    [
      "a key for SSE-S3",
      { "x-amz-server-side-encryption": "AES256", "x-amz-server-side-encryption-aws-kms-key-id": "alias/photos" },
      "InvalidArgument",
    ],
    [
      "a context that is not JSON",
      { "x-amz-server-side-encryption": "aws:kms", "x-amz-server-side-encryption-context": "e30x" },
      "InvalidArgument",
    ],
    [
      "a context of a list",
      { "x-amz-server-side-encryption": "aws:kms", "x-amz-server-side-encryption-context": "WyJhIl0=" },
      "InvalidArgument",
    ],
    [
      "a bucket key of neither",
      { "x-amz-server-side-encryption": "aws:kms", "x-amz-server-side-encryption-bucket-key-enabled": "yes" },
      "InvalidArgument",
    ],
  ])("%s", async (_what, headers, code) => {
    const sent = await gateway.send({ method: "PUT", target: `/${bucket}/refused`, headers, body: "1" });
    expect(sent).toMatchObject({ status: code === "NotImplemented" ? 501 : 400, code });
    expect((await gateway.send({ method: "HEAD", target: `/${bucket}/refused` })).status).toBe(404);
  });

  test("a file of a key must be 32 bytes that its user alone can read", async () => {
    const folder = await temporaryFolder();
    const file = join(folder, "key");
    const read = () => readKmsKeys([{ name: "photos", file }]);
    expect(read).toThrow(
      /^cannot use --kms-key photos=\S+key: there is no such file; give a file with 32 random bytes$/,
    );
    writeFileSync(file, randomBytes(31), { mode: 0o600 });
    expect(read).toThrow(/it has 31 bytes, and a key has 32; make one with: head -c 32/);
    writeFileSync(file, randomBytes(32));
    expect(read()).toHaveLength(1);
    chmodSync(file, 0o640);
    expect(read).toThrow(/others than its owner may read or write it; run: chmod 600/);
    for (const words of [["photos"], ["=file"], ["a b=file"], ["a=b", "a=c"]])
      expect(
        parseConfig(
          words.flatMap((word) => ["--kms-key", word]),
          {},
        ).kind,
      ).toBe("usage-error");
  });
});

describe("SSE-C", () => {
  const at = () => ({ Bucket: bucket, Key: "sse-c" });
  const name = "x-amz-server-side-encryption-customer";
  const headersOf = (key: Buffer) => ({
    [`${name}-algorithm`]: "AES256",
    [`${name}-key`]: key.toString("base64"),
    [`${name}-key-md5`]: createHash("md5").update(key).digest("base64"),
  });

  test("with the key the object is read, and without it not", async () => {
    const { s3, send } = gateway;
    const mine = secret();
    const bytes = randomBytes(100_000);
    const put = await s3.send(new PutObjectCommand({ ...at(), Body: bytes, ...mine }));
    const digest = createHash("md5").update(Buffer.from(mine.SSECustomerKey, "base64")).digest("base64");
    expect([put.SSECustomerAlgorithm, put.SSECustomerKeyMD5, put.ServerSideEncryption]).toEqual([
      "AES256",
      digest,
      undefined,
    ]);
    expect(put.ETag).not.toBe(`"${md5(bytes)}"`);
    expect((await bytesOf("sse-c", mine)).equals(bytes)).toBe(true);
    expect(await bytesOf("sse-c", { ...mine, Range: "bytes=65535-65536" })).toEqual(bytes.subarray(65_535, 65_537));
    const head = await s3.send(new HeadObjectCommand({ ...at(), ...mine }));
    expect([head.SSECustomerKeyMD5, head.ContentLength]).toEqual([digest, 100_000]);
    const attributes = { ...at(), ObjectAttributes: ["ObjectSize" as const] };
    expect((await s3.send(new GetObjectAttributesCommand({ ...attributes, ...mine }))).ObjectSize).toBe(100_000);
    for (const command of [new GetObjectCommand(at()), new GetObjectAttributesCommand(attributes)])
      await expect(s3.send(command as GetObjectCommand)).rejects.toMatchObject({ name: "InvalidRequest" });
    await expect(s3.send(new GetObjectCommand({ ...at(), ...secret() }))).rejects.toMatchObject({
      name: "AccessDenied",
    });
    expect((await send({ method: "HEAD", target: `/${bucket}/sse-c` })).status).toBe(400);
    const plain = { Bucket: bucket, Key: "plain" };
    await s3.send(new PutObjectCommand({ ...plain, Body: "1" }));
    await expect(s3.send(new GetObjectCommand({ ...plain, ...mine }))).rejects.toMatchObject({
      name: "InvalidRequest",
      message: "The encryption parameters are not applicable to this object.",
    });
  });

  test("copies need the key of the source, and are encrypted as they ask", async () => {
    const { s3 } = gateway;
    const [mine, next] = [secret(), secret()];
    await s3.send(new PutObjectCommand({ ...at(), Body: "text", ...mine }));
    const copy = { Bucket: bucket, Key: "copied", CopySource: `${bucket}/sse-c` };
    await expect(s3.send(new CopyObjectCommand(copy))).rejects.toMatchObject({ name: "InvalidRequest" });
    const source = { CopySourceSSECustomerAlgorithm: "AES256", CopySourceSSECustomerKey: mine.SSECustomerKey };
    const wrong = { ...source, CopySourceSSECustomerKey: next.SSECustomerKey };
    await expect(s3.send(new CopyObjectCommand({ ...copy, ...wrong }))).rejects.toMatchObject({ name: "AccessDenied" });
    await s3.send(new CopyObjectCommand({ ...copy, ...source, ...next }));
    expect(String(await bytesOf("copied", next))).toBe("text");
    const open = await s3.send(new CopyObjectCommand({ ...copy, ...source }));
    expect(open.CopyObjectResult?.ETag).toBe(`"${md5("text")}"`);
    expect(String(await bytesOf("copied"))).toBe("text");
    // Onto itself, with another key.
    const turned = { ...at(), CopySource: `${bucket}/sse-c`, ...source, ...next };
    await s3.send(new CopyObjectCommand(turned));
    expect(String(await bytesOf("sse-c", next))).toBe("text");
  });

  test("every part needs the key of the upload", async () => {
    const { s3 } = gateway;
    const [mine, source] = [secret(), secret()];
    await s3.send(
      new PutObjectCommand({ Bucket: bucket, Key: "source", Body: randomBytes(5 * 1024 * 1024), ...source }),
    );
    const { UploadId } = await s3.send(new CreateMultipartUploadCommand({ ...at(), ...mine }));
    const part = { ...at(), UploadId, PartNumber: 2, Body: "end" };
    await expect(s3.send(new UploadPartCommand(part))).rejects.toMatchObject({
      name: "InvalidRequest",
      message: /initiate requested encryption/,
    });
    await expect(s3.send(new UploadPartCommand({ ...part, ...secret() }))).rejects.toMatchObject({
      message: "The provided encryption parameters did not match the ones used originally.",
    });
    const sent = await s3.send(new UploadPartCommand({ ...part, ...mine }));
    const copied = await s3.send(
      new UploadPartCopyCommand({
        ...at(),
        UploadId,
        PartNumber: 1,
        CopySource: `${bucket}/source`,
        CopySourceSSECustomerAlgorithm: "AES256",
        CopySourceSSECustomerKey: source.SSECustomerKey,
        ...mine,
      }),
    );
    const Parts = [
      { PartNumber: 1, ETag: copied.CopyPartResult?.ETag },
      { PartNumber: 2, ETag: sent.ETag },
    ];
    await s3.send(new CompleteMultipartUploadCommand({ ...at(), UploadId, MultipartUpload: { Parts } }));
    const whole = Buffer.concat([await bytesOf("source", source), Buffer.from("end")]);
    expect((await bytesOf("sse-c", mine)).equals(whole)).toBe(true);
    const open = await s3.send(new CreateMultipartUploadCommand({ Bucket: bucket, Key: "open" }));
    const foreign = { Bucket: bucket, Key: "open", UploadId: open.UploadId, PartNumber: 1, Body: "1", ...mine };
    await expect(s3.send(new UploadPartCommand(foreign))).rejects.toMatchObject({
      message: /did not request encryption/,
    });
  });

  const key = randomBytes(32);
  test.each([
    ["another algorithm", { ...headersOf(key), [`${name}-algorithm`]: "AES128" }, "InvalidEncryptionAlgorithmError"],
    ["no algorithm", { [`${name}-key`]: headersOf(key)[`${name}-key`] ?? "" }, "InvalidArgument"],
    ["no key", { [`${name}-algorithm`]: "AES256" }, "InvalidArgument"],
    ["no MD5", { [`${name}-algorithm`]: "AES256", [`${name}-key`]: key.toString("base64") }, "InvalidArgument"],
    [
      "another MD5",
      { ...headersOf(key), [`${name}-key-md5`]: headersOf(randomBytes(32))[`${name}-key-md5`] ?? "" },
      "InvalidArgument",
    ],
    ["a short key", headersOf(randomBytes(16)), "InvalidArgument"],
    ["SSE-S3 too", { ...headersOf(key), "x-amz-server-side-encryption": "AES256" }, "InvalidArgument"],
  ])("%s: 400, and nothing is stored", async (_what, headers, code) => {
    const target = `/${bucket}/never`;
    expect(await gateway.send({ method: "PUT", target, headers, body: "1" })).toMatchObject({ status: 400, code });
    expect((await gateway.send({ method: "HEAD", target })).status).toBe(404);
  });

  test("the key is in no event and no log", async () => {
    const mine = secret();
    const user = await gateway.user("no-right-to-write");
    const denied = gateway.clientOf(user).send(new PutObjectCommand({ ...at(), Body: "1", ...mine }));
    await expect(denied).rejects.toMatchObject({ name: "AccessDenied" });
    const folder = join(gateway.dataDir, "events");
    let text = "";
    while (!text.includes("no-right-to-write")) {
      const files = readdirSync(folder, { recursive: true, encoding: "utf8" }).map((file) => join(folder, file));
      text = files
        .map((file) => (file.endsWith(".jsonl") || /\.\w+$/.test(file) ? readFileSync(file, "latin1") : ""))
        .join("");
      await new Promise((turn) => setTimeout(turn, 50));
    }
    expect(text).toContain('"x-amz-server-side-encryption-customer-algorithm":"AES256"');
    expect(text).not.toContain(mine.SSECustomerKey);
  });
});

test("headers of encryption that an operation does not have are refused, not dropped", async () => {
  const headers = { "x-amz-server-side-encryption": "AES256" };
  for (const [method, target] of [
    ["GET", `/${bucket}/none`],
    ["HEAD", `/${bucket}/none`],
    ["PUT", `/${bucket}?cors`],
  ] as const) {
    const sent = await gateway.send({ method, target, headers });
    expect([method, sent.status]).toEqual([method, 400]);
    if (method !== "HEAD") expect(sent.code).toBe("InvalidArgument");
  }
});

describe("policies about encryption", () => {
  async function withPolicy(...statements: readonly object[]): Promise<string> {
    const Bucket = await gateway.bucket();
    const Resource = `arn:aws:s3:::${Bucket}/*`;
    const Statement = statements.map((one) => ({
      Effect: "Deny",
      Principal: "*",
      Action: "s3:PutObject",
      Resource,
      ...one,
    }));
    await gateway.s3.send(
      new PutBucketPolicyCommand({ Bucket, Policy: JSON.stringify({ Version: "2012-10-17", Statement }) }),
    );
    return Bucket;
  }

  // https://docs.aws.amazon.com/AmazonS3/latest/userguide/UsingServerSideEncryption.html, and the form of the AWS security blog.
  test.each([
    ["StringNotEquals", [{ Condition: { StringNotEquals: { "s3:x-amz-server-side-encryption": "AES256" } } }]],
    [
      "Null",
      [
        { Condition: { Null: { "s3:x-amz-server-side-encryption": "true" } } },
        { Condition: { StringNotEquals: { "s3:x-amz-server-side-encryption": "AES256" } } },
      ],
    ],
  ])(
    "AWS's deny of unencrypted uploads, by %s, holds for puts, copies and every call of an upload",
    async (_form, statements) => {
      const { s3 } = gateway;
      const Bucket = await withPolicy(...statements);
      const at = { Bucket, Key: "k" };
      const denied = { name: "AccessDenied" };
      const encrypted = { ServerSideEncryption: "AES256" } as const;
      await expect(s3.send(new PutObjectCommand({ ...at, Body: "1" }))).rejects.toMatchObject(denied);
      await expect(s3.send(new CreateMultipartUploadCommand(at))).rejects.toMatchObject(denied);
      const kms = { ServerSideEncryption: "aws:kms", SSEKMSKeyId: "alias/photos" } as const;
      await expect(s3.send(new PutObjectCommand({ ...at, Body: "1", ...kms }))).rejects.toMatchObject(denied);
      await s3.send(new PutObjectCommand({ ...at, Body: "1", ...encrypted }));
      await s3.send(new CopyObjectCommand({ Bucket, Key: "copy", CopySource: `${Bucket}/k`, ...encrypted }));
      const { UploadId = "" } = await s3.send(new CreateMultipartUploadCommand({ ...at, ...encrypted }));
      const { ETag } = await s3.send(new UploadPartCommand({ ...at, UploadId, PartNumber: 1, Body: "2" }));
      const source = { ...at, UploadId, PartNumber: 2, CopySource: `${Bucket}/k` };
      await s3.send(new UploadPartCopyCommand(source));
      // An id that a client made up is the id of no upload.
      const plain = UploadId.slice(0, UploadId.indexOf("."));
      await expect(
        s3.send(new UploadPartCommand({ ...at, UploadId: plain, PartNumber: 1, Body: "2" })),
      ).rejects.toMatchObject(denied);
      const forged = `${plain}x${UploadId.slice(UploadId.indexOf("."))}`;
      await expect(
        s3.send(new UploadPartCommand({ ...at, UploadId: forged, PartNumber: 1, Body: "2" })),
      ).rejects.toMatchObject({ name: "NoSuchUpload" });
      const MultipartUpload = { Parts: [{ PartNumber: 1, ETag }] };
      await s3.send(new CompleteMultipartUploadCommand({ ...at, UploadId, MultipartUpload }));
    },
  );

  test("an upload that was begun without encryption gets no part once the policy is there", async () => {
    const { s3 } = gateway;
    const Bucket = await gateway.bucket();
    const at = { Bucket, Key: "k" };
    const { UploadId = "" } = await s3.send(new CreateMultipartUploadCommand(at));
    const Statement = {
      Effect: "Deny",
      Principal: "*",
      Action: "s3:PutObject",
      Resource: `arn:aws:s3:::${Bucket}/*`,
      Condition: { Null: { "s3:x-amz-server-side-encryption": "true" } },
    };
    await s3.send(new PutBucketPolicyCommand({ Bucket, Policy: JSON.stringify({ Version: "2012-10-17", Statement }) }));
    const part = { ...at, PartNumber: 1, Body: "1" };
    await expect(s3.send(new UploadPartCommand({ ...part, UploadId }))).rejects.toMatchObject({ name: "AccessDenied" });
    const suffix = `.${Buffer.from('["AES256",null,null]').toString("base64url")}`;
    const forged = s3.send(new UploadPartCommand({ ...part, UploadId: UploadId + suffix }));
    await expect(forged).rejects.toMatchObject({ name: "NoSuchUpload" });
  });

  test("a policy about a key holds for its alias and id too", async () => {
    const { s3 } = gateway;
    const probe = { Bucket: bucket, Key: "probe", Body: "1", ServerSideEncryption: "aws:kms" } as const;
    const { SSEKMSKeyId: photos = "" } = await s3.send(new PutObjectCommand({ ...probe, SSEKMSKeyId: "alias/photos" }));
    const key = "s3:x-amz-server-side-encryption-aws-kms-key-id";
    const Bucket = await withPolicy({ Condition: { ArnNotEqualsIfExists: { [key]: photos } } });
    for (const SSEKMSKeyId of [photos, "alias/photos", photos.slice(photos.indexOf("/") + 1)])
      await s3.send(new PutObjectCommand({ ...probe, Bucket, SSEKMSKeyId }));
    await expect(
      s3.send(new PutObjectCommand({ ...probe, Bucket, SSEKMSKeyId: "alias/team/films" })),
    ).rejects.toMatchObject({ name: "AccessDenied" });
    const other = await withPolicy({ Condition: { StringEquals: { [key]: photos } } });
    await expect(
      s3.send(new PutObjectCommand({ ...probe, Bucket: other, SSEKMSKeyId: "alias/photos" })),
    ).rejects.toMatchObject({ name: "AccessDenied" });
  });

  test("SSE-C can be asked for and forbidden", async () => {
    const { s3 } = gateway;
    const name = "s3:x-amz-server-side-encryption-customer-algorithm";
    const forbids = await withPolicy({ Condition: { Null: { [name]: "false" } } });
    const put = { Key: "k", Body: "1" };
    await s3.send(new PutObjectCommand({ ...put, Bucket: forbids }));
    await expect(s3.send(new PutObjectCommand({ ...put, Bucket: forbids, ...secret() }))).rejects.toMatchObject({
      name: "AccessDenied",
    });
    const asks = await withPolicy({ Condition: { Null: { [name]: "true" } } });
    await s3.send(new PutObjectCommand({ ...put, Bucket: asks, ...secret() }));
    await expect(s3.send(new PutObjectCommand({ ...put, Bucket: asks }))).rejects.toMatchObject({
      name: "AccessDenied",
    });
  });
});
