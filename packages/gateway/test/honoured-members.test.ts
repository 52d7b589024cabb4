import { createHash } from "node:crypto";
import { rmSync } from "node:fs";
import { checksumAlgorithms, createChecksum, headerOf, loadChecksums } from "@s3-credentials/protocol";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { operationTables } from "../src/operations/table.ts";
import { colder, frozen, transitionValues } from "./transition-members.ts";
import { deliveryRequests, deliveryValues } from "./delivery-members.ts";
import { accountId, targetFolder, writeTargets } from "./notification-files.ts";
import { notifications, notificationValues } from "./notification-members.ts";
import type { Sent } from "./pipeline-gateway.ts";
import { formOf } from "./post-form.ts";
import { useS3Gateway } from "./s3-gateway.ts";

/**
 * What an S3 operation says it reads shows: with a value that is not the default, the answer differs, or what is stored afterwards. Each
 * member that a row reads has such a value here.
 */

await loadChecksums();

const targets = targetFolder();
afterAll(() => rmSync(targets, { recursive: true }));
const targetFile = writeTargets(
  targets,
  ["one", "two"].map((name) => ({ name, accounts: [accountId], file: name })),
);
const gateway = useS3Gateway("--account-id", accountId, "--notification-targets", targetFile);

interface Request {
  readonly method: string;
  /** `$BUCKET`, `$UPLOAD` and `$VERSION` stand for those of the fixture. */
  readonly target: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  /** The headers are fields of a form. */
  readonly isForm?: true;
  /** What is read afterwards. */
  readonly after?: readonly string[];
}

const object = ["HEAD /$BUCKET/k", "GET /$BUCKET?versions"];
const upload = [...object, "GET /$BUCKET?uploads", "GET /$BUCKET/up?uploadId=$UPLOAD"];
const part = '<Part><PartNumber>1</PartNumber><ETag>"$ETAG"</ETag>$CHECKSUM</Part>';
const cors = `<CORSConfiguration><CORSRule><ID>one</ID><AllowedMethod>GET</AllowedMethod><AllowedOrigin>https://a</AllowedOrigin><AllowedHeader>x-a</AllowedHeader><ExposeHeader>x-b</ExposeHeader><MaxAgeSeconds>1</MaxAgeSeconds></CORSRule></CORSConfiguration>`;
const rule = `<RoutingRule><Condition><HttpErrorCodeReturnedEquals>404</HttpErrorCodeReturnedEquals><KeyPrefixEquals>a</KeyPrefixEquals></Condition><Redirect><HostName>host</HostName><HttpRedirectCode>301</HttpRedirectCode><Protocol>http</Protocol><ReplaceKeyPrefixWith>b</ReplaceKeyPrefixWith></Redirect></RoutingRule>`;
const website = `<WebsiteConfiguration><IndexDocument><Suffix>index</Suffix></IndexDocument><ErrorDocument><Key>error</Key></ErrorDocument><RoutingRules>${rule}</RoutingRules></WebsiteConfiguration>`;
const redirectAll = `<WebsiteConfiguration><RedirectAllRequestsTo><HostName>one</HostName><Protocol>http</Protocol></RedirectAllRequestsTo></WebsiteConfiguration>`;
const block = `<PublicAccessBlockConfiguration><BlockPublicAcls>true</BlockPublicAcls><IgnorePublicAcls>true</IgnorePublicAcls><BlockPublicPolicy>true</BlockPublicPolicy><RestrictPublicBuckets>true</RestrictPublicBuckets></PublicAccessBlockConfiguration>`;
const tagging = "<Tagging><TagSet><Tag><Key>a</Key><Value>1</Value></Tag></TagSet></Tagging>";
const encryption = `<ServerSideEncryptionConfiguration><Rule><ApplyServerSideEncryptionByDefault><SSEAlgorithm>aws:kms</SSEAlgorithm><KMSMasterKeyID>alias/one</KMSMasterKeyID></ApplyServerSideEncryptionByDefault><BucketKeyEnabled>true</BucketKeyEnabled><BlockedEncryptionTypes><EncryptionType>NONE</EncryptionType></BlockedEncryptionTypes></Rule></ServerSideEncryptionConfiguration>`;
const versioning = "<VersioningConfiguration><Status>Enabled</Status><MfaDelete>Disabled</MfaDelete></VersioningConfiguration>"; // prettier-ignore

const lifecycleRule = (id: string, inside: string) => `<Rule><ID>${id}</ID><Status>Enabled</Status>${inside}</Rule>`;
const lifecycle = `<LifecycleConfiguration>${[
  lifecycleRule("one", "<Filter><Prefix>a</Prefix></Filter><Expiration><Days>1</Days></Expiration>"),
  lifecycleRule("two", "<Filter><Tag><Key>a</Key><Value>1</Value></Tag></Filter><Expiration><Date>2031-01-01T00:00:00Z</Date></Expiration>"),
  lifecycleRule("three", "<Filter><And><Prefix>c</Prefix><Tag><Key>d</Key><Value>3</Value></Tag><ObjectSizeGreaterThan>31</ObjectSizeGreaterThan><ObjectSizeLessThan>41</ObjectSizeLessThan></And></Filter><NoncurrentVersionExpiration><NoncurrentDays>51</NoncurrentDays><NewerNoncurrentVersions>61</NewerNoncurrentVersions></NoncurrentVersionExpiration>"),
  lifecycleRule("four", "<Filter><ObjectSizeGreaterThan>71</ObjectSizeGreaterThan></Filter><Expiration><Days>1</Days></Expiration>"),
  lifecycleRule("five", "<Filter><ObjectSizeLessThan>81</ObjectSizeLessThan></Filter><Expiration><Days>1</Days></Expiration>"),
  lifecycleRule("colder", colder),
  lifecycleRule("frozen", frozen),
  lifecycleRule("six", "<Prefix>old</Prefix><Expiration><ExpiredObjectDeleteMarker>true</ExpiredObjectDeleteMarker></Expiration>"),
  lifecycleRule("seven", "<Filter/><AbortIncompleteMultipartUpload><DaysAfterInitiation>91</DaysAfterInitiation></AbortIncompleteMultipartUpload>"),
].join("")}</LifecycleConfiguration>`; // prettier-ignore
const objectLock = "<ObjectLockConfiguration><ObjectLockEnabled>Enabled</ObjectLockEnabled><Rule><DefaultRetention><Mode>GOVERNANCE</Mode><Days>1</Days></DefaultRetention></Rule></ObjectLockConfiguration>"; // prettier-ignore
const retention = (year: string) => `<Retention><Mode>GOVERNANCE</Mode><RetainUntilDate>${year}-01-01T00:00:00Z</RetainUntilDate></Retention>`; // prettier-ignore

/** The request of each operation that the members are added to; of operations that read a bucket and nothing more, see `plain`. */
const requests: Readonly<Record<string, Request>> = {
  AbortMultipartUpload: { method: "DELETE", target: "/$BUCKET/up?uploadId=$UPLOAD", after: upload },
  CompleteMultipartUpload: {
    method: "POST",
    target: "/$BUCKET/up?uploadId=$UPLOAD",
    body: `<CompleteMultipartUpload>${part}</CompleteMultipartUpload>`,
    after: upload,
  },
  CopyObject: {
    method: "PUT",
    target: "/$BUCKET/k",
    headers: { "x-amz-copy-source": "/$BUCKET/source", "x-amz-metadata-directive": "REPLACE" },
    after: object,
  },
  CreateBucket: {
    method: "PUT",
    target: "/$BUCKET-new",
    body: "<CreateBucketConfiguration/>",
    after: ["GET /$BUCKET-new?ownershipControls", "GET /$BUCKET-new?object-lock"],
  },
  CreateMultipartUpload: { method: "POST", target: "/$BUCKET/made?uploads" },
  DeleteObject: { method: "DELETE", target: "/$BUCKET/k", after: object },
  DeleteObjects: {
    method: "POST",
    target: "/$BUCKET?delete",
    body: "<Delete><Object><Key>k</Key></Object></Delete>",
    after: object,
  },
  GetObject: { method: "GET", target: "/$BUCKET/k" },
  GetObjectAcl: { method: "GET", target: "/$BUCKET/k?acl" },
  GetObjectAttributes: {
    method: "GET",
    target: "/$BUCKET/multi?attributes",
    headers: { "x-amz-object-attributes": "ETag,ObjectParts" },
  },
  GetObjectTagging: { method: "GET", target: "/$BUCKET/k?tagging" },
  HeadObject: { method: "HEAD", target: "/$BUCKET/k" },
  ListBuckets: { method: "GET", target: "/" },
  ListMultipartUploads: { method: "GET", target: "/$BUCKET?uploads" },
  ListObjectVersions: { method: "GET", target: "/$BUCKET?versions" },
  ListObjects: { method: "GET", target: "/$BUCKET" },
  ListObjectsV2: { method: "GET", target: "/$BUCKET?list-type=2" },
  ListParts: { method: "GET", target: "/$BUCKET/up?uploadId=$UPLOAD" },
  PutBucketAcl: { method: "PUT", target: "/$BUCKET?acl", body: "$ACL" },
  PutBucketCors: { method: "PUT", target: "/$BUCKET?cors", body: cors, after: ["GET /$BUCKET?cors"] },
  PutBucketEncryption: {
    method: "PUT",
    target: "/$BUCKET?encryption",
    body: encryption,
    after: ["GET /$BUCKET?encryption"],
  },
  PutBucketPolicy: {
    method: "PUT",
    target: "/$BUCKET?policy",
    body: '{"Version":"2012-10-17","Statement":{"Effect":"Deny","Principal":"*","Action":"s3:GetObject","Resource":"arn:aws:s3:::$BUCKET/*"}}',
  },
  PutBucketTagging: { method: "PUT", target: "/$BUCKET?tagging", body: tagging, after: ["GET /$BUCKET?tagging"] },
  PutObjectTagging: { method: "PUT", target: "/$BUCKET/k?tagging", body: tagging, after: ["GET /$BUCKET/k?tagging"] },
  PutBucketLifecycleConfiguration: {
    method: "PUT",
    target: "/$BUCKET?lifecycle",
    body: lifecycle,
    after: ["GET /$BUCKET?lifecycle"],
  },
  PutObjectLegalHold: {
    method: "PUT",
    target: "/$BUCKET/k?legal-hold",
    body: "<LegalHold><Status>ON</Status></LegalHold>",
    after: ["GET /$BUCKET/k?legal-hold"],
  },
  PutObjectLockConfiguration: {
    method: "PUT",
    target: "/$BUCKET?object-lock",
    body: objectLock,
    after: ["GET /$BUCKET?object-lock"],
  },
  PutObjectRetention: {
    method: "PUT",
    target: "/$BUCKET/k?retention",
    body: retention("2901"),
    after: ["GET /$BUCKET/k?retention"],
  },
  PutBucketVersioning: {
    method: "PUT",
    target: "/$BUCKET?versioning",
    body: versioning,
    after: ["GET /$BUCKET?versioning"],
  },
  PutBucketWebsite: { method: "PUT", target: "/$BUCKET?website", body: website, after: ["GET /$BUCKET?website"] },
  PutBucketAbac: {
    method: "PUT",
    target: "/$BUCKET?abac",
    body: "<AbacStatus><Status>Disabled</Status></AbacStatus>",
    after: ["GET /$BUCKET?abac"],
  },
  PutBucketAccelerateConfiguration: {
    method: "PUT",
    target: "/$BUCKET?accelerate",
    body: "<AccelerateConfiguration><Status>Suspended</Status></AccelerateConfiguration>",
  },
  ...deliveryRequests,
  PutBucketNotificationConfiguration: {
    method: "PUT",
    target: "/$BUCKET?notification",
    body: notifications,
    after: ["GET /$BUCKET?notification"],
  },
  PutBucketOwnershipControls: {
    method: "PUT",
    target: "/$BUCKET?ownershipControls",
    body: "<OwnershipControls><Rule><ObjectOwnership>BucketOwnerEnforced</ObjectOwnership></Rule></OwnershipControls>",
    after: ["GET /$BUCKET?ownershipControls"],
  },
  PutBucketRequestPayment: {
    method: "PUT",
    target: "/$BUCKET?requestPayment",
    body: "<RequestPaymentConfiguration><Payer>BucketOwner</Payer></RequestPaymentConfiguration>",
    after: ["GET /$BUCKET?requestPayment"],
  },
  PutObjectAcl: { method: "PUT", target: "/$BUCKET/k?acl", body: "$ACL" },
  PutObject: { method: "PUT", target: "/$BUCKET/k", body: "hello", after: object },
  PostObject: { method: "POST", target: "/$BUCKET", isForm: true, headers: { key: "k" }, after: object },
  PutPublicAccessBlock: { method: "PUT", target: "/$BUCKET?publicAccessBlock", body: block, after: ["GET /$BUCKET?publicAccessBlock"] }, // prettier-ignore
  UploadPart: { method: "PUT", target: "/$BUCKET/up?uploadId=$UPLOAD&partNumber=1", body: "hello", after: upload },
  UploadPartCopy: {
    method: "PUT",
    target: "/$BUCKET/up?uploadId=$UPLOAD&partNumber=1",
    headers: { "x-amz-copy-source": "/$BUCKET/source" },
    after: upload,
  },
};

const other = "other";
const past = "Thu, 01 Jan 2015 00:00:00 GMT";
const future = "Thu, 01 Jan 2099 00:00:00 GMT";

/** A value that is not the default; for an element of a document, a text of it and what takes its place. */
const values: Readonly<Record<string, string | readonly [string, string]>> = {
  "x-amz-expected-bucket-owner": "999999999999",
  "x-amz-source-expected-bucket-owner": "999999999999",
  "x-amz-sdk-checksum-algorithm": "SHA512",
  "content-md5": createHash("md5").update(other).digest("base64"),
  ...Object.fromEntries(checksumAlgorithms.map((algorithm) => [headerOf(algorithm), sum(algorithm, other)])),
  "x-amz-checksum-type": "COMPOSITE",
  "x-amz-checksum-algorithm": "SHA1",
  "x-amz-checksum-mode": "ENABLED",
  "x-amz-mp-object-size": "999",
  "if-match": '"other"',
  "if-none-match": "*",
  "if-modified-since": future,
  "if-unmodified-since": past,
  "x-amz-copy-source": "/$BUCKET/dir/a",
  "x-amz-copy-source-if-match": '"other"',
  "x-amz-copy-source-if-none-match": "*",
  "x-amz-copy-source-if-modified-since": future,
  "x-amz-copy-source-if-unmodified-since": past,
  "x-amz-copy-source-range": "bytes=0-1",
  "x-amz-acl": "public-read",
  ...Object.fromEntries(
    ["full-control", "read", "read-acp", "write", "write-acp"].map((right) => [`x-amz-grant-${right}`, 'id="x"']),
  ),
  "cache-control": "max-age=5",
  "content-disposition": "attachment",
  "content-encoding": "gzip",
  "content-language": "de",
  "content-type": "text/plain",
  expires: future,
  "x-amz-meta-*": "value",
  "x-amz-metadata-directive": "COPY",
  "x-amz-tagging-directive": "REPLACE",
  "x-amz-storage-class": "STANDARD_IA",
  "x-amz-website-redirect-location": "/there",
  "x-amz-tagging": "a=b",
  "x-amz-bucket-object-lock-enabled": "true",
  "x-amz-bypass-governance-retention": "true",
  "x-amz-object-lock-mode": "COMPLIANCE",
  "x-amz-object-lock-retain-until-date": "2901-01-01T00:00:00Z",
  "x-amz-object-lock-legal-hold": "ON",
  "x-amz-object-ownership": "ObjectWriter",
  "x-amz-object-attributes": "ObjectSize",
  "x-amz-max-parts": "7",
  "x-amz-part-number-marker": "1",
  "x-amz-server-side-encryption": "AES256",
  "x-amz-server-side-encryption-aws-kms-key-id": "alias/none",
  "x-amz-server-side-encryption-context": "e30=",
  "x-amz-server-side-encryption-bucket-key-enabled": "neither",
  // Each is refused alone, and without TLS; `s3-encryption.test.ts` has them together.
  ...Object.fromEntries(
    ["x-amz-", "x-amz-copy-source-"].flatMap((start) =>
      ["algorithm", "key", "key-md5"].map((what) => [`${start}server-side-encryption-customer-${what}`, "AES256"]),
    ),
  ),
  range: "bytes=0-1",
  "?uploadId": "unknown",
  "?versionId": "unknown",
  "?partNumber": "2",
  ...Object.fromEntries(
    ["cache-control", "content-disposition", "content-encoding", "content-language", "content-type", "expires"].map(
      (name) => [`?response-${name}`, "value"],
    ),
  ),
  "?max-buckets": "1",
  "?bucket-region": "eu-west-1",
  "?prefix": "dir/",
  "?delimiter": "/",
  "?encoding-type": "url",
  "?key-marker": "k",
  "?max-uploads": "1",
  "?upload-id-marker": "$UPLOAD",
  "?max-keys": "1",
  "?version-id-marker": "null",
  "?marker": "k",
  "?fetch-owner": "true",
  "?start-after": "k",
  "?continuation-token": `1.${Buffer.from("k").toString("base64url")}`,
  "?max-parts": "7",
  "?part-number-marker": "1",
  "/Part/ETag": ["$ETAG", "0".repeat(32)],
  "/Part/PartNumber": ["<PartNumber>1<", "<PartNumber>2<"],
  ...Object.fromEntries(
    checksumAlgorithms.map((algorithm) => [
      `/Part/Checksum${algorithm}`,
      ["$CHECKSUM", `<Checksum${algorithm}>${sum(algorithm, other)}</Checksum${algorithm}>`] as const,
    ]),
  ),
  "/Object/Key": ["<Key>k<", "<Key>source<"],
  "/Object/VersionId": ["</Key>", "</Key><VersionId>$VERSION</VersionId>"],
  "/Object/ETag": ["</Key>", "</Key><ETag>other</ETag>"],
  "/Quiet": ["</Delete>", "<Quiet>true</Quiet></Delete>"],
  "/LocationConstraint": ["<CreateBucketConfiguration/>", "<CreateBucketConfiguration><LocationConstraint>eu-west-1</LocationConstraint></CreateBucketConfiguration>"], // prettier-ignore
  "/Owner/ID": ["<Owner><ID>", "<Owner><ID>0"],
  "/AccessControlList/Grant/Permission": ["FULL_CONTROL", "READ"],
  "/AccessControlList/Grant/Grantee/ID": ['xsi:type="CanonicalUser"><ID>', 'xsi:type="CanonicalUser"><ID>0'],
  "/AccessControlList/Grant/Grantee/URI": ["</ID></Grantee>", "</ID><URI>http://acs.amazonaws.com/groups/global/AllUsers</URI></Grantee>"], // prettier-ignore
  "/AccessControlList/Grant/Grantee/EmailAddress": ["</ID></Grantee>", "</ID><EmailAddress>a@b</EmailAddress></Grantee>"], // prettier-ignore
  "/TagSet/Tag/Key": [">a<", ">b<"],
  "/TagSet/Tag/Value": [">1<", ">2<"],
  ...notificationValues,
  "/CORSRule/ID": ["one", "two"],
  "/CORSRule/AllowedMethod": ["GET", "PUT"],
  "/CORSRule/AllowedOrigin": ["https://a", "https://b"],
  "/CORSRule/AllowedHeader": ["x-a", "x-c"],
  "/CORSRule/ExposeHeader": ["x-b", "x-c"],
  "/CORSRule/MaxAgeSeconds": [">1<", ">2<"],
  "/Status": ["Enabled", "Suspended"],
  "/Rule/ApplyServerSideEncryptionByDefault/SSEAlgorithm": ["aws:kms", "AES256"],
  "/Rule/ApplyServerSideEncryptionByDefault/KMSMasterKeyID": ["alias/one", "alias/two"],
  "/Rule/BucketKeyEnabled": [">true<", ">false<"],
  "/Rule/BlockedEncryptionTypes/EncryptionType": ["NONE", "SSE-C"],
  "/Rule/ObjectOwnership": ["BucketOwnerEnforced", "ObjectWriter"],
  "x-amz-transition-default-minimum-object-size": "varies_by_storage_class",
  "/Rule/ID": [">one<", ">other<"],
  "/Rule/Status": [">Enabled<", ">Disabled<"],
  "/Rule/Prefix": ["<Prefix>old<", "<Prefix>other<"],
  "/Rule/Filter/Prefix": ["<Filter><Prefix>a<", "<Filter><Prefix>b<"],
  "/Rule/Filter/Tag/Key": ["<Filter><Tag><Key>a<", "<Filter><Tag><Key>b<"],
  "/Rule/Filter/Tag/Value": [">1</Value></Tag></Filter>", ">2</Value></Tag></Filter>"],
  "/Rule/Filter/ObjectSizeGreaterThan": [">71<", ">72<"],
  "/Rule/Filter/ObjectSizeLessThan": [">81<", ">82<"],
  "/Rule/Filter/And/Prefix": ["<And><Prefix>c<", "<And><Prefix>e<"],
  "/Rule/Filter/And/Tag/Key": ["<Key>d<", "<Key>e<"],
  "/Rule/Filter/And/Tag/Value": [">3<", ">4<"],
  "/Rule/Filter/And/ObjectSizeGreaterThan": [">31<", ">32<"],
  "/Rule/Filter/And/ObjectSizeLessThan": [">41<", ">42<"],
  "/Rule/Expiration/Days": ["<Days>1<", "<Days>2<"],
  "/Rule/Expiration/Date": ["2031-01-01T00", "2031-01-01T01"],
  "/Rule/Expiration/ExpiredObjectDeleteMarker": [">true<", ">false<"],
  "/Rule/NoncurrentVersionExpiration/NoncurrentDays": [">51<", ">52<"],
  "/Rule/NoncurrentVersionExpiration/NewerNoncurrentVersions": [">61<", ">62<"],
  ...transitionValues,
  "/Rule/AbortIncompleteMultipartUpload/DaysAfterInitiation": [">91<", ">92<"],
  ...deliveryValues,
  "/Mode": ["GOVERNANCE", "COMPLIANCE"],
  "/RetainUntilDate": ["2901", "2001"],
  "/ObjectLockEnabled": [">Enabled<", ">Disabled<"],
  "/Rule/DefaultRetention/Mode": ["GOVERNANCE", "COMPLIANCE"],
  "/Rule/DefaultRetention/Days": ["<Days>1<", "<Days>2<"],
  "/Rule/DefaultRetention/Years": ["<Days>1</Days>", "<Years>1</Years>"],
  "/Payer": ["BucketOwner", "Requester"],
  "/MfaDelete": ["Disabled", "Enabled"],
  "/IndexDocument/Suffix": ["index<", "other<"],
  "/ErrorDocument/Key": ["error<", "other<"],
  "/RedirectAllRequestsTo/HostName": [website, redirectAll],
  "/RedirectAllRequestsTo/Protocol": [website, redirectAll.replace(">http<", ">https<")],
  "/RoutingRules/RoutingRule/Redirect/HostName": ["host<", "other<"],
  "/RoutingRules/RoutingRule/Redirect/HttpRedirectCode": ["301", "302"],
  "/RoutingRules/RoutingRule/Redirect/Protocol": ["<Protocol>http<", "<Protocol>https<"],
  "/RoutingRules/RoutingRule/Redirect/ReplaceKeyPrefixWith": [">b<", ">c<"],
  "/RoutingRules/RoutingRule/Redirect/ReplaceKeyWith": ["<ReplaceKeyPrefixWith>b</ReplaceKeyPrefixWith>", "<ReplaceKeyWith>b</ReplaceKeyWith>"], // prettier-ignore
  "/RoutingRules/RoutingRule/Condition/HttpErrorCodeReturnedEquals": ["404", "403"],
  "/RoutingRules/RoutingRule/Condition/KeyPrefixEquals": [">a<", ">c<"],
  ...Object.fromEntries(
    ["BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets"].map((name) => [
      `/${name}`,
      [`<${name}>true`, `<${name}>false`] as const,
    ]),
  ),
};

/** Where an operation needs another value, or shows one only beside something else. */
const special: Readonly<
  Record<
    string,
    {
      readonly value?: string | readonly [string, string];
      readonly beside?: string;
      /** In place of the operation's. */
      readonly request?: Request;
    }
  >
> = {
  "DeleteBucketInventoryConfiguration x-amz-expected-bucket-owner": { beside: "id=one" },
  // The old version of `k` is retained in governance mode.
  "DeleteObject x-amz-bypass-governance-retention": {
    request: { method: "DELETE", target: "/$BUCKET/k?versionId=$VERSION", after: object },
  },
  "DeleteObjects x-amz-bypass-governance-retention": {
    request: {
      method: "POST",
      target: "/$BUCKET?delete",
      body: "<Delete><Object><Key>k</Key><VersionId>$VERSION</VersionId></Object></Delete>",
      after: object,
    },
  },
  "PutObjectRetention x-amz-bypass-governance-retention": {
    request: { method: "PUT", target: "/$BUCKET/k?retention&versionId=$VERSION", body: retention("2900") },
  },
  "PutObjectLegalHold /Status": { value: ["ON", "OFF"] },
  "PutBucketAbac /Status": { value: ["Disabled", "Enabled"] },
  "PutBucketAccelerateConfiguration /Status": { value: ["Suspended", "Enabled"] },
  "ListBuckets ?continuation-token": { value: Buffer.from("zzz").toString("base64url") },
  "ListMultipartUploads ?upload-id-marker": { beside: "key-marker=up" },
  "ListObjectVersions ?version-id-marker": { beside: "key-marker=k" },
};

function sum(algorithm: (typeof checksumAlgorithms)[number], text: string): string {
  const checksum = createChecksum(algorithm);
  checksum.update(Buffer.from(text));
  return checksum.digest().toString("base64");
}

interface Fixture {
  /** What stands in for the names in the requests. */
  readonly names: Readonly<Record<string, string>>;
}

const md5 = (text: string) => createHash("md5").update(text).digest("base64");

/** A bucket with everything, or with what matters to a request that changes something: most of those name the bucket alone. */
async function fixture(request?: Request): Promise<Fixture> {
  const bucket = await gateway.bucket("Enabled");
  const locking = "<ObjectLockConfiguration><ObjectLockEnabled>Enabled</ObjectLockEnabled></ObjectLockConfiguration>";
  const isOfLocks = /object-lock|retention|legal-hold/.test(JSON.stringify(request ?? ""));
  const isOfUpload = request === undefined || request.target.includes("$UPLOAD");
  const isOfObjects = isOfUpload || request.after === object || request.target.includes("/k");
  if (!isOfObjects) return { names: { $BUCKET: bucket, $ACL: acl } };
  const put = (key: string, body: string, headers: Readonly<Record<string, string>> = {}) =>
    gateway.send({ method: "PUT", target: `/${bucket}/${key}`, body, headers });
  const isLocking = request === undefined || request.after === object || isOfLocks;
  if (isLocking) await gateway.send({ method: "PUT", target: `/${bucket}?object-lock`, body: locking });
  const retained = {
    "content-md5": md5("old"),
    "x-amz-object-lock-mode": "GOVERNANCE",
    "x-amz-object-lock-retain-until-date": "2901-01-01T00:00:00Z",
  };
  const old = await put("k", "old", isLocking ? retained : {});
  await put("k", "hello there", { "x-amz-meta-of": "k" });
  if (request === undefined || request.headers?.["x-amz-copy-source"] !== undefined)
    await put("source", "source", { "x-amz-meta-of": "source", "x-amz-tagging": "of=source" });
  let names: Fixture["names"] = { $BUCKET: bucket, $VERSION: String(old.headers["x-amz-version-id"]), $ACL: acl };
  if (!isOfUpload) return { names };
  await put("dir/a", "in dir");
  await put("up", "before the upload");
  const begin = async (key: string) => {
    const made = await gateway.send({ method: "POST", target: `/${bucket}/${key}?uploads` });
    return /<UploadId>(.*)<\/UploadId>/.exec(made.body)?.[1] ?? "";
  };
  const id = await begin("up");
  const { headers } = await put(`up?uploadId=${id}&partNumber=1`, "part");
  names = { ...names, $UPLOAD: id, $ETAG: String(headers.etag).replaceAll('"', "") };
  if (request !== undefined) return { names };
  const multi = await begin("multi");
  const whole = await put(`multi?uploadId=${multi}&partNumber=1`, "part");
  await gateway.send({
    method: "POST",
    target: `/${bucket}/multi?uploadId=${multi}`,
    body: `<CompleteMultipartUpload><Part><PartNumber>1</PartNumber><ETag>${String(whole.headers.etag)}</ETag></Part></CompleteMultipartUpload>`,
  });
  const shown = await gateway.send({ target: `/${bucket}?acl` });
  return { names: { ...names, $ACL: shown.body.replace(/^<\?xml[^>]*>\s*/, "") } };
}

function filled(text: string, { names }: Fixture): string {
  return Object.entries(names).reduce((so, [name, value]) => so.replaceAll(name, value), text);
}

const changing: ReadonlySet<string> = new Set([
  "content-length",
  "date",
  "last-modified",
  "x-amz-copy-source-version-id",
  "x-amz-id-2",
  "x-amz-request-id",
  "x-amz-version-id",
]);

/** An answer without what differs from one request to the next. */
function settled({ status, headers, body }: Sent, { names }: Fixture): unknown {
  const kept = Object.entries(headers).filter(([name]) => !changing.has(name));
  let text = JSON.stringify([status, Object.fromEntries(kept), body]);
  for (const [name, value] of Object.entries(names)) if (name !== "$ACL") text = text.replaceAll(value, name);
  return text
    .replaceAll(/\d{4}-\d\d-\d\dT[\d:.]+Z/g, "TIME")
    .replaceAll(/<(RequestId|HostId|UploadId|VersionId|DeleteMarkerVersionId|BucketName|Resource)>[^<]*/g, "<$1>");
}

async function outcome(given: Request, at: Fixture): Promise<readonly unknown[]> {
  const body = given.body === undefined ? undefined : filled(given.body, at).replace("$CHECKSUM", "");
  const headers = { ...given.headers };
  if (given.target.endsWith("?delete") && body !== undefined) headers["content-md5"] ??= md5(body);
  const named = Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, filled(value, at)]));
  const target = filled(given.target, at);
  const sent = given.isForm
    ? await gateway.sendUnsigned(formOf(target.slice(1), { keys: gateway.admin, fields: named }))
    : await gateway.send({ method: given.method, target, headers: named, ...(body === undefined ? {} : { body }) });
  const seen: unknown[] = [settled(sent, at)];
  for (const step of [...(given.after ?? []), ...(await finish(given, at, sent))]) {
    const [method = "", target = ""] = filled(step, at).split(" ");
    seen.push(settled(await gateway.send({ method, target, headers: { "x-amz-checksum-mode": "ENABLED" } }), at));
  }
  return seen;
}

/** An upload shows what it was begun with once it is completed. */
async function finish({ target }: Request, at: Fixture, { body }: Sent): Promise<readonly string[]> {
  const id = /<UploadId>(.*)<\/UploadId>/.exec(body)?.[1];
  if (!target.endsWith("?uploads") || id === undefined) return [];
  const place = `${filled("/$BUCKET/made", at)}?uploadId=${id}`;
  const put = await gateway.send({ method: "PUT", target: `${place}&partNumber=1`, body: "x" });
  const complete = `<CompleteMultipartUpload><Part><PartNumber>1</PartNumber><ETag>${String(put.headers.etag)}</ETag></Part></CompleteMultipartUpload>`;
  await gateway.send({ method: "POST", target: place, body: complete });
  return ["HEAD /$BUCKET/made"];
}

/** The request with a value of the member. */
function asking(request: Request, name: string, member: string): Request {
  const value = special[`${name} ${member}`]?.value ?? values[member];
  if (value === undefined) throw new Error(`no value for ${member}`);
  if (typeof value !== "string") {
    const [from, to] = value;
    const body = request.body?.replace("$ACL", acl).replace(from, to);
    if (body === request.body?.replace("$ACL", acl)) throw new Error(`${from} is not in the document`);
    return { ...request, ...(body === undefined ? {} : { body }) };
  }
  if (!member.startsWith("?"))
    return { ...request, headers: { ...request.headers, [member.replace("*", "probe")]: value } };
  const [path = "", query = ""] = request.target.split("?");
  const kept = query.split("&").filter((pair) => pair !== "" && !pair.startsWith(`${member.slice(1)}=`));
  return { ...request, target: `${path}?${[...kept, `${member.slice(1)}=${value}`].join("&")}` };
}

/** The document of an ACL is known once there is a bucket. */
let acl = "";
let shared: Fixture;
beforeAll(async () => {
  shared = await fixture();
  acl = shared.names["$ACL"] ?? "";
});

/** These select among configurations that no bucket has here: whichever is meant, the answer is that there is none. */
const ofNothing: ReadonlySet<string> = new Set(
  ["Analytics", "IntelligentTiering", "Metrics"].flatMap((kind) => [
    `DeleteBucket${kind}Configuration ?id`,
    `GetBucket${kind}Configuration ?id`,
    `ListBucket${kind}Configurations ?continuation-token`,
  ]),
);

/** Read by HTTP itself; and what only somebody of another account sees, in `s3-object-owners.test.ts`. */
const elsewhere: ReadonlySet<string> = new Set(["content-length", "x-amz-request-payer"]);

const s3 = Object.values(operationTables.S3).flatMap((row) => ("reads" in row ? [row] : []));
const probes = s3.flatMap(({ name, reads, route }) =>
  reads
    // An element with elements in it is read by them.
    .filter(
      (member) =>
        !elsewhere.has(member) &&
        !ofNothing.has(`${name} ${member}`) &&
        !reads.some((one) => one.startsWith(`${member}/`)),
    )
    .map((member) => ({
      name,
      member,
      request: requests[name] ?? {
        method: route.method,
        target: `/$BUCKET${route.level === "object" ? "/k" : ""}${route.subResource === undefined ? "" : `?${route.subResource}`}`,
      },
    })),
);

/** What a request without more has as its outcome. */
const bases = new Map<string, Promise<readonly unknown[]>>();

/** Without it every difference would be one of chance. */
describe("without a member the request has one outcome, twice", () => {
  const distinct = new Map(probes.map(({ name, request }) => [name, request]));
  test.each([...distinct])("%s", async (name, request) => {
    const reading = request.method === "GET" || request.method === "HEAD";
    const [first, second] = [reading ? shared : await fixture(request), reading ? shared : await fixture(request)];
    const once = await outcome(request, first);
    bases.set(`${name} ${request.target} ${request.body ?? ""}`, Promise.resolve(once));
    expect(once).toEqual(await outcome(request, second));
    // Of the others the answer may be that there is nothing.
    if (Object.hasOwn(requests, name)) expect(once[0]).toMatch(/^\[20/);
  });
});

describe("a member that an operation reads has an effect", () => {
  test.each(probes)("$name $member", async ({ name, member, request }) => {
    const { beside, request: own = request } = special[`${name} ${member}`] ?? {};
    const plain = beside === undefined ? own : { ...own, target: `${own.target}&${beside}` };
    const reading = plain.method === "GET" || plain.method === "HEAD";
    const baseKey = `${name} ${plain.target} ${plain.body ?? ""}`;
    const base = bases.get(baseKey) ?? outcome(plain, reading ? shared : await fixture(plain));
    bases.set(baseKey, base);
    const asked = await outcome(asking(plain, name, member), reading ? shared : await fixture(plain));
    expect(asked).not.toEqual(await base);
    // Answered in the client's terms, whatever it is.
    expect(JSON.stringify(asked)).not.toContain("[500,");
  });
});
