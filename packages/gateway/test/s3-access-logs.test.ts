import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import {
  GetBucketLoggingCommand,
  GetObjectCommand,
  ListObjectsV2Command,
  PutBucketLoggingCommand,
  type LoggingEnabled,
} from "@aws-sdk/client-s3";
import { describe, expect, test } from "vitest";
import { call } from "./pipeline-gateway.ts";
import { useS3Gateway } from "./s3-gateway.ts";
import { dataEvents } from "./recorded-events.ts";

const gateway = useS3Gateway("--website-port", "0", "--website-domain", "sites.test");
const { send } = gateway;

/** The policy of the documentation: "Permissions for log delivery". */
const logPolicy = (target: string, source: string) =>
  JSON.stringify({
    Version: "2012-10-17",
    Statement: [
      {
        Sid: "S3ServerAccessLogsPolicy",
        Effect: "Allow",
        Principal: { Service: "logging.s3.amazonaws.com" },
        Action: ["s3:PutObject"],
        Resource: `arn:aws:s3:::${target}/logs/*`,
        Condition: {
          ArnLike: { "aws:SourceArn": `arn:aws:s3:::${source}` },
          StringEquals: { "aws:SourceAccount": gateway.accountId },
        },
      },
    ],
  });

async function logging(more: Partial<LoggingEnabled> = {}) {
  const source = await gateway.bucket();
  const target = await gateway.bucket();
  const LoggingEnabled = { TargetBucket: target, TargetPrefix: "logs/", ...more };
  await gateway.s3.send(new PutBucketLoggingCommand({ Bucket: source, BucketLoggingStatus: { LoggingEnabled } }));
  const allow = () => send({ method: "PUT", target: `/${target}?policy`, body: logPolicy(target, source) });
  return { source, target, allow };
}

async function logKeys(Bucket: string): Promise<readonly string[]> {
  const { Contents = [] } = await gateway.s3.send(new ListObjectsV2Command({ Bucket }));
  return Contents.map(({ Key = "" }) => Key);
}

/** Waits until so many lines of a bucket are on the disk, and for the time in which they are gathered. */
async function gather(bucket: string, count: number): Promise<void> {
  const folder = join(gateway.dataDir, "access-logs");
  const lines = () =>
    readdirSync(folder)
      .flatMap((name) => readFileSync(join(folder, name), "utf8").split("\n"))
      .filter((line) => line.includes(` ${bucket} [`));
  await expect.poll(lines, { timeout: 20_000 }).toHaveLength(count);
  gateway.pass(5 * 60 * 1000);
}

/** Lines of all objects, each as its fields. */
async function delivered(Bucket: string, count = 1) {
  await expect.poll(() => logKeys(Bucket), { timeout: 20_000 }).toHaveLength(count);
  const texts = await Promise.all(
    (await logKeys(Bucket)).map(async (Key) => {
      const { Body } = await gateway.s3.send(new GetObjectCommand({ Bucket, Key }));
      return (await Body?.transformToString()) ?? "";
    }),
  );
  return texts
    .join("")
    .trimEnd()
    .split("\n")
    .map((line) => line.match(/\[[^\]]*\]|"[^"]*"|\S+/g) ?? []);
}

test("the configuration comes back as it was put, and goes", async () => {
  const { source, target } = await logging();
  const read = async () => (await gateway.s3.send(new GetBucketLoggingCommand({ Bucket: source }))).LoggingEnabled;
  const put = (LoggingEnabled?: LoggingEnabled) =>
    gateway.s3.send(
      new PutBucketLoggingCommand({ Bucket: source, BucketLoggingStatus: LoggingEnabled ? { LoggingEnabled } : {} }),
    );
  expect(await read()).toEqual({ TargetBucket: target, TargetPrefix: "logs/" });
  for (const TargetObjectKeyFormat of [
    { SimplePrefix: {} },
    { PartitionedPrefix: { PartitionDateSource: "EventTime" as const } },
  ]) {
    await put({ TargetBucket: target, TargetPrefix: "", TargetObjectKeyFormat });
    expect(await read()).toEqual({ TargetBucket: target, TargetPrefix: "", TargetObjectKeyFormat });
  }
  await put();
  expect(await read()).toBeUndefined();
});

describe("the target", () => {
  const enable = (source: string, target: string, more = "<TargetPrefix/>") =>
    send({
      method: "PUT",
      target: `/${source}?logging`,
      body: `<BucketLoggingStatus><LoggingEnabled><TargetBucket>${target}</TargetBucket>${more}</LoggingEnabled></BucketLoggingStatus>`,
    });

  test("must be there, and not make requesters pay", async () => {
    const source = await gateway.bucket();
    expect((await enable(source, "no-such-bucket")).code).toBe("InvalidTargetBucketForLogging");
    const payer = "<RequestPaymentConfiguration><Payer>Requester</Payer></RequestPaymentConfiguration>";
    await send({ method: "PUT", target: `/${source}?requestPayment`, body: payer });
    expect((await enable(await gateway.bucket(), source)).code).toBe("InvalidTargetBucketForLogging");
  });

  test.each([
    ["no prefix", "", "MalformedXML"],
    ["a long prefix", `<TargetPrefix>${"p".repeat(801)}</TargetPrefix>`, "InvalidArgument"],
    ["two formats", "<TargetPrefix/><TargetObjectKeyFormat><SimplePrefix/><SimplePrefix/></TargetObjectKeyFormat>", "MalformedXML"], // prettier-ignore
    ["an unknown date", "<TargetPrefix/><TargetObjectKeyFormat><PartitionedPrefix><PartitionDateSource>x</PartitionDateSource></PartitionedPrefix></TargetObjectKeyFormat>", "MalformedXML"], // prettier-ignore
    ["grants", "<TargetPrefix/><TargetGrants><Grant><Permission>READ</Permission></Grant></TargetGrants>", "NotImplemented"], // prettier-ignore
  ])("%s is refused", async (_what, inside, code) => {
    expect((await enable(await gateway.bucket(), await gateway.bucket(), inside)).code).toBe(code);
  });
});

test("nothing is delivered without the target's policy, which the log and the record say, and all of it with it", async () => {
  const { source, target, allow } = await logging();
  await send({ method: "PUT", target: `/${source}/a%20b`, body: "hello", headers: { "user-agent": 'x" "y' } });
  await gateway.sendUnsigned({ target: `/${source}/a%20b?versionId=null` });
  await send({ target: `/${source}/gone`, keys: { accessKeyId: "AKIAUNKNOWNUNKNOWN00", secretAccessKey: "x" } });
  await gather(source, 3);
  const isWarned = () => gateway.log().some((line) => line.includes(`access logs of ${source} cannot be delivered`));
  await expect.poll(isWarned, { timeout: 20_000 }).toBe(true);
  expect(await logKeys(target)).toEqual([]);
  const own = () =>
    dataEvents(gateway.dataDir).filter(({ requestParameters }) => requestParameters?.["bucketName"] === target);
  await expect
    .poll(own)
    .toMatchObject([
      { errorCode: "AccessDenied", userIdentity: { type: "AWSService", invokedBy: "logging.s3.amazonaws.com" } },
    ]);
  await allow();
  gateway.pass(5 * 60 * 1000);
  const lines = await delivered(target);
  expect((await logKeys(target))[0]).toMatch(/^logs\/\d{4}-\d\d-\d\d-\d\d-\d\d-\d\d-[0-9A-F]{16}$/);
  const [put, get, unknown] = lines;
  expect(lines.map(({ length }) => length)).toEqual([27, 27, 27]);
  const user = `arn:aws:iam::${gateway.accountId}:user/admin`;
  expect(put).toMatchObject({ 1: source, 3: "127.0.0.1", 4: user, 6: "REST.PUT.OBJECT", 7: "a%20b", 8: `"PUT /${source}/a%20b HTTP/1.1"`, 9: "200", 12: "5", 16: '"x%22 %22y"', 19: "SigV4", 21: "AuthHeader", 26: "us-east-1" }); // prettier-ignore
  expect(get).toMatchObject({
    4: "-",
    6: "REST.GET.OBJECT",
    9: "403",
    10: "AccessDenied",
    17: "null",
    19: "-",
    21: "-",
  });
  expect(unknown).toMatchObject({ 4: "-", 6: "REST.GET.OBJECT", 7: "gone", 9: "403", 10: "InvalidAccessKeyId" });
});

test("copies are in the log of their source, visits of websites in that of the site, and signatures in none", async () => {
  const { source, target, allow } = await logging({ TargetObjectKeyFormat: { PartitionedPrefix: { PartitionDateSource: "EventTime" } } }); // prettier-ignore
  await allow();
  await send({ method: "PUT", target: `/${source}/k`, body: "hello" });
  await send({
    method: "PUT",
    target: `/${await gateway.bucket()}/copy`,
    headers: { "x-amz-copy-source": `${source}/k` },
  });
  await call({ port: gateway.websitePort }, { target: "/x?y=z", headers: { host: `${source}.sites.test` } });
  await gateway.sendUnsigned({ target: `/${source}/k?X-Amz-Signature=s3cr3t&x-amz-%73ecurity-token=t0k3n` });
  for (const query of ["k", "k?attributes", "?versioning"])
    await send({ target: `/${source}/${query}`, headers: { range: "bytes=1-2", "x-amz-object-attributes": "ETag" } });
  await gather(source, 7);
  const lines = await delivered(target);
  const key = (await logKeys(target))[0] ?? "";
  expect(key).toMatch(
    new RegExp(`^logs/${gateway.accountId}/us-east-1/${source}/\\d{4}/\\d\\d/\\d\\d/\\d{4}-\\d\\d-\\d\\d-00-00-00-`),
  );
  const operations = lines.map((fields) => fields[6]);
  expect(operations.slice(0, 4)).toEqual(["REST.PUT.OBJECT", "REST.COPY.OBJECT_GET", "WEBSITE.GET.OBJECT", "REST.GET.OBJECT"]); // prettier-ignore
  expect(operations.slice(4)).toEqual(["REST.GET.OBJECT", "REST.GET.ATTRIBUTES", "REST.GET.VERSIONING"]);
  expect(lines.map((fields) => fields[12])).toEqual(["5", "-", "-", "-", "5", "-", "-"]); // documents are no objects
  expect(lines[1]).toMatchObject({ 7: "k", 9: "200" });
  expect(lines[2]).toMatchObject({ 8: '"GET /x?y=z HTTP/1.1"', 9: "404" });
  expect(lines[3]?.[8]).toBe(`"GET /${source}/k?X-Amz-Signature=-&x-amz-%73ecurity-token=- HTTP/1.1"`);
});

test("a bucket may log into itself: what is delivered has no lines of its own", async () => {
  const source = await gateway.bucket();
  await send({ method: "PUT", target: `/${source}?policy`, body: logPolicy(source, source) });
  const LoggingEnabled = { TargetBucket: source, TargetPrefix: "logs/" };
  await gateway.s3.send(new PutBucketLoggingCommand({ Bucket: source, BucketLoggingStatus: { LoggingEnabled } }));
  await gateway.sendUnsigned({ target: `/${source}/k` });
  await gather(source, 1);
  const operations = new Set((await delivered(source)).map((fields) => fields[6]));
  operations.delete("REST.GET.BUCKET"); // of the look whether something is there
  expect([...operations]).toEqual(["REST.GET.OBJECT"]);
});
