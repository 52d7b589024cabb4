import { createHash, randomBytes } from "node:crypto";
import { writeFileSync } from "node:fs";
import { Agent, request as httpsRequest } from "node:https";
import { join } from "node:path";
import { IAMClient } from "@aws-sdk/client-iam";
import * as iamCommands from "@aws-sdk/client-iam";
import { ListRootsCommand, OrganizationsClient } from "@aws-sdk/client-organizations";
import { AssumeRoleCommand, type Credentials, GetSessionTokenCommand, STSClient } from "@aws-sdk/client-sts";
import { conditionKeyNames, findAction } from "@s3-credentials/policy/catalog";
import { signRequest, type SigningKeys } from "@s3-credentials/protocol";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { absentKeys } from "../src/authz/absent-keys.ts";
import type { S3Demand } from "../src/operations/demand.ts";
import { modelOf } from "../src/operations/members.ts";
import type { S3Operation } from "../src/operations/s3/s3-operation.ts";
import { operationTables } from "../src/operations/table.ts";
import { type Condition, equals, everywhereOf, inTenDays, samplesOf } from "./condition-key-values.ts";
import { smallInventory } from "./delivery-members.ts";
import { enableDevice } from "./mfa-device.ts";
import { type Call, sha256 } from "./pipeline-gateway.ts";
import { formOf } from "./post-form.ts";
import { useS3Gateway } from "./s3-gateway.ts";
import { useCertificate } from "./self-signed.ts";

/**
 * Every condition key that the catalog has for an action of an S3 operation, and every key of all requests, in requests for each operation:
 * a policy that allows with the value that the request has lets it pass, and one with another value does not. A key that is neither is in
 * `absentKeys`, or nothing in a request for the operation could have it.
 */

const certificate = useCertificate();
const keyFile = join(certificate.cert, "..", "kms.key");
writeFileSync(keyFile, randomBytes(32), { mode: 0o600 });
const gateway = useS3Gateway(...certificate.options, "--kms-key", `one=${keyFile}`);

const isLong = process.env["TEST_RUNS"] !== undefined;

const rows: readonly S3Operation[] = Object.values(operationTables.S3).flatMap((row) =>
  "demands" in row ? [row] : [],
);

const settings = (keys: SigningKeys) => ({
  endpoint: `https://127.0.0.1:${gateway.port}`,
  region: "us-east-1",
  credentials: keys,
  maxAttempts: 1,
  requestHandler: { httpsAgent: new Agent({ ca: certificate.ca }) },
});

let agent: Agent;
let iam: IAMClient;
let bucket = "";
let source = "";
/** Of the user, and of a role that the user assumed. */
let userKeys: SigningKeys;
let roleKeys: SigningKeys;
let userId = "";
let organization: { readonly id: string; readonly path: string };

function keysOf({ Credentials: made }: { readonly Credentials?: Credentials | undefined }): SigningKeys {
  const { AccessKeyId = "", SecretAccessKey = "", SessionToken = "" } = made ?? {};
  return { accessKeyId: AccessKeyId, secretAccessKey: SecretAccessKey, sessionToken: SessionToken };
}

interface Answer {
  readonly status: number;
  readonly body: string;
  readonly versionId: string;
}

/** One request over a connection that is kept. */
function send({ method = "GET", target, headers = {}, body = "", keys, payload, time }: Call): Promise<Answer> {
  const [path = "", query = ""] = target.split("?");
  const own: [string, string][] = [["host", `127.0.0.1:${gateway.port}`], ...Object.entries(headers)];
  const scope = { region: "us-east-1", service: "s3", time: time ?? Date.now() };
  const added =
    keys === undefined ? [] : signRequest({ method, path, query, headers: own }, payload ?? sha256(body), keys, scope);
  const bytes = Buffer.from(body);
  const length = method === "PUT" || method === "POST" ? [["content-length", String(bytes.length)]] : [];
  return new Promise((resolve, reject) => {
    const sent = httpsRequest(
      {
        host: "127.0.0.1",
        port: gateway.port,
        method,
        path: target,
        headers: [...own, ...added, ...length].flat(),
        agent,
      },
      (response) => {
        const chunks: Buffer[] = [];
        response.on("data", (chunk: Buffer) => chunks.push(chunk));
        response.on("error", reject);
        response.on("end", () =>
          resolve({
            status: response.statusCode ?? 0,
            body: Buffer.concat(chunks).toString(),
            versionId: String(response.headers["x-amz-version-id"]),
          }),
        );
      },
    );
    sent.on("error", reject);
    sent.end(bytes);
  });
}

async function admin(call: Call): Promise<Answer> {
  const answer = await send({ ...call, keys: gateway.admin });
  if (answer.status >= 300) throw new Error(answer.body);
  return answer;
}

beforeAll(async () => {
  agent = new Agent({ ca: certificate.ca, keepAlive: true, maxSockets: 8 });
  iam = new IAMClient({ ...settings(gateway.admin), requestHandler: { httpsAgent: agent } });
  bucket = await gateway.bucket("Enabled");
  source = (
    await admin({ method: "PUT", target: `/${bucket}/source`, body: "s", headers: { "x-amz-tagging": "team=red" } })
  ).versionId;
  await admin({
    method: "PUT",
    target: `/${bucket}?tagging`,
    body: "<Tagging><TagSet><Tag><Key>team</Key><Value>red</Value></Tag></TagSet></Tagging>",
  });
  await admin({ method: "PUT", target: `/${bucket}?abac`, body: "<AbacStatus><Status>Enabled</Status></AbacStatus>" });
  await callers();
});

async function callers(): Promise<void> {
  const all = { Effect: "Allow", Action: "*", Resource: "*" };
  const permanent = await gateway.user("ann", all);
  await iam.send(new iamCommands.TagUserCommand({ UserName: "ann", Tags: [{ Key: "team", Value: "red" }] }));
  userId = (await iam.send(new iamCommands.GetUserCommand({ UserName: "ann" }))).User?.UserId ?? "";
  const trust = JSON.stringify({
    Version: "2012-10-17",
    Statement: [
      { Effect: "Allow", Principal: { AWS: gateway.accountId }, Action: ["sts:AssumeRole", "sts:SetSourceIdentity"] },
    ],
  });
  const { Role } = await iam.send(
    new iamCommands.CreateRoleCommand({ RoleName: "job", AssumeRolePolicyDocument: trust }),
  );
  const device = await enableDevice(iam, "ann");
  const sts = new STSClient(settings(permanent));
  const assume = { RoleArn: Role?.Arn ?? "", RoleSessionName: "job", SourceIdentity: "ann" };
  roleKeys = keysOf(await sts.send(new AssumeRoleCommand(assume)));
  const code = { SerialNumber: device.SerialNumber, TokenCode: device.code(0) };
  userKeys = keysOf(await sts.send(new GetSessionTokenCommand(code)));
  sts.destroy();
  const organizations = new OrganizationsClient(settings(gateway.admin));
  const { Roots = [] } = await organizations.send(new ListRootsCommand({}));
  organizations.destroy();
  const [, id = "", root = ""] = /(o-\w+)\/(r-\w+)$/.exec(Roots[0]?.Arn ?? "") ?? [];
  organization = { id, path: `${id}/${root}/` };
}

afterAll(() => {
  agent.destroy();
  iam.destroy();
});

/** What the user may do. */
async function allow(...statements: readonly object[]): Promise<void> {
  const PolicyDocument = JSON.stringify({ Version: "2012-10-17", Statement: statements });
  await iam.send(new iamCommands.PutUserPolicyCommand({ UserName: "ann", PolicyName: "own", PolicyDocument }));
}

async function allowRole(statement: object): Promise<void> {
  const PolicyDocument = JSON.stringify({ Version: "2012-10-17", Statement: statement });
  await iam.send(new iamCommands.PutRolePolicyCommand({ RoleName: "job", PolicyName: "own", PolicyDocument }));
}

function isDenied(answer: Answer | undefined): boolean {
  const { status, body } = answer ?? fault("no answer");
  return status === 403 || body.includes("<Code>AccessDenied</Code>");
}

interface Case {
  readonly method: string;
  readonly path: string;
  readonly query: Record<string, string>;
  readonly headers: Record<string, string>;
  body: string;
  /** Of the object that is changed. */
  readonly key: string;
}

let made = 0;

/** A request that means the operation, with an object of its own where it may change one. A document is empty: it is read after the decision. */
async function requestOf({ name, route, body }: S3Operation): Promise<Case> {
  const { level, method, subResource, mark } = route;
  const ofItems = name === "DeleteObjects";
  const changes = (level === "object" || ofItems || body.kind === "form") && method !== "GET" && method !== "HEAD";
  const key = changes ? `k${(made += 1)}` : "source";
  const query: Record<string, string> = subResource === undefined ? {} : { [subResource]: "" };
  const headers: Record<string, string> = {};
  if (changes)
    query["versionId"] = (
      await admin({ method: "PUT", target: `/${bucket}/${key}`, headers: { "x-amz-tagging": "team=red" } })
    ).versionId;
  else if (level === "object") query["versionId"] = source;
  if (mark === "list-type-2") query["list-type"] = "2";
  if (mark === "copy-source") headers["x-amz-copy-source"] = `/${bucket}/source`;
  if (name === "ListBucketAnalyticsConfigurations") delete query["id"];
  if (/^(?:(?:Get|Delete)Bucket(?:Analytics|IntelligentTiering|Inventory|Metrics)|PutBucketInventory)/.test(name))
    query["id"] = "one";
  if (name === "GetObjectAttributes") headers["x-amz-object-attributes"] = "ETag";
  if (subResource === "uploadId") query["partNumber"] = "1";
  if (level === "account") {
    headers["x-amz-account-id"] = gateway.accountId;
    delete query[subResource ?? ""];
  }
  const item = (version: string) => `<Delete><Object><Key>${key}</Key>${version}</Object></Delete>`;
  return {
    method,
    key,
    path:
      level === "account"
        ? "/v20180820/configuration/publicAccessBlock"
        : level === "service"
          ? "/"
          : level === "bucket"
            ? `/${bucket}`
            : `/${bucket}/${key}`,
    query,
    headers,
    body: ofItems
      ? item(`<VersionId>${query["versionId"]}</VersionId>`)
      : body.kind === "buffered"
        ? (documents[name] ?? "")
        : "",
  };
}

/** Of operations whose decision depends on their document. */
const documents: Readonly<Record<string, string>> = {
  CreateBucket:
    "<CreateBucketConfiguration><LocationConstraint>us-east-1</LocationConstraint></CreateBucketConfiguration>",
  PutBucketInventoryConfiguration: smallInventory,
  PutObjectLegalHold: "<LegalHold><Status>ON</Status></LegalHold>",
  PutObjectRetention: `<Retention><Mode>COMPLIANCE</Mode><RetainUntilDate>${inTenDays}</RetainUntilDate></Retention>`,
  PutObjectTagging: "<Tagging><TagSet><Tag><Key>team</Key><Value>red</Value></Tag></TagSet></Tagging>",
};

/** Of an item to delete. */
const withETag = (body: string) =>
  body.includes("<ETag>") ? body : body.replace("</Object>", '<ETag>"x"</ETag></Object>');

/** Makes the demand apply. */
function ask(request: Case, { when }: S3Demand): void {
  const { query, headers } = request;
  const isVersion = when === "version-named" || when === "no-version";
  if (when !== "version-named") {
    delete query["versionId"];
    request.body = request.body.replace(/<VersionId>.*<\/VersionId>/, "");
  }
  if (isVersion || when === undefined) return;
  if (when === "source-version-named" || when === "copies-tags-of-version")
    headers["x-amz-copy-source"] += `?versionId=${source}`;
  if (when === "etag-match-item") request.body = withETag(request.body);
  if (when === "etag-match-header") headers["if-match"] = '"x"';
  if (when === "tagging-header") {
    headers["x-amz-tagging"] = "team=red";
    if (headers["x-amz-copy-source"] !== undefined) headers["x-amz-tagging-directive"] = "REPLACE";
  }
  if (when === "acl-header") headers["x-amz-acl"] ??= "private";
  if (when === "object-ownership-header") headers["x-amz-object-ownership"] = "BucketOwnerEnforced";
  if (when === "object-lock-enabled-header") headers["x-amz-bucket-object-lock-enabled"] = "true";
  if (when === "governance-bypass-header") headers["x-amz-bypass-governance-retention"] = "true";
  if (when === "retention-header") {
    headers["x-amz-object-lock-mode"] ??= "GOVERNANCE";
    headers["x-amz-object-lock-retain-until-date"] ??= inTenDays;
  }
  if (when === "legal-hold-header") headers["x-amz-object-lock-legal-hold"] = "ON";
}

interface Asked {
  readonly keys?: SigningKeys;
  readonly payload?: string;
  readonly agent?: string;
  /** A key whose right value is sent in places that nothing reads. */
  readonly spoofed?: string;
}

/** The name of the key in its condition, with its value. */
function rightOf(key: string): readonly [string, string] {
  const [[name, value] = ["", ""]] = Object.values(everywhere[key]?.(true) ?? {}).flatMap((values) =>
    Object.entries(values),
  );
  return [name, String(value)];
}

async function perform(
  row: S3Operation,
  request: Case,
  { keys = userKeys, payload, agent: name = "tester", spoofed }: Asked = {},
): Promise<Answer> {
  const { method, path, query, headers, body } = request;
  const spoof = spoofed === undefined ? [] : [rightOf(spoofed)];
  const target = `${path}?${[...Object.entries(query), ...spoof]
    .map(([parameter, value]) => `${encodeURIComponent(parameter)}=${encodeURIComponent(value)}`)
    .join("&")}`.replace(/\?$/, "");
  if (row.body.kind === "form") {
    const form = formOf(bucket, { keys, fields: { key: request.key, ...headers } });
    return send({ ...form, headers: { ...form.headers, "user-agent": name } });
  }
  const md5 = row.body.kind === "buffered" ? { "content-md5": createHash("md5").update(body).digest("base64") } : {};
  const common = {
    "user-agent": name,
    referer: "https://example.test/",
    ...Object.fromEntries(spoof.map(([parameter, value]) => [`aws-${parameter.replace(/.*[:/]/, "")}`, value])),
  };
  const call = { method, target, headers: { ...common, ...md5, ...headers }, body, keys, time: Date.now() - 60_000 };
  return send(payload === undefined ? call : { ...call, payload });
}

const facts = () => ({ accountId: gateway.accountId, userId, organization, bucket });
const everywhere = everywhereOf(facts);
const samples = samplesOf(facts);

/** What some operations do not have of these, and why. */
const exceptions: Readonly<Record<string, { readonly without: readonly string[]; readonly because: string }>> = {
  ListBuckets: { without: ["aws:ResourceTag/", "s3:BucketTag/"], because: "it is about no bucket" },
  ...Object.fromEntries(
    ["Get", "Put", "Delete"].map((what) => [
      `${what}AccountPublicAccessBlock`,
      { without: ["aws:ResourceTag/", "s3:BucketTag/"], because: "it is about no bucket" },
    ]),
  ),
  CreateBucket: { without: ["aws:ResourceTag/", "s3:BucketTag/"], because: "its bucket is not there yet" },
  PostObject: {
    without: ["aws:UserAgent", "aws:referer", "s3:authType", "s3:signatureAge"],
    because: "its sender and signature are those of a form",
  },
};

describe("keys of all requests", () => {
  const keysFor = ({ name }: S3Operation) =>
    Object.keys(everywhere).filter((key) => !(exceptions[name]?.without ?? []).includes(key));

  function merged(row: S3Operation, wrong: string | undefined): Condition {
    const condition: Record<string, Record<string, unknown>> = {};
    for (const key of keysFor(row))
      for (const [operator, values] of Object.entries(everywhere[key]?.(key !== wrong) ?? {}))
        condition[operator] = { ...condition[operator], ...values };
    return condition;
  }

  /** They come from how a session was made, or are of a service that delivers for a bucket; the caller here is a user. */
  const ofOthers = new Set([
    "aws:SourceIdentity",
    "aws:FederatedProvider",
    "aws:PrincipalServiceName",
    "aws:PrincipalServiceNamesList",
    "aws:SourceAccount",
    "aws:SourceArn",
    "aws:SourceOrgID",
    "aws:SourceOrgPaths",
  ]);

  test("each is live, or says why it is not", () => {
    const global = conditionKeyNames.filter(
      (key) =>
        !/^(s3|iam|sts|organizations|account|access-analyzer|saml|cognito-identity\.|accounts\.google|graph\.|www\.|cloudtrail)/.test(
          key,
        ),
    );
    expect(global.filter((key) => !(key in everywhere) && !(key in absentKeys) && !ofOthers.has(key))).toEqual([]);
    expect(Object.keys(everywhere).filter((key) => key in absentKeys)).toEqual([]);
  });

  /** What is denied changes nothing, so one request of each serves for all keys. */
  const requests = new Map<string, Case>();
  const fresh = async () => {
    for (const row of rows) requests.set(row.name, await requestOf(row));
  };
  beforeAll(fresh);
  const ask = (row: S3Operation, asked: Asked) => perform(row, requests.get(row.name) ?? fault(row.name), asked);
  const payload = "UNSIGNED-PAYLOAD";

  /** Operations that have the same of these keys. */
  const groups = [...new Set(rows.map((row) => keysFor(row).join(" ")))].map((keys) =>
    rows.filter((row) => keysFor(row).join(" ") === keys),
  );

  test("with another value of one of them no operation is allowed, and with all of them right every one", async () => {
    const allowed: string[] = [];
    const denied: string[] = [];
    for (const group of groups) {
      const [first] = group;
      if (first === undefined) continue;
      for (const [at, key] of keysFor(first).entries()) {
        await allow({ Effect: "Allow", Action: "s3:*", Resource: "*", Condition: merged(first, key) });
        // Each key, and each operation; every pair of them only in the long run.
        const asked = group.filter((_row, index) => isLong || (index + at) % 12 === 0);
        // A client cannot set a key by a parameter or a header that has the name of the key.
        const answers = await Promise.all(asked.map((row) => ask(row, { payload, spoofed: key })));
        allowed.push(...asked.flatMap(({ name }, index) => (isDenied(answers[index]) ? [] : [`${name} ${key}`])));
      }
      await allow({ Effect: "Allow", Action: "s3:*", Resource: "*", Condition: merged(first, undefined) });
      for (const row of group) if (isDenied(await ask(row, { payload }))) denied.push(row.name);
    }
    expect({ allowed, denied }).toEqual({ allowed: [], denied: [] });
  });

  test("the source identity of a session of a role", async () => {
    await fresh();
    for (const isRight of [false, true]) {
      const Condition = equals("aws:SourceIdentity", isRight ? "ann" : "bob");
      await allowRole({ Effect: "Allow", Action: "s3:*", Resource: "*", Condition });
      const answers = await Promise.all(rows.map((row) => ask(row, { keys: roleKeys })));
      expect(rows.flatMap(({ name }, at) => (isDenied(answers[at]) === isRight ? [name] : []))).toEqual([]);
    }
  });
});

function fault(what: string): never {
  throw new Error(what);
}

/** Keys that every S3 action has; see above. */
const common = new Set(Object.keys(everywhere));
const encrypts = (key: string) => key.startsWith("s3:x-amz-server-side-encryption");

/** `If-Match` and `If-None-Match` together are refused. */
const isNeverAsked = ({ when }: S3Demand, key: string) =>
  when?.startsWith("etag-match") === true && key === "s3:if-none-match";

const pairs = rows.flatMap((row) =>
  row.demands.flatMap((demand) =>
    (findAction(demand.action)?.conditionKeys ?? []).flatMap((key) =>
      common.has(key) || key in absentKeys || isNeverAsked(demand, key) ? [] : [{ row, demand, key }],
    ),
  ),
);
type Pair = (typeof pairs)[number];

/** Keys that the documents of these operations have, and not their headers. */
const inDocument: Readonly<Record<string, (key: string) => boolean>> = {
  PutObjectTagging: (key) => key.startsWith("s3:RequestObjectTag"),
  PutObjectRetention: (key) => key.startsWith("s3:object-lock-") && key !== "s3:object-lock-legal-hold",
  PutObjectLegalHold: (key) => key === "s3:object-lock-legal-hold",
};

/** Whether a request for the operation can have the key on the resource of the demand, by the SDK's model of the operation. */
function canHave({ row, demand, key }: Pair): boolean {
  const { member } = samples[key] ?? {};
  const model = modelOf("s3", row.body.kind === "form" ? "PutObject" : row.name).split(" ");
  if (row.name === "DeleteObjects" && key === "s3:if-match") return true;
  if (key === "s3:if-match" || key === "s3:if-none-match") return demand.resource !== "source-object" && model.includes(member ?? ""); // prettier-ignore
  if (key === "s3:x-amz-copy-source") return model.includes("x-amz-copy-source");
  if (encrypts(key) && row.route.subResource === "uploadId") return true;
  // Tags that are copied are not the request's.
  if (key.startsWith("s3:RequestObjectTag") && demand.when?.startsWith("copies-tags") === true) return false;
  if (inDocument[row.name]?.(key) === true) return true;
  if (key.startsWith("s3:RequestObjectTag")) return model.includes(member ?? "");
  // No model of a write of an object has this header, but the gateway takes it for a grant and refuses it.
  if (key === "s3:x-amz-grant-write" && row.body.kind !== "form" && model.includes("x-amz-grant-read")) return true;
  return member === undefined || model.includes(member);
}

/** An upload whose initiation had the headers. */
async function uploadOf(key: string, headers: Readonly<Record<string, string>>): Promise<string> {
  const { body } = await admin({ method: "POST", target: `${key}?uploads`, headers });
  return /<UploadId>(.*)<\/UploadId>/.exec(body)?.[1] ?? "";
}

async function requestWith({ row, demand, key }: Pair): Promise<Case> {
  const request = await requestOf(row);
  ask(request, demand);
  const { member = "", value = "", with: more = {} } = samples[key] ?? {};
  const isHeader = /^[a-z]/.test(member) && inDocument[row.name]?.(key) !== true;
  const headers = isHeader ? { [member]: value, ...more } : {};
  if (row.route.subResource === "uploadId") {
    request.query["uploadId"] = await uploadOf(request.path, encrypts(key) ? headers : {});
    if (!encrypts(key)) Object.assign(request.headers, headers);
  } else Object.assign(request.headers, headers);
  if (
    headers["x-amz-tagging"] !== undefined &&
    request.headers["x-amz-copy-source"] !== undefined &&
    !/copies-tags/.test(demand.when ?? "")
  )
    // prettier-ignore
    request.headers["x-amz-tagging-directive"] = "REPLACE";
  if (/copies-tags/.test(demand.when ?? "")) delete request.headers["x-amz-tagging"];
  // With grants, a new bucket has to have ACLs.
  if (row.name === "CreateBucket" && member.startsWith("x-amz-grant-")) headersOfAcl(request);
  if (row.name === "DeleteObjects" && key === "s3:if-match") request.body = withETag(request.body);
  if (member.startsWith("?")) request.query[member.slice(1)] = value;
  return request;
}

function headersOfAcl({ headers }: Case): void {
  headers["x-amz-object-ownership"] = "BucketOwnerPreferred";
  delete headers["x-amz-acl"];
}

/**
 * The action on the demand's resource is allowed by the condition, and everything else without one. A caller that names itself `wrong` meets
 * the condition with another value, so that both are asked of one policy.
 */
async function allowOnly({ row, demand, key }: Pair, { path, key: object }: Case): Promise<void> {
  const { action, resource } = demand;
  const ofForm = row.body.kind === "form" && resource === "object";
  const names: Readonly<Record<string, string>> = { "source-object": `${bucket}/source`, item: `${bucket}/*` };
  const arn = `arn:aws:s3:::${names[resource] ?? (ofForm ? `${bucket}/${object}` : path.slice(1))}`;
  const conditional = (isRight: boolean) => ({
    Effect: "Allow",
    Action: action,
    Resource: arn,
    Condition: {
      ...samples[key]?.condition(isRight, row),
      StringEqualsIgnoreCase: { "aws:UserAgent": isRight ? "right" : "wrong" },
    },
  });
  await allow(
    conditional(true),
    conditional(false),
    { Effect: "Allow", Action: action, NotResource: arn },
    { Effect: "Allow", NotAction: action, Resource: "*" },
  );
}

describe("keys of single actions", () => {
  test("each key of an action of an operation has a value here, or is absent with a reason", () => {
    expect([...new Set(pairs.map(({ key }) => key))].filter((key) => samples[key] === undefined)).toEqual([]);
    const documented = new Set(rows.flatMap(({ demands }) => demands.flatMap(({ action }) => findAction(action)?.conditionKeys ?? []))); // prettier-ignore
    const absent = Object.keys(absentKeys).filter((key) => key.startsWith("s3:"));
    expect(absent.filter((key) => !documented.has(key))).toEqual([]);
    for (const { conditionKeys } of rows) expect(conditionKeys.filter((key) => key in absentKeys)).toEqual([]);
  });

  test("what no request for an operation can have is no key of it", () => {
    const wrong = pairs.filter((pair) => {
      const { row, demand, key } = pair;
      return demand.resource !== "source-object" && !canHave(pair) && !pairs.some((one) => one.row === row && one.key === key && canHave(one)) && row.conditionKeys.some((one) => one.toLowerCase() === key.toLowerCase()); // prettier-ignore
    });
    expect(wrong.map(({ row, key }) => `${row.name} ${key}`)).toEqual([]);
  });

  test.each(rows.filter((row) => pairs.some((pair) => pair.row === row)))("$name", async (row) => {
    const wrong: string[] = [];
    for (const pair of pairs.filter((one) => one.row === row && (isLong || canHave(one)))) {
      const request = await requestWith(pair);
      const verdicts: string[] = [];
      await allowOnly(pair, request);
      for (const agent of ["wrong", "right"]) {
        const answer = await perform(row, request, { agent });
        // A header that the operation cannot have may be refused before the decision.
        verdicts.push(isDenied(answer) || (!canHave(pair) && answer.status >= 400) ? "denied" : "allowed");
      }
      const expected = canHave(pair) ? "denied allowed" : "denied denied";
      if (verdicts.join(" ") !== expected)
        wrong.push(
          `${pair.demand.action} ${pair.demand.when ?? ""} ${pair.key}: ${verdicts.join(" ")}, not ${expected}`,
        );
    }
    expect(wrong).toEqual([]);
  });
});
