/** Data folders as earlier versions left them: today's code opens each of them whole, and everything in it goes on. */
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  CompleteMultipartUploadCommand,
  CopyObjectCommand,
  DeleteObjectCommand,
  GetObjectCommand,
  ListBucketsCommand,
  ListObjectVersionsCommand,
  PutObjectCommand,
  type S3Client,
} from "@aws-sdk/client-s3";
import { CreateAccessKeyCommand, PutUserPolicyCommand } from "@aws-sdk/client-iam";
import { AssumeRoleCommand, GetSessionTokenCommand } from "@aws-sdk/client-sts";
import { parseConfig, startGateway } from "@s3-credentials/gateway";
import { describe, expect, onTestFinished, test } from "vitest";
import { auditIndex, blobNames } from "../packages/gateway/test/audit-local-plane.ts";
import {
  accountSnapshot,
  type Clients,
  clientsAt,
  type Expected,
  rightsOf,
  snapshot,
  totp,
} from "./fixtures/data-snapshot.mjs";
import { keepRecordsUnder } from "../packages/gateway/test/kept-records.ts";
import { cli, s3 } from "./clients.ts";
import { startGateway as startCommand } from "./gateway.ts";

const fixtures = "acceptance/fixtures";
const names = readdirSync(fixtures).filter((name) => /^data-\d/.test(name));
function expectedOf(name: string): Expected {
  return JSON.parse(readFileSync(join(fixtures, name, "expected.json"), "utf8")) as Expected;
}

/** A home folder whose `data` is the fixture. */
function unpacked(name: string, end: "stopped" | "killed"): string {
  const home = mkdtempSync(join(tmpdir(), "s3-credentials-upgrade-"));
  onTestFinished(() => {
    keepRecordsUnder(home);
    rmSync(home, { recursive: true, force: true });
  });
  mkdirSync(join(home, "data"), { mode: 0o700 });
  const archive = join(fixtures, name, `${end}.tar.gz`);
  const { status, stderr } = spawnSync("tar", ["-xzf", archive, "-C", join(home, "data")], { encoding: "utf8" });
  expect(stderr).toBe("");
  expect(status).toBe(0);
  return home;
}

interface Opened {
  as(who: string): Clients;
  now(): number;
  close(): Promise<void>;
}

/** Today's gateway on it, a minute after it was made, so that the sessions in it have not ended. */
async function open(home: string, { now, callers }: Expected): Promise<Opened> {
  const parsed = parseConfig(["--port", "0", "--data", join(home, "data"), "--log-level", "silent"], { HOME: home });
  if (parsed.kind !== "config") throw new Error(JSON.stringify(parsed));
  const begun = performance.now();
  const monotonic = (): number => Math.floor(performance.now() - begun);
  const clock = { now: () => now + 60_000 + monotonic(), monotonic };
  const gateway = await startGateway(parsed.config, { clock });
  let closed: Promise<void> | undefined;
  const close = (): Promise<void> => (closed ??= gateway.close());
  onTestFinished(close);
  return {
    as: (who) => clientsAt(gateway.endpoint, callers[who]?.keys ?? { accessKeyId: "", secretAccessKey: "" }, clock.now),
    now: clock.now,
    close,
  };
}

async function contentOf(client: S3Client, Bucket: string, Key: string): Promise<Uint8Array> {
  const { Body } = await client.send(new GetObjectCommand({ Bucket, Key }));
  return (await Body?.transformToByteArray()) ?? new Uint8Array();
}

/** `toEqual` compares element by element, in a second where this takes a millisecond. */
async function expectContent(client: S3Client, bucket: string, key: string, expected: Uint8Array): Promise<void> {
  expect(Buffer.compare(await contentOf(client, bucket, key), expected), `${bucket}/${key}`).toBe(0);
}

async function finishUploads({ s3: client }: Clients, { underWay, completed }: Expected): Promise<void> {
  const complete = ({ Bucket, Key, UploadId, parts }: Expected["underWay"] | Expected["completed"]) =>
    client.send(new CompleteMultipartUploadCommand({ Bucket, Key, UploadId, MultipartUpload: { Parts: [...parts] } }));
  await complete(underWay);
  const content = await contentOf(client, underWay.Bucket, underWay.Key);
  expect(createHash("sha256").update(content).digest("hex")).toBe(underWay.sha256);
  // Completed before the upgrade; asked for again, as a client does that lost the answer.
  expect(await complete(completed)).toMatchObject({ ETag: completed.ETag });
}

async function goOnWithObjects({ s3: client }: Clients): Promise<void> {
  const old = await contentOf(client, "plain", "file.bin");
  await client.send(new PutObjectCommand({ Bucket: "plain", Key: "file.bin", Body: "replaced" }));
  await expectContent(client, "plain", "copy.bin", old); // a copy shares its bytes
  await client.send(new CopyObjectCommand({ Bucket: "scratch", Key: "again.bin", CopySource: "plain/copy.bin" }));
  await expectContent(client, "scratch", "again.bin", old);
  const { DeleteMarkers = [] } = await client.send(new ListObjectVersionsCommand({ Bucket: "versioned" }));
  const [{ Key, VersionId } = {}] = DeleteMarkers;
  await client.send(new DeleteObjectCommand({ Bucket: "versioned", Key, VersionId }));
  expect(Buffer.from(await contentOf(client, "versioned", Key ?? "")).toString()).toBe("three");
}

async function goOnWithIdentities(admin: Clients, alice: Clients, { accountId }: Expected): Promise<void> {
  await admin.iam.send(new CreateAccessKeyCommand({ UserName: "bob" }));
  const PolicyDocument = JSON.stringify({
    Version: "2012-10-17",
    Statement: { Effect: "Allow", Action: "s3:GetObject", Resource: "arn:aws:s3:::plain/small.txt" },
  });
  await admin.iam.send(new PutUserPolicyCommand({ UserName: "alice", PolicyName: "more", PolicyDocument }));
  expect(Buffer.from(await contentOf(alice.s3, "plain", "small.txt")).toString()).toBe("small");
  const RoleArn = `arn:aws:iam::${accountId}:role/worker`;
  const { Credentials } = await alice.sts.send(new AssumeRoleCommand({ RoleArn, RoleSessionName: "later" }));
  expect(Credentials?.SessionToken).toMatch(/./);
}

/** The device goes on: a code of now is good once. */
async function goOnWithDevice(gateway: Opened, { mfa }: Expected): Promise<void> {
  if (mfa === undefined) return;
  const TokenCode = totp(mfa.secret, gateway.now());
  const sign = () => gateway.as(mfa.who).sts.send(new GetSessionTokenCommand({ SerialNumber: mfa.serial, TokenCode }));
  expect((await sign()).Credentials?.SessionToken).toMatch(/./);
  await expect(sign()).rejects.toMatchObject({ name: "AccessDenied" });
}

/** Every bucket counts for its account. That each is counted as it is, `auditIndex` looks at. */
async function expectCounted(admin: Clients): Promise<void> {
  const objects = async (operation: string, input: object): Promise<number> => {
    const answer = (await admin.ask(`S3Credentials.${operation}`, input)) as {
      readonly Usage: { readonly Objects: number };
    };
    return answer.Usage.Objects;
  };
  const { Buckets = [] } = await admin.s3.send(new ListBucketsCommand({}));
  let together = 0;
  for (const { Name } of Buckets) together += await objects("GetBucketQuota", { BucketName: Name });
  expect(together).toBeGreaterThan(0);
  expect(await objects("GetAccountQuota", {})).toBe(together);
}

describe.each(names)("%s", (name) => {
  const expected = expectedOf(name);

  async function checkSnapshot(gateway: Opened): Promise<void> {
    expect(await snapshot(gateway.as("admin"))).toEqual(expected.snapshot);
    for (const quota of expected.quotas ?? []) {
      const { BucketName } = quota;
      expect(await gateway.as("admin").ask("S3Credentials.GetBucketQuota", { BucketName })).toEqual(quota);
    }
    if (expected.account !== undefined) expect(await accountSnapshot(gateway.as("admin"))).toEqual(expected.account);
  }

  test("killed: everything is there, everybody may do what they could, and all of it goes on", async () => {
    const home = unpacked(name, "killed");
    const gateway = await open(home, expected);
    await checkSnapshot(gateway);
    for (const [who, { rights }] of Object.entries(expected.callers)) {
      expect(await rightsOf(gateway.as(who)), who).toEqual(rights);
    }
    await finishUploads(gateway.as("admin"), expected);
    await goOnWithObjects(gateway.as("admin"));
    await goOnWithIdentities(gateway.as("admin"), gateway.as("alice"), expected);
    await goOnWithDevice(gateway, expected);
    await gateway.close();
    expect(await blobNames(join(home, "data"))).toEqual(
      expect.arrayContaining([...(await auditIndex(join(home, "data")))]),
    );
    // Once more: what the first start changed is read again.
    const again = await open(home, expected);
    expect(Buffer.from(await contentOf(again.as("alice").s3, "plain", "small.txt")).toString()).toBe("small");
    await expectCounted(again.as("admin"));
    await again.close();
  });

  // A killed gateway's folder has all that a stopped one's has, and a write-ahead log: of those that were stopped, one shows as much as all,
  // and so it does through the command.
  if (name === names[0]) {
    test("stopped: everything is there", async () => {
      const gateway = await open(unpacked(name, "stopped"), expected);
      await checkSnapshot(gateway);
      await gateway.close();
    });

    test("the command serves it, years later too", async () => {
      const gateway = await startCommand({ home: unpacked(name, "stopped") });
      onTestFinished(async () => void (await gateway.stop()));
      expect(gateway.accountId).toBe(expected.accountId);
      const users = await cli(gateway, ["list-users", "--local", "--nl"]);
      expect(users.stdout.match(/"UserName": "\w+"/g)).toEqual(
        ["admin", "alice", "bob"].map((user) => `"UserName": "${user}"`),
      );
      const keys = expected.callers["bob"]?.keys ?? gateway.admin;
      expect(Buffer.from(await contentOf(s3(gateway, keys), "plain", "team/one.txt")).toString()).toBe("one");
    });
  }
});
