/** Questions that authorization is asked about requests of S3, with what is usual in them. */
import type { NamedProgram, Principal } from "@s3-credentials/policy";
import type { S3ConditionKey, S3Demand } from "../src/operations/demand.ts";
import { isRefusal } from "../src/operations/operation.ts";
import type { S3Subject } from "../src/operations/s3/s3-subject.ts";
import type { BucketRecord } from "../src/ports/bucket-registry.ts";
import type { Caller } from "../src/ports/principal-directory.ts";
import { testProgram } from "./test-program.ts";
import { createTimeBudget } from "../src/pipeline/time-budget.ts";
import { authorizeS3 } from "../src/authz/authorize-s3.ts";
import type { AuthorizationInput } from "../src/authz/prepare-s3.ts";
import { createBucketPolicies } from "../src/authz/bucket-policies.ts";

export const account = "123456789012";
export const other = "999999999999";

export function policy(statement: unknown, kind: "identity" | "resource" = "identity"): NamedProgram {
  return testProgram(kind, statement, "p (inline)");
}

export function user(accountId = account): Principal {
  return {
    kind: "user",
    accountId,
    arn: `arn:aws:iam::${accountId}:user/u`,
    userId: "AIDAAAAAAAAAAAAAAAAA",
    userName: "u",
  };
}

export function caller(principal: Principal, ...identity: readonly NamedProgram[]): Caller {
  return {
    principal,
    layers: { guardrails: [], identity, boundary: "none", sessions: [] },
    context: new Map(),
    accessKeyId: undefined,
    session: undefined,
  };
}

export function bucket(changes: Partial<BucketRecord> = {}): BucketRecord {
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

export interface Given {
  readonly caller: Caller;
  readonly demands: readonly S3Demand[];
  readonly subject?: S3Subject;
  readonly bucket?: BucketRecord;
  readonly source?: BucketRecord;
  readonly headers?: ReadonlyMap<string, string>;
  readonly conditionKeys?: readonly S3ConditionKey[];
  readonly query?: ReadonlyMap<string, string>;
}

export function given(parts: Given): AuthorizationInput {
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

export const get: readonly S3Demand[] = [
  { action: "s3:GetObject", resource: "object", when: "no-version" },
  { action: "s3:GetObjectVersion", resource: "object", when: "version-named" },
];

export async function verdict(parts: Given): Promise<readonly string[] | string> {
  const { outcome } = await authorizeS3(given(parts));
  return isRefusal(outcome) ? (outcome.message ?? "") : outcome.resources;
}

export const all = policy({ Effect: "Allow", Action: "s3:*", Resource: "*" });
export const publicRead = JSON.stringify({
  Version: "2012-10-17",
  Statement: { Effect: "Allow", Principal: "*", Action: "s3:GetObject", Resource: "arn:aws:s3:::bucket/*" },
});
