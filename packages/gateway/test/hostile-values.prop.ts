import { createHash } from "node:crypto";
import type { SigningKeys } from "@s3-credentials/protocol";
import fc from "fast-check";
import { beforeAll, expect, test } from "vitest";
import { iamTable, s3Routes, stsTable } from "../src/operations/table.ts";
import { useS3Gateway } from "./s3-gateway.ts";

const runs = Number(process.env["TEST_RUNS"] ?? 150);
const gateway = useS3Gateway();

/** Bytes of a target or form, percent-encoded already. */
const hostile = fc.oneof(
  fc.constantFrom(
    "",
    "%00",
    "a%00b",
    "%ED%A0%80",
    "%ED%BF%BF",
    "%F4%90%80%80",
    "%FF",
    "%C0%AF",
    "%",
    "%zz",
    "%0D%0AX-Evil:%201",

    "%0A",
    "%0D",
    "%09",
    "%20",
    "%7F",
    "%C2%85",
    "%E2%80%A8",
    "%EF%BF%BF",
    "%F0%9F%98%80",
    "+",
    "%252e%252e",
    "%2F",
    "%2e%2e/%2e%2e",
    "//",
    "..",
    "*",
    "null",
    "true",
    "-1",
    "0",
    "1e9",
    "999999999999999999999",
    "NaN",
    "%3Cx%3E",
    "__proto__",
    "constructor",
    "toString",
    "2.5",
    "bytes=0-",
    "arn:aws:iam::aws:policy/",
    "%7B%7D",
    "[]",
    "%22",
    "a".repeat(1025),
    "%C3%A4".repeat(5000),
    "a".repeat(32 * 1024),
    "%00".repeat(10_000),
  ),
  fc.stringMatching(/^(%[0-9A-F]{2}|[a-z./*]){1,12}$/),
);

/** A broken part of a request is the client's: an answer of 4xx, or that it is not implemented; never a fault of the gateway. */
function isOurFault({ status }: { readonly status: number }): boolean {
  return status >= 500 && status !== 501;
}

const methods = ["GET", "HEAD", "PUT", "POST", "DELETE"] as const;
const places = [
  ...(["bucket", "object"] as const).flatMap((level) => methods.map((method) => ({ method, level, sub: "" }))),
  ...s3Routes.flatMap(([, { level, method, subResource: sub, mark }]) =>
    level === "service" || level === "account" || sub === undefined || mark !== undefined
      ? []
      : [{ method, level, sub }],
  ),
].filter(({ method, level, sub }) => !(level === "bucket" && method === "DELETE" && sub === ""));

const parameterNames = [
  "versionId",
  "partNumber",
  "uploadId",
  "list-type",
  "prefix",
  "delimiter",
  "marker",
  "max-keys",
  "start-after",
  "continuation-token",
  "encoding-type",
  "fetch-owner",
  "key-marker",
  "version-id-marker",
  "upload-id-marker",
  "max-uploads",
  "part-number-marker",
  "max-parts",
  "max-buckets",
  "bucket-region",
  "id",
  "x-id",
  "website",
  "response-content-type",
  "response-expires",
  "response-content-disposition",
  "X-Amz-Expires",
  "X-Amz-Signature",
];

const headerNames = [
  "range",
  "if-match",
  "if-none-match",
  "if-modified-since",
  "if-unmodified-since",
  "if-range",
  "content-type",

  "content-md5",
  "content-encoding",
  "content-disposition",
  "cache-control",
  "expires",
  "origin",
  "content-language",
  "x-amz-copy-source",
  "x-amz-copy-source-range",
  "x-amz-copy-source-if-match",
  "x-amz-metadata-directive",
  "x-amz-copy-source-if-modified-since",
  "x-amz-acl",
  "x-amz-grant-read",
  "x-amz-meta-a",
  "x-amz-tagging",
  "x-amz-storage-class",
  "x-amz-checksum-crc32",
  "x-amz-checksum-sha256",
  "x-amz-checksum-algorithm",
  "x-amz-sdk-checksum-algorithm",
  "x-amz-checksum-type",
  "x-amz-checksum-mode",
  "x-amz-object-attributes",
  "x-amz-mp-object-size",
  "x-amz-max-parts",
  "x-amz-part-number-marker",
  "x-amz-expected-bucket-owner",
  "x-amz-website-redirect-location",
  "x-amz-decoded-content-length",
  "x-amz-trailer",
  "x-amz-bucket-region",
  "x-amz-bypass-governance-retention",
  "x-amz-object-ownership",
  "x-amz-if-match-size",
  "x-forwarded-for",
  "x-amz-content-sha256",
  "x-amz-security-token",
  "access-control-request-method",
  "user-agent",
  "referer",
];

/** What a header can hold at all; the rest is the HTTP parser's to refuse. */
const headerValue = fc.oneof(
  fc.constantFrom(
    "",
    " ",
    "\t",
    "a\tb",
    "\u0080",
    "ä\u00ff",
    "*",
    '"',
    '""',
    "a,b",
    "bytes=",
    "bytes=-",
    "bytes=9-1",
    "null",
  ),
  fc.constantFrom("=?UTF-8?Q?=00?=", "/", "//", "a/b?versionId=%00", "/%00/%00", "b/%ED%A0%80", "..", "-1", "1e400"),
  fc.constantFrom(
    "NaN",
    "99999999999999999999",
    "STREAMING-UNSIGNED-PAYLOAD-TRAILER",
    "REPLACE",
    "x-amz-checksum-crc32",
  ),
  fc.constantFrom("__proto__", "Thu, 99 Foo 2020 25:61:61 GMT", "ETag,,ETag", "aws-chunked", "a".repeat(8000)),
  fc.stringMatching(/^[\x21-\x7e\xa0-\xff]{1,20}$/),
);

const words = [
  "Delete",
  "Object",
  "Key",
  "VersionId",
  "Quiet",
  "CompleteMultipartUpload",
  "Part",
  "ETag",
  "PartNumber",
  "CORSConfiguration",
  "CORSRule",
  "AllowedOrigin",
  "AllowedMethod",
  "ID",
  "MaxAgeSeconds",
  "WebsiteConfiguration",
  "IndexDocument",
  "Suffix",
  "ErrorDocument",
  "VersioningConfiguration",
  "Status",
  "CreateBucketConfiguration",

  "LocationConstraint",
  "PublicAccessBlockConfiguration",
  "BlockPublicAcls",
  "AccessControlPolicy",
  "ChecksumCRC32",
];
const text = fc.oneof(
  fc.constantFrom(
    "",
    "\0",
    "&#0;",
    "&#xD800;",
    "&#xFFFF;",
    "\r\n",
    "ä",
    "\ufffe",
    "a".repeat(32 * 1024),
    "Enabled",
    "1",
  ),
  fc.constantFrom("-1", "0", "1e9", "true", "GET", "*", "&lt;", "<![CDATA[x]]>", "&x;", "<!-- -->", "\u{10ffff}"),
);

/** Documents of the right words in the wrong order; trees are small, so that many have a root some operation takes. */
const document = fc.letrec<{ node: string; inside: string }>((tie) => ({
  node: fc.tuple(fc.constantFrom(...words), tie("inside")).map(([name, inside]) => `<${name}>${inside}</${name}>`),
  inside: fc.oneof(
    { depthSize: "small", withCrossShrink: true },
    text,
    fc.array(tie("node"), { maxLength: 4 }).map((nodes) => nodes.join("")),
  ),
})).node;

/** Each operation's own document, with one hostile text in it. */
const known = fc
  .tuple(
    fc.constantFrom(
      (x: string) => `<Delete><Object><Key>${x}</Key></Object></Delete>`,
      (x: string) => `<Delete><Object><Key>k</Key><VersionId>${x}</VersionId></Object></Delete>`,
      (x: string) => `<Delete><Quiet>${x}</Quiet><Object><Key>k</Key></Object></Delete>`,
      (x: string) =>
        `<CompleteMultipartUpload><Part><PartNumber>${x}</PartNumber><ETag>"e"</ETag></Part></CompleteMultipartUpload>`,
      (x: string) =>
        `<CompleteMultipartUpload><Part><PartNumber>1</PartNumber><ETag>${x}</ETag></Part></CompleteMultipartUpload>`,
      (x: string) =>
        `<CORSConfiguration><CORSRule><ID>${x}</ID><AllowedOrigin>${x}</AllowedOrigin><AllowedMethod>GET</AllowedMethod><ExposeHeader>${x}</ExposeHeader></CORSRule></CORSConfiguration>`,
      (x: string) =>
        `<WebsiteConfiguration><IndexDocument><Suffix>${x}</Suffix></IndexDocument><ErrorDocument><Key>${x}</Key></ErrorDocument></WebsiteConfiguration>`,
      (x: string) => `<VersioningConfiguration><Status>${x}</Status></VersioningConfiguration>`,
      (x: string) =>
        `<CreateBucketConfiguration><LocationConstraint>${x}</LocationConstraint></CreateBucketConfiguration>`,
      (x: string) =>
        `<PublicAccessBlockConfiguration><BlockPublicAcls>${x}</BlockPublicAcls></PublicAccessBlockConfiguration>`,
      (x: string) => `{"Version":"2012-10-17","Statement":[{"Sid":${JSON.stringify(x)}}]}`,
    ),
    text,
  )
  .map(([write, value]) => write(value));

const body = fc.oneof(
  fc.constant(""),
  known,
  document,
  fc.uint8Array({ maxLength: 64 }).map((bytes) => Buffer.from(bytes)),
);

const some = <T>(one: fc.Arbitrary<T>) => fc.array(one, { maxLength: 2 });

test("S3: no value of a parameter, header or body is a fault of the gateway", async () => {
  const bucket = await gateway.bucket("Enabled");
  for (const key of ["key", "k"]) await gateway.send({ method: "PUT", target: `/${bucket}/${key}`, body: "text" });
  await fc.assert(
    fc.asyncProperty(
      fc.constantFrom(...places),
      fc.oneof({ weight: 6, arbitrary: fc.constant("key") }, hostile),
      some(fc.tuple(fc.constantFrom(...parameterNames), hostile)),
      some(fc.tuple(fc.constantFrom(...headerNames), headerValue)),
      body,
      fc.boolean(),
      async ({ method, level, sub }, key, parameters, headers, sent, copies) => {
        const query = [
          ...(sub === "" ? [] : [sub === "uploadId" ? "uploadId=x&partNumber=1" : sub]),
          ...parameters.map(([name, value]) => `${name}=${value}`),
        ].join("&");
        const path = level === "bucket" ? `/${bucket}` : `/${bucket}/${key.replaceAll("?", "")}`;
        const all: Record<string, string> = {
          ...(method === "POST" ? { "content-md5": createHash("md5").update(sent).digest("base64") } : {}),
          ...(copies && method === "PUT" ? { "x-amz-copy-source": `/${bucket}/key` } : {}),
          ...Object.fromEntries(headers),
        };
        const hasBody = method === "PUT" || method === "POST";
        const answer = await gateway.send({
          method,
          target: query === "" ? path : `${path}?${query}`,
          headers: all,
          ...(hasBody ? { body: sent } : {}),
        });
        expect(isOurFault(answer) ? answer : undefined).toBeUndefined();
        expect(answer.headers).not.toHaveProperty("x-evil");
      },
    ),
    { numRuns: runs * 4 },
  );
});

const policy = '{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"s3:GetObject","Resource":"*"}}';
const trust =
  '{"Version":"2012-10-17","Statement":{"Effect":"Allow","Principal":{"Service":"ec2.amazonaws.com"},"Action":"sts:AssumeRole"}}';

/** A sound value of every field of every operation: those an operation does not know it passes over. */
const sound: Readonly<Record<string, string>> = {
  UserName: "victim",
  NewUserName: "victim",
  RoleName: "role",
  GroupName: "group",
  NewGroupName: "group",
  Path: "/a/",
  NewPath: "/a/",
  PathPrefix: "/",
  PolicyName: "policy",
  PolicyArn: "arn:aws:iam::aws:policy/ReadOnlyAccess",
  PolicyDocument: policy,
  AssumeRolePolicyDocument: trust,
  PermissionsBoundary: "arn:aws:iam::aws:policy/ReadOnlyAccess",
  PolicySourceArn: "arn:aws:iam::000000000000:user/victim",
  CallerArn: "arn:aws:iam::000000000000:user/victim",
  ResourcePolicy: policy,
  Description: "d",
  VersionId: "v1",
  SetAsDefault: "true",
  AccessKeyId: "AKIAAAAAAAAAAAAAAAAA",
  Status: "Inactive",
  Password: "Correct-Horse-1",
  PasswordResetRequired: "false",
  MaxSessionDuration: "3600",
  Marker: Buffer.from("a").toString("base64"),
  MaxItems: "10",
  Scope: "All",
  OnlyAttached: "false",
  EntityFilter: "User",
  PolicyUsageFilter: "PermissionsPolicy",
  ServiceName: "x",
  "Tags.member.1.Key": "k",
  "Tags.member.1.Value": "v",
  "TagKeys.member.1": "k",
  "ActionNames.member.1": "s3:GetObject",
  "ResourceArns.member.1": "arn:aws:s3:::b/k",
  "PolicyInputList.member.1": policy,
  "PermissionsBoundaryPolicyInputList.member.1": policy,
  "ContextEntries.member.1.ContextKeyName": "aws:username",
  "ContextEntries.member.1.ContextKeyType": "string",
  "ContextEntries.member.1.ContextKeyValues.member.1": "ann",
  RoleArn: "arn:aws:iam::000000000000:role/role",
  RoleSessionName: "session",
  DurationSeconds: "900",
  ExternalId: "xx",
  SourceIdentity: "ann",
  Policy: policy,
  "PolicyArns.member.1.arn": "arn:aws:iam::aws:policy/ReadOnlyAccess",
  "TransitiveTagKeys.member.1": "k",
};

const queryOperations = [
  ...Object.values(iamTable).map((row) => ({ service: "iam", version: "2010-05-08", row })),
  ...Object.values(stsTable).map((row) => ({ service: "sts", version: "2011-06-15", row })),
].filter(({ row }) => !("notImplemented" in row));

/** Documents that are JSON, or nearly, and no policies. */
const brokenDocument = fc.oneof(
  fc.json({ maxDepth: 3 }),
  fc.constantFrom(
    "{",
    "[".repeat(5000),
    `{"a":${'{"a":'.repeat(2000)}`,
    '{"Statement":[null]}',
    '{"__proto__":{}}',
    "\0",
  ),
  fc.json({ maxDepth: 2 }).map((json) => `{"Version":"2012-10-17","Statement":${json}}`),
);
const fieldValue = fc.oneof(hostile, brokenDocument.map(encodeURIComponent));

test("IAM and STS: no value of a field is a fault of the gateway", async () => {
  const keys: SigningKeys = await gateway.user("fuzzer", { Effect: "Allow", Action: "*", Resource: "*" });
  const send = (service: string, form: string, isGet: boolean) =>
    gateway.send({
      method: isGet ? "GET" : "POST",
      target: isGet ? `/?${form}` : "/",
      ...(isGet ? {} : { body: form, headers: { "content-type": "application/x-www-form-urlencoded" } }),
      service,
      keys,
    });
  const write = (fields: Readonly<Record<string, string>>) =>
    Object.entries(fields).map(([name, value]) => `${name}=${encodeURIComponent(value)}`);
  for (const Action of ["CreateUser", "CreateRole", "CreateGroup", "CreateLoginProfile"]) {
    const form = write({ ...sound, Action, Version: "2010-05-08" }).join("&");
    expect((await send("iam", form, false)).status).toBe(200);
  }
  const name = fc.constantFrom(...Object.keys(sound));
  await fc.assert(
    fc.asyncProperty(
      fc.constantFrom(...queryOperations),
      fc.array(fc.tuple(name, fieldValue), { maxLength: 2 }),
      fc.array(name, { maxLength: 2 }),
      fc.array(fc.tuple(name, hostile), { maxLength: 1 }),
      fc.boolean(),
      async ({ service, version, row }, changed, left, added, isGet) => {
        const fields = { ...sound, Action: row.name, Version: version };
        const out = new Set<string>([...left, ...changed.map(([one]) => one)]);
        const kept = Object.fromEntries(Object.entries(fields).filter(([one]) => !out.has(one)));
        const form = [...write(kept), ...changed, ...added.map(([one, value]) => `${one}=${value}`)].join("&");
        const answer = await send(service, form, isGet && form.length < 8000);
        expect(isOurFault(answer) ? answer : undefined).toBeUndefined();
      },
    ),
    { numRuns: runs },
  );
});

test("every operation, with every field sound, is no fault of the gateway", async () => {
  const keys = await gateway.user("sound", { Effect: "Allow", Action: "*", Resource: "*" });
  for (const { service, version, row } of queryOperations) {
    const form = new URLSearchParams({ ...sound, Action: row.name, Version: version }).toString();
    const headers = { "content-type": "application/x-www-form-urlencoded" };
    const answer = await gateway.send({ method: "POST", target: "/", body: form, headers, service, keys });
    expect([row.name, isOurFault(answer)]).toEqual([row.name, false]);
  }
});

let victim = "";
beforeAll(async () => {
  victim = await gateway.bucket();
});

test("a header of 32 KiB is refused, and the gateway goes on", async () => {
  const headers = { "x-amz-meta-a": "a".repeat(32 * 1024) };
  const sent = await gateway.send({ method: "PUT", target: `/${victim}/key`, headers }).catch(() => undefined);
  expect(sent === undefined || sent.status < 500).toBe(true);
  expect((await gateway.send({ target: `/${victim}` })).status).toBe(200);
});
