import { createHmac } from "node:crypto";
import { isSignedByV2, type SigningKeys } from "@s3-credentials/protocol";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { objectParameters } from "../src/http/detect.ts";
import { s3Routes } from "../src/operations/table.ts";
import { admin, bucketRecord, call, nobody, type PipelineGateway, session, startPipeline } from "./pipeline-gateway.ts";

let gateway: PipelineGateway;
beforeAll(async () => {
  gateway = await startPipeline();
});
afterAll(() => gateway.close());
beforeEach(() => {
  gateway.stored.clear();
  gateway.log.length = 0;
  gateway.buckets.set("bucket", bucketRecord());
});

interface Presign {
  readonly method?: string;
  /** Encoded. */
  readonly path?: string;
  /** Encoded sub-resources and overrides, sorted; they are signed as they are. */
  readonly signed?: string;
  /** Seconds from now. */
  readonly expires?: number;
  readonly md5?: string;
  readonly type?: string;
  /** Sent as headers, by lower-case name. */
  readonly amz?: Readonly<Record<string, string>>;
  readonly hostBucket?: string;
}

/** The target of a URL, signed from the page: https://docs.aws.amazon.com/AmazonS3/latest/API/RESTAuthentication.html */
function presigned(keys: SigningKeys, options: Presign = {}): string {
  const { method = "GET", path = "/bucket/key", signed = "", md5 = "", type = "", hostBucket } = options;
  const expires = Math.trunc(Date.now() / 1000) + (options.expires ?? 60);
  const token = keys.sessionToken;
  const amz = { ...options.amz, ...(token === undefined ? {} : { "x-amz-security-token": token }) };
  const lines = Object.entries(amz)
    .toSorted(([left], [right]) => (left < right ? -1 : 1))
    .map(([name, value]) => `${name}:${value}\n`);
  const resource = `${hostBucket === undefined ? "" : `/${hostBucket}`}${path}${signed === "" ? "" : `?${signed}`}`;
  const text = `${method}\n${md5}\n${type}\n${expires}\n${lines.join("")}${resource}`;
  const signature = createHmac("sha1", keys.secretAccessKey).update(text).digest("base64");
  const query = [
    ...(signed === "" ? [] : [signed]),
    `AWSAccessKeyId=${keys.accessKeyId}`,
    `Expires=${expires}`,
    ...(token === undefined ? [] : [`x-amz-security-token=${encodeURIComponent(token)}`]),
    `Signature=${encodeURIComponent(signature)}`,
  ];
  return `${path}?${query.join("&")}`;
}

const put = { method: "PUT", body: "hello" } as const;
const wrong = (keys: SigningKeys): SigningKeys => ({ ...keys, secretAccessKey: "wrong" });
const emptySha256 = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
const helloSha256 = "2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824";

describe("a URL opens what was signed", () => {
  test("PUT, GET, HEAD", async () => {
    expect((await call(gateway, { ...put, target: presigned(admin, { method: "PUT" }) })).status).toBe(200);
    expect(gateway.stored.get("key")?.toString()).toBe("hello");
    expect(await call(gateway, { target: presigned(admin) })).toMatchObject({ status: 200, body: "hello" });
    const head = await call(gateway, { method: "HEAD", target: presigned(admin, { method: "HEAD" }) });
    expect(head).toMatchObject({ status: 200, headers: { "content-length": "5" } });
  });

  test("the bucket in the host name is signed as a part of the path", async () => {
    const headers = { host: "bucket.localhost" };
    const options = { method: "PUT", path: "/bucket/key", hostBucket: "bucket" };
    expect((await call(gateway, { ...put, headers, target: presigned(admin, options) })).status).toBe(200);
    expect([...gateway.stored.keys()]).toEqual(["bucket/key"]);
    // A URL of the path style is for another key there.
    const other = presigned(admin, { method: "PUT" });
    expect((await call(gateway, { ...put, headers, target: other })).code).toBe("SignatureDoesNotMatch");
  });

  test.each(["a%20b", "a+b", "a%2Bb", "%C3%BC/%E8%AA%9E", "//a//b/", "a%2Fb", "a%3Fb%26c%3Dd", "..%2Fa", "~'()*!"])(
    "the key %s, as it was sent",
    async (key) => {
      const path = `/bucket/${key}`;
      expect((await call(gateway, { ...put, target: presigned(admin, { method: "PUT", path }) })).status).toBe(200);
      expect([...gateway.stored.keys()]).toEqual([decodeURIComponent(key)]);
    },
  );

  test("parameters that mean nothing are ignored, as by S3", async () => {
    const target = `${presigned(admin, { method: "PUT" })}&x-id=PutObject&user=alice&Cache-Control=no-cache`;
    expect((await call(gateway, { ...put, target })).status).toBe(200);
  });

  test("a browser that asks first is answered without authentication", async () => {
    const headers = { origin: "https://app.example", "access-control-request-method": "PUT" };
    const asked = (target: string) => call(gateway, { method: "OPTIONS", target, headers });
    const { status, code } = await asked(presigned(wrong(admin), { method: "PUT" }));
    expect({ status, code }).toEqual({ status: 403, code: "AccessForbidden" });
    expect(await asked("/bucket/key")).toMatchObject({ status, code });
  });
});

describe("every payload mode, with the wrong secret", () => {
  const modes = [undefined, "UNSIGNED-PAYLOAD", helloSha256] as const;
  const streaming = [
    "STREAMING-AWS4-HMAC-SHA256-PAYLOAD",
    "STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER",
    "STREAMING-UNSIGNED-PAYLOAD-TRAILER",
  ] as const;

  test.each(modes)("%s: stored with the right secret alone", async (mode) => {
    const amz: Record<string, string> = mode === undefined ? {} : { "x-amz-content-sha256": mode };
    const options = { method: "PUT", amz };
    expect(await call(gateway, { ...put, headers: amz, target: presigned(wrong(admin), options) })).toMatchObject({
      status: 403,
      code: "SignatureDoesNotMatch",
    });
    expect(gateway.stored.size).toBe(0);
    expect((await call(gateway, { ...put, headers: amz, target: presigned(admin, options) })).status).toBe(200);
    expect(gateway.stored.get("key")?.toString()).toBe("hello");
  });

  test("a signed digest of another body stores nothing", async () => {
    const amz = { "x-amz-content-sha256": emptySha256 };
    const sent = await call(gateway, { ...put, headers: amz, target: presigned(admin, { method: "PUT", amz }) });
    expect(sent).toMatchObject({ status: 400, code: "XAmzContentSHA256Mismatch" });
    expect(gateway.stored.size).toBe(0);
  });

  test.each(streaming)("%s is refused, with the right secret too", async (mode) => {
    const amz = { "x-amz-content-sha256": mode, "x-amz-decoded-content-length": "5" };
    const headers = { ...amz, "content-encoding": "aws-chunked" };
    const body = "5\r\nhello\r\n0\r\n\r\n";
    for (const target of [presigned(admin, { method: "PUT", amz }), presigned(wrong(admin), { method: "PUT", amz })])
      expect(await call(gateway, { method: "PUT", headers, body, target })).toMatchObject({
        status: 400,
        code: "InvalidRequest",
      });
    expect(gateway.stored.size).toBe(0);
  });

  test("header and query credentials together, and both versions in one query: 400", async () => {
    const target = presigned(admin, { method: "PUT" });
    expect(await call(gateway, { ...put, target, keys: admin })).toMatchObject({
      status: 400,
      code: "InvalidArgument",
    });
    const both = `${target}&X-Amz-Signature=0&X-Amz-Algorithm=AWS4-HMAC-SHA256`;
    expect(await call(gateway, { ...put, target: both })).toMatchObject({ status: 400, code: "InvalidArgument" });
    expect(gateway.stored.size).toBe(0);
  });

  test.each(["AWSAccessKeyId", "Expires", "Signature"])("%s twice: 400", async (name) => {
    const target = `${presigned(admin, { method: "PUT" })}&${name}=1`;
    expect(await call(gateway, { ...put, target })).toMatchObject({ status: 400, code: "InvalidArgument" });
    expect(gateway.stored.size).toBe(0);
  });

  test("in the Authorization header: refused, with the setting that helps", async () => {
    const headers = { authorization: `AWS ${admin.accessKeyId}:frJIUN8DYpKDtOLCwo//yllqDzg=` };
    const sent = await call(gateway, { ...put, target: "/bucket/key", headers });
    expect(sent).toMatchObject({ status: 400, code: "InvalidRequest" });
    expect(sent.body).toContain("signature_version = s3v4");
  });
});

describe("what is sent must be signed", () => {
  const names = [
    "x-amz-acl",
    "x-amz-meta-a",
    "x-amz-copy-source",
    "X-Amz-Tagging",
    "x-amz-content-sha256",
    "x-amz-any",
  ];
  test.each(names)("%s added as a header, and to the query", async (name) => {
    const target = presigned(admin, { method: "PUT" });
    const value = name === "x-amz-content-sha256" ? helloSha256 : "public-read";
    expect((await call(gateway, { ...put, target, unsigned: { [name]: value } })).status).toBe(403);
    expect((await call(gateway, { ...put, target: `${target}&${name}=${value}` })).status).toBe(403);
    expect(gateway.stored.size).toBe(0);
  });

  test.each([
    ["the method", { target: presigned(admin) }],
    ["the type", { target: presigned(admin, { method: "PUT" }), headers: { "content-type": "text/html" } }],
    [
      "the MD5",
      { target: presigned(admin, { method: "PUT" }), headers: { "content-md5": "XUFAKrxLKna5cZ2REBfFkg==" } },
    ],
    ["a sub-resource", { target: `${presigned(admin, { method: "PUT" })}&versionId=null` }],
    ["an override", { target: `${presigned(admin, { method: "PUT" })}&response-content-type=text/html` }],
    ["the key", { target: presigned(admin, { method: "PUT" }).replace("/key?", "/other?") }],
  ])("changed: %s", async (_what, more) => {
    expect(await call(gateway, { ...put, ...more })).toMatchObject({ status: 403, code: "SignatureDoesNotMatch" });
    expect(gateway.stored.size).toBe(0);
  });

  test("the answer has what was to be signed, and not the secret", async () => {
    const { body } = await call(gateway, { target: presigned(wrong(admin)) });
    expect(body).toMatch(/<StringToSign>GET\n\n\n\d+\n\/bucket\/key<\/StringToSign>/);
    expect(body).toMatch(/<SignatureProvided>[A-Za-z0-9+/]{27}=<\/SignatureProvided>/);
    expect(body).toMatch(/<StringToSignBytes>47 45 54 0a 0a 0a /);
    expect(body).not.toContain(admin.secretAccessKey);
  });

  const subResources = s3Routes.flatMap(([, { subResource }]) => subResource ?? []);
  const documented = new Set(
    [
      "acl delete lifecycle location logging notification partNumber policy requestPayment uploadId uploads versionId",
      "versioning versions website response-cache-control response-content-disposition response-content-encoding",
      "response-content-language response-content-type response-expires",
    ].flatMap((names) => names.split(" ")),
  );
  test("what the operations on objects can be asked with is known by their models", () => {
    for (const name of ["versionId", "partNumber", "response-expires", "max-parts", "part-number-marker"])
      expect(objectParameters.has(name)).toBe(true);
    expect([...objectParameters].filter((name) => !isSignedByV2(name)).length).toBeGreaterThan(2);
  });

  // What the signature leaves out is refused before anything is asked.
  test("the documented sub-resources and no others", async () => {
    const known = [...new Set([...subResources, ...objectParameters])];
    expect(known.filter((name) => !documented.has(name)).length).toBeGreaterThan(20);
    for (const name of known) {
      const added = await call(gateway, { ...put, target: `${presigned(admin, { method: "PUT" })}&${name}` });
      expect([name, gateway.stored.size]).toEqual([name, 0]);
      const signed = await call(gateway, { ...put, target: presigned(admin, { method: "PUT", signed: name }) });
      if (documented.has(name)) {
        // Not an object's, or not to be put; or else the signature is asked.
        expect(["SignatureDoesNotMatch", "MethodNotAllowed", "InvalidArgument"]).toContain(added.code);
        expect([name, signed.code]).not.toContain("SignatureDoesNotMatch");
      } else {
        for (const refused of [added, signed]) {
          expect([name, refused.code]).toEqual([name, "InvalidRequest"]);
          expect(refused.body).toContain(`does not cover the parameter ${name}`);
        }
        expect([name, gateway.stored.size]).toEqual([name, 0]);
      }
      gateway.stored.clear();
    }
  });
});

describe("only objects", () => {
  test.each([
    ["POST", "/bucket/key", "uploads"],
    ["GET", "/bucket", ""],
    ["GET", "/bucket/", ""],
    ["PUT", "/bucket/", ""],
    ["DELETE", "/bucket/", ""],
    ["HEAD", "/bucket/", ""],
    ["GET", "/bucket/", "policy"],
    ["POST", "/bucket/", "delete"],
    ["GET", "/", ""],
  ])("%s %s %s is refused", async (method, path, signed) => {
    const target = presigned(admin, { method, path, signed });
    const { status, code, body } = await call(gateway, { method, target });
    expect(status).toBe(400);
    if (method === "HEAD") return;
    expect(code).toBe("InvalidRequest");
    expect(body).toContain("only for GET, HEAD, PUT and DELETE of objects");
  });

  test("IAM and STS have no Signature Version 2", async () => {
    const query = `AWSAccessKeyId=${admin.accessKeyId}&Expires=9999999999&Signature=aaaaaaaaaaaaaaaaaaaaaaaaaaa%3D`;
    for (const target of [`/?Action=GetCallerIdentity&Version=2011-06-15&${query}`, `/?${query}`]) {
      const body = "Action=GetCallerIdentity&Version=2011-06-15";
      const headers = { "content-type": "application/x-www-form-urlencoded" };
      const sent = await call(gateway, { method: "POST", target, body, headers });
      expect(sent).toMatchObject({ status: 400, code: "InvalidRequest" });
    }
  });
});

describe("keys, scope and time", () => {
  test("unknown, expired, of a session without its token or with another's", async () => {
    const code = async (keys: SigningKeys) =>
      (await call(gateway, { ...put, target: presigned(keys, { method: "PUT" }) })).code;
    expect(await code({ accessKeyId: "AKIAUNKNOWNUNKNOWN00", secretAccessKey: "x" })).toBe("InvalidAccessKeyId");
    expect(await code({ ...session, accessKeyId: "ASIAEXPIREDEXPIRED00" })).toBe("ExpiredToken");
    const { accessKeyId, secretAccessKey } = session;
    expect(await code({ accessKeyId, secretAccessKey })).toBe("InvalidToken");
    expect(await code({ ...session, sessionToken: "another" })).toBe("InvalidToken");
    expect(await code({ ...admin, sessionToken: "x" })).toBe("InvalidToken");
    expect(gateway.stored.size).toBe(0);
    expect((await call(gateway, { ...put, target: presigned(session, { method: "PUT" }) })).status).toBe(200);
  });

  test("seven days at most, and not after them", async () => {
    const url = (expires: number) => call(gateway, { ...put, target: presigned(admin, { method: "PUT", expires }) });
    expect((await url(604_800)).status).toBe(200);
    for (const expires of [604_900, 10_000_000, -2]) {
      gateway.stored.clear();
      expect(await url(expires)).toMatchObject({ status: 403, code: "AccessDenied" });
      expect(gateway.stored.size).toBe(0);
    }
    const expired = await url(-60);
    expect(expired.body).toMatch(/<Message>Request has expired<\/Message>.*<Expires>2.*Z<\/Expires><ServerTime>2.*Z</);
  });

  test("an expired URL is refused before its key is looked up", async () => {
    const keys = { accessKeyId: "AKIABROKENBROKENBRO0", secretAccessKey: "x" };
    expect((await call(gateway, { target: presigned(keys, { expires: -60 }) })).status).toBe(403);
    expect((await call(gateway, { target: presigned(keys) })).status).toBe(503);
  });

  test("turned off: refused, with the setting that helps", async () => {
    const off = await startPipeline({ sigv2: false });
    for (const target of [presigned(admin, { method: "PUT" }), presigned(wrong(admin), { method: "PUT" })]) {
      const sent = await call(off, { ...put, target });
      expect(sent).toMatchObject({ status: 400, code: "InvalidRequest" });
      expect(sent.body).toContain("signature_version = s3v4");
    }
    expect(off.stored.size).toBe(0);
    expect((await call(off, { ...put, target: "/bucket/key", keys: admin })).status).toBe(200);
    await off.close();
  });
});

describe("policies see it", () => {
  function bucketPolicy(effect: "Allow" | "Deny", condition: unknown): void {
    const statement = { Effect: effect, Principal: "*", Action: "s3:PutObject", Resource: "arn:aws:s3:::bucket/*" };
    const policy = JSON.stringify({ Version: "2012-10-17", Statement: { ...statement, Condition: condition } });
    gateway.buckets.set("bucket", bucketRecord({ policy }));
  }
  const isAllowed = async (keys: SigningKeys): Promise<readonly [v2: number, v4: number]> => [
    (await call(gateway, { ...put, target: presigned(keys, { method: "PUT" }) })).status,
    (await call(gateway, { ...put, target: "/bucket/key", keys })).status,
  ];

  test("s3:signatureversion can deny it", async () => {
    bucketPolicy("Deny", { StringEquals: { "s3:signatureversion": "AWS" } });
    expect(await isAllowed(admin)).toEqual([403, 200]);
    bucketPolicy("Deny", { StringNotEquals: { "s3:signatureversion": "AWS4-HMAC-SHA256" } });
    expect(await isAllowed(admin)).toEqual([403, 200]);
  });

  test.each([
    [{ StringEquals: { "s3:signatureversion": "AWS" } }, 200, 403],
    [{ StringEquals: { "s3:authType": "REST-QUERY-STRING" } }, 200, 403],
    [{ StringEquals: { "s3:x-amz-content-sha256": "UNSIGNED-PAYLOAD" } }, 200, 403],
    [{ NumericEquals: { "s3:signatureAge": "0" } }, 200, undefined],
  ])("%j", async (condition, v2, v4) => {
    bucketPolicy("Allow", condition);
    const statuses = await isAllowed(nobody);
    expect(statuses).toEqual([v2, v4 ?? statuses[1]]);
  });
});

test("no secret, token, signature or query in the log; the version is there", async () => {
  const target = presigned(session, { method: "PUT" });
  await call(gateway, { ...put, target });
  await call(gateway, { ...put, target: presigned(wrong(session), { method: "PUT" }) });
  const log = gateway.log.join("");
  const signature = decodeURIComponent(/Signature=([^&]+)/.exec(target)?.[1] ?? "none");
  for (const secret of [session.secretAccessKey, session.sessionToken ?? "", signature, "Signature=", "Expires="])
    expect(log).not.toContain(secret);
  expect(log).toContain('"s3:signatureversion":"AWS"');
});
