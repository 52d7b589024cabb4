import { createHash } from "node:crypto";
import { DeleteUserPolicyCommand, IAMClient } from "@aws-sdk/client-iam";
import type { SigningKeys } from "@s3-credentials/protocol";
import { describe, expect, onTestFinished, test } from "vitest";
import { operationTables } from "../src/operations/table.ts";
import { type HeadOnly, knock } from "./head-only.ts";
import { sha256 } from "./pipeline-gateway.ts";
import { useS3Gateway } from "./s3-gateway.ts";

// What a request costs before its caller's right is known: no byte of its body is read, so none is sent here.

const gateway = useS3Gateway();

const md5 = { "content-md5": "1B2M2Y8AsgTpgAmY7PhCfg==" };
/** A request of each operation that takes a body; `{}` is the bucket. */
const bodies: Readonly<Record<string, Pick<HeadOnly, "method" | "target" | "headers">>> = {
  CompleteMultipartUpload: { target: "{}/key?uploadId=x" },
  CreateBucket: { method: "PUT", target: "{}" },
  DeleteObjects: { target: "{}?delete=", headers: md5 },
  PutAccountPublicAccessBlock: { method: "PUT", target: "/v20180820/configuration/publicAccessBlock" },
  PutBucketAbac: { method: "PUT", target: "{}?abac=" },
  PutBucketAccelerateConfiguration: { method: "PUT", target: "{}?accelerate=" },
  PutBucketAcl: { method: "PUT", target: "{}?acl=" },
  PutBucketCors: { method: "PUT", target: "{}?cors=" },
  PutBucketEncryption: { method: "PUT", target: "{}?encryption=" },
  PutBucketInventoryConfiguration: { method: "PUT", target: "{}?inventory=&id=i" },
  PutBucketLifecycleConfiguration: { method: "PUT", target: "{}?lifecycle=" },
  PutBucketLogging: { method: "PUT", target: "{}?logging=" },
  PutBucketNotificationConfiguration: { method: "PUT", target: "{}?notification=" },
  PutBucketOwnershipControls: { method: "PUT", target: "{}?ownershipControls=" },
  PutBucketPolicy: { method: "PUT", target: "{}?policy=" },
  PutBucketRequestPayment: { method: "PUT", target: "{}?requestPayment=" },
  PutBucketTagging: { method: "PUT", target: "{}?tagging=" },
  PutBucketVersioning: { method: "PUT", target: "{}?versioning=" },
  PutBucketWebsite: { method: "PUT", target: "{}?website=" },
  PutObject: { method: "PUT", target: "{}/key" },
  PutObjectAcl: { method: "PUT", target: "{}/key?acl=" },
  PutObjectLegalHold: { method: "PUT", target: "{}/key?legal-hold=" },
  PutObjectLockConfiguration: { method: "PUT", target: "{}?object-lock=" },
  PutObjectRetention: { method: "PUT", target: "{}/key?retention=" },
  PutObjectTagging: { method: "PUT", target: "{}/key?tagging=" },
  PutPublicAccessBlock: { method: "PUT", target: "{}?publicAccessBlock=" },
  UploadPart: { method: "PUT", target: "{}/key?partNumber=1&uploadId=x" },
};
const names = Object.keys(bodies);
const attributes = Array.from({ length: 180_000 }, (_, index) => `a${index}="b"`).join(" ");

function requestOf(name: string, bucket: string, more: Partial<HeadOnly> = {}): HeadOnly {
  const request = bodies[name];
  if (request === undefined) throw new Error(`no request of ${name}`);
  const { target, headers, ...rest } = request;
  // Within every row's limit.
  const body = `<Delete ${attributes.slice(0, 60_000)}/>`;
  return {
    ...rest,
    body,
    ...more,
    target: target.replace("{}", `/${bucket}`),
    headers: {
      ...headers,
      ...(name === "PutAccountPublicAccessBlock" ? { "x-amz-account-id": gateway.accountId } : {}),
      ...more.headers,
    },
  };
}

test("every operation with a body is here", () => {
  const withBody = Object.entries(operationTables.S3).filter(
    ([, row]) => "body" in row && !["none", "form"].includes(row.body.kind),
  );
  expect(withBody.map(([name]) => name).toSorted()).toEqual(names);
});

describe.each([false, true])("refused before the body is read, Expect: 100-continue %s", (expects) => {
  test.each(names)("%s by an anonymous caller", async (name) => {
    const bucket = name === "CreateBucket" ? "not-there-yet" : await gateway.bucket();
    const answer = await knock(gateway, requestOf(name, bucket, { expects }));
    expect(answer).toMatchObject({ status: 403, code: "AccessDenied", continued: false });
  });

  test.each(names)("%s by a user without an Allow for it", async (name) => {
    const bucket = name === "CreateBucket" ? "not-there-yet" : await gateway.bucket();
    const keys = await gateway.user(
      `reader-${name}-${String(expects)}`,
      { Effect: "Allow", Action: ["s3:Get*", "s3:List*"], Resource: "*" },
      { Effect: "Allow", Action: "*", Resource: ["arn:aws:s3:::another", "arn:aws:s3:::another/*"] },
    );
    const answer = await knock(gateway, requestOf(name, bucket, { expects, keys }));
    expect(answer).toMatchObject({ status: 403, code: "AccessDenied", continued: false });
    expect(answer.body).toContain("is not authorized to perform: s3:");
  });

  test("the public access block of another account", async () => {
    const headers = { "x-amz-account-id": "999999999999" };
    const asked = requestOf("PutAccountPublicAccessBlock", "", { expects, keys: gateway.admin, headers });
    expect(await knock(gateway, asked)).toMatchObject({ status: 403, code: "AccessDenied", continued: false });
  });

  const inBuckets = names.filter((name) => !["CreateBucket", "PutAccountPublicAccessBlock"].includes(name));
  test.each(inBuckets)("%s: no such bucket, another owner", async (name) => {
    const bucket = await gateway.bucket();
    const missing = await knock(gateway, requestOf(name, "no-such-bucket", { expects }));
    expect(missing).toMatchObject({ status: 404, code: "NoSuchBucket", continued: false });
    const headers = { "x-amz-expected-bucket-owner": "999999999999" };
    const foreign = await knock(gateway, requestOf(name, bucket, { expects, keys: gateway.admin, headers }));
    expect(foreign).toMatchObject({ status: 403, code: "AccessDenied", continued: false });
  });

  test("a body beyond its operation's limit", async () => {
    const bucket = await gateway.bucket();
    const body = Buffer.alloc(5 * 1024 * 1024);
    for (const name of ["CompleteMultipartUpload", "DeleteObjects", "PutBucketPolicy"]) {
      const answer = await knock(gateway, requestOf(name, bucket, { expects, keys: gateway.admin, body }));
      expect(answer).toMatchObject({ status: 400, code: "EntityTooLarge", continued: false });
    }
  });
});

test("who has the right is asked for the body, and gets it parsed within limits", async () => {
  const bucket = await gateway.bucket();
  const body = "<VersioningConfiguration><Status>Enabled</Status></VersioningConfiguration>";
  const answer = await knock(
    gateway,
    requestOf("PutBucketVersioning", bucket, { keys: gateway.admin, body, expects: true }),
  );
  expect(answer).toMatchObject({ status: 200, continued: true });
  const post = (target: string, text: string) =>
    gateway.send({ method: "POST", target, body: text, headers: target.includes("delete") ? bodyMd5(text) : {} });
  const hostile = `<CompleteMultipartUpload ${attributes}/>`;
  expect(await post(`/${bucket}/k?uploadId=x`, hostile)).toMatchObject({ status: 400, code: "MalformedXML" });
  const objects = `<Delete>${"<Object/>".repeat(49_000)}</Delete>`;
  expect(await post(`/${bucket}?delete=`, objects)).toMatchObject({ status: 400, code: "MalformedXML" });
  const parts = "<Part><PartNumber>1</PartNumber><ETag>e</ETag></Part>".repeat(30_000);
  expect(
    await post(`/${bucket}/k?uploadId=x`, `<CompleteMultipartUpload>${parts}</CompleteMultipartUpload>`),
  ).toMatchObject({ status: 400, code: "MalformedXML" });
});

function bodyMd5(text: string): Readonly<Record<string, string>> {
  return { "content-md5": createHash("md5").update(text).digest("base64") };
}

test("DeleteObjects: some keys are allowed, so the body is read and each key is answered", async () => {
  const bucket = await gateway.bucket();
  for (const key of ["mine/a", "yours/a"])
    await gateway.send({ method: "PUT", target: `/${bucket}/${key}`, body: "x" });
  const keys = await gateway.user("half", {
    Effect: "Allow",
    Action: "s3:DeleteObject",
    Resource: `arn:aws:s3:::${bucket}/mine/*`,
  });
  const body = "<Delete><Object><Key>mine/a</Key></Object><Object><Key>yours/a</Key></Object></Delete>";
  const sent = await gateway.send({ method: "POST", target: `/${bucket}?delete=`, keys, body, headers: bodyMd5(body) });
  expect(sent.status).toBe(200);
  expect(sent.body).toContain("<Deleted><Key>mine/a</Key></Deleted>");
  expect(sent.body).toContain("<Error><Key>yours/a</Key><Code>AccessDenied</Code>");
});

test("a right that is taken away while the body comes is gone", async () => {
  const bucket = await gateway.bucket();
  const keys = await gateway.user("leaver", { Effect: "Allow", Action: "s3:*", Resource: "*" });
  const policy = JSON.stringify({
    Version: "2012-10-17",
    Statement: { Effect: "Allow", Principal: "*", Action: "s3:*", Resource: `arn:aws:s3:::${bucket}/*` },
  });
  const iam = new IAMClient({
    endpoint: `http://127.0.0.1:${gateway.port}`,
    region: "us-east-1",
    credentials: gateway.admin,
  });
  onTestFinished(() => iam.destroy());
  const name = { UserName: "leaver", PolicyName: "own" };
  const answer = await knock(
    gateway,
    requestOf("PutBucketPolicy", bucket, {
      keys,
      body: policy,
      expects: true,
      async beforeBody() {
        await iam.send(new DeleteUserPolicyCommand(name));
      },
    }),
  );
  expect(answer).toMatchObject({ status: 403, code: "AccessDenied", continued: true });
  expect(await gateway.send({ target: `/${bucket}?policy=` })).toMatchObject({ code: "NoSuchBucketPolicy" });
});

describe("forms of IAM and STS", () => {
  const body = `Action=GetCallerIdentity&Version=2011-06-15&x=${"a".repeat(500_000)}`;
  const headers = { "content-type": "application/x-www-form-urlencoded" };
  const form = (more: Partial<HeadOnly> = {}): HeadOnly => ({ target: "/", body, headers, service: "sts", ...more });
  const unknown: SigningKeys = { accessKeyId: "AKIAUNKNOWNUNKNOWN00", secretAccessKey: "x" };
  const wrong = (): SigningKeys => ({ ...gateway.admin, secretAccessKey: "wrong" });
  const withDigest = () => ({ headers: { ...headers, "x-amz-content-sha256": sha256(body) } });

  test.each<readonly [string, () => Partial<HeadOnly>, string]>([
    ["anonymous", () => ({}), "MissingAuthenticationToken"],
    ["an unknown key", () => ({ keys: unknown }), "InvalidClientTokenId"],
    ["an unknown key of IAM", () => ({ keys: unknown, service: "iam" }), "InvalidClientTokenId"],
    [
      "a temporary key without its token",
      () => ({ keys: { ...unknown, accessKeyId: "ASIAUNKNOWNUNKNOWN00" } }),
      "InvalidClientTokenId",
    ],
    ["an old request", () => ({ keys: gateway.admin, time: Date.now() - 3_600_000 }), "RequestExpired"],
    ["a header that is not signed", () => ({ keys: gateway.admin, unsigned: { "x-amz-a": "b" } }), "AccessDenied"],
    [
      "a wrong signature of a head with the digest",
      () => ({ keys: wrong(), ...withDigest() }),
      "SignatureDoesNotMatch",
    ],
    ["another path", () => ({ keys: gateway.admin, target: "/x" }), "InvalidAction"],
    ["too many bytes", () => ({ keys: gateway.admin, body: "x".repeat(600_000) }), "ValidationError"],
  ])("%s: refused before the form is read", async (_what, more, code) => {
    for (const expects of [false, true])
      expect(await knock(gateway, form({ expects, ...more() }))).toMatchObject({ code, continued: false });
  });

  test("an unsigned form is read only when it may be one that needs no signature", async () => {
    const unsigned = (text: string, more: Partial<HeadOnly> = {}) =>
      knock(gateway, form({ body: text, expects: true, ...more }));
    const webIdentity =
      "Action=AssumeRoleWithWebIdentity&Version=2011-06-15&RoleArn=arn:aws:iam::123456789012:role/r&RoleSessionName=ss&WebIdentityToken=x.y.z";
    expect(await unsigned(webIdentity)).toMatchObject({ status: 400, code: "InvalidIdentityToken", continued: true });
    const saml = await unsigned("Action=AssumeRoleWithSAML&Version=2011-06-15");
    expect(saml).toMatchObject({ status: 501, code: "NotImplemented", continued: true });
    expect(await unsigned(webIdentity.replace("2011-06-15", "2010-05-08"))).toMatchObject({ code: "InvalidAction" });
    const missing = { status: 403, code: "MissingAuthenticationToken" };
    expect(await unsigned("Action=GetCallerIdentity&Version=2011-06-15")).toMatchObject(missing);
    expect(await unsigned("Action=%zz")).toMatchObject(missing);
    expect(await unsigned("Action=AssumeRoleWithWebIdentity&Action=GetCallerIdentity")).toMatchObject(missing);
    // The query names another operation, so the form need not come.
    expect(await unsigned(webIdentity, { target: "/?Action=GetCallerIdentity" })).toMatchObject({
      ...missing,
      continued: false,
    });
    expect(await unsigned(`${webIdentity}${"x".repeat(200_000)}`)).toMatchObject({ ...missing, continued: false });
  });

  test("nothing is decoded before the signature holds", async () => {
    const malformed = { method: "POST", target: "/", body: "Action=%zz", service: "sts", headers } as const;
    expect(await gateway.send(malformed)).toMatchObject({ code: "MalformedQueryString" });
    expect(await gateway.send({ ...malformed, keys: wrong() })).toMatchObject({ code: "SignatureDoesNotMatch" });
  });

  test("a known key is asked for its form", async () => {
    const small = "Action=GetCallerIdentity&Version=2011-06-15";
    const answer = await knock(gateway, form({ keys: gateway.admin, body: small, expects: true }));
    expect(answer).toMatchObject({ status: 200, continued: true });
    expect(await gateway.send({ method: "POST", target: "/", body, service: "sts", headers })).toMatchObject({
      status: 200,
    });
  });

  test("a form of many parameters is refused", async () => {
    const send = (count: number) =>
      gateway.send({
        method: "POST",
        target: "/",
        service: "sts",
        headers,
        body: `Action=GetCallerIdentity&Version=2011-06-15${Array.from({ length: count }, (_, at) => `&a${at}`).join("")}`,
      });
    expect((await send(4094)).status).toBe(200);
    expect(await send(4095)).toMatchObject({ status: 400, code: "ValidationError" });
  });
});

test("a query string of many parameters is refused before it is decoded", async () => {
  const target = (count: number) => `/?${Array.from({ length: count }, (_, at) => `a${at}=`).join("&")}`;
  expect((await gateway.send({ target: target(1000) })).status).toBe(200);
  expect(await gateway.send({ target: target(1001) })).toMatchObject({ status: 400, code: "InvalidRequest" });
});
