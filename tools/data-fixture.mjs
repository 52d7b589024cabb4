// `npm run build && node tools/data-fixture.mjs NAME`: makes acceptance/fixtures/data-NAME/, a data folder as the version at hand leaves
// it, for later versions to open. `stopped.tar.gz` is the folder after a clean stop, `killed.tar.gz` after a kill during an upload;
// `expected.json` says what is in them. A fixture is never made again once its version has been released.
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { request } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { PutObjectCommand } from "@aws-sdk/client-s3";
import { getSignedUrl } from "@aws-sdk/s3-request-presigner";
import { parseConfig, startGateway } from "@s3-credentials/gateway";
import { accountSnapshot, clientsAt, rightsOf, snapshot, totp } from "../acceptance/fixtures/data-snapshot.mjs";

const begin = Date.parse("2026-11-28T12:00:00Z");
const begun = performance.now();
const monotonic = () => Math.floor(performance.now() - begun);
const clock = { now: () => begin + monotonic(), monotonic };

const accountId = "123456789012";
const mebibyte = 1024 * 1024;
const document = (...Statement) => JSON.stringify({ Version: "2012-10-17", Statement });
const allow = (Action, Resource, more = {}) => ({ Effect: "Allow", Action, Resource, ...more });
const objects = (path) => `arn:aws:s3:::plain/${path}`;
const sha256 = (...parts) => parts.reduce((hash, part) => hash.update(part), createHash("sha256")).digest("hex");

function keysOf({ AccessKeyId, SecretAccessKey, SessionToken }) {
  return {
    accessKeyId: AccessKeyId,
    secretAccessKey: SecretAccessKey,
    ...(SessionToken === undefined ? {} : { sessionToken: SessionToken }),
  };
}

function keysIn(file) {
  const text = readFileSync(file, "utf8");
  const value = (name) => new RegExp(`^${name}=(.*)$`, "m").exec(text)[1];
  return { accessKeyId: value("aws_access_key_id"), secretAccessKey: value("aws_secret_access_key") };
}

async function makeIdentities(iam) {
  const key = async (UserName) => keysOf((await iam.createAccessKey({ UserName })).AccessKey);
  const { Policy } = await iam.createPolicy({
    PolicyName: "team-reads",
    Path: "/team/",
    Description: "Reads what the team has",
    Tags: [{ Key: "Owner", Value: "blue é" }],
    PolicyDocument: document(allow("s3:GetObject", objects("nothing"))),
  });
  await iam.createPolicyVersion({
    PolicyArn: Policy.Arn,
    PolicyDocument: document(allow("s3:GetObject", objects("team/*"))),
    SetAsDefault: true,
  });
  await iam.createUser({
    UserName: "alice",
    Path: "/team/",
    PermissionsBoundary: "arn:aws:iam::aws:policy/AdministratorAccess",
    Tags: [{ Key: "Team", Value: "blue é" }],
  });
  await iam.attachUserPolicy({ UserName: "alice", PolicyArn: Policy.Arn });
  await iam.putUserPolicy({
    UserName: "alice",
    PolicyName: "works",
    PolicyDocument: document(
      allow(["sts:AssumeRole", "sts:TagSession", "sts:SetSourceIdentity"], "*"),
      allow("s3:PutObject", "arn:aws:s3:::scratch/*"),
    ),
  });
  await iam.createLoginProfile({ UserName: "alice", Password: "Correct-Horse-9", PasswordResetRequired: true });
  const alice = await key("alice");
  const inactive = await key("alice");
  await iam.updateAccessKey({ UserName: "alice", AccessKeyId: inactive.accessKeyId, Status: "Inactive" });

  await iam.createGroup({ GroupName: "readers", Path: "/team/" });
  await iam.putGroupPolicy({
    GroupName: "readers",
    PolicyName: "reads-other",
    PolicyDocument: document(allow("s3:GetObject", objects("other/*"))),
  });
  await iam.attachGroupPolicy({ GroupName: "readers", PolicyArn: Policy.Arn });
  await iam.createUser({ UserName: "bob" });
  await iam.addUserToGroup({ GroupName: "readers", UserName: "bob" });
  const bob = await key("bob");

  await iam.createRole({
    RoleName: "worker",
    Description: "Works",
    MaxSessionDuration: 43_200,
    Tags: [{ Key: "Kind", Value: "batch" }],
    AssumeRolePolicyDocument: document({
      Effect: "Allow",
      Principal: { AWS: `arn:aws:iam::${accountId}:user/team/alice` },
      Action: ["sts:AssumeRole", "sts:TagSession", "sts:SetSourceIdentity"],
    }),
  });
  await iam.putRolePolicy({
    RoleName: "worker",
    PolicyName: "works",
    PolicyDocument: document(allow("s3:*", "*")),
  });
  await iam.createUser({ UserName: "ghost" });
  await iam.createOpenIDConnectProvider({
    Url: "https://issuer.example.com/Team",
    ClientIDList: ["sts.amazonaws.com", "app é"],
    ThumbprintList: ["ab".repeat(20)],
    Tags: [{ Key: "Team", Value: "blue é" }],
  });
  return { alice, inactive, bob };
}

async function makeBuckets(s3, iam) {
  for (const Bucket of ["plain", "versioned", "suspended", "configured", "scratch", "gone"]) {
    await s3.createBucket({ Bucket });
  }
  await s3.deleteBucket({ Bucket: "gone" });
  const put = (Bucket, Key, Body, more = {}) => s3.putObject({ Bucket, Key, Body, ...more });
  await put("plain", "small.txt", "small", { ContentType: "text/plain", Metadata: { colour: "blue" } });
  await put("plain", "empty", Buffer.alloc(0));
  await put("plain", "file.bin", Buffer.alloc(20 * 1024, "file"), { ChecksumAlgorithm: "SHA256" });
  await put("plain", "team/one.txt", "one");
  await put("plain", "other/two.txt", "two");
  await put("plain", "grüße/☃ +%2F.txt", "name", { CacheControl: "no-store" });
  await s3.copyObject({ Bucket: "plain", Key: "copy.bin", CopySource: "plain/file.bin" });
  await put("plain", "rare.txt", "rare", { StorageClass: "GLACIER_IR" });
  await s3.copyObject({ Bucket: "plain", Key: "copy.txt", CopySource: "plain/rare.txt", StorageClass: "ONEZONE_IA" });
  await put("plain", "replaced", "first");
  await put("plain", "replaced", Buffer.alloc(17 * 1024, "second"));

  const versioning = (Bucket, Status) => s3.putBucketVersioning({ Bucket, VersioningConfiguration: { Status } });
  await put("versioned", "before", "without a version");
  await versioning("versioned", "Enabled");
  await put("versioned", "key", "one");
  const { VersionId } = await put("versioned", "key", Buffer.alloc(18 * 1024, "two"));
  await put("versioned", "key", "three");
  await s3.deleteObject({ Bucket: "versioned", Key: "key", VersionId });
  await s3.deleteObject({ Bucket: "versioned", Key: "key" });
  await put("versioned", "before", "with a version");
  await versioning("suspended", "Enabled");
  await put("suspended", "key", "kept");
  await versioning("suspended", "Suspended");
  await put("suspended", "key", "null version");

  await s3.createBucket({ Bucket: "locked", ObjectLockEnabledForBucket: true });
  await put("locked", "retained", "retained", {
    ObjectLockMode: "COMPLIANCE",
    ObjectLockRetainUntilDate: new Date("2126-11-28T00:00:00Z"),
  });
  await put("locked", "held", Buffer.alloc(17 * 1024, "held"), { ObjectLockLegalHoldStatus: "ON" });
  const DefaultRetention = { Mode: "GOVERNANCE", Days: 36_500 };
  const ObjectLockConfiguration = { ObjectLockEnabled: "Enabled", Rule: { DefaultRetention } };
  await s3.putObjectLockConfiguration({ Bucket: "locked", ObjectLockConfiguration });
  await put("locked", "by default", "by default");

  const Rules = [
    { ID: "of the fixture", Status: "Enabled", Filter: { Prefix: "held" }, Expiration: { Days: 100_000 } },
    { ID: "uploads", Status: "Enabled", Prefix: "", AbortIncompleteMultipartUpload: { DaysAfterInitiation: 100_000 } },
  ];
  await s3.putBucketLifecycleConfiguration({ Bucket: "locked", LifecycleConfiguration: { Rules } });

  await put("configured", "secret", "secret");
  await s3.putBucketPolicy({
    Bucket: "configured",
    Policy: document(
      {
        ...allow("s3:GetObject", "arn:aws:s3:::configured/*"),
        Principal: { AWS: `arn:aws:iam::${accountId}:user/bob` },
      },
      {
        ...allow("s3:GetObject", "arn:aws:s3:::configured/*"),
        Principal: { AWS: `arn:aws:iam::${accountId}:user/ghost` },
      },
      { Effect: "Deny", Action: "s3:*", Resource: "arn:aws:s3:::configured/secret", Principal: "*" },
    ),
  });
  await iam.deleteUser({ UserName: "ghost" }); // the policy keeps its unique id
  await s3.putBucketCors({
    Bucket: "configured",
    CORSConfiguration: { CORSRules: [{ AllowedMethods: ["GET"], AllowedOrigins: ["https://example.com"] }] },
  });
  await s3.putBucketWebsite({
    Bucket: "configured",
    WebsiteConfiguration: { IndexDocument: { Suffix: "index.html" } },
  });
  await s3.putPublicAccessBlock({
    Bucket: "configured",
    PublicAccessBlockConfiguration: { BlockPublicAcls: true, BlockPublicPolicy: true },
  });
}

async function upload(s3, Bucket, Key) {
  const which = { Bucket, Key };
  const bodies = [Buffer.alloc(5 * mebibyte, Key), Buffer.from("the end")];
  const { UploadId } = await s3.createMultipartUpload({
    ...which,
    Metadata: { made: "in parts" },
    StorageClass: "INTELLIGENT_TIERING",
    ChecksumAlgorithm: "CRC32",
  });
  const parts = [];
  for (const [index, Body] of bodies.entries()) {
    const { ETag, ChecksumCRC32 } = await s3.uploadPart({
      ...which,
      UploadId,
      PartNumber: index + 1,
      Body,
      ChecksumAlgorithm: "CRC32",
    });
    parts.push({ PartNumber: index + 1, ETag, ChecksumCRC32 });
  }
  return { Bucket, Key, UploadId, parts, sha256: sha256(...bodies) };
}

async function makeUploads(s3) {
  const { sha256: _, ...completed } = await upload(s3, "plain", "completed.bin");
  const { Bucket, Key, UploadId, parts: Parts } = completed;
  const complete = { Bucket, Key, UploadId, MultipartUpload: { Parts } };
  const { ETag } = await s3.completeMultipartUpload(complete);
  const underWay = await upload(s3, "plain", "under-way.bin");
  const copying = { Bucket: "plain", Key: "copying.bin" };
  const begun = await s3.createMultipartUpload(copying);
  await s3.uploadPartCopy({
    ...copying,
    UploadId: begun.UploadId,
    PartNumber: 1,
    CopySource: "plain/completed.bin",
    CopySourceRange: `bytes=0-${5 * mebibyte + 2}`,
  });
  return { completed: { ...completed, ETag }, underWay };
}

async function makeSessions(endpoint, alice) {
  const assume = async (keys, input) => {
    const { sts } = clientsAt(endpoint, keys, clock.now);
    return keysOf((await sts.assumeRole({ RoleSessionName: "fixture", ...input })).Credentials);
  };
  const RoleArn = `arn:aws:iam::${accountId}:role/worker`;
  const role = await assume(alice, { RoleArn, DurationSeconds: 43_200 });
  const scoped = await assume(alice, {
    RoleArn,
    DurationSeconds: 43_200,
    SourceIdentity: "alice",
    Tags: [{ Key: "Job", Value: "42" }],
    Policy: document(allow("s3:GetObject", objects("other/*"))),
  });
  const own = await assume(alice, { DurationSeconds: 43_200, Policy: document(allow("s3:GetObject", objects("*"))) });
  const nested = await assume(own, { Policy: document(allow("s3:*", "*")) });
  return { "role session": role, "scoped role session": scoped, "own session": own, "session of a session": nested };
}

const blobs = (dataDir) => readdirSync(join(dataDir, "blobs"), { recursive: true }).length;

/** How people sign in: a device, a policy for passwords, and what is only allowed with a code. */
async function makeSignIn(endpoint, iam) {
  await iam.createAccountAlias({ AccountAlias: "fixture-house" });
  await iam.updateAccountPasswordPolicy({ MinimumPasswordLength: 12, MaxPasswordAge: 90, PasswordReusePrevention: 3 });
  await iam.updateLoginProfile({ UserName: "alice", Password: "Battery-Staple-10" });
  await iam.createVirtualMFADevice({ VirtualMFADeviceName: "unused", Tags: [{ Key: "Shelf", Value: "2" }] });
  const UserName = "carol";
  await iam.createUser({ UserName });
  await iam.putUserPolicy({
    UserName,
    PolicyName: "with-a-code",
    PolicyDocument: document(
      allow("s3:GetObject", objects("*"), { Condition: { Bool: { "aws:MultiFactorAuthPresent": "true" } } }),
      allow("sts:GetFederationToken", "*"),
      allow("s3:PutObject", "arn:aws:s3:::scratch/*"),
    ),
  });
  const carol = keysOf((await iam.createAccessKey({ UserName })).AccessKey);
  const { VirtualMFADevice } = await iam.createVirtualMFADevice({ VirtualMFADeviceName: "phone" });
  const { SerialNumber } = VirtualMFADevice;
  const secret = Buffer.from(VirtualMFADevice.Base32StringSeed).toString();
  const code = (stepsAgo) => totp(secret, clock.now() - stepsAgo * 30_000);
  const [AuthenticationCode1, AuthenticationCode2] = [code(2), code(1)];
  await iam.enableMFADevice({ UserName, SerialNumber, AuthenticationCode1, AuthenticationCode2 });
  const { sts } = clientsAt(endpoint, carol, clock.now);
  const given = await sts.getSessionToken({ SerialNumber, TokenCode: code(0), DurationSeconds: 43_200 });
  const federated = await sts.getFederationToken({
    Name: "guest",
    DurationSeconds: 43_200,
    Policy: document(allow("s3:PutObject", "*")),
  });
  return {
    mfa: { who: UserName, serial: SerialNumber, secret },
    callers: {
      carol,
      "session with a code": keysOf(given.Credentials),
      "federated user": keysOf(federated.Credentials),
    },
  };
}

/** A member account whose root may read what a bucket policy of the management account allows and a policy of the organization leaves. */
async function makeOrganization(endpoint, administrator, dataDir) {
  const { organizations, s3 } = administrator;
  const { CreateAccountStatus } = await organizations.createAccount({
    AccountName: "Second",
    Email: "second@example.com",
  });
  const { AccountId } = CreateAccountStatus;
  const root = keysIn(join(dataDir, "accounts", AccountId, "root-credentials"));
  const { Policy } = await organizations.createPolicy({
    Name: "no-other",
    Description: "Nothing of other/",
    Type: "SERVICE_CONTROL_POLICY",
    Content: document({ Effect: "Deny", Action: "s3:GetObject", Resource: objects("other/*") }),
  });
  await organizations.attachPolicy({ PolicyId: Policy.PolicySummary.Id, TargetId: AccountId });
  await s3.putBucketPolicy({
    Bucket: "plain",
    Policy: document({
      ...allow("s3:GetObject", [objects("team/*"), objects("other/*")]),
      Principal: { AWS: `arn:aws:iam::${AccountId}:root` },
    }),
  });
  const member = clientsAt(endpoint, root, clock.now);
  await member.s3.createBucket({ Bucket: "of-the-second" });
  await member.iam.createUser({ UserName: "dave" });
  const dave = keysOf((await member.iam.createAccessKey({ UserName: "dave" })).AccessKey);
  return { "root of the second account": root, "user of the second account": dave };
}

/** A session that was ended before its time. */
async function makeRevoked(endpoint, alice, { ask }) {
  const { sts } = clientsAt(endpoint, alice, clock.now);
  const { Credentials } = await sts.assumeRole({
    RoleArn: `arn:aws:iam::${accountId}:role/worker`,
    RoleSessionName: "revoked",
    DurationSeconds: 43_200,
  });
  const { Sessions } = await ask("S3Credentials.ListSessions", {});
  const { SessionId } = Sessions.find(({ AccessKeyId }) => AccessKeyId === Credentials.AccessKeyId);
  await ask("S3Credentials.RevokeSessions", { SessionId });
  return { "revoked session": keysOf(Credentials) };
}

/** After everything that is stored. */
async function makeQuotas({ ask }) {
  await ask("S3Credentials.PutAccountQuota", { AccountId: accountId, MaxBytes: 2 ** 40 });
  return [await ask("S3Credentials.PutBucketQuota", { BucketName: "plain", MaxBytes: 2 ** 30, MaxObjects: 1000 })];
}

async function makeReport(iam) {
  while ((await iam.generateCredentialReport({})).State !== "COMPLETE") await sleep(50);
}

/** Sends one half of a body and leaves it so: what a kill finds is a blob file without rows. */
async function beginWrite(s3, dataDir) {
  const before = blobs(dataDir);
  const command = new PutObjectCommand({ Bucket: "plain", Key: "never-finished" });
  const url = await getSignedUrl(s3, command, { signingDate: new Date(clock.now()) });
  const sending = request(url, { method: "PUT", headers: { "content-length": 3 * mebibyte } });
  sending.on("error", () => {}); // cut off below
  sending.on("response", ({ statusCode }) => {
    throw new Error(`answered before the end of the body: ${statusCode}`);
  });
  sending.write(Buffer.alloc(2 * mebibyte, "half"));
  while (blobs(dataDir) === before) await sleep(10);
  await sleep(500); // its bytes too
  return sending;
}

function pack(folder, archive) {
  const { status, stderr } = spawnSync("tar", [
    "--owner=0",
    "--group=0",
    "--sort=name",
    "--exclude=./reserve", // 16 MiB that do not compress; every start makes the file when it is missing
    "-czf",
    archive,
    "-C",
    folder,
    ".",
  ]);
  if (status !== 0) throw new Error(String(stderr));
}

async function main(name) {
  const work = mkdtempSync(join(tmpdir(), "data-fixture-"));
  const target = join(import.meta.dirname, "../acceptance/fixtures", `data-${name}`);
  const dataDir = join(work, "data");
  const argv = ["--port", "0", "--data", dataDir, "--account-id", accountId, "--log-level", "warn"];
  const start = () => startGateway(parseConfig(argv, { HOME: work }).config, { clock });
  const first = await start();
  const { endpoint } = first;
  const [root, admin] = [first.rootCredentialsFile, first.adminCredentialsFile].map(keysIn);
  const maker = clientsAt(endpoint, admin, clock.now);
  const { alice, inactive, bob } = await makeIdentities(maker.iam);
  await makeBuckets(maker.s3, maker.iam);
  const { completed, underWay } = await makeUploads(maker.s3);
  const signIn = await makeSignIn(endpoint, maker.iam);
  const keys = {
    root,
    admin,
    alice,
    "an inactive key": inactive,
    bob,
    ...(await makeSessions(endpoint, alice)),
    ...signIn.callers,
    ...(await makeOrganization(endpoint, maker, dataDir)),
    ...(await makeRevoked(endpoint, alice, maker)),
  };
  const callers = {};
  for (const [who, theirs] of Object.entries(keys)) {
    callers[who] = { keys: theirs, rights: await rightsOf(clientsAt(endpoint, theirs, clock.now)) };
  }
  await makeReport(maker.iam);
  // What was used last, and the events of data, are on the disk after a stop; so both folders have them.
  await first.close();
  const gateway = await start();
  const administrator = clientsAt(gateway.endpoint, admin, clock.now);
  const expected = {
    version: JSON.parse(readFileSync(join(import.meta.dirname, "../package.json"), "utf8")).version,
    now: clock.now(),
    accountId,
    snapshot: await snapshot(administrator),
    account: await accountSnapshot(administrator),
    quotas: await makeQuotas(administrator),
    mfa: signIn.mfa,
    callers,
    underWay,
    completed,
  };
  const writing = await beginWrite(administrator.s3, dataDir);
  cpSync(dataDir, join(work, "killed"), { recursive: true, preserveTimestamps: true });
  writing.destroy();
  await gateway.close();
  mkdirSync(target, { recursive: true });
  pack(dataDir, join(target, "stopped.tar.gz"));
  pack(join(work, "killed"), join(target, "killed.tar.gz"));
  writeFileSync(join(target, "expected.json"), `${JSON.stringify(expected, undefined, 2)}\n`);
  spawnSync("node_modules/.bin/oxfmt", [join(target, "expected.json")]);
  rmSync(work, { recursive: true });
  console.log(`made ${target}`);
}

const [name] = process.argv.slice(2);
if (name === undefined) throw new Error("say which: node tools/data-fixture.mjs 0.1.0");
await main(name);
