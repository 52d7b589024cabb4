import type { NamedProgram, Principal } from "@s3-credentials/policy";
import { describe, expect, test } from "vitest";
import type { S3Demand } from "../operations/demand.ts";
import { type AnyAction, isRefusal } from "../operations/operation.ts";
import type { S3Operation } from "../operations/s3/s3-operation.ts";
import type { S3Subject } from "../operations/s3/s3-subject.ts";
import { type S3OperationName, stsOperationNames } from "../ports/operation-name.ts";
import { type JsonRow, operationTables, type QueryRow } from "../operations/table.ts";
import type { BucketRecord } from "../ports/bucket-registry.ts";
import type { Caller } from "../ports/principal-directory.ts";
import { createTimeBudget } from "../pipeline/time-budget.ts";
import { createPolicyPrograms } from "./policy-programs.ts";
import { testProgram } from "../../test/test-program.ts";
import { authorizeQuery } from "./authorize-query.ts";
import { authorizeS3 } from "./authorize-s3.ts";
import type { AuthorizationInput } from "./prepare-s3.ts";
import { createBucketPolicies } from "./bucket-policies.ts";
import { refuseImpossible } from "./possible-s3.ts";
import { demandApplies } from "./predicates.ts";

// Every operation that is here x anonymous, no policy, all but one action, the right actions, another account, root.

const account = "123456789012";
const other = "999999999999";

function allowing(actions: readonly string[]): readonly NamedProgram[] {
  return actions.length === 0 ? [] : [testProgram("identity", { Effect: "Allow", Action: actions, Resource: "*" })];
}

function caller(principal: Principal, identity: readonly NamedProgram[] = []): Caller {
  const layers = { guardrails: [], identity, boundary: "none", sessions: [] } as const;
  return { principal, layers, context: new Map(), accessKeyId: undefined, session: undefined };
}

const canonicalId = "c".repeat(64);
const anonymous = caller({ kind: "anonymous" });
const root = (accountId: string) =>
  caller({ kind: "root", accountId, canonicalId, arn: `arn:aws:iam::${accountId}:root` });
const user = (accountId: string, ...actions: string[]) =>
  caller(
    {
      kind: "user",
      accountId,
      canonicalId,
      arn: `arn:aws:iam::${accountId}:user/u`,
      userId: "AIDAAAAAAAAAAAAAAAAA",
      userName: "u",
    },
    allowing(actions),
  );

function bucket(name: string): BucketRecord {
  return {
    id: name,
    place: name,
    name,
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
  };
}

const everyHeader = new Map([
  ["x-amz-tagging", "a=b"],
  ["x-amz-acl", "private"],
  ["x-amz-bypass-governance-retention", "true"],
  ["x-amz-object-lock-legal-hold", "ON"],
  ["x-amz-object-lock-mode", "GOVERNANCE"],
]);

const variants = [undefined, "v1"].flatMap((versionId) =>
  [new Map<string, string>(), everyHeader].map((headers) => ({
    headers,
    subject: {
      bucket: "bucket",
      key: "key",
      ...(versionId === undefined ? {} : { versionId }),
      source: { bucket: "source", key: "s", versionId },
      items: [{ key: "item", versionId, ifMatch: headers.size === 0 ? undefined : "etag" }],
    } satisfies S3Subject,
  })),
);

type Variant = (typeof variants)[number];

function asks(row: S3Operation, { subject, headers }: Variant): readonly S3Demand[] {
  return row.demands.filter((demand) =>
    demandApplies(demand.when, {
      subject,
      versionId: subject.source.versionId,
      ifMatch: subject.items[0]?.ifMatch,
      headers,
      source: undefined,
    }),
  );
}

const { signal } = new AbortController();
const time = createTimeBudget().of("caller", signal);

/** Whether the operation may be done: granted, and where it is about items, with the item. */
async function may(name: S3OperationName, row: S3Operation, variant: Variant, who: Caller): Promise<boolean> {
  const { outcome } = await authorizeS3(inputOf(name, row, variant, who));
  return !isRefusal(outcome) && outcome.resources.length > 0;
}

function inputOf(
  name: S3OperationName,
  row: S3Operation,
  { subject, headers }: { readonly subject: S3Subject; readonly headers: ReadonlyMap<string, string> },
  who: Caller,
): AuthorizationInput {
  const there = name === "CreateBucket" ? undefined : bucket("bucket");
  return {
    operation: name,
    row,
    subject,
    buckets: { bucket: there, source: bucket("source") },
    facts: {
      request: {
        headers,
        query: new Map(),
        sourceIp: "192.0.2.1",
        clientNetwork: "192.0.2.1",
        secure: false,
        now: 0,
        signal,
      },
      auth: undefined,
      caller: who,
      accounts: new Map(),
      region: "us-east-1",
    },
    policies: createBucketPolicies(),
    time,
    requestId: "R",
  };
}

const s3Rows = Object.entries(operationTables.S3).flatMap(([name, row]) =>
  "demands" in row ? [[name as S3OperationName, row] as const] : [],
);

describe.each(s3Rows)("%s", (name, row) => {
  test.each(variants)("version $subject.versionId, $headers.size headers", async (variant) => {
    const actions = asks(row, variant).map(({ action }) => action);
    expect(actions.length).toBeGreaterThan(0);
    expect(await may(name, row, variant, anonymous)).toBe(false);
    expect(await may(name, row, variant, user(account))).toBe(false);
    for (const left of new Set(actions)) {
      const rest = actions.filter((action) => action !== left);
      expect([left, await may(name, row, variant, user(account, ...rest, "s3:CreateJob"))]).toEqual([left, false]);
    }
    expect(await may(name, row, variant, user(account, ...actions))).toBe(true);
    expect(await may(name, row, variant, root(account))).toBe(true);
    const ofNobody = row.demands.every(({ resource }) => resource === "none") || name === "CreateBucket";
    expect(await may(name, row, variant, user(other, "s3:*"))).toBe(ofNobody);
    expect(await may(name, row, variant, root(other))).toBe(ofNobody);
  });
});

describe("rows whose demands depend on their body", () => {
  const rows = s3Rows.filter(([, { detailsOfBody }]) => detailsOfBody !== undefined);
  test("there are some", () =>
    expect(rows.map(([name]) => name)).toEqual([
      "CreateBucket",
      "DeleteObjects",
      "PutBucketInventoryConfiguration",
      "PutObjectLegalHold",
      "PutObjectRetention",
      "PutObjectTagging",
    ]));

  test.each(rows)("%s: refused before the body only when no body could be allowed", async (name, row) => {
    const subject = { bucket: "bucket", ...(row.route.level === "object" ? { key: "key" } : {}) };
    const early = (who: Caller) => refuseImpossible(inputOf(name, row, { headers: new Map(), subject }, who));
    const actions = row.demands
      .filter(
        ({ when }) => when === undefined || when.includes(row.route.level === "object" ? "no-version" : "version"),
      )
      .map(({ action }) => action);
    for (const who of [anonymous, user(account), user(account, "s3:GetObject")])
      expect((await early(who))?.outcome).toMatchObject({ code: "AccessDenied" });
    for (const action of actions) expect(await early(user(account, action))).toBeUndefined();
    expect(await early(root(account))).toBeUndefined();
    expect((await early(user(other, "s3:*"))) === undefined).toBe(name === "CreateBucket");
  });

  test("what a header demands of every key is asked before the body too", async () => {
    const headers = new Map([["x-amz-bypass-governance-retention", "true"]]);
    const row = operationTables.S3.DeleteObjects as S3Operation;
    const early = (...allowed: string[]) =>
      refuseImpossible(
        inputOf("DeleteObjects", row, { headers, subject: { bucket: "bucket" } }, user(account, ...allowed)),
      );
    expect((await early("s3:DeleteObject"))?.outcome).toMatchObject({ code: "AccessDenied" });
    expect((await early("s3:BypassGovernanceRetention"))?.outcome).toMatchObject({ code: "AccessDenied" });
    expect(await early("s3:DeleteObjectVersion", "s3:BypassGovernanceRetention")).toBeUndefined();
  });
});

async function mayQuery(row: AnyAction<unknown>, who: Caller): Promise<boolean> {
  const names = row.demands.map(({ resource }) => resource);
  const resources = Object.fromEntries(
    names.map((resource) => [resource, { arn: `arn:aws:iam::${account}:user/x`, accountId: account }]),
  );
  const request = {
    headers: new Map<string, string>(),
    query: new Map<string, string>(),
    sourceIp: "192.0.2.1",
    clientNetwork: "192.0.2.1",
    secure: false,
    now: 0,
    signal,
  };
  const { outcome } = await authorizeQuery({
    operation: row.name,
    row,
    resolution: { resources, context: new Map() },
    facts: { request, auth: undefined, caller: who, accounts: new Map(), region: "us-east-1" },
    programs: createPolicyPrograms(),
    principals: { resourceAccount: async () => undefined },
    time,
    requestId: "R",
  });
  return !isRefusal(outcome);
}

const actionRows = [operationTables.IAM, operationTables.Organizations, operationTables.Account].flatMap((table) =>
  Object.entries<JsonRow | QueryRow>(table).flatMap(([name, row]) =>
    "notImplemented" in row ? [] : [[name, row as AnyAction<unknown>] as const],
  ),
);

describe.each(actionRows)("%s", (_name, row) => {
  test("asks for its action", async () => {
    const needed = row.demands.filter(({ unlessDenied }) => unlessDenied !== true).map(({ action }) => action);
    expect(needed.length).toBeGreaterThan(0);
    await expect(mayQuery(row, anonymous)).rejects.toThrow("anonymous");
    expect(await mayQuery(row, user(account))).toBe(false);
    for (const left of new Set(needed))
      expect(
        await mayQuery(
          row,
          user(account, ...needed.filter((action) => action !== left), "iam:UploadSigningCertificate"),
        ),
      ).toBe(false);
    expect(await mayQuery(row, user(account, ...needed))).toBe(true);
    expect(await mayQuery(row, root(account))).toBe(true);
    const ofNobody = row.demands.every(({ resource }) => resource === "none");
    expect(await mayQuery(row, user(other, "iam:*", "organizations:*", "account:*", "s3-credentials:*"))).toBe(
      ofNobody,
    );
  });
});

test("of STS only what AWS asks no permission for demands nothing", () => {
  const free = stsOperationNames.filter((name) => {
    const row = operationTables.STS[name];
    return !("notImplemented" in row) && row.demands.length === 0;
  });
  expect(free.filter((name) => !["GetCallerIdentity", "GetSessionToken", "GetAccessKeyInfo"].includes(name))).toEqual(
    [],
  );
});
