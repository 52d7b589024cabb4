import { existsSync, mkdirSync, mkdtempSync, rmSync, statSync, statfsSync, symlinkSync } from "node:fs";
import { spawnSync } from "node:child_process";
import { randomBytes } from "node:crypto";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  CreateAccessKeyCommand,
  CreateUserCommand,
  DeleteAccessKeyCommand,
  DeleteUserPolicyCommand,
  IAMClient,
  PutUserPolicyCommand,
} from "@aws-sdk/client-iam";
import {
  CreateBucketCommand,
  DeleteObjectCommand,
  GetObjectCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  S3Client,
} from "@aws-sdk/client-s3";
import { expect, onTestFinished, test } from "vitest";
import { blobNames } from "../packages/gateway/test/audit-local-plane.ts";
import { fillUp, smallDisk } from "../packages/gateway/test/small-disk.ts";
import { cliHere } from "./clients.ts";
import { cleanEnvironment, command, type RunningGateway, startGateway } from "./gateway.ts";
import { startGatewayHere } from "./gateway-here.ts";

const mebibyte = 1024 * 1024;

function clients({ endpoint, admin }: RunningGateway) {
  const config = { endpoint, region: "us-east-1", credentials: admin, maxAttempts: 1 };
  const [s3, iam] = [new S3Client({ ...config, forcePathStyle: true }), new IAMClient(config)];
  onTestFinished(() => {
    s3.destroy();
    iam.destroy();
  });
  return { s3, iam };
}

async function start(home: string, floor: string): Promise<RunningGateway> {
  const gateway = await startGateway({ home, args: ["--min-free-space", floor] });
  onTestFinished(async () => void (await gateway.stop("SIGKILL")));
  return gateway;
}

test("a writer fills the disk: 507, and rights and objects are deleted all the same, also after a restart", async () => {
  const home = smallDisk(64);
  let gateway = await start(home, "8MiB");
  let { s3, iam } = clients(gateway);
  await iam.send(new CreateUserCommand({ UserName: "writer" }));
  const policy = { Version: "2012-10-17", Statement: { Effect: "Allow", Action: "s3:*", Resource: "*" } };
  await iam.send(
    new PutUserPolicyCommand({ UserName: "writer", PolicyName: "p", PolicyDocument: JSON.stringify(policy) }),
  );
  const { AccessKey } = await iam.send(new CreateAccessKeyCommand({ UserName: "writer" }));
  await s3.send(new CreateBucketCommand({ Bucket: "bucket" }));
  const put = (key: string, size: number) =>
    s3.send(new PutObjectCommand({ Bucket: "bucket", Key: key, Body: randomBytes(size) }));

  // Until it is refused: first for its length, then for one byte.
  let stored = 0;
  const fill = async (size: number): Promise<void> => {
    for (;;) {
      await put(`${size}-${stored}`, size);
      stored += 1;
    }
  };
  for (const size of [4 * mebibyte, 100_000, 1]) {
    const refusal = { name: "InsufficientStorage", $metadata: { httpStatusCode: 507 } };
    await expect(fill(size)).rejects.toMatchObject(refusal);
    if (size === 100_000) break;
  }
  expect(stored).toBeGreaterThan(3);
  const { bavail, bsize } = statfsSync(home);
  // The floor is 8 MiB. The write-ahead logs of what was stored may take up to half of it.
  expect(bavail * bsize).toBeGreaterThan(4 * mebibyte);
  const { Contents: keys = [] } = await s3.send(new ListObjectsV2Command({ Bucket: "bucket" }));
  const [first = "", second = "", third = ""] = keys.map(({ Key }) => Key ?? "");
  await s3.send(new DeleteObjectCommand({ Bucket: "bucket", Key: first }));

  // Another program takes the rest, and the gateway is killed and started on a disk without a free byte.
  const other = fillUp(home);
  await gateway.stop("SIGKILL");
  fillUp(home);
  gateway = await start(home, "8MiB");
  ({ s3, iam } = clients(gateway));
  // The space that the start itself leaves free (logs, deleted objects) may take some objects more.
  await expect(fill(100_000)).rejects.toMatchObject({ name: "InsufficientStorage" });
  await iam.send(new DeleteAccessKeyCommand({ UserName: "writer", AccessKeyId: AccessKey?.AccessKeyId ?? "" }));
  await iam.send(new DeleteUserPolicyCommand({ UserName: "writer", PolicyName: "p" }));
  for (const Key of [second, third]) await s3.send(new DeleteObjectCommand({ Bucket: "bucket", Key }));
  const writer = new S3Client({
    endpoint: gateway.endpoint,
    region: "us-east-1",
    forcePathStyle: true,
    credentials: { accessKeyId: AccessKey?.AccessKeyId ?? "", secretAccessKey: AccessKey?.SecretAccessKey ?? "" },
  });
  onTestFinished(() => writer.destroy());
  await expect(writer.send(new GetObjectCommand({ Bucket: "bucket", Key: first }))).rejects.toMatchObject({
    name: "InvalidAccessKeyId",
  });
  expect(gateway.log()).toContain("the reserve is given up");

  rmSync(other);
  expect(await gateway.stop()).toBe(0);
  gateway = await start(home, "1MiB");
  ({ s3 } = clients(gateway));
  await put("again", mebibyte);
}, 120_000);

test("while it runs, a disk that others fill to the last byte does not keep rights from being taken away", async () => {
  const home = smallDisk(48);
  const gateway = await start(home, "1MiB");
  const { s3, iam } = clients(gateway);
  await s3.send(new CreateBucketCommand({ Bucket: "bucket" }));
  // The reserve is made in the background.
  const reserve = join(gateway.dataDir, "reserve");
  await expect.poll(() => (existsSync(reserve) ? statSync(reserve).size : 0), { timeout: 60_000 }).toBe(16 * mebibyte);
  const names = Array.from({ length: 40 }, (_, n) => `user-${n}`);
  for (const UserName of names) {
    await iam.send(new CreateUserCommand({ UserName }));
    await iam.send(
      new PutUserPolicyCommand({
        UserName,
        PolicyName: "p",
        PolicyDocument: JSON.stringify({
          Version: "2012-10-17",
          Statement: { Effect: "Allow", Action: "s3:*", Resource: `arn:aws:s3:::${"x".repeat(1500)}` },
        }),
      }),
    );
  }
  await s3.send(new PutObjectCommand({ Bucket: "bucket", Key: "k", Body: "x" }));
  fillUp(home);
  for (const UserName of names) await iam.send(new DeleteUserPolicyCommand({ UserName, PolicyName: "p" }));
  await s3.send(new DeleteObjectCommand({ Bucket: "bucket", Key: "k" }));
  await expect(s3.send(new PutObjectCommand({ Bucket: "bucket", Key: "k", Body: "x" }))).rejects.toMatchObject({
    name: "InsufficientStorage",
  });

  // The reserve is gone too: what was acknowledged is there, so it stops as it should.
  fillUp(home);
  expect(await gateway.stop()).toBe(0);
  fillUp(home);
  expect(await cliHere(gateway, ["recover", "--data", gateway.dataDir])).toMatchObject({
    code: 1,
    stderr: "Error: database or disk is full; free space, then run this again\n",
  });
}, 120_000);

test("a first start on a full disk says so in one line", () => {
  const home = smallDisk(1);
  fillUp(home);
  const args = [command, "serve", "--port", "0", "--data", join(home, "data")];
  const { status, stderr } = spawnSync(process.execPath, args, { env: cleanEnvironment(home), encoding: "utf8" });
  expect({ status, stderr }).toEqual({
    status: 1,
    stderr: expect.stringMatching(
      /^Error: cannot start on \S+: the disk is full; free space, or choose another with --data\n$/,
    ),
  });
});

test("blobs on a disk of their own: when that is full, large objects are refused, and everything else goes on", async () => {
  const [home, disk] = [mkdtempSync(join(tmpdir(), "s3-credentials-full-")), smallDisk(8)];
  onTestFinished(() => rmSync(home, { recursive: true, force: true }));
  mkdirSync(join(home, "data"), { mode: 0o700 });
  symlinkSync(disk, join(home, "data/blobs"));
  const gateway = await startGatewayHere({ home });
  onTestFinished(async () => void (await gateway.stop()));
  const { s3, iam } = clients(gateway);
  await s3.send(new CreateBucketCommand({ Bucket: "bucket" }));
  const put = (Key: string, size: number) =>
    s3.send(new PutObjectCommand({ Bucket: "bucket", Key, Body: randomBytes(size) }));
  for (const key of ["a", "b"]) await put(key, 3 * mebibyte);
  await expect(put("c", 3 * mebibyte)).rejects.toMatchObject({ name: "InsufficientStorage" });
  expect((await blobNames(gateway.dataDir)).length, "nothing is left of it").toBe(2);
  await put("small", 1000);
  await iam.send(new CreateUserCommand({ UserName: "somebody" }));
  await s3.send(new DeleteObjectCommand({ Bucket: "bucket", Key: "a" }));
  const { Contents: keys = [] } = await s3.send(new ListObjectsV2Command({ Bucket: "bucket" }));
  expect(keys.map(({ Key }) => Key)).toEqual(["b", "small"]);
  const made = await cliHere({ home }, ["backup", "--data", gateway.dataDir, "--to", join(home, "backup")]);
  expect(made).toMatchObject({ code: 0, stderr: expect.stringMatching(/ and [12] blob files; 0 blob files are hard/) });
});
