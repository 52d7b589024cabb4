import { CreateBucketCommand, GetObjectCommand, PutObjectCommand, S3Client } from "@aws-sdk/client-s3";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Ceph, startCeph } from "./ceph.ts";
import { cli, outcome } from "./clients.ts";
import { makeBucket } from "./fixtures.ts";
import { type Keys, type RunningGateway, startGateway } from "./gateway.ts";

function keysOf(stdout: string): Keys {
  const json = JSON.parse(stdout) as { AccessKeyId: string; SecretAccessKey: string; SessionToken?: string };
  return {
    accessKeyId: json.AccessKeyId,
    secretAccessKey: json.SecretAccessKey,
    ...(json.SessionToken === undefined ? {} : { sessionToken: json.SessionToken }),
  };
}

function client(endpoint: string, keys: Keys): S3Client {
  return new S3Client({
    endpoint,
    region: "us-east-1",
    credentials: { ...keys },
    forcePathStyle: true,
    maxAttempts: 1,
  });
}

/** What one may do inside its prefix and outside: get, put. */
async function rights(s3: S3Client, bucket: string, key: string): Promise<readonly string[]> {
  return [
    await outcome(s3.send(new GetObjectCommand({ Bucket: bucket, Key: key }))),
    await outcome(s3.send(new PutObjectCommand({ Bucket: bucket, Key: key, Body: "x" }))),
  ];
}

/** A service with S3 and STS alone, as MinIO and 4EVERLAND are. */
describe("providers without IAM", () => {
  let gateway: RunningGateway;
  beforeAll(async () => {
    gateway = await startGateway({ args: ["--apis", "s3,sts"] });
  });
  afterAll(() => gateway.stop());

  const run = (provider: string, ...args: string[]) =>
    cli(gateway, [...args, "--provider", provider, "--endpoint-url", gateway.endpoint], { keys: gateway.admin });

  test.each(["minio", "4everland"])(
    "%s: temporary keys without a role, permanent ones refused with the way out",
    async (provider) => {
      const bucket = `b-${provider}`;
      await makeBucket(gateway, bucket, ["in/a", "out/a"]);
      const made = await run(provider, "create", bucket, "-d", "15m", "--prefix", "in/");
      expect(made.code).toBe(0);
      expect(made.stderr).toContain("Assume a session of the caller itself for 900s");
      const s3 = client(gateway.endpoint, keysOf(made.stdout));
      expect(await rights(s3, bucket, "in/a")).toEqual(["allowed", "allowed"]);
      expect(await rights(s3, bucket, "out/a")).toEqual(["AccessDenied", "AccessDenied"]);
      const permanent = await run(provider, "create", bucket);
      expect(permanent).toMatchObject({ code: 1, stdout: "" });
      expect(permanent.stderr).toMatch(
        /^Error: \S+ cannot create permanent credentials: it has no IAM API for users; .*--duration\n$/,
      );
      for (const option of [
        ["--role", "arn:aws:iam::000000000000:role/r"],
        ["--tag", "a=b"],
        ["--source-identity", "ab"],
      ])
        expect((await run(provider, "create", bucket, "-d", "15m", ...option)).stderr).toMatch(
          /^Error: \S+ cannot .*leave out --/,
        );
      expect((await run(provider, "list-users")).stderr).toContain("cannot show or change users");
    },
  );

  test("a provider needs its address; --local is one of its own", async () => {
    const nowhere = await cli(gateway, ["list-buckets", "--provider", "minio"], { keys: gateway.admin });
    expect(nowhere).toMatchObject({
      code: 2,
      stderr: "Error: --provider minio needs the address of the service: --endpoint-url\n",
    });
    const mixed = await cli(gateway, ["list-buckets", "--local", "--provider", "minio"]);
    expect(mixed.code).toBe(2);
    expect((await cli(gateway, ["list-buckets", "--provider", "local", "--nl"])).code).toBe(0);
    expect((await cli(gateway, ["list-buckets", "--provider", "dropbox"])).code).toBe(2);
  });
});

describe("Ceph", () => {
  let ceph: Ceph;
  let gateway: RunningGateway; // for its clean home folder alone
  beforeAll(async () => {
    [ceph, gateway] = await Promise.all([startCeph(), startGateway()]);
  }, 120_000);
  afterAll(async () => {
    await ceph.stop();
    await gateway.stop();
  });

  const run = (...args: string[]) =>
    cli(gateway, [...args, "--provider", "ceph", "--endpoint-url", ceph.endpoint], { keys: ceph.admin });

  test("temporary keys for a prefix work inside it and are refused outside it", async () => {
    const admin = client(ceph.endpoint, ceph.admin);
    await admin.send(new CreateBucketCommand({ Bucket: "ceph-bucket" }));
    for (const Key of ["in/a", "in0/a", "out/a"])
      await admin.send(new PutObjectCommand({ Bucket: "ceph-bucket", Key, Body: "x" }));
    const made = await run("create", "ceph-bucket", "-d", "15m", "--prefix", "in/", "--verify");
    expect(made.stderr.split("\n").slice(0, 3)).toEqual([
      "Created role: s3-credentials.AmazonS3FullAccess",
      "Attached policy AmazonS3FullAccess to role s3-credentials.AmazonS3FullAccess",
      "Assume role against arn:aws:iam:::role/s3-credentials.AmazonS3FullAccess for 900s",
    ]);
    expect(made.code).toBe(0);
    const s3 = client(ceph.endpoint, keysOf(made.stdout));
    expect(await rights(s3, "ceph-bucket", "in/a")).toEqual(["allowed", "allowed"]);
    expect(await rights(s3, "ceph-bucket", "in0/a")).toEqual(["AccessDenied", "AccessDenied"]);
    expect(await rights(s3, "ceph-bucket", "out/a")).toEqual(["AccessDenied", "AccessDenied"]);
    const again = await run("create", "ceph-bucket", "-d", "15m", "--read-only");
    expect(again.stderr).not.toContain("Created role");
    expect(await rights(client(ceph.endpoint, keysOf(again.stdout)), "ceph-bucket", "out/a")).toEqual([
      "allowed",
      "AccessDenied",
    ]);
  });

  test("what Ceph cannot do is said before acting", async () => {
    expect((await run("create", "ceph-bucket")).stderr).toMatch(
      /^Error: Ceph cannot create permanent credentials: .*radosgw-admin user create/,
    );
    expect((await run("create", "ceph-bucket", "-d", "15m", "--role", "self")).stderr).toContain(
      "AssumeRole needs a role",
    );
    expect((await run("revoke", "--role", "r")).stderr).toContain("Ceph cannot revoke sessions of a role");
  });

  test("its roles are listed with their documents, and whoami names the user", async () => {
    const [role] = JSON.parse((await run("list-roles", "--details")).stdout) as [Record<string, unknown>];
    expect(role).toMatchObject({
      RoleName: "s3-credentials.AmazonS3FullAccess",
      AssumeRolePolicyDocument: { Statement: [{ Principal: { AWS: "arn:aws:iam:::user/admin" } }] },
      inline_policies: [{ PolicyName: "AmazonS3FullAccess", PolicyDocument: { Statement: [{ Action: ["s3:*"] }] } }],
      attached_policies: [],
    });
    expect(JSON.parse((await run("whoami")).stdout)).toEqual({
      UserId: "admin",
      Account: "",
      Arn: "arn:aws:iam:::user/admin",
    });
  });
});
