import * as sdk from "@aws-sdk/client-s3";
import { CreateAccountCommand } from "@aws-sdk/client-organizations";
import { request } from "node:http";
import { afterAll, beforeAll, expect, test } from "vitest";
import { formOf } from "../packages/gateway/test/post-form.ts";
import { cliHere, organizations, s3 } from "./clients.ts";
import { allow, makeBucket, makeUser } from "./fixtures.ts";
import type { Keys, RunningGateway } from "./gateway.ts";
import { startGatewayHere } from "./gateway-here.ts";
import { presigned } from "./raw.ts";
import { rootKeysOf } from "../packages/gateway/test/organization-accounts.ts";

let gateway: RunningGateway;
let admin: sdk.S3Client;
/** Of a member account, and its root's keys. */
let tenant = "";
let tenantKeys: Keys;
beforeAll(async () => {
  gateway = await startGatewayHere({ args: ["--metrics-port", "0"] });
  admin = s3(gateway, gateway.admin);
  const command = new CreateAccountCommand({ AccountName: "tenant", Email: "tenant@example.com" });
  const { CreateAccountStatus } = await organizations(gateway, gateway.admin).send(command);
  tenant = CreateAccountStatus?.AccountId ?? "";
  tenantKeys = rootKeysOf(gateway.dataDir, tenant);
});
afterAll(async () => {
  admin.destroy();
  await gateway.stop();
});

const quotaBy = (keys: Keys, ...words: readonly string[]) =>
  cliHere(gateway, ["quota", ...words, "--endpoint-url", gateway.endpoint], { keys });
/** As the operator; gives the row that is printed. */
async function quota(...words: readonly string[]): Promise<Record<string, unknown>> {
  const { code, stdout, stderr } = await quotaBy(gateway.admin, ...words);
  expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
  return (JSON.parse(stdout) as [Record<string, unknown>])[0];
}

async function refusal(
  sent: Promise<unknown>,
): Promise<{ name: string; message: string; status: number; attempts: number }> {
  const error = await sent.then(
    () => new Error("it was not refused"),
    (reason: unknown) => reason,
  );
  if (!(error instanceof sdk.S3ServiceException)) throw error;
  const { httpStatusCode = 0, attempts = 0 } = error.$metadata;
  return { name: error.name, message: error.message, status: httpStatusCode, attempts };
}

const mebibyte = 1024 * 1024;

test("a bucket takes what its quota has room for, to the byte", async () => {
  await makeBucket(gateway, "exact");
  expect(await quota("set", "exact", "--max-bytes", "1KiB", "--max-objects", "2")).toEqual({
    BucketName: "exact",
    AccountId: gateway.accountId,
    Bytes: 0,
    MaxBytes: 1024,
    Objects: 0,
    MaxObjects: 2,
  });
  const put = (Key: string, size: number, by = admin) =>
    by.send(new sdk.PutObjectCommand({ Bucket: "exact", Key, Body: Buffer.alloc(size) }));
  await put("a", 1000);
  // A client that tries again what may succeed later does not try this again.
  const patient = new sdk.S3Client({
    endpoint: gateway.endpoint,
    region: "us-east-1",
    credentials: { ...gateway.admin },
    forcePathStyle: true,
    maxAttempts: 3,
  });
  expect(await refusal(put("b", 25, patient))).toEqual({
    name: "QuotaExceeded",
    message:
      "The quota of this bucket is 1024 bytes: 1000 are used, and this request would add 25. Delete what is not needed, or have the quota raised.",
    status: 403,
    attempts: 1,
  });
  patient.destroy();
  const counted = await (await fetch(`${gateway.metrics}/metrics`)).text();
  expect(counted).toMatch(/^s3_credentials_errors_total\{service="s3",code="QuotaExceeded"\} 1$/m);
  await put("b", 24);
  expect(await refusal(put("c", 0))).toMatchObject({ message: expect.stringContaining("is 2 objects: 2 are used") });
  // Full, it still takes what makes it no larger.
  await put("a", 1000);
  expect((await refusal(put("a", 1001))).name).toBe("QuotaExceeded");
  await put("a", 900);
  await put("b", 124);
  await admin.send(new sdk.DeleteObjectCommand({ Bucket: "exact", Key: "b" }));
  await put("c", 124);
  expect(await quota("show", "exact")).toMatchObject({ Bytes: 1024, Objects: 2 });
  expect(await quota("remove", "exact")).toEqual({
    BucketName: "exact",
    AccountId: gateway.accountId,
    Bytes: 1024,
    Objects: 2,
  });
  await put("d", 5000);
});

test("every version counts; a delete marker does not, and is made in a full bucket too", async () => {
  const Bucket = "versions";
  await makeBucket(gateway, Bucket);
  const VersioningConfiguration = { Status: "Enabled" } as const;
  await admin.send(new sdk.PutBucketVersioningCommand({ Bucket, VersioningConfiguration }));
  await quota("set", Bucket, "--max-objects", "2");
  const put = () => admin.send(new sdk.PutObjectCommand({ Bucket, Key: "k", Body: "text" }));
  const { VersionId } = await put();
  await put();
  expect((await refusal(put())).name).toBe("QuotaExceeded");
  await admin.send(new sdk.DeleteObjectCommand({ Bucket, Key: "k" }));
  expect(await quota("show", Bucket)).toMatchObject({ Bytes: 8, Objects: 2 });
  await admin.send(new sdk.DeleteObjectCommand({ Bucket, Key: "k", VersionId }));
  await put();
});

test("every way that adds is refused: copies, parts, completed uploads, forms", async () => {
  const Bucket = "ways";
  await makeBucket(gateway, Bucket, ["small"]);
  await makeBucket(gateway, "sources");
  await admin.send(new sdk.PutObjectCommand({ Bucket: "sources", Key: "large", Body: Buffer.alloc(2 * mebibyte) }));
  const begin = async (Key: string) =>
    (await admin.send(new sdk.CreateMultipartUploadCommand({ Bucket, Key }))).UploadId;
  const part = (UploadId: string | undefined, Key: string, PartNumber: number, size: number) =>
    admin.send(new sdk.UploadPartCommand({ Bucket, Key, UploadId, PartNumber, Body: Buffer.alloc(size) }));
  const UploadId = await begin("parts");
  await part(UploadId, "parts", 1, 1000);
  await quota("set", Bucket, "--max-bytes", String(mebibyte), "--max-objects", "1");
  const CopySource = "sources/large";
  const named = { Bucket, Key: "parts", UploadId };
  const complete = async () => {
    const { Parts = [] } = await admin.send(new sdk.ListPartsCommand(named));
    const MultipartUpload = { Parts: Parts.map(({ PartNumber, ETag }) => ({ PartNumber, ETag })) };
    return admin.send(new sdk.CompleteMultipartUploadCommand({ ...named, MultipartUpload }));
  };
  const form = formOf(Bucket, { keys: gateway.admin, fields: { key: "form" }, file: "of a form" });
  const refused = [
    await refusal(admin.send(new sdk.CopyObjectCommand({ Bucket, Key: "small", CopySource }))),
    await refusal(admin.send(new sdk.UploadPartCopyCommand({ ...named, PartNumber: 2, CopySource }))),
    await refusal(part(UploadId, "parts", 2, mebibyte)),
    await refusal(begin("another")),
    await refusal(complete()),
  ];
  expect(refused.map(({ name, status }) => `${status} ${name}`)).toEqual(refused.map(() => "403 QuotaExceeded"));
  const { target, headers, body, method } = form;
  const posted = await fetch(`${gateway.endpoint}${target}`, {
    method: method ?? "POST",
    headers: { ...headers },
    body,
  });
  expect([posted.status, await posted.text()]).toEqual([403, expect.stringContaining("<Code>QuotaExceeded</Code>")]);
  // What is counted of an upload goes with it, and a part that is sent again gives back what it had.
  expect(await quota("show", Bucket)).toMatchObject({ Bytes: 1005, Objects: 1 });
  await part(UploadId, "parts", 1, mebibyte - 5);
  await admin.send(new sdk.DeleteObjectCommand({ Bucket, Key: "small" }));
  await complete();
  expect(await quota("show", Bucket)).toMatchObject({ Bytes: mebibyte - 5, Objects: 1 });
});

test("a body that has no room is refused before it is sent", async () => {
  await makeBucket(gateway, "early");
  await quota("set", "early", "--max-bytes", "1MiB");
  const path = "/early/key";
  const query = presigned(gateway, gateway.admin, { method: "PUT", path });
  const status = await new Promise((answered, failed) => {
    const headers = { "content-length": String(1024 * mebibyte), expect: "100-continue" };
    const sent = request({ host: "127.0.0.1", port: gateway.port, method: "PUT", path: `${path}?${query}`, headers });
    sent.on("continue", () => failed(new Error("the gateway asked for the body")));
    sent.on("error", failed);
    sent.on("response", (reply) => {
      answered(reply.statusCode);
      reply.resume();
      sent.destroy();
    });
    sent.flushHeaders();
  });
  expect(status).toBe(403);
});

test("an account's quota is the operator's, holds for its buckets together, and is told to nobody else", async () => {
  const owner = s3(gateway, tenantKeys);
  for (const Bucket of ["tenant-one", "tenant-two"]) await owner.send(new sdk.CreateBucketCommand({ Bucket }));
  const Policy = JSON.stringify({
    Version: "2012-10-17",
    Statement: {
      Effect: "Allow",
      Principal: { AWS: gateway.accountId },
      Action: "s3:*",
      Resource: "arn:aws:s3:::tenant-two/*",
    },
  });
  await owner.send(new sdk.PutBucketPolicyCommand({ Bucket: "tenant-two", Policy }));
  await quota("set", "--account", tenant, "--max-bytes", "100");
  await owner.send(new sdk.PutObjectCommand({ Bucket: "tenant-one", Key: "k", Body: Buffer.alloc(60) }));
  const more = (by: sdk.S3Client) =>
    refusal(by.send(new sdk.PutObjectCommand({ Bucket: "tenant-two", Key: "k", Body: Buffer.alloc(41) })));
  expect((await more(owner)).message).toBe(
    "The quota of the account that owns this bucket is 100 bytes: 60 are used, and this request would add 41. Delete what is not needed, or have the quota raised.",
  );
  expect((await more(admin)).message).toBe(
    "The quota of this bucket, or of the account that owns it, has no room for what this request would add.",
  );
  await admin.send(new sdk.PutObjectCommand({ Bucket: "tenant-two", Key: "k", Body: Buffer.alloc(40) }));

  const own = { AccountId: tenant, Bytes: 100, MaxBytes: 100, Objects: 2 };
  expect(await quota("show", "--account", tenant)).toEqual(own);
  expect(JSON.parse((await quotaBy(tenantKeys, "show")).stdout)).toEqual([own]);
  for (const words of [["set", "--max-bytes", "1000"], ["remove"]])
    expect((await quotaBy(tenantKeys, ...words, "--account", tenant)).stderr).toContain("AccessDenied");
  expect((await quotaBy(tenantKeys, "show", "--account", gateway.accountId)).stderr).toContain("AccessDenied");
  // Its buckets it limits itself, as the operator does.
  expect((await quotaBy(tenantKeys, "set", "tenant-one", "--max-objects", "1")).code).toBe(0);
  expect(await quota("show", "tenant-one")).toMatchObject({ Bytes: 60, Objects: 1, MaxObjects: 1 });
  await makeBucket(gateway, "of-the-operator");
  expect((await quotaBy(tenantKeys, "show", "of-the-operator")).stderr).toContain("AccessDenied");
  owner.destroy();
});

test("rights are those of the policies, by bucket", async () => {
  await makeBucket(gateway, "granted");
  const actions = ["s3-credentials:PutBucketQuota", "s3-credentials:GetBucketQuota"];
  const { keys } = await makeUser(gateway, "keeper", { policy: allow(actions, "arn:aws:s3:::granted") });
  expect((await quotaBy(keys, "set", "granted", "--max-objects", "5")).code).toBe(0);
  expect((await quotaBy(keys, "set", "exact", "--max-objects", "5")).stderr).toContain("AccessDenied");
  expect((await quotaBy(keys, "show")).stderr).toContain("AccessDenied");
  expect((await quotaBy(gateway.admin, "show", "no-such-bucket")).stderr).toContain(
    "There is no bucket no-such-bucket",
  );
  expect((await quotaBy(gateway.admin, "show", "--account", "999999999999")).stderr).toContain(
    "There is no account 999999999999",
  );
});

test.each([
  [["raise", "b"], "no action raise: there is quota show, quota set and quota remove"],
  [["set", "b"], "quota set needs --max-bytes or --max-objects; quota remove takes both limits away"],
  [["set", "--max-objects", "1"], "quota set needs the name of a bucket, or --account"],
  [
    ["set", "b", "--max-objects", "many"],
    'invalid --max-objects "many": it is a whole number of objects, such as 1000',
  ],
  [["remove", "b", "--max-bytes", "1"], "--max-bytes does not go with quota remove"],
  [["set", "--all-accounts", "--max-bytes", "1"], "--all-accounts does not go with quota set"],
  [["show", "b", "--all-accounts"], "--all-accounts goes with nothing else"],
  [["show", "b", "--account", "111122223333"], "--account does not go with a bucket"],
  [["show", "--account", "tenant"], "tenant is not the id of an account: it has 12 digits; account list shows them"],
])("quota %j: %s", async (words, message) => {
  expect(await quotaBy(gateway.admin, ...words)).toMatchObject({ code: 2, stdout: "", stderr: `Error: ${message}\n` });
});
