import {
  CreateBucketCommand,
  GetObjectCommand,
  PutBucketPolicyCommand,
  PutBucketVersioningCommand,
  PutObjectCommand,
} from "@aws-sdk/client-s3";
import { CreateAccessKeyCommand, CreateUserCommand } from "@aws-sdk/client-iam";
import { AssumeRoleCommand } from "@aws-sdk/client-sts";
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { iam, outcome, s3, sts } from "./clients.ts";
import { allow, makeBucket, makeUser, type MadeUser } from "./fixtures.ts";
import type { Keys, RunningGateway } from "./gateway.ts";
import { startGatewayHere } from "./gateway-here.ts";
import { presigned, send } from "./raw.ts";

/** What reached users of other S3 servers and must not be possible here. */
describe("refusals", () => {
  let gateway: RunningGateway;
  let reader: MadeUser;
  beforeAll(async () => {
    gateway = await startGatewayHere();
    await makeBucket(gateway, "open", ["a.txt"]);
    await makeBucket(gateway, "closed", ["secret.txt"]);
    reader = await makeUser(gateway, "reader", { policy: allow("s3:GetObject", "arn:aws:s3:::open/*") });
  });
  afterAll(() => gateway.stop());

  async function session(keys: Keys, policy: unknown): Promise<Keys> {
    const { Credentials } = await sts(gateway, keys).send(
      new AssumeRoleCommand({ RoleArn: undefined, RoleSessionName: "cut", Policy: JSON.stringify(policy) }),
    );
    return {
      accessKeyId: Credentials?.AccessKeyId ?? "",
      secretAccessKey: Credentials?.SecretAccessKey ?? "",
      sessionToken: Credentials?.SessionToken ?? "",
    };
  }

  test("a restricted session of the administrator makes no keys, users or roles beyond itself", async () => {
    const keys = await session(gateway.admin, allow("s3:GetObject", "arn:aws:s3:::open/*"));
    const client = iam(gateway, keys);
    expect(await outcome(client.send(new CreateAccessKeyCommand({ UserName: "admin" })))).toMatch(/^AccessDenied/);
    expect(await outcome(client.send(new CreateAccessKeyCommand({})))).toMatch(/^AccessDenied/);
    expect(await outcome(client.send(new CreateUserCommand({ UserName: "escaped" })))).toMatch(/^AccessDenied/);
    expect(await outcome(s3(gateway, keys).send(new PutObjectCommand({ Bucket: "open", Key: "x", Body: "x" })))).toBe(
      "AccessDenied",
    );
  });

  test("a client whose request changes after it was signed learns what the gateway read, as from S3", async () => {
    const client = s3(gateway, reader.keys);
    client.middlewareStack.add(
      (next) => (args) => {
        (args.request as { headers: Record<string, string> }).headers["x-amz-meta-a"] = "changed";
        return next(args);
      },
      { step: "finalizeRequest", priority: "low", name: "changesWhatWasSigned" },
    );
    client.middlewareStack.add(
      (next) => (args) => {
        (args.request as { headers: Record<string, string> }).headers["x-amz-meta-a"] = "signed";
        return next(args);
      },
      { step: "build", name: "signsAHeader" },
    );
    const error = await client.send(new GetObjectCommand({ Bucket: "open", Key: "a.txt" })).then(
      () => ({}),
      (thrown: unknown) => thrown,
    );
    expect(error).toMatchObject({
      name: "SignatureDoesNotMatch",
      AWSAccessKeyId: reader.keys.accessKeyId,
      SignatureProvided: expect.stringMatching(/^[0-9a-f]{64}$/),
      StringToSign: expect.stringMatching(/^AWS4-HMAC-SHA256\n/),
      CanonicalRequest: expect.stringMatching(/^GET\n\/open\/a\.txt\n[^]*\nx-amz-meta-a:changed\n/),
      StringToSignBytes: expect.stringMatching(/^41 57 53 34 /),
      CanonicalRequestBytes: expect.stringMatching(/^47 45 54 0a /),
    });
  });

  test("with an unknown key, or an IAM request signed wrongly, nothing of it is sent back", async () => {
    const wrong = { ...reader.keys, secretAccessKey: "wrong" };
    const unknown = await send(gateway, {
      path: "/open/a.txt",
      keys: { ...wrong, accessKeyId: "AKIAUNKNOWNKEY000000" },
    });
    expect(unknown.body).toContain("InvalidAccessKeyId");
    expect(unknown.body).not.toMatch(/StringToSign|Canonical/);
    const known = await send(gateway, { path: "/open/a.txt", keys: wrong });
    expect(known.body).toMatch(/<StringToSign>AWS4-HMAC-SHA256\n/);
    expect(known.body).not.toContain(reader.keys.secretAccessKey);
    const error = await iam(gateway, wrong)
      .send(new CreateUserCommand({ UserName: "a" }))
      .catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ name: "SignatureDoesNotMatch" });
    expect(error).not.toHaveProperty("StringToSign");
  });

  test("an x-amz- header that is not signed", async () => {
    const raw = { method: "PUT", path: "/open/header.txt", keys: gateway.admin, body: Buffer.from("x") };
    expect((await send(gateway, { ...raw, unsignedHeaders: { "x-amz-meta-a": "b" } })).status).toBe(403);
    expect(
      (await send(gateway, { ...raw, unsignedHeaders: { "x-amz-copy-source": "/closed/secret.txt" } })).status,
    ).toBe(403);
    expect((await send(gateway, raw)).status).toBe(200);
  });

  test.each([
    "/open/../closed/secret.txt",
    "/open/%2e%2e/closed/secret.txt",
    "/open//../../closed/secret.txt",
    "/open/..%2f..%2fclosed/secret.txt",
    "/open/a%00b",
    "/open/%ff%fe",
  ])("%s reaches nothing but the key it names", async (path) => {
    const reply = await send(gateway, { path, keys: reader.keys });
    expect([400, 403, 404]).toContain(reply.status);
    expect(reply.body).not.toContain("secret.txt</Body>");
    const written = await send(gateway, { method: "PUT", path, keys: gateway.admin, body: Buffer.from("x") });
    expect(written.status).toBeLessThan(500);
    const read = await s3(gateway, gateway.admin).send(new GetObjectCommand({ Bucket: "closed", Key: "secret.txt" }));
    expect(await read.Body?.transformToString()).toBe("secret.txt");
    expect(readdirSync(join(gateway.home)).toSorted()).toEqual(["data", "state"]);
  });

  test.each([
    "/closed/secret.txt",
    "closed/secret.txt",
    "/closed/secret.txt?versionId=null",
    "/open/../closed/secret.txt",
    "%2Fclosed%2Fsecret.txt",
  ])("copying from %s needs the right to read it", async (source) => {
    const copier = await makeUser(gateway, `copier-${Math.random().toString(36).slice(2)}`, {
      policy: allow("s3:PutObject", "arn:aws:s3:::open/*"),
    });
    const reply = await send(gateway, {
      method: "PUT",
      path: "/open/copied",
      keys: copier.keys,
      headers: { "x-amz-copy-source": source },
    });
    expect([400, 403, 404]).toContain(reply.status);
  });

  test("a version is not read with GetObject alone, the null version neither", async () => {
    await makeBucket(gateway, "versioned", ["a.txt"]);
    const admin = s3(gateway, gateway.admin);
    await admin.send(
      new PutBucketVersioningCommand({ Bucket: "versioned", VersioningConfiguration: { Status: "Enabled" } }),
    );
    const { VersionId } = await admin.send(new PutObjectCommand({ Bucket: "versioned", Key: "a.txt", Body: "new" }));
    const plain = await makeUser(gateway, "plain", {
      policy: allow(["s3:GetObject", "s3:DeleteObject", "s3:PutObject"], "arn:aws:s3:::versioned/*"),
    });
    const get = (query: string, method = "GET") =>
      send(gateway, { method, path: "/versioned/a.txt", query, keys: plain.keys });
    expect((await get("")).status).toBe(200);
    expect((await get(`versionId=${VersionId ?? ""}`)).status).toBe(403);
    expect((await get("versionId=null")).status).toBe(403);
    expect((await get("versionId=null", "DELETE")).status).toBe(403);
    expect((await get(`versionId=${VersionId ?? ""}`, "HEAD")).status).toBe(403);
    const copy = { "x-amz-copy-source": "/versioned/a.txt?versionId=null" };
    expect((await send(gateway, { method: "PUT", path: "/versioned/b", headers: copy, keys: plain.keys })).status).toBe(
      403,
    );
  });

  test("without ListBucket a forbidden object and an absent one get the same answer", async () => {
    const some = await makeUser(gateway, "some", { policy: allow("s3:GetObject", "arn:aws:s3:::closed/public/*") });
    const shape = (text: string) => text.replace(/<(RequestId|HostId|Resource|Key)>.*?<\/\1>/g, "");
    const headers = { "if-none-match": '"x"' };
    for (const more of [{}, { headers }]) {
      const forbidden = await send(gateway, { path: "/closed/secret.txt", keys: some.keys, ...more });
      const absent = await send(gateway, { path: "/closed/absent.txt", keys: some.keys, ...more });
      const missing = await send(gateway, { path: "/closed/public/absent", keys: some.keys, ...more });
      expect([forbidden.status, absent.status, missing.status]).toEqual([403, 403, 403]);
      expect(shape(absent.body).replaceAll("absent.txt", "secret.txt")).toBe(shape(forbidden.body));
    }
  });

  test("headers and parameters do not become condition keys", async () => {
    const office = await makeUser(gateway, "office", {
      policy: allow("s3:GetObject", "arn:aws:s3:::open/*", { IpAddress: { "aws:SourceIp": "203.0.113.0/24" } }),
    });
    const headers = {
      "x-forwarded-for": "203.0.113.7",
      "aws-sourceip": "203.0.113.7",
      "x-amz-source-ip": "203.0.113.7",
      "x-real-ip": "203.0.113.7",
      forwarded: "for=203.0.113.7",
    };
    expect((await send(gateway, { path: "/open/a.txt", keys: office.keys, headers })).status).toBe(403);
    const query = `${encodeURIComponent("aws:SourceIp")}=203.0.113.7`;
    expect((await send(gateway, { path: "/open/a.txt", query, keys: office.keys })).status).toBe(403);
    const here = await makeUser(gateway, "here", {
      policy: allow("s3:GetObject", "arn:aws:s3:::open/*", { IpAddress: { "aws:SourceIp": "127.0.0.1" } }),
    });
    expect((await send(gateway, { path: "/open/a.txt", keys: here.keys, headers })).status).toBe(200);
  });

  test("a temporary key without its token, with another's, with one bit changed", async () => {
    const one = await session(reader.keys, allow("s3:*", "*"));
    const two = await session(reader.keys, allow("s3:*", "*"));
    const get = (keys: Keys) => send(gateway, { path: "/open/a.txt", keys });
    const { accessKeyId, secretAccessKey } = one;
    expect((await get(one)).status).toBe(200);
    expect((await get({ accessKeyId, secretAccessKey })).status).toBe(403);
    expect((await get({ ...one, sessionToken: two.sessionToken ?? "" })).status).toBeGreaterThanOrEqual(400);
    const token = one.sessionToken ?? "";
    for (const at of [0, 10, Math.floor(token.length / 2), token.length - 3]) {
      const changed = `${token.slice(0, at)}${token[at] === "A" ? "B" : "A"}${token.slice(at + 1)}`;
      const reply = await get({ ...one, sessionToken: changed });
      expect([400, 403]).toContain(reply.status);
    }
    expect((await get({ ...reader.keys, sessionToken: token })).status).toBeGreaterThanOrEqual(400);
  });

  test("scope, skew and expiry of a signature", async () => {
    const get = (more: object) => send(gateway, { path: "/open/a.txt", keys: reader.keys, ...more });
    expect((await get({ service: "iam" })).status).toBeGreaterThanOrEqual(400);
    expect((await get({ region: "eu-west-1" })).status).toBe(200);
    const ago = (minutes: number) => new Date(Date.now() - minutes * 60_000);
    expect(await get({ now: ago(16) })).toMatchObject({ status: 403, code: "RequestTimeTooSkewed" });
    expect(await get({ now: ago(-16) })).toMatchObject({ status: 403, code: "RequestTimeTooSkewed" });
    expect((await get({ now: ago(14) })).status).toBe(200);
    const link = (options: object) =>
      send(gateway, {
        path: "/open/a.txt",
        query: presigned(gateway, reader.keys, { path: "/open/a.txt", ...options }),
      });
    expect((await link({})).status).toBe(200);
    expect((await link({ now: ago(20) })).status).toBe(403);
    expect((await link({ expires: 604_801 })).status).toBe(400);
    expect((await link({ expires: 604_800, now: ago(60 * 24 * 6) })).status).toBe(200);
  });

  test("a policy element the language does not have is refused when it is stored", async () => {
    const statement = { Effect: "Allow", Principal: "*", Action: "s3:GetObject", Resource: "arn:aws:s3:::open/*" };
    const store = (document: unknown) =>
      outcome(
        s3(gateway, gateway.admin).send(
          new PutBucketPolicyCommand({ Bucket: "open", Policy: JSON.stringify(document) }),
        ),
      );
    const document = (more: object) => ({ Version: "2012-10-17", Statement: [{ ...statement, ...more }] });
    expect(await store(document({ Conditions: { Bool: { "aws:SecureTransport": "true" } } }))).toBe("MalformedPolicy");
    expect(await store(document({ Condition: { StringIs: { "s3:prefix": "a" } } }))).toBe("MalformedPolicy");
    expect(await store({ ...document({}), Extra: 1 })).toBe("MalformedPolicy");
  });

  test("names made again inherit nothing", async () => {
    const first = await makeUser(gateway, "reborn");
    const policy = {
      Version: "2012-10-17",
      Statement: {
        Effect: "Allow",
        Principal: { AWS: first.arn },
        Action: "s3:GetObject",
        Resource: "arn:aws:s3:::reborn-bucket/*",
      },
    };
    const admin = s3(gateway, gateway.admin);
    await admin.send(new CreateBucketCommand({ Bucket: "reborn-bucket" }));
    await admin.send(new PutObjectCommand({ Bucket: "reborn-bucket", Key: "a", Body: "a" }));
    await admin.send(new PutBucketPolicyCommand({ Bucket: "reborn-bucket", Policy: JSON.stringify(policy) }));
    const get = (keys: Keys) =>
      outcome(s3(gateway, keys).send(new GetObjectCommand({ Bucket: "reborn-bucket", Key: "a" })));
    expect(await get(first.keys)).toBe("allowed");
    const { cli } = await import("./clients.ts");
    expect((await cli(gateway, ["--local", "delete-user", "reborn"])).code).toBe(0);
    const second = await makeUser(gateway, "reborn");
    expect(second.arn).toBe(first.arn);
    expect(await get(second.keys)).toBe("AccessDenied");
  });
});
