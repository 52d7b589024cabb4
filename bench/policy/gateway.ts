/** The same workloads as the gateway decides them: from an authenticated caller and the record of a bucket to the grant or refusal, and what the log gets. */
import { type AccessRequest, compileLayers, printPolicy } from "@s3-credentials/policy";
import { authorizeS3 } from "../../packages/gateway/src/authz/authorize-s3.ts";
import type { AuthorizationInput } from "../../packages/gateway/src/authz/prepare-s3.ts";
import { createBucketPolicies } from "../../packages/gateway/src/authz/bucket-policies.ts";
import { withSeenObjects } from "../../packages/gateway/src/authz/seen-objects.ts";
import { isRefusal } from "../../packages/gateway/src/operations/operation.ts";
import { s3Operations } from "../../packages/gateway/src/operations/s3/table.ts";
import { createTimeBudget } from "../../packages/gateway/src/pipeline/time-budget.ts";
import type { BucketRecord } from "../../packages/gateway/src/ports/bucket-registry.ts";
import { ACCOUNT, ann, facts, type Workload } from "./workload.ts";

const operations = {
  "s3:GetObject": "GetObject",
  "s3:PutObject": "PutObject",
  "s3:ListBucket": "ListObjectsV2",
  "s3:DeleteObject": "DeleteObject",
} as const;

function isKnown(action: string): action is keyof typeof operations {
  return action in operations;
}

function bucketOf(name: string, { layers: { resource } }: Workload): BucketRecord {
  const policy = resource === "none" ? "unreadable" : resource.policy.policy;
  return {
    id: name,
    name,
    owner: ACCOUNT,
    region: "us-east-1",
    createdAt: 0,
    state: "active",
    versioning: "off",
    policy: policy === "unreadable" ? undefined : printPolicy(policy),
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
  };
}

/** Makes what the pipeline hands to authorization for a request. What lasts longer than a request is made once. */
function inputsOf(workload: Workload): (request: AccessRequest) => AuthorizationInput {
  const { resource: _, ...layers } = compileLayers(workload.layers);
  const caller = {
    principal: ann,
    layers,
    context: new Map(Object.entries(facts)),
    accessKeyId: "AKIA",
    session: undefined,
  };
  const policies = createBucketPolicies();
  const budget = createTimeBudget();
  const buckets = new Map<string, BucketRecord>();
  const signal = new AbortController().signal;
  return ({ action, resource, context }) => {
    if (!isKnown(action)) throw new Error(`no operation for ${action}`);
    const [name = "", ...key] = resource.slice("arn:aws:s3:::".length).split("/");
    const bucket = buckets.get(name) ?? bucketOf(name, workload);
    buckets.set(name, bucket);
    const query = new Map<string, string>();
    for (const parameter of ["prefix", "max-keys"]) {
      const value = context(`s3:${parameter}`);
      if (typeof value === "string") query.set(parameter, value);
    }
    const operation = operations[action];
    const row = s3Operations[operation];
    if (row === undefined || "preflight" in row) throw new Error(`${operation} asks for nothing`);
    const now = Date.parse(facts["aws:CurrentTime"]);
    const request = { headers: new Map(), query, sourceIp: facts["aws:SourceIp"], secure: true, now, signal };
    return {
      operation,
      row,
      subject: { bucket: name, key: key.length === 0 ? undefined : key.join("/") },
      buckets: { bucket, source: undefined },
      facts: { request, auth: undefined, caller, accounts: new Map(), region: "us-east-1" },
      policies,
      time: budget.of(ann.arn, signal),
      requestId: "R",
    };
  };
}

const objects = { stateOf: () => Promise.reject(new Error("no policy of these asks for tags")) };

type AskInTurn = (at: number) => Promise<boolean>;

export function askGateway(workload: Workload): AskInTurn {
  const inputs = workload.requests.map(inputsOf(workload));
  return async (at) => {
    const input = inputs[at];
    if (input === undefined) return false;
    const { outcome } = await authorizeS3(await withSeenObjects(input, objects));
    return !isRefusal(outcome);
  };
}
