import { GetUserCommand, ListAccessKeysCommand, ListUserPoliciesCommand } from "@aws-sdk/client-iam";
import { GetObjectCommand, HeadBucketCommand, ListObjectsV2Command, PutObjectCommand } from "@aws-sdk/client-s3";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { cli, cliHere, iam, outcome, s3 } from "./clients.ts";
import { makeBucket } from "./fixtures.ts";
import { type Keys, readKeys, type RunningGateway } from "./gateway.ts";
import { startGatewayHere } from "./gateway-here.ts";

/** `s3-credentials create`, as its users run it, and what the keys it makes may do. */
describe("create", () => {
  let gateway: RunningGateway;
  beforeAll(async () => {
    gateway = await startGatewayHere({ args: ["--website-port", "0", "--website-paths"] });
  });
  afterAll(() => gateway.stop());

  const local = (...args: string[]) => cliHere(gateway, ["--local", ...args]);

  function keysOf(json: string): Keys {
    const made = JSON.parse(json) as { AccessKeyId: string; SecretAccessKey: string; SessionToken?: string };
    return {
      accessKeyId: made.AccessKeyId,
      secretAccessKey: made.SecretAccessKey,
      ...(made.SessionToken === undefined ? {} : { sessionToken: made.SessionToken }),
    };
  }

  /** What the keys may do with a key of the bucket: r(ead), w(rite), d(elete not tried), l(ist). */
  async function rights(keys: Keys, bucket: string, key: string, prefix?: string): Promise<string> {
    const client = s3(gateway, keys);
    const tried = {
      l: client.send(new ListObjectsV2Command({ Bucket: bucket, Prefix: prefix })),
      r: client.send(new GetObjectCommand({ Bucket: bucket, Key: key })),
      w: client.send(new PutObjectCommand({ Bucket: bucket, Key: key, Body: key })),
    };
    const allowed = await Promise.all(
      Object.entries(tried).map(async ([letter, sent]) => ((await outcome(sent)) === "allowed" ? letter : "")),
    );
    return allowed.join("");
  }

  test("permanent keys, with what it says on standard error and prints on standard output", async () => {
    await makeBucket(gateway, "static.niche-museums.com", ["a.txt"]);
    const made = await cli(gateway, ["--local", "create", "static.niche-museums.com"]);
    expect(made.code).toBe(0);
    const name = "s3.read-write.static.niche-museums.com";
    expect(made.stderr.trim().split("\n")).toEqual([
      "Proved: nothing outside static.niche-museums.com",
      `Created user: ${name} with permissions boundary: arn:aws:iam::aws:policy/AmazonS3FullAccess`,
      `Attached policy ${name} to user ${name}`,
      `Created access key for user: ${name}`,
    ]);
    expect(Object.keys(JSON.parse(made.stdout) as object)).toEqual([
      "UserName",
      "AccessKeyId",
      "Status",
      "SecretAccessKey",
      "CreateDate",
    ]);
    expect(made.stdout).toMatch(/"CreateDate": "\d{4}-\d\d-\d\d \d\d:\d\d:\d\d(\.\d{6})?\+00:00"\n\}\n$/);
    expect(await rights(keysOf(made.stdout), "static.niche-museums.com", "a.txt")).toBe("lrw");
  });

  test("--format ini is what --auth reads", async () => {
    await makeBucket(gateway, "ini-bucket", ["a.txt"]);
    const made = await local("create", "ini-bucket", "--read-only", "--format", "ini");
    expect(made.stdout).toMatch(/^\[default\]\naws_access_key_id=AKIA\w+\naws_secret_access_key=\S+\n$/);
    const file = join(gateway.home, "ini.txt");
    writeFileSync(file, made.stdout);
    expect(await rights(readKeys(file), "ini-bucket", "a.txt")).toBe("lr");
    const who = await cliHere(gateway, ["whoami", "--auth", file, "--endpoint-url", gateway.endpoint]);
    expect(JSON.parse(who.stdout)).toMatchObject({
      Account: gateway.accountId,
      Arn: `arn:aws:iam::${gateway.accountId}:user/s3.read-only.ini-bucket`,
    });
  });

  test("--duration makes the role, and keys that end by themselves", async () => {
    await makeBucket(gateway, "temporary-bucket", ["a.txt"]);
    const made = await local("create", "temporary-bucket", "--duration", "15m");
    expect(made.code).toBe(0);
    expect(made.stderr).toContain(
      `Assume role against arn:aws:iam::${gateway.accountId}:role/s3-credentials.AmazonS3FullAccess for 900s`,
    );
    expect(Object.keys(JSON.parse(made.stdout) as object)).toEqual([
      "AccessKeyId",
      "SecretAccessKey",
      "SessionToken",
      "Expiration",
    ]);
    const keys = keysOf(made.stdout);
    expect(await rights(keys, "temporary-bucket", "a.txt")).toBe("lrw");
    const { sessionToken: _left, ...withoutToken } = keys;
    expect(await rights(withoutToken, "temporary-bucket", "a.txt")).toBe("");
    const again = await local("create", "temporary-bucket", "--read-only", "-d", "1h");
    expect(await rights(keysOf(again.stdout), "temporary-bucket", "a.txt")).toBe("lr");
  });

  test("--prefix and --write-only", async () => {
    await makeBucket(gateway, "prefix-bucket", ["tenant1/a", "tenant10/a"]);
    const inside = keysOf(
      (await local("create", "prefix-bucket", "--prefix", "tenant1/", "--username", "tenant1")).stdout,
    );
    expect(await rights(inside, "prefix-bucket", "tenant1/a", "tenant1/")).toBe("lrw");
    expect(await rights(inside, "prefix-bucket", "tenant10/a", "tenant10/")).toBe("");
    expect(await rights(inside, "prefix-bucket", "tenant1/a")).toBe("rw");
    const writeOnly = keysOf((await local("create", "prefix-bucket", "--write-only")).stdout);
    expect(await rights(writeOnly, "prefix-bucket", "tenant1/a")).toBe("w");
    const sibling = await local("create", "prefix-bucket", "--prefix", "tenant1", "--dry-run");
    expect(sibling.stderr).toContain("tenant1");
  });

  test("--policy and --statement", async () => {
    await makeBucket(gateway, "custom-bucket", ["a.txt"]);
    const policy = JSON.stringify({
      Version: "2012-10-17",
      Statement: [
        {
          Effect: "Allow",
          Action: ["s3:GetObject*", "s3:ListBucket"],
          Resource: ["arn:aws:s3:::$!BUCKET_NAME!$", "arn:aws:s3:::$!BUCKET_NAME!$/*"],
        },
      ],
    });
    const made = await local("create", "custom-bucket", "--policy", policy);
    expect(made.stderr).toContain("Created user: s3.custom.custom-bucket\n");
    expect(await rights(keysOf(made.stdout), "custom-bucket", "a.txt")).toBe("lr");
    const statement = JSON.stringify({ Effect: "Allow", Action: "textract:*", Resource: "*" });
    const extra = await local("create", "custom-bucket", "--statement", statement, "--username", "textract");
    expect(extra.code).toBe(0);
    const stored = await local("list-user-policies", "textract");
    expect(stored.stdout).toContain("textract:*");
    for (const bad of ["{", "[]", '{"Effect":"Allow"}']) {
      const refused = await local("create", "custom-bucket", "--statement", bad, "--username", "nobody");
      expect(refused.code).not.toBe(0);
      expect(refused.stderr).not.toMatch(/\n\s+at /);
    }
    expect(await outcome(iam(gateway, gateway.admin).send(new GetUserCommand({ UserName: "nobody" })))).toMatch(
      /NoSuchEntity/,
    );
  });

  test("-c --public --website: the bucket is made, readable by everyone who knows a key, and not listed", async () => {
    const made = await local("create", "site-bucket", "-c", "--website");
    expect(made.code).toBe(0);
    expect(made.stderr).toContain("Created bucket: site-bucket");
    expect(made.stderr).toContain("Attached bucket policy allowing public access");
    const [, url = ""] =
      /Configured website: IndexDocument=index.html, ErrorDocument=error.html, at (\S+)\n/.exec(made.stderr) ?? [];
    await s3(gateway, keysOf(made.stdout)).send(
      new PutObjectCommand({ Bucket: "site-bucket", Key: "index.html", Body: "<h1>hi</h1>" }),
    );
    const page = await fetch(`${gateway.endpoint}/site-bucket/index.html`);
    expect(await page.text()).toBe("<h1>hi</h1>");
    expect((await fetch(`${gateway.endpoint}/site-bucket`)).status).toBe(403);
    expect(await (await fetch(url)).text()).toBe("<h1>hi</h1>");
    expect((await fetch(`${url}x`)).status).toBe(403);
    const listed = await local("list-buckets", "site-bucket", "--details");
    const [details] = JSON.parse(listed.stdout) as [Record<string, unknown>];
    expect(details).toMatchObject({
      Name: "site-bucket",
      bucket_acl: { Grants: [{ Permission: "FULL_CONTROL" }] },
      public_access_block: { BlockPublicPolicy: false },
      bucket_website: { IndexDocument: { Suffix: "index.html" }, ErrorDocument: { Key: "error.html" }, url },
    });
  });

  test("a missing bucket is an error before anything is made", async () => {
    const refused = await local("create", "no-such-bucket-here");
    expect(refused.code).toBe(1);
    expect(refused.stderr).toContain("no-such-bucket-here");
    expect(refused.stdout).toBe("");
    const { code } = await local("list-user-policies", "s3.read-write.no-such-bucket-here");
    expect(code).toBe(1);
    expect(
      await outcome(s3(gateway, gateway.admin).send(new HeadBucketCommand({ Bucket: "no-such-bucket-here" }))),
    ).toBe("NotFound");
  });

  test("--dry-run changes nothing", async () => {
    const dry = await local("create", "dry-bucket", "-c", "--public");
    expect(dry.code).toBe(0);
    const args = ["create", "dry-bucket-2", "-c", "--public", "--dry-run"];
    const shown = await local(...args);
    expect(shown.stdout).toContain("Would create bucket: 'dry-bucket-2'");
    expect(await outcome(s3(gateway, gateway.admin).send(new HeadBucketCommand({ Bucket: "dry-bucket-2" })))).toBe(
      "NotFound",
    );
  });

  test("delete-user takes all of it away, and the key stops working", async () => {
    await makeBucket(gateway, "farewell-bucket", ["a.txt"]);
    const keys = keysOf((await local("create", "farewell-bucket")).stdout);
    expect(await rights(keys, "farewell-bucket", "a.txt")).toBe("lrw");
    const name = "s3.read-write.farewell-bucket";
    const gone = await local("delete-user", name);
    expect(gone.code).toBe(0);
    expect(gone.stdout).toBe(
      `User: ${name}\n  Deleted policy: ${name}\n  Deleted access key: ${keys.accessKeyId}\n  Deleted user\n`,
    );
    expect(await rights(keys, "farewell-bucket", "a.txt")).toBe("");
  });

  test("a third key for one user is refused before anything changes", async () => {
    await makeBucket(gateway, "third-bucket");
    await makeBucket(gateway, "third-bucket-b");
    await local("create", "third-bucket", "--username", "third");
    await local("create", "third-bucket", "--username", "third");
    const refused = await local("create", "third-bucket-b", "--username", "third");
    expect(refused.code).toBe(1);
    const client = iam(gateway, gateway.admin);
    expect((await client.send(new ListAccessKeysCommand({ UserName: "third" }))).AccessKeyMetadata).toHaveLength(2);
    expect((await client.send(new ListUserPoliciesCommand({ UserName: "third" }))).PolicyNames).toEqual([
      "s3.read-write.third-bucket",
    ]);
  });
});
