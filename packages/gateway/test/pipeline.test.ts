import { connect } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import {
  accountId,
  admin,
  bucketRecord,
  call,
  nobody,
  type PipelineGateway,
  session,
  sha256,
  startPipeline,
} from "./pipeline-gateway.ts";

let gateway: PipelineGateway;
beforeAll(async () => {
  gateway = await startPipeline({ trusted: ["192.0.2.0/24"] });
});
afterAll(() => gateway.close());
beforeEach(() => {
  gateway.stored.clear();
  gateway.log.length = 0;
  gateway.buckets.clear();
  gateway.buckets.set("bucket", bucketRecord());
});

const put = { method: "PUT", target: "/bucket/key", body: "hello" } as const;

const anyoneMayPut = JSON.stringify({
  Version: "2012-10-17",
  Statement: { Effect: "Allow", Principal: "*", Action: "s3:PutObject", Resource: "arn:aws:s3:::bucket/*" },
});

function lines(): readonly Record<string, unknown>[] {
  return gateway.log.map((line) => JSON.parse(line) as Record<string, unknown>);
}

describe("a request's way", () => {
  test("a signed put stores, and its log line says who, what and by which statement", async () => {
    const sent = await call(gateway, { ...put, keys: admin });
    expect(sent).toMatchObject({ status: 200, body: "" });
    expect(gateway.stored.get("key")?.toString()).toBe("hello");
    expect(sent.headers["x-amz-request-id"]).toMatch(/^[0-9A-F]{16}$/);
    expect(sent.headers["x-amz-id-2"]).toBeDefined();
    expect(lines()).toMatchObject([
      {
        requestId: sent.headers["x-amz-request-id"],
        method: "PUT",
        operation: "PutObject",
        bucket: "bucket",
        key: "key",
        status: 200,
        principal: `arn:aws:iam::${accountId}:user/admin`,
        decision: {
          allowed: true,
          reason: "allow",
          layer: "identity",
          statement: { policyName: "inline", index: 0 },
        },
      },
    ]);
  });

  test("the name authorized is the name stored, whatever it looks like", async () => {
    const names = {
      "/bucket/../../etc/passwd": "../../etc/passwd",
      "/bucket//a": "/a",
      "/bucket/a%2Fb": "a/b",
      "/bucket/%2e%2e/x": "../x",
      "/bucket/%252e": "%2e",
      "/bucket/.": ".",
    };
    for (const [target, key] of Object.entries(names)) {
      expect([target, (await call(gateway, { ...put, target, keys: admin })).status]).toEqual([target, 200]);
      expect([...gateway.stored.keys()]).toEqual([key]);
      gateway.stored.clear();
    }
  });

  test("virtual hosts", async () => {
    const sent = await call(gateway, {
      ...put,
      target: "/a//b",
      headers: { host: `bucket.localhost:${gateway.port}` },
      keys: admin,
    });
    expect(sent.status).toBe(200);
    expect([...gateway.stored.keys()]).toEqual(["a//b"]);
  });

  test("HEAD has no body, errors included", async () => {
    await call(gateway, { ...put, keys: admin });
    expect(await call(gateway, { method: "HEAD", target: "/bucket/key", keys: admin })).toMatchObject({
      status: 200,
      body: "",
      headers: { "content-length": "5" },
    });
    expect(await call(gateway, { method: "HEAD", target: "/bucket/none", keys: admin })).toMatchObject({
      status: 404,
      body: "",
    });
  });

  test("what is documented and not here says so, by name, to those who are signed in", async () => {
    const target = "/bucket?metadataTable";
    const refused = await call(gateway, { target, keys: admin });
    expect(refused).toMatchObject({ status: 501, code: "NotImplemented" });
    expect(refused.body).toContain("GetBucketMetadataTableConfiguration");
    expect(await call(gateway, { target, keys: { ...admin, secretAccessKey: "x" } })).toMatchObject({ status: 403 });
  });

  test("S3 errors name the resource and the ids", async () => {
    const sent = await call(gateway, { target: "/missing-bucket/key", keys: admin });
    expect(sent).toMatchObject({ status: 404, code: "NoSuchBucket" });
    expect(sent.body).toContain("<Resource>/missing-bucket/key</Resource>");
    expect(sent.body).toContain(`<RequestId>${String(sent.headers["x-amz-request-id"])}</RequestId>`);
    expect(sent.headers["content-type"]).toBe("application/xml");
  });

  test("order of refusal: signature, bucket, demands, expected owner, object", async () => {
    const owner = { "x-amz-expected-bucket-owner": "999999999999" };
    const wrong = { ...nobody, secretAccessKey: "x" };
    expect((await call(gateway, { target: "/missing-bucket/k", headers: owner, keys: wrong })).code).toBe(
      "SignatureDoesNotMatch",
    );
    expect((await call(gateway, { target: "/missing-bucket/k", headers: owner, keys: nobody })).code).toBe(
      "NoSuchBucket",
    );
    const mistaken = await call(gateway, { target: "/bucket/k", headers: owner, keys: admin });
    expect(mistaken.body).toContain("<Message>Access Denied</Message>");
    // Who has no right cannot find out by guessing who owns a bucket.
    for (const guess of [undefined, accountId, "999999999999", "me"]) {
      const headers = guess === undefined ? {} : { "x-amz-expected-bucket-owner": guess };
      expect((await call(gateway, { target: "/bucket/k", headers, keys: nobody })).body).toContain(
        "is not authorized to perform: s3:GetObject",
      );
    }
    expect(
      (await call(gateway, { target: "/bucket/k", headers: { "x-amz-expected-bucket-owner": accountId }, keys: admin }))
        .code,
    ).toBe("NoSuchKey");
  });

  test.each(["x-amz-expected-bucket-owner", "x-amz-source-expected-bucket-owner"])(
    "%s that is not an account id has its own code",
    async (name) => {
      for (const value of ["me", "", "12345678901", "1234567890123", `${accountId},${accountId}`, "١٢٣٤٥٦٧٨٩٠١٢"]) {
        const headers = { [name]: Buffer.from(value).toString("latin1") };
        const sent = await call(gateway, { target: "/bucket/k", headers, keys: admin });
        expect([value, sent.status, sent.code]).toEqual([value, 400, "InvalidBucketOwnerAWSAccountID"]);
      }
    },
  );

  test("small bodies are verified before they are parsed, and limited", async () => {
    const policy = { method: "PUT", target: "/bucket?policy", keys: admin } as const;
    expect((await call(gateway, { ...policy, body: "{}" })).status).toBe(204);
    expect(gateway.stored.get("policy")?.toString()).toBe("{}");
    gateway.stored.clear();
    expect((await call(gateway, { ...policy, body: "{}", payload: sha256("other") })).code).toBe(
      "XAmzContentSHA256Mismatch",
    );
    expect((await call(gateway, { ...policy, body: "x".repeat(1001) })).code).toBe("EntityTooLarge");
    expect(
      (await call(gateway, { ...policy, body: "{}", headers: { "content-md5": "AAAAAAAAAAAAAAAAAAAAAA==" } })).code,
    ).toBe("BadDigest");
    expect(gateway.stored.size).toBe(0);
  });
});

describe("faults", () => {
  test("an exception is a 500 without its text; the log has it", async () => {
    const sent = await call(gateway, { target: "/bucket/throws", keys: admin });
    expect(sent).toMatchObject({ status: 500, code: "InternalError" });
    expect(sent.body).not.toContain("secret in it");
    expect(gateway.log.join("")).toContain("a fault with a secret in it");
  });

  test("a request on an object that is replaced on its engine meanwhile is made three times", async () => {
    expect((await call(gateway, { target: "/bucket/conflicts-2", keys: admin })).status).toBe(200);
    const refused = await call(gateway, { target: "/bucket/conflicts-3", keys: admin });
    expect(refused).toMatchObject({ status: 409, code: "OperationAborted" });
    expect(gateway.stored.get("conflicts-3")).toHaveLength(3);
  });

  test("a store that is away is 503, an unreadable one 500, and neither lets anyone in", async () => {
    const keys = (accessKeyId: string) => ({ accessKeyId, secretAccessKey: "any" });
    expect(await call(gateway, { ...put, keys: keys("AKIABROKENBROKENBRO0") })).toMatchObject({
      status: 503,
      code: "SlowDown",
      body: expect.stringContaining("its database or disk does not answer") as string,
    });
    expect(await call(gateway, { ...put, keys: keys("AKIACORRUPTCORRUPTC0") })).toMatchObject({
      status: 500,
      code: "InternalError",
    });
    const form = {
      method: "POST",
      target: "/",
      body: "Action=GetCallerIdentity&Version=2011-06-15",
      service: "sts",
    } as const;
    expect(await call(gateway, { ...form, keys: keys("AKIABROKENBROKENBRO0") })).toMatchObject({
      status: 503,
      code: "ServiceUnavailable",
    });
    expect(await call(gateway, { ...form, keys: keys("AKIACORRUPTCORRUPTC0") })).toMatchObject({
      status: 500,
      code: "ServiceFailure",
    });
    expect(gateway.stored.size).toBe(0);
  });

  test("an unreadable bucket policy denies", async () => {
    gateway.buckets.set("bucket", bucketRecord({ policy: "{" }));
    expect(await call(gateway, { ...put, keys: admin })).toMatchObject({ status: 403, code: "AccessDenied" });
  });

  test("a source that fails before its first byte is an error, after it a broken connection", async () => {
    gateway.stored.set("fails-first", Buffer.from("abc"));
    gateway.stored.set("fails-later", Buffer.from("abc"));
    expect(await call(gateway, { target: "/bucket/fails-first", keys: admin })).toMatchObject({
      status: 500,
      code: "InternalError",
    });
    await expect(call(gateway, { target: "/bucket/fails-later", keys: admin })).rejects.toThrow();
  });
});

describe("bodies nobody wants", () => {
  test("a refused upload is answered before its body is sent, and the client sees the answer", async () => {
    const body = Buffer.alloc(8 * 1024 * 1024);
    const sent = await call(gateway, { ...put, body, keys: { ...admin, secretAccessKey: "x" } });
    expect(sent).toMatchObject({ status: 403, code: "SignatureDoesNotMatch", headers: { connection: "close" } });
  });

  function exchange(head: readonly string[], then?: string): Promise<string> {
    return new Promise((resolve, reject) => {
      const socket = connect(gateway.port, "127.0.0.1");
      let text = "";
      socket.on("data", (chunk) => {
        text += chunk.toString();
        if (then !== undefined && text.includes("100 Continue") && !text.includes(" 200 ")) socket.write(then);
      });
      socket.on("end", () => resolve(text));
      socket.on("close", () => resolve(text));
      socket.on("error", reject);
      socket.write(`${head.join("\r\n")}\r\n\r\n`);
    });
  }

  test("a client that leaves in the middle of its body stores nothing and is no fault", async () => {
    gateway.buckets.set("bucket", bucketRecord({ policy: anyoneMayPut }));
    const socket = connect(gateway.port, "127.0.0.1");
    socket.write("PUT /bucket/key HTTP/1.1\r\nHost: h\r\nContent-Length: 100\r\n\r\nhalf");
    await sleep(50);
    socket.destroy();
    for (let attempt = 0; attempt < 100 && gateway.log.length === 0; attempt += 1) await sleep(20);
    expect(lines()).toMatchObject([{ operation: "PutObject", code: "RequestTimeout" }]);
    expect(gateway.stored.size).toBe(0);
  });

  test("a PUT that does not say that its object is empty stores none", async () => {
    gateway.buckets.set("bucket", bucketRecord({ policy: anyoneMayPut }));
    const put = (...more: string[]) => exchange(["PUT /bucket/key HTTP/1.1", "Host: h", "Connection: close", ...more]);
    expect(await put()).toMatch(/^HTTP\/1\.1 411 [^]*<Code>MissingContentLength</);
    expect(gateway.stored.size).toBe(0);
    expect(await put("Content-Length: 0")).toMatch(/^HTTP\/1\.1 200 /);
  });

  test("Expect: 100-continue is answered only after authorization", async () => {
    const text = await exchange(["PUT /bucket/key HTTP/1.1", "Host: h", "Content-Length: 5", "Expect: 100-continue"]);
    expect(text).toMatch(/^HTTP\/1\.1 403 /);
    expect(text).not.toContain("100 Continue");
    gateway.buckets.set("bucket", bucketRecord({ policy: anyoneMayPut }));
    const allowed = await exchange(
      ["PUT /bucket/key HTTP/1.1", "Host: h", "Content-Length: 5", "Connection: close", "Expect: 100-continue"],
      "hello",
    );
    expect(allowed).toMatch(/^HTTP\/1\.1 100 Continue\r\n\r\nHTTP\/1\.1 200 /);
    expect(gateway.stored.get("key")?.toString()).toBe("hello");
  });

  test.each(["200-ok", "100-continued", "gzip", ""])("Expect: %j is ignored, as by S3", async (value) => {
    gateway.buckets.set("bucket", bucketRecord({ policy: anyoneMayPut }));
    const head = ["PUT /bucket/key HTTP/1.1", "Host: h", "Content-Length: 5", "Connection: close", `Expect: ${value}`];
    const text = await exchange([...head, "", "hello"], undefined);
    expect(text).toMatch(/^HTTP\/1\.1 200 /);
    expect(text).not.toContain("100 Continue");
    expect(gateway.stored.get("key")?.toString()).toBe("hello");
    // A refusal is S3's, too.
    const refused = await exchange(["GET /bucket/key HTTP/1.1", "Host: h", "Connection: close", `Expect: ${value}`]);
    expect(refused).toMatch(/^HTTP\/1\.1 403 [^]*<Code>AccessDenied<\/Code>/);
  });

  test("what is not HTTP, or too much of it, ends with one answer and no crash", async () => {
    expect(await exchange(["NONSENSE"])).toMatch(/^HTTP\/1\.1 400 /);
    expect(await exchange(["GET / HTTP/1.1", "Host: h", `X: ${"x".repeat(40_000)}`])).toMatch(
      /^HTTP\/1\.1 400 [^]*<Code>RequestHeaderSectionTooLarge</,
    );
    expect(await exchange(["GET http://other/bucket HTTP/1.1", "Host: h", "Connection: close"])).toMatch(/InvalidURI/);
    expect(await exchange(["GET /bucket HTTP/1.1", "Host: a b", "Connection: close"])).toMatch(/^HTTP\/1\.1 400 /);
    expect(await exchange(["GET /bucket HTTP/1.1", "Host: a", "Host: b", "Connection: close"])).toMatch(
      /^HTTP\/1\.1 400 /,
    );
  });
});

describe("IAM and STS", () => {
  const form = (text: string, more = {}) => ({
    method: "POST",
    target: "/",
    headers: { "content-type": "application/x-www-form-urlencoded" },
    body: text,
    keys: admin,
    ...more,
  });
  const whoAmI = "Action=GetCallerIdentity&Version=2011-06-15";

  test("a result in its envelope", async () => {
    const sent = await call(gateway, form(whoAmI, { service: "sts" }));
    expect(sent.status).toBe(200);
    expect(sent.body).toBe(
      `<?xml version="1.0" encoding="UTF-8"?>\n<GetCallerIdentityResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/">` +
        `<GetCallerIdentityResult><Account>${accountId}</Account></GetCallerIdentityResult>` +
        `<ResponseMetadata><RequestId>${String(sent.headers["x-amzn-requestid"])}</RequestId></ResponseMetadata></GetCallerIdentityResponse>`,
    );
    expect((await call(gateway, { target: `/?${whoAmI}`, keys: admin, service: "sts" })).status).toBe(200);
  });

  test.each([
    ["an action of the other service", whoAmI, "iam", "InvalidAction"],
    ["another version", "Action=GetCallerIdentity&Version=2010-05-08", "sts", "InvalidAction"],
    ["no version", "Action=GetCallerIdentity", "sts", "InvalidAction"],
    ["no action", "Version=2011-06-15", "sts", "MissingAction"],
    ["an inherited name", "Action=constructor&Version=2011-06-15", "sts", "InvalidAction"],
    ["an action twice", `${whoAmI}&Action=AssumeRole`, "sts", "ValidationError"],
    ["bad escapes", `${whoAmI}&x=%zz`, "sts", "MalformedQueryString"],
    ["not here", "Action=UploadSSHPublicKey&Version=2010-05-08", "iam", "NotImplemented"],
    ["a missing parameter", "Action=GetUser&Version=2010-05-08", "iam", "ValidationError"],
    [
      "a demand that does not resolve",
      "Action=GetUser&Version=2010-05-08&UserName=unresolved",
      "iam",
      "ServiceFailure",
    ],
  ])("%s: %s", async (_what, text, service, code) => {
    expect((await call(gateway, form(text, { service }))).code).toBe(code);
  });

  test("a denial names principal, action and resource", async () => {
    const sent = await call(
      gateway,
      form("Action=GetUser&Version=2010-05-08&UserName=u", { service: "iam", keys: nobody }),
    );
    expect(sent).toMatchObject({ status: 403, code: "AccessDenied" });
    expect(sent.body).toContain(
      `User: arn:aws:iam::${accountId}:user/nobody is not authorized to perform: iam:GetUser on resource: `,
    );
  });

  test("anonymous callers learn that a token is missing", async () => {
    expect(await call(gateway, form(whoAmI, { keys: undefined }))).toMatchObject({
      status: 403,
      code: "MissingAuthenticationToken",
    });
  });

  test("the signature covers the form", async () => {
    expect((await call(gateway, form(whoAmI, { service: "sts", payload: sha256("Action=AssumeRole") }))).code).toBe(
      "SignatureDoesNotMatch",
    );
    const unsigned = form(whoAmI, {
      service: "sts",
      payload: "UNSIGNED-PAYLOAD",
      headers: { "x-amz-content-sha256": "UNSIGNED-PAYLOAD" },
    });
    expect((await call(gateway, unsigned)).code).toBe("SignatureDoesNotMatch");
    expect((await call(gateway, form("x".repeat(600_000), { service: "sts" }))).code).toBe("ValidationError");
  });
});

test("a service left out by --apis answers a named error", async () => {
  const only = await startPipeline({ services: ["s3"] });
  const sent = await call(only, {
    method: "POST",
    target: "/",
    body: "Action=GetCallerIdentity&Version=2011-06-15",
    keys: admin,
    service: "sts",
  });
  expect(sent).toMatchObject({ status: 501, code: "NotImplemented" });
  expect((await call(only, { ...put, keys: session })).status).toBe(200);
  await only.close();
});
