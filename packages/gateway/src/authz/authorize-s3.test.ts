import type { NamedProgram, Principal } from "@s3-credentials/policy";
import { describe, expect, test } from "vitest";
import type { S3ConditionKey, S3Demand } from "../operations/demand.ts";
import { isRefusal } from "../operations/operation.ts";
import { itemResource, type S3Subject } from "../operations/s3/s3-subject.ts";
import { copyObject } from "../operations/s3/copy-object.ts";
import { deleteObjects } from "../operations/s3/delete-objects.ts";
import type { BucketRecord } from "../ports/bucket-registry.ts";
import type { Caller } from "../ports/principal-directory.ts";
import { testProgram } from "../../test/test-program.ts";
import { createTimeBudget } from "../pipeline/time-budget.ts";
import { authorizeS3, mayListS3 } from "./authorize-s3.ts";
import type { AuthorizationInput } from "./prepare-s3.ts";
import { createBucketPolicies } from "./bucket-policies.ts";
import { refuseImpossible } from "./possible-s3.ts";
import { withSeenObjects } from "./seen-objects.ts";

const account = "123456789012";
const other = "999999999999";

function policy(statement: unknown, kind: "identity" | "resource" = "identity"): NamedProgram {
  return testProgram(kind, statement, "p (inline)");
}

function user(accountId = account): Principal {
  return {
    kind: "user",
    accountId,
    arn: `arn:aws:iam::${accountId}:user/u`,
    userId: "AIDAAAAAAAAAAAAAAAAA",
    userName: "u",
  };
}

function caller(principal: Principal, ...identity: readonly NamedProgram[]): Caller {
  return {
    principal,
    layers: { guardrails: [], identity, boundary: "none", sessions: [] },
    context: new Map(),
    accessKeyId: undefined,
    session: undefined,
  };
}

function bucket(changes: Partial<BucketRecord> = {}): BucketRecord {
  return {
    id: "1",
    place: "1",
    name: "bucket",
    owner: account,
    region: "us-east-1",
    createdAt: 0,
    state: "active",
    versioning: "off",
    policy: undefined,
    publicAccessBlock: undefined,
    accountPublicAccessBlock: undefined,
    website: undefined,
    cors: undefined,
    tags: [],
    abac: false,
    requesterPays: false,
    encryption: undefined,
    ownership: "BucketOwnerEnforced",
    acl: undefined,
    objectLock: undefined,
    lifecycle: undefined,
    notification: undefined,
    logging: undefined,
    ...changes,
  };
}

interface Given {
  readonly caller: Caller;
  readonly demands: readonly S3Demand[];
  readonly subject?: S3Subject;
  readonly bucket?: BucketRecord;
  readonly source?: BucketRecord;
  readonly headers?: ReadonlyMap<string, string>;
  readonly conditionKeys?: readonly S3ConditionKey[];
  readonly query?: ReadonlyMap<string, string>;
}

function given(parts: Given): AuthorizationInput {
  return {
    operation: "GetObject",
    row: { demands: parts.demands, conditionKeys: parts.conditionKeys ?? ["s3:VersionId"] },
    subject: parts.subject ?? { bucket: "bucket", key: "key" },
    buckets: { bucket: parts.bucket ?? bucket(), source: parts.source },
    facts: {
      request: {
        headers: parts.headers ?? new Map(),
        query: parts.query ?? new Map(),
        sourceIp: "192.0.2.1",
        clientNetwork: "192.0.2.1",
        secure: false,
        now: 0,
        signal: new AbortController().signal,
      },
      auth: undefined,
      caller: parts.caller,
      accounts: new Map(),
      region: "us-east-1",
    },
    policies: createBucketPolicies(),
    time: createTimeBudget().of("caller", new AbortController().signal),
    requestId: "R",
  };
}

const get: readonly S3Demand[] = [
  { action: "s3:GetObject", resource: "object", when: "no-version" },
  { action: "s3:GetObjectVersion", resource: "object", when: "version-named" },
];

async function verdict(parts: Given): Promise<readonly string[] | string> {
  const { outcome } = await authorizeS3(given(parts));
  return isRefusal(outcome) ? (outcome.message ?? "") : outcome.resources;
}

const all = policy({ Effect: "Allow", Action: "s3:*", Resource: "*" });
const publicRead = JSON.stringify({
  Version: "2012-10-17",
  Statement: { Effect: "Allow", Principal: "*", Action: "s3:GetObject", Resource: "arn:aws:s3:::bucket/*" },
});

describe("authorizeS3", () => {
  test("a grant holds what was allowed, and nothing can change it", async () => {
    const { outcome, decision } = await authorizeS3(given({ caller: caller(user(), all), demands: get }));
    expect(outcome).toMatchObject({
      operation: "GetObject",
      accountId: account,
      resources: ["arn:aws:s3:::bucket/key"],
      requestId: "R",
    });
    expect(Object.isFrozen(outcome)).toBe(true);
    expect(decision).toMatchObject({
      allowed: true,
      layer: "identity",
      statement: { policyName: "p (inline)", index: 0 },
    });
  });

  test("a denial names principal, action, resource and kind of policy to the bucket's own account", async () => {
    const message = await verdict({ caller: caller(user()), demands: get });
    expect(message).toBe(
      `User: arn:aws:iam::${account}:user/u is not authorized to perform: s3:GetObject on resource: "arn:aws:s3:::bucket/key" because no identity-based policy allows the s3:GetObject action`,
    );
  });

  test("and says nothing to another account or to nobody", async () => {
    expect(await verdict({ caller: caller(user(other), all), demands: get })).toBe("");
    expect(await verdict({ caller: caller({ kind: "anonymous" }), demands: get })).toBe("");
  });

  test("a version asks for the Version action", async () => {
    const plain = policy({ Effect: "Allow", Action: "s3:GetObject", Resource: "*" });
    const subject = { bucket: "bucket", key: "key", versionId: "null" };
    expect(await verdict({ caller: caller(user(), plain), demands: get, subject })).toContain("s3:GetObjectVersion");
    expect(await verdict({ caller: caller(user(), plain), demands: get })).toEqual(["arn:aws:s3:::bucket/key"]);
  });

  test("every demand counts: a copy needs its source and its target", async () => {
    const demands: readonly S3Demand[] = [
      { action: "s3:PutObject", resource: "object" },
      { action: "s3:GetObject", resource: "source-object", when: "source-no-version" },
      { action: "s3:GetObjectVersion", resource: "source-object", when: "source-version-named" },
    ];
    const source = bucket({ id: "2", place: "2", name: "source" });
    const subject = { bucket: "bucket", key: "key", source: { bucket: "source", key: "s", versionId: undefined } };
    const put = policy({ Effect: "Allow", Action: "s3:PutObject", Resource: "*" });
    const read = policy({ Effect: "Allow", Action: "s3:GetObject", Resource: "*" });
    expect(await verdict({ caller: caller(user(), put), demands, subject, source })).toContain(
      "s3:GetObject on resource",
    );
    expect(await verdict({ caller: caller(user(), read), demands, subject, source })).toContain("s3:PutObject");
    expect(await verdict({ caller: caller(user(), put, read), demands, subject, source })).toEqual([
      "arn:aws:s3:::bucket/key",
      "arn:aws:s3:::source/s",
    ]);
    const version = { ...subject, source: { ...subject.source, versionId: "v" } };
    expect(await verdict({ caller: caller(user(), put, read), demands, subject: version, source })).toContain(
      "s3:GetObjectVersion",
    );
  });

  test("the source's own bucket policy decides over the source", async () => {
    const deny = JSON.stringify({
      Version: "2012-10-17",
      Statement: { Effect: "Deny", Principal: "*", Action: "s3:GetObject", Resource: "arn:aws:s3:::source/*" },
    });
    const demands: readonly S3Demand[] = [{ action: "s3:GetObject", resource: "source-object" }];
    const subject = { bucket: "bucket", key: "key", source: { bucket: "source", key: "s", versionId: undefined } };
    const source = bucket({ id: "2", place: "2", name: "source", policy: deny });
    expect(await verdict({ caller: caller(user(), all), demands, subject, source })).toContain(
      "explicit deny in a resource-based policy",
    );
  });

  test("items: the refused are left out; a key and its version are two things", async () => {
    const demands: readonly S3Demand[] = [
      { action: "s3:DeleteObject", resource: "item", when: "no-version" },
      { action: "s3:DeleteObjectVersion", resource: "item", when: "version-named" },
    ];
    const rights = policy([
      { Effect: "Allow", Action: "s3:DeleteObject", Resource: "arn:aws:s3:::bucket/mine/*" },
      {
        Effect: "Allow",
        Action: "s3:DeleteObjectVersion",
        Resource: "*",
        Condition: { StringEquals: { "s3:VersionId": "v1" } },
      },
    ]);
    const items = [
      { key: "mine/a", versionId: undefined },
      { key: "mine/a", versionId: "v2" },
      { key: "theirs/b", versionId: undefined },
      { key: "theirs/b", versionId: "v1" },
    ];
    const resources = await verdict({ caller: caller(user(), rights), demands, subject: { bucket: "bucket", items } });
    expect(resources).toEqual([itemResource("bucket", items[0] ?? fail()), itemResource("bucket", items[3] ?? fail())]);
    expect(new Set(items.map((item) => itemResource("bucket", item))).size).toBe(4);
  });

  test("items with an ETag are read too, and are things of their own", async () => {
    const { demands } = deleteObjects;
    const rights = policy([
      { Effect: "Allow", Action: "s3:DeleteObject", Resource: "*" },
      { Effect: "Allow", Action: "s3:GetObject", Resource: "arn:aws:s3:::bucket/mine/*" },
    ]);
    const items = [
      { key: "mine/a", versionId: undefined, ifMatch: "e" },
      { key: "theirs/b", versionId: undefined, ifMatch: "e" },
      { key: "theirs/b", versionId: undefined },
      { key: "theirs/b", versionId: undefined, ifMatch: "*" },
    ];
    const subject = { bucket: "bucket", items };
    const allowed = [0, 2, 3].map((at) => itemResource("bucket", items[at] ?? fail()));
    expect(await verdict({ caller: caller(user(), rights), demands, subject })).toEqual(allowed);
    expect(new Set(items.map((item) => itemResource("bucket", item))).size).toBe(4);
  });

  test("anonymous callers have what the bucket policy gives them", async () => {
    const demands = get;
    expect(
      await verdict({ caller: caller({ kind: "anonymous" }), demands, bucket: bucket({ policy: publicRead }) }),
    ).toEqual(["arn:aws:s3:::bucket/key"]);
  });

  test("RestrictPublicBuckets: a public policy gives nothing outside the account", async () => {
    const restricted = {
      blockPublicAcls: false,
      ignorePublicAcls: false,
      blockPublicPolicy: false,
      restrictPublicBuckets: true,
    };
    const shut = bucket({ policy: publicRead, publicAccessBlock: restricted });
    expect(await verdict({ caller: caller({ kind: "anonymous" }), demands: get, bucket: shut })).toBe("");
    expect(await verdict({ caller: caller(user(other), all), demands: get, bucket: shut })).toBe("");
    expect(await verdict({ caller: caller(user()), demands: get, bucket: shut })).toEqual(["arn:aws:s3:::bucket/key"]);
    const open = bucket({ policy: publicRead, publicAccessBlock: { ...restricted, restrictPublicBuckets: false } });
    expect(await verdict({ caller: caller(user(other), all), demands: get, bucket: open })).toEqual([
      "arn:aws:s3:::bucket/key",
    ]);
  });

  test("RestrictPublicBuckets leaves the policy's Deny and a policy that is not public alone", async () => {
    const block = {
      blockPublicAcls: false,
      ignorePublicAcls: false,
      blockPublicPolicy: false,
      restrictPublicBuckets: true,
    };
    const named = publicRead.replace('"*"', `{"AWS":"${other}"}`);
    const shared = bucket({ policy: named, publicAccessBlock: block });
    expect(await verdict({ caller: caller(user(other), all), demands: get, bucket: shared })).toEqual([
      "arn:aws:s3:::bucket/key",
    ]);
  });

  // SECURITY: what cannot be read denies.
  test("an unreadable bucket policy denies everyone, but lets the owner's root mend it", async () => {
    const unreadable = bucket({ policy: '{"Version":"2012-10-17","Statement":{"Effect":"Allow","Nonsense":1}}' });
    expect(
      (await authorizeS3(given({ caller: caller(user(), all), demands: get, bucket: unreadable }))).outcome,
    ).toMatchObject({
      code: "AccessDenied",
    });
    const root: Principal = { kind: "root", accountId: account, arn: `arn:aws:iam::${account}:root` };
    expect(
      (await authorizeS3(given({ caller: caller(root), demands: get, bucket: unreadable }))).outcome,
    ).toMatchObject({
      code: "AccessDenied",
    });
    const remove: readonly S3Demand[] = [{ action: "s3:DeleteBucketPolicy", resource: "bucket" }];
    expect(await verdict({ caller: caller(root), demands: remove, bucket: unreadable })).toEqual([
      "arn:aws:s3:::bucket",
    ]);
  });

  test("a condition key of another operation meets no condition", async () => {
    const rights = policy({
      Effect: "Allow",
      Action: "s3:*",
      Resource: "*",
      Condition: { StringLike: { "s3:prefix": "home/*" } },
    });
    const query = new Map([["prefix", "home/x"]]);
    expect(await verdict({ caller: caller(user(), rights), demands: get, query })).toContain("not authorized");
    const list: readonly S3Demand[] = [{ action: "s3:ListBucket", resource: "bucket" }];
    const keys = { query, conditionKeys: ["s3:prefix"] as const };
    expect(await verdict({ caller: caller(user(), rights), demands: get, ...keys })).toContain("not authorized");
    expect(await verdict({ caller: caller(user(), rights), demands: list, ...keys })).toHaveLength(1);
  });

  test("a row that asks nothing is a fault, and so is an unknown predicate or resource", async () => {
    await expect(authorizeS3(given({ caller: caller(user(), all), demands: [] }))).rejects.toThrow("demands nothing");
    const never: readonly S3Demand[] = [{ action: "s3:GetObject", resource: "object", when: "version-named" }];
    await expect(authorizeS3(given({ caller: caller(user(), all), demands: never }))).rejects.toThrow(
      "demands nothing",
    );
    await expect(
      authorizeS3(
        given({
          caller: caller(user(), all),
          demands: [{ action: "s3:GetObject", resource: "object", when: "toString" as "no-version" }],
        }),
      ),
    ).rejects.toThrow("predicate");
    await expect(
      authorizeS3(
        given({ caller: caller(user(), all), demands: [{ action: "s3:GetObject", resource: "elsewhere" as "none" }] }),
      ),
    ).rejects.toThrow("elsewhere");
    await expect(
      authorizeS3(given({ caller: caller(user(), all), demands: get, subject: { bucket: "bucket" } })),
    ).rejects.toThrow("object");
  });

  test("callers who may list may learn that an object does not exist", async () => {
    const lister = policy({ Effect: "Allow", Action: "s3:ListBucket", Resource: "arn:aws:s3:::bucket" });
    expect(await mayListS3(given({ caller: caller(user(), lister), demands: get }), "bucket")).toBe(true);
    expect(await mayListS3(given({ caller: caller(user()), demands: get }), "bucket")).toBe(false);
    expect(await mayListS3(given({ caller: caller(user(), lister), demands: get }), "source")).toBe(false);
  });
});

function fail(): never {
  throw new Error("unreachable");
}

describe("whatever is decided is charged to the caller's time", () => {
  const limits = { turn: 10, slice: 1, decision: 0, request: 100, caller: 100 };
  const time = createTimeBudget(limits).of("caller", new AbortController().signal);
  const statement = { Effect: "Allow", Action: "s3:*", Resource: "*" };
  const asked = given({ caller: caller(user(), policy(statement)), demands: [] });

  test("whether a miss may be reported", async () => {
    await expect(mayListS3({ ...asked, time }, "bucket")).rejects.toMatchObject({ kind: "too-costly" });
  });

  test("whether an Allow is possible at all", async () => {
    const demands: readonly S3Demand[] = [{ action: "s3:DeleteObject", resource: "item" }];
    const row = { ...asked.row, demands };
    await expect(refuseImpossible({ ...asked, row, time })).rejects.toMatchObject({ kind: "too-costly" });
    expect(await refuseImpossible({ ...asked, row })).toBeUndefined();
  });
});

test("a thousand items are looked up by key, a few in each turn, and only where something about the object counts", async () => {
  const items = Array.from({ length: 1000 }, (_, at) => ({
    key: `k${at % 500}`,
    versionId: undefined,
    ifMatch: `${at}`,
  }));
  const input = {
    caller: caller(user(), all),
    demands: deleteObjects.demands,
    subject: { bucket: "bucket", items },
  };
  const cost = async (bucketOf: BucketRecord) => {
    let [turns, lookUps] = [0, 0];
    const asked = given({ ...input, bucket: bucketOf });
    const time = { ...asked.time, turn: async () => void (turns += 1) };
    const stateOf = async (): Promise<undefined> => void (lookUps += 1);
    const homes = { keepsTags: () => Promise.resolve(true) };
    const found = await withSeenObjects({ ...asked, time }, { objects: { stateOf }, homes });
    return { turns, lookUps, items: found.refused?.outcome ?? found.input?.seen?.items?.size };
  };
  expect(await cost(bucket())).toEqual({ turns: 0, lookUps: 0, items: undefined });
  const { turns, ...rest } = await cost(bucket({ ownership: "ObjectWriter" }));
  expect(rest).toEqual({ lookUps: 500, items: 1000 });
  expect(turns).toBeGreaterThanOrEqual(50);
});

test("an engine is asked about no object for callers whom no Allow could concern", async () => {
  const tagged = { Condition: { StringEquals: { "s3:ExistingObjectTag/state": "released" } } };
  const open = { Effect: "Allow", Action: "s3:GetObject", Resource: "arn:aws:s3:::bucket/public/*", ...tagged };
  const onEngine = (more: Partial<BucketRecord> = {}) => bucket({ place: "ceph/bucket", ...more });
  const withPolicy = onEngine({
    policy: JSON.stringify({ Version: "2012-10-17", Statement: { Principal: "*", ...open } }),
  });
  const reads = [{ action: "s3:GetObject", resource: "object" }] as const;
  const look = async (parts: Given) => {
    let lookUps = 0;
    const stateOf = async (): Promise<undefined> => void (lookUps += 1);
    const homes = { keepsTags: () => Promise.resolve(true) };
    const found = await withSeenObjects(given(parts), { objects: { stateOf }, homes });
    const outcome = found.refused?.outcome.code ?? (found.input?.seen === undefined ? "unseen" : "seen");
    return [outcome, lookUps];
  };
  const anonymous = caller({ kind: "anonymous" });
  const of = (key: string) => ({ bucket: "bucket", key });
  const get = { caller: anonymous, demands: reads, bucket: withPolicy };
  expect(await look({ ...get, subject: of("private/a") })).toEqual(["AccessDenied", 0]);
  expect(await look({ ...get, subject: of("public/a") })).toEqual(["seen", 1]);
  const denies = policy({ Effect: "Deny", Action: "*", Resource: "*", ...tagged });
  expect(await look({ caller: caller(user(), denies), demands: reads, bucket: onEngine() })).toEqual([
    "AccessDenied",
    0,
  ]);
  const headers = new Map([["x-amz-copy-source", "bucket/a"]]);
  const copies = { demands: copyObject.demands, headers, bucket: onEngine(), source: onEngine() };
  const subject = { ...of("b"), source: { ...of("a"), versionId: undefined } };
  expect(await look({ ...copies, caller: anonymous, subject })).toEqual(["AccessDenied", 0]);
  const all = policy({ Effect: "Allow", Action: "s3:*", Resource: "*" });
  expect(await look({ ...copies, caller: caller(user(), all), subject })).toEqual(["seen", 1]);
});
