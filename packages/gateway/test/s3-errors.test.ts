import { createHash } from "node:crypto";
import { readXml, type S3ErrorCode, s3Errors, textOf, type XmlElement } from "@s3-credentials/protocol";
import { beforeAll, describe, expect, test } from "vitest";
import type { Call, Sent } from "./pipeline-gateway.ts";
import { formOf } from "./post-form.ts";
import { useS3Gateway } from "./s3-gateway.ts";

/**
 * Every error of S3's table over HTTP: a request that provokes it gets its code, its status, and a document of S3's form with the details
 * that the table has for it. What no request alone provokes says where it is shown.
 */

const gateway = useS3Gateway();
const md5 = (text: string): string => createHash("md5").update(text).digest("base64");
const big = (length: number): string => "a".repeat(length);

let bucket = "";
let versioned = "";
let upload = "";
let partEtag = "";
beforeAll(async () => {
  bucket = await gateway.bucket();
  versioned = await gateway.bucket("Enabled");
  for (const name of [bucket, versioned]) await gateway.send({ method: "PUT", target: `/${name}/k`, body: "hello" });
  upload = await uploadOf();
  const part = { method: "PUT", target: `/${bucket}/up?uploadId=${upload}&partNumber=1`, body: "x" };
  partEtag = String((await gateway.send(part)).headers.etag);
});

async function uploadOf(): Promise<string> {
  const { body } = await gateway.send({ method: "POST", target: `/${bucket}/up?uploads` });
  return /<UploadId>(.*)<\/UploadId>/.exec(body)?.[1] ?? "";
}

const put = (headers: Readonly<Record<string, string>>, body = "hello"): Call => ({ method: "PUT", target: `/${bucket}/k`, headers, body }); // prettier-ignore
const get = (target: string, headers: Readonly<Record<string, string>> = {}): Call => ({ target: `/${bucket}${target}`, headers }); // prettier-ignore
const document = (query: string, body: string, headers: Readonly<Record<string, string>> = {}): Call => ({ method: "PUT", target: `/${bucket}?${query}`, body, headers: { "content-md5": md5(body), ...headers } }); // prettier-ignore
const parts = (...list: readonly string[]): string => `<CompleteMultipartUpload>${list.map((one, at) => `<Part><PartNumber>${at + 1}</PartNumber><ETag>${one}</ETag></Part>`).join("")}</CompleteMultipartUpload>`; // prettier-ignore
const complete = (body: string): Call => ({ method: "POST", target: `/${bucket}/up?uploadId=${upload}`, body });
const temporary = { accessKeyId: "ASIAAAAAAAAAAAAAAAAA", secretAccessKey: "x", sessionToken: "nonsense" };

/** Sent as the administrator. A text: why no request here provokes it. */
const provoked: Readonly<Record<S3ErrorCode, string | (() => Promise<Sent> | Call)>> = {
  AccessControlListNotSupported: () => put({ "x-amz-acl": "public-read" }),
  AccessDenied: () => gateway.sendUnsigned({ target: `/${bucket}/k` }),
  AccessForbidden: () => gateway.sendUnsigned({ method: "OPTIONS", target: `/${bucket}/k`, headers: { origin: "https://a.test", "access-control-request-method": "GET" } }), // prettier-ignore
  AllAccessDisabled: "organization-guardrails.test.ts closes an account",
  AuthorizationHeaderMalformed: () => gateway.send({ target: `/${bucket}/k`, service: "ec2" }),
  AuthorizationQueryParametersError: () => gateway.sendUnsigned({ target: `/${bucket}/k?X-Amz-Algorithm=AWS4-HMAC-SHA256` }), // prettier-ignore
  BadDigest: () => put({ "content-md5": md5("other") }),
  BadRequest: () => gateway.sendUnsigned({ method: "OPTIONS", target: `/${bucket}/k` }),
  BucketAlreadyExists: "record-accounts.test.ts has two accounts",
  BucketAlreadyOwnedByYou: () => ({ method: "PUT", target: `/${bucket}`, headers: { "x-amz-object-ownership": "ObjectWriter" } }), // prettier-ignore
  BucketNotEmpty: () => ({ method: "DELETE", target: `/${bucket}` }),
  ConditionalRequestConflict: "s3-objects.test.ts replaces an object meanwhile",
  EntityTooLarge: () => document("versioning", big(2 * 1024 * 1024)),
  EntityTooSmall: async () => {
    const etags: string[] = [];
    for (const number of [1, 2]) {
      const sent = await gateway.send({ method: "PUT", target: `/${bucket}/up?uploadId=${upload}&partNumber=${number}`, body: "x" }); // prettier-ignore
      etags.push(String(sent.headers.etag));
    }
    return gateway.send(complete(parts(...etags)));
  },
  ExpiredToken: "sessions.test.ts waits for the end of a session",
  IllegalLocationConstraintException: () => ({ method: "PUT", target: "/elsewhere", body: "<CreateBucketConfiguration><LocationConstraint>eu-west-1</LocationConstraint></CreateBucketConfiguration>" }), // prettier-ignore
  IllegalVersioningConfigurationException: () => document("versioning", "<VersioningConfiguration><Status>Off</Status></VersioningConfiguration>"), // prettier-ignore
  IncompleteBody: "s3-checksums.test.ts ends a chunked body early",
  IncorrectNumberOfFilesInPostRequest: "s3-post-forms.test.ts",
  InsufficientStorage: "full-disk.test.ts fills a disk",
  InternalError: "faults.test.ts",
  InvalidAccessKeyId: () => gateway.send({ target: `/${bucket}/k`, keys: { accessKeyId: "AKIAUNKNOWNUNKNOWN00", secretAccessKey: "x" } }), // prettier-ignore
  InvalidArgument: () => get("?max-keys=x"),
  InvalidBucketAclWithBlockPublicAccessError: "s3-acls.test.ts",
  InvalidBucketAclWithObjectOwnership: "s3-acls.test.ts",
  InvalidBucketName: () => ({ method: "PUT", target: "/Bad_Name" }),
  InvalidBucketOwnerAWSAccountID: () => get("/k", { "x-amz-expected-bucket-owner": "9" }),
  InvalidBucketState: () => document("object-lock", "<ObjectLockConfiguration><ObjectLockEnabled>Enabled</ObjectLockEnabled></ObjectLockConfiguration>"), // prettier-ignore
  InvalidChunkSizeError: () => ({ ...put({ "x-amz-decoded-content-length": "2" }, "1\r\na\r\n1\r\nb\r\n0\r\n\r\n"), payload: "STREAMING-UNSIGNED-PAYLOAD-TRAILER" }), // prettier-ignore
  InvalidDigest: () => put({ "content-md5": "x" }),
  InvalidEncryptionAlgorithmError: "s3-encryption.test.ts",
  InvalidPart: () => complete(parts('"0123456789abcdef0123456789abcdef"')),
  InvalidPartNumber: () => get("/k?partNumber=9"),
  InvalidPartOrder: () => complete(parts(partEtag, partEtag).replace(">2<", ">1<")),
  InvalidPolicyDocument: "s3-post-forms.test.ts",
  InvalidRange: () => get("/k", { range: "bytes=10-20" }),
  InvalidRequest: () => put({ "x-amz-checksum-crc32": "x" }),
  InvalidStorageClass: () => put({ "x-amz-storage-class": "NONE" }),
  InvalidTargetBucketForLogging: () => document("logging", "<BucketLoggingStatus><LoggingEnabled><TargetBucket>no-such-bucket</TargetBucket><TargetPrefix/></LoggingEnabled></BucketLoggingStatus>"), // prettier-ignore
  InvalidTag: () => put({ "x-amz-tagging": "aws:a=b" }),
  InvalidToken: () => gateway.send({ target: `/${bucket}/k`, keys: temporary }),
  InvalidURI: () => get("/%zz"),
  "KMS.NotFoundException": () => put({ "x-amz-server-side-encryption": "aws:kms" }),
  KeyTooLongError: () => ({ method: "PUT", target: `/${bucket}/${big(1025)}` }),
  MalformedACLError: "s3-acls.test.ts",
  MalformedPOSTRequest: () => gateway.sendUnsigned({ method: "POST", target: `/${bucket}`, headers: { "content-type": "multipart/form-data; boundary=b" }, body: "no form" }), // prettier-ignore
  MalformedPolicy: () => document("policy", "{"),
  MalformedTrailerError: "chunked bodies: protocol/src/sigv4/chunked-decoder.prop.ts",
  MalformedXML: () => document("versioning", "<a"),
  MaxPostPreDataLengthExceeded: () => gateway.sendUnsigned(formOf(bucket, { fields: { key: "k", "x-amz-meta-a": big(21_000) } })), // prettier-ignore
  MetadataTooLarge: () => put({ "x-amz-meta-a": big(2049) }),
  MethodNotAllowed: () => ({ method: "PATCH", target: `/${bucket}/k` }),
  MissingContentLength: () => put({ "transfer-encoding": "chunked" }),
  MissingRequestBodyError: () => document("versioning", ""),
  MissingSecurityHeader: "authenticate: a presigned URL of a session without its token",
  NoSuchBucket: () => ({ target: "/nowhere/k" }),
  NoSuchBucketPolicy: () => get("?policy"),
  NoSuchCORSConfiguration: () => get("?cors"),
  NoSuchConfiguration: () => get("?analytics&id=x"),
  NoSuchKey: () => get("/none"),
  NoSuchLifecycleConfiguration: () => get("?lifecycle"),
  NoSuchObjectLockConfiguration: "s3-object-lock.test.ts",
  NoSuchPublicAccessBlockConfiguration: async () => {
    const name = await gateway.bucket();
    await gateway.send({ method: "DELETE", target: `/${name}?publicAccessBlock` });
    return gateway.send({ target: `/${name}?publicAccessBlock` });
  },
  NoSuchTagSet: () => get("?tagging"),
  NoSuchUpload: () => get("/k?uploadId=none"),
  NoSuchVersion: () => get("/k?versionId=none"),
  NoSuchWebsiteConfiguration: () => get("?website"),
  NotImplemented: () => get("/k?torrent"),
  ObjectLockConfigurationNotFoundError: () => get("?object-lock"),
  OperationAborted: "s3-tags.test.ts replaces an object meanwhile",
  OwnershipControlsNotFoundError: async () => {
    const name = await gateway.bucket();
    await gateway.send({ method: "DELETE", target: `/${name}?ownershipControls` });
    return gateway.send({ target: `/${name}?ownershipControls` });
  },
  PreconditionFailed: () => get("/k", { "if-match": '"x"' }),
  QuotaExceeded: "acceptance/quotas.test.ts sets quotas",
  ReplicationConfigurationNotFoundError: () => get("?replication"),
  RequestHeaderSectionTooLarge: "pipeline.test.ts: there is no request, so no ids",
  RequestTimeTooSkewed: () => gateway.send({ target: `/${bucket}/k`, time: 0 }),
  RequestTimeout: "listener.test.ts",
  ServerSideEncryptionConfigurationNotFoundError: () => get("?encryption"),
  ServiceUnavailable: "listener.test.ts",
  SignatureDoesNotMatch: () => gateway.send({ target: `/${bucket}/k`, keys: { ...gateway.admin, secretAccessKey: "x" } }), // prettier-ignore
  SlowDown: "caller-limits.test.ts",
  TooManyConfigurations: "inventories.test.ts puts a thousand",
  UnexpectedContent: "s3-acls.test.ts",
  UnresolvableGrantByEmailAddress: "s3-acls.test.ts",
  XAmzContentSHA256Mismatch: () => ({ ...put({}), payload: "0".repeat(64) }),
};

/** The elements of an error's document. */
function elementsOf(body: string): XmlElement {
  const root = readXml(body);
  if ("error" in root) throw new Error(`${root.error}: ${body}`);
  expect(root.name).toBe("Error");
  return root;
}

const here = Object.entries(provoked).flatMap(([code, make]) =>
  typeof make === "string" ? [] : [{ code: code as S3ErrorCode, make }],
);

describe("errors of S3", () => {
  test.each(here)("$code", async ({ code, make }) => {
    const made = make();
    const sent = made instanceof Promise ? await made : await gateway.send(made);
    const row: { readonly status: number; readonly details?: readonly string[] } = s3Errors[code];
    expect([sent.code, sent.status, sent.headers["content-type"]]).toEqual([code, row.status, "application/xml"]);
    const root = elementsOf(sent.body);
    expect(root.children.map(({ name }) => name)).toEqual(
      expect.arrayContaining(["Code", "Message", ...(row.details ?? []), "Resource", "RequestId", "HostId"]),
    );
    for (const name of row.details ?? []) expect([name, textOf(root, name) ?? ""]).not.toEqual([name, ""]);
    expect(textOf(root, "RequestId")).toBe(sent.headers["x-amz-request-id"]);
    expect(textOf(root, "HostId")).toBe(sent.headers["x-amz-id-2"]);
    if (sent.status === 405) expect(sent.headers["allow"]).toMatch(/^[A-Z, ]+$/);
  });

  test("to HEAD have the same status and headers, and no body", async () => {
    for (const target of [
      `/${bucket}/none`,
      "/nowhere/k",
      `/${bucket}/k?versionId=none`,
      `/${bucket}/k?partNumber=9`,
    ]) {
      const [get, head] = [await gateway.send({ target }), await gateway.send({ method: "HEAD", target })];
      expect([target, head.status, head.body]).toEqual([target, get.status, ""]);
      expect(head.headers["x-amz-request-id"]).toMatch(/^[0-9A-Z]{16}$/);
    }
  });

  test("of conditions name the condition; 304 has the headers of the object", async () => {
    const etag = `"${createHash("md5").update("hello").digest("hex")}"`;
    const past = "Thu, 01 Jan 2015 00:00:00 GMT";
    const conditionOf = async (call: Call) => textOf(elementsOf((await gateway.send(call)).body), "Condition");
    const copy = (headers: Readonly<Record<string, string>>): Call => ({ method: "PUT", target: `/${bucket}/copy`, headers: { "x-amz-copy-source": `/${bucket}/k`, ...headers } }); // prettier-ignore
    expect(await conditionOf(get("/k", { "if-match": "x" }))).toBe("If-Match");
    expect(await conditionOf(get("/k", { "if-unmodified-since": past }))).toBe("If-Unmodified-Since");
    expect(await conditionOf(put({ "if-none-match": "*" }))).toBe("If-None-Match");
    expect(await conditionOf(put({ "if-match": "x" }))).toBe("If-Match");
    expect(await conditionOf(copy({ "x-amz-copy-source-if-match": "x" }))).toBe("x-amz-copy-source-If-Match");
    const secondFails = { "x-amz-copy-source-if-match": etag, "x-amz-copy-source-if-none-match": etag };
    expect(await conditionOf(copy(secondFails))).toBe("x-amz-copy-source-If-None-Match");
    const unchanged = await gateway.send(get("/k", { "if-none-match": etag }));
    expect([unchanged.status, unchanged.body, unchanged.headers.etag]).toEqual([304, "", etag]);
    expect(unchanged.headers["last-modified"]).toMatch(/ GMT$/);
    expect(unchanged.headers["content-type"]).toBeUndefined();
  });

  test("of digests say both", async () => {
    const root = elementsOf((await gateway.send(put({ "content-md5": md5("other") }))).body);
    expect(textOf(root, "CalculatedDigest")).toBe(md5("hello"));
    expect(textOf(root, "ExpectedDigest")).toBe(createHash("md5").update("other").digest("hex"));
    const signed = elementsOf((await gateway.send({ ...put({}), payload: "0".repeat(64) })).body);
    expect(textOf(signed, "Code")).toBe("XAmzContentSHA256Mismatch");
    expect(textOf(signed, "S3ComputedContentSHA256")).toBe(createHash("sha256").update("hello").digest("hex"));
  });

  test("405 says what is allowed at the place", async () => {
    const allowed = async (method: string, target: string) => {
      const { status, headers } = await gateway.send({ method, target });
      return [status, headers["allow"]];
    };
    expect(await allowed("POST", "/")).toEqual([405, "GET"]);
    expect(await allowed("PATCH", `/${bucket}/k`)).toEqual([405, "GET, HEAD, PUT, DELETE"]);
    expect(await allowed("POST", `/${bucket}?policy`)).toEqual([405, "GET, PUT, DELETE"]);
    expect(await allowed("DELETE", `/${bucket}?uploads`)).toEqual([405, "GET"]);
    expect(await allowed("OPTIONS", "/")).toEqual([405, "GET"]);
    expect(await allowed("POST", `/${bucket}/k`)).toEqual([405, "GET, HEAD, PUT, DELETE"]);
  });

  test("of JSON services have no details of S3", async () => {
    const target = "AWSOrganizationsV20161128.DescribeOrganization";
    const headers = { "content-type": "application/x-amz-json-1.1", "x-amz-target": target };
    const { body } = await gateway.send({ method: "POST", target: "/", headers, body: "{}", service: "organizations", time: 0 }); // prettier-ignore
    expect(Object.keys(JSON.parse(body) as object)).toEqual(["__type", "Message"]);
  });
});

/** `null`: 400, and nothing is stored. */
const oddKeys: Readonly<Record<string, string | null>> = {
  "/a/./b": "a/./b",
  "/a/../b": "a/../b",
  "/..": "..",
  "/a//b": "a//b",
  "//lead": "/lead",
  "/a%2Fb": "a/b",
  "/a+b": "a+b",
  "/a%20b": "a b",
  "/a%2Bb": "a+b",
  "/%01%1F": "\u0001\u001f",
  "/%0A%0D": "\n\r",
  "/%EF%BF%BE": "\ufffe",
  "/%F0%9F%98%80": "😀",
  "/Case": "Case",
  "/case": "case",
  "/%C3%A9": "\u00e9",
  "/e%CC%81": "e\u0301",
  "/%25": "%",
  "/&%3Cx%3E%22'": "&<x>\"'",
  "/a%00b": null,
  "/%FF": null,
  "/%ED%A0%80": null,
};

test("odd keys are stored as they were sent, and listed as they are", async () => {
  const name = await gateway.bucket();
  const stored: string[] = [];
  for (const [path, key] of Object.entries(oddKeys)) {
    const sent = await gateway.send({ method: "PUT", target: `/${name}${path}`, body: path });
    expect([path, sent.status]).toEqual([path, key === null ? 400 : 200]);
    if (key === null) continue;
    stored.push(key);
    expect([path, (await gateway.send({ target: `/${name}${path}` })).body]).toEqual([path, path]);
  }
  const { body } = await gateway.send({ target: `/${name}?list-type=2&encoding-type=url` });
  const listed = [...body.matchAll(/<Key>([^<]*)<\/Key>/g)].map(([, key = ""]) =>
    decodeURIComponent(key.replaceAll("+", " ")),
  );
  expect(listed).toEqual(
    [...new Set(stored)].toSorted((one, other) => Buffer.compare(Buffer.from(one), Buffer.from(other))),
  );
});
