/** Requests that the comparisons of policies give as witnesses, sent signed to a gateway that has these policies: it decides as they say. */
import { DeletePublicAccessBlockCommand, PutBucketPolicyCommand } from "@aws-sdk/client-s3";
import { PutUserPolicyCommand } from "@aws-sdk/client-iam";
import {
  accessOverUnknowns,
  checkAccess,
  checkPublic,
  comparePolicies,
  compileLayers,
  parsePolicy,
  type Policy,
  type PolicyKind,
  type Principal,
  type Witness,
  witnessText,
} from "@s3-credentials/policy";
import * as fc from "fast-check";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { cliHere, iam, s3 } from "./clients.ts";
import { type MadeUser, makeBucket, makeUser } from "./fixtures.ts";
import { type Keys, readKeys, type RunningGateway } from "./gateway.ts";
import { startGatewayHere } from "./gateway-here.ts";
import { type RawRequest, send } from "./raw.ts";

type Written = Readonly<Record<string, unknown>>;

const buckets = ["seen-one", "seen-two"];
let gateway: RunningGateway;
let users: readonly [MadeUser, MadeUser];
beforeAll(async () => {
  gateway = await startGatewayHere({ args: ["--trusted-proxy", "127.0.0.1/32"] });
  for (const bucket of buckets) await makeBucket(gateway, bucket);
  users = [await makeUser(gateway, "left"), await makeUser(gateway, "right")];
});
afterAll(() => gateway.stop());

/** How a request is sent that asks for the action: by method, sub-resource, and whether the object has to be there. */
const sent: Readonly<Record<string, { readonly method: string; readonly query?: string; readonly onObject: boolean }>> =
  {
    "s3:GetObject": { method: "GET", onObject: true },
    "s3:PutObject": { method: "PUT", onObject: true },
    "s3:DeleteObject": { method: "DELETE", onObject: true },
    "s3:GetObjectTagging": { method: "GET", query: "tagging=", onObject: true },
    "s3:GetObjectAcl": { method: "GET", query: "acl=", onObject: true },
    "s3:DeleteObjectTagging": { method: "DELETE", query: "tagging=", onObject: true },
    "s3:ListBucket": { method: "GET", onObject: false },
    "s3:ListBucketVersions": { method: "GET", query: "versions=", onObject: false },
    "s3:GetBucketLocation": { method: "GET", query: "location=", onObject: false },
    "s3:GetBucketPolicy": { method: "GET", query: "policy=", onObject: false },
    "s3:GetBucketVersioning": { method: "GET", query: "versioning=", onObject: false },
  };

const headersOf = {
  "aws:sourceip": "x-forwarded-for",
  "aws:securetransport": "x-forwarded-proto",
  "aws:referer": "referer",
  "aws:useragent": "user-agent",
} as const satisfies Readonly<Record<string, string>>;
const isHeaderKey = (key: string): key is keyof typeof headersOf => Object.hasOwn(headersOf, key);
/** Every request over a network has these. */
const always = ["aws:sourceip", "aws:securetransport"];
const tellsCaller = (key: string): boolean => /^aws:(?:principal|user(?:id|name)$)/.test(key);

/** Undefined for a witness that no client of S3 can send: without an address, of ten and a half keys, of an object with a prefix. */
function rawOf({ action, resource, context, absent }: Witness): RawRequest | undefined {
  const how = sent[action];
  const [, bucket = "", key] = /^arn:aws:s3:::([^/]+)(?:\/(.+))?$/.exec(resource) ?? [];
  if (how === undefined || !buckets.includes(bucket) || (key !== undefined) !== how.onObject) return undefined;
  if (absent.some((one) => always.includes(one))) return undefined;
  const headers: Record<string, string> = {};
  const query = how.query === undefined ? [] : [how.query];
  for (const [name, value] of Object.entries(context)) {
    if (tellsCaller(name)) continue;
    if (typeof value !== "string") return undefined;
    if (isHeaderKey(name)) {
      const text = name === "aws:securetransport" ? (value === "true" ? "https" : "http") : value;
      if (!/^[!-~]+$/.test(text)) return undefined;
      headers[headersOf[name]] = text;
    } else if (!action.startsWith("s3:ListBucket")) return undefined;
    else if (name === "s3:prefix") query.push(`prefix=${encodeURIComponent(value)}`);
    else if (name === "s3:max-keys" && /^\d{1,9}$/.test(value)) query.push(`max-keys=${value}`);
    else return undefined;
  }
  const path = key === undefined ? `/${bucket}` : `/${bucket}/${key.split("/").map(encodeURIComponent).join("/")}`;
  return { method: how.method, path, query: query.toSorted().join("&"), headers };
}

const counts = { allowed: 0, refused: 0, unsent: 0 };

/** That the gateway answers the witness, signed with these keys, as its decision says. */
async function replay(witness: Witness, keys: Keys | undefined, isAllowed: boolean): Promise<void> {
  const raw = rawOf(witness);
  if (raw === undefined) {
    counts.unsent += 1;
    return;
  }
  if (raw.path.split("/").length > 2) await send(gateway, { method: "PUT", path: raw.path, keys: gateway.admin });
  const { status, code } = await send(gateway, { ...raw, keys });
  counts[isAllowed ? "allowed" : "refused"] += 1;
  const shown = `${witnessText(witness)}: ${status} ${code ?? ""}`;
  if (isAllowed) expect(status < 300 || status === 404, shown).toBe(true);
  else expect([status, code], shown).toEqual([403, "AccessDenied"]);
}

/** Runs one sample, and says how much of it could be sent. */
async function counted(run: () => Promise<void>): Promise<typeof counts> {
  Object.assign(counts, { allowed: 0, refused: 0, unsent: 0 });
  await run();
  return { ...counts };
}

const document = (statements: readonly Written[]): string =>
  JSON.stringify({ Version: "2012-10-17", Statement: statements });

function policyOf(statements: readonly Written[], kind: PolicyKind): Policy {
  const { policy, diagnostics } = parsePolicy(document(statements), kind);
  if (policy === undefined) throw new Error(JSON.stringify(diagnostics));
  return policy;
}

async function give(user: MadeUser, statements: readonly Written[]): Promise<void> {
  const input = { UserName: user.name, PolicyName: "inline", PolicyDocument: document(statements) };
  await iam(gateway, gateway.admin).send(new PutUserPolicyCommand(input));
}

const conditions: readonly Written[] = [
  { StringLike: { "s3:prefix": "reports/*" } },
  { StringNotEquals: { "s3:prefix": "secret" } },
  { NumericLessThanEquals: { "s3:max-keys": "10" } },
  { IpAddress: { "aws:SourceIp": "203.0.113.0/24" } },
  { NotIpAddress: { "aws:SourceIp": ["203.0.113.0/24", "2001:db8::/32"] } },
  { Bool: { "aws:SecureTransport": "true" } },
  { StringLike: { "aws:Referer": "https://example.com/*" } },
  { StringNotLikeIfExists: { "aws:UserAgent": "curl*" } },
];
const onObjects = ["s3:GetObject", "s3:PutObject", "s3:DeleteObject", "s3:*Object", "s3:Get*", "s3:*Tagging"];
const onBuckets = ["s3:ListBucket", "s3:GetBucketLocation", "s3:GetBucket*", "s3:List*"];
const keyPatterns = ["*", "reports/*", "reports/2026/*", "*.csv", "?x"];

const statement: fc.Arbitrary<Written> = fc
  .record({
    effect: fc.constantFrom("Allow", "Allow", "Allow", "Deny"),
    ofObjects: fc.boolean(),
    objectActions: fc.uniqueArray(fc.constantFrom(...onObjects), { minLength: 1, maxLength: 2 }),
    bucketActions: fc.uniqueArray(fc.constantFrom(...onBuckets), { minLength: 1, maxLength: 2 }),
    bucket: fc.constantFrom(...buckets, "seen-*"),
    keys: fc.uniqueArray(fc.constantFrom(...keyPatterns), { minLength: 1, maxLength: 2 }),
    condition: fc.option(fc.constantFrom(...conditions)),
  })
  .map(({ effect, ofObjects, objectActions, bucketActions, bucket, keys, condition }) => ({
    Effect: effect,
    Action: ofObjects ? objectActions : bucketActions,
    Resource: ofObjects ? keys.map((key) => `arn:aws:s3:::${bucket}/${key}`) : `arn:aws:s3:::${bucket}`,
    ...(condition === null ? {} : { Condition: condition }),
  }));
const statements = fc.array(statement, { minLength: 1, maxLength: 4 });
const seed = 17;

test("what one policy allows and another does not", async () => {
  const [left, right] = users;
  const found = await counted(async () => {
    for (const [one, other] of fc.sample(fc.tuple(statements, statements), { numRuns: 40, seed })) {
      await give(left, one);
      await give(right, other);
      const { inside, around, common } = comparePolicies(policyOf(one, "identity"), policyOf(other, "identity"));
      const sides = [
        [inside, left, right],
        [around, right, left],
      ] as const;
      for (const [answer, allowing, refusing] of sides) {
        expect(answer.answer).not.toBe("unknown");
        for (const { witness } of answer.answer === "no" ? answer.differences : []) {
          await replay(witness, allowing.keys, true);
          await replay(witness, refusing.keys, false);
        }
      }
      if (common !== undefined) for (const { keys } of users) await replay(common, keys, true);
    }
  });
  expect(found.allowed).toBeGreaterThan(40);
  expect(found.refused).toBeGreaterThan(40);
});

test("what a policy allows outside its bounds", async () => {
  const bounds = { buckets: ["seen-one"], prefixes: ["reports/"] };
  const [user, bounded] = users;
  const within = ["s3:GetObject", "s3:PutObject", "s3:DeleteObject", "s3:GetObjectTagging", "s3:GetObjectAcl"];
  await give(bounded, [
    { Effect: "Allow", Action: within, Resource: "arn:aws:s3:::seen-one/reports/*" },
    {
      Effect: "Allow",
      Action: "s3:ListBucket*",
      Resource: "arn:aws:s3:::seen-one",
      Condition: { StringLike: { "s3:prefix": "reports/*" } },
    },
    { Effect: "Allow", Action: "s3:GetBucketLocation", Resource: "arn:aws:s3:::seen-one" },
  ]);
  const found = await counted(async () => {
    for (const one of fc.sample(statements, { numRuns: 30, seed })) {
      await give(user, one);
      const answer = checkAccess(policyOf(one, "identity"), bounds);
      for (const { witness } of answer.answer === "no" ? answer.differences : []) {
        await replay(witness, user.keys, true);
        await replay(witness, bounded.keys, false);
      }
    }
  });
  expect(found.allowed).toBeGreaterThan(10);
});

test("who may from outside by a bucket's policy, and who may not", async () => {
  const made = await cliHere(gateway, ["account", "create", "away", "--email", "away@example.com", "--local"]);
  const { AccountId } = JSON.parse(made.stdout) as { readonly AccountId: string };
  const away = readKeys(join(gateway.dataDir, "accounts", AccountId, "root-credentials"));
  const admin = s3(gateway, gateway.admin);
  for (const Bucket of buckets) await admin.send(new DeletePublicAccessBlockCommand({ Bucket }));
  const whom = fc.constantFrom<unknown>("*", { AWS: "*" }, { AWS: gateway.accountId }, { AWS: users[0].arn });
  const public_ = fc.tuple(fc.array(statement, { minLength: 1, maxLength: 2 }), whom);
  const found = await counted(async () => {
    for (const [written, Principal] of fc.sample(public_, { numRuns: 60, seed })) {
      const own = written.map((one) => ({
        ...JSON.parse(JSON.stringify(one).replaceAll(/seen-(?:two|\*)/g, "seen-one")),
        Principal,
      })) as readonly Written[];
      const put = { Bucket: "seen-one", Policy: document(own) };
      // S3 refuses what no request can have: `s3:prefix` on objects.
      if (await admin.send(new PutBucketPolicyCommand(put)).catch(() => undefined)) {
        const answer = checkPublic(policyOf(own, "resource"), { account: gateway.accountId });
        if (answer.answer === "unknown") throw new Error(answer.construct);
        for (const { who, witness } of answer.outside)
          await replay(witness, who === "everyone" ? undefined : away, true);
        if (answer.outside.length > 0) continue;
        for (const keys of [undefined, away]) await replay(plain("s3:GetObject", "seen-one/reports/x"), keys, false);
      }
    }
  });
  expect(found.allowed).toBeGreaterThan(10);
  expect(found.refused).toBeGreaterThan(10);
});

/** A request without anything that a policy could ask for beyond what every request has. */
function plain(action: string, place: string): Witness {
  const resource = `arn:aws:s3:::${place}`;
  return {
    principal: { kind: "anonymous" },
    action,
    resource,
    resourceAccount: undefined,
    context: {},
    asked: [],
    absent: [],
  };
}

test("what is always, never, or under conditions allowed to a user", async () => {
  const [user] = users;
  const { accountId } = gateway;
  const principal: Principal = { kind: "user", accountId, arn: user.arn, userId: user.userId, userName: user.name };
  const scopes = [
    { action: "s3:GetObject", resource: "arn:aws:s3:::seen-two/*" },
    { action: "s3:GetObject", resource: "arn:aws:s3:::seen-two/reports/a.csv" },
    { action: "s3:PutObject", resource: "arn:aws:s3:::seen-two/reports/*" },
    { action: "s3:ListBucket", resource: "arn:aws:s3:::seen-two" },
    { action: "s3:GetBucketLocation", resource: "arn:aws:s3:::seen-two" },
  ];
  const answers = new Set<string>();
  const found = await counted(async () => {
    for (const one of fc.sample(statements, { numRuns: 30, seed })) {
      await give(user, one);
      const identity = [{ name: "inline", policy: policyOf(one, "identity") }];
      const layers = compileLayers({ guardrails: [], identity, boundary: "none", sessions: [], resource: "none" });
      const ask = accessOverUnknowns({ layers, principal, resourceAccount: accountId });
      for (const scope of scopes) {
        const access = ask(scope);
        answers.add(access.answer);
        if (access.answer === "unknown") throw new Error(access.construct);
        if (access.answer === "never")
          await replay(
            plain(scope.action, scope.resource.slice("arn:aws:s3:::".length).replace("*", "x")),
            user.keys,
            false,
          );
        else await replay(access.allowed, user.keys, true);
        if (access.answer === "depends") await replay(access.refused, user.keys, false);
      }
    }
  });
  expect([...answers].toSorted()).toEqual(["always", "depends", "never"]);
  expect(found.allowed).toBeGreaterThan(20);
  expect(found.refused).toBeGreaterThan(50);
});
