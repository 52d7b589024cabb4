import {
  type ContextLookup,
  findAction,
  hasConditionKey,
  type Layers,
  type NamedProgram,
} from "@s3-credentials/policy";
import type { S3Demand } from "../operations/demand.ts";
import type { S3Operation } from "../operations/s3/s3-operation.ts";
import type { S3Subject, Seen, SeenObjects } from "../operations/s3/s3-subject.ts";
import type { BucketRecord } from "../ports/bucket-registry.ts";
import type { S3OperationName } from "../ports/operation-name.ts";
import type { RequestTime } from "../ports/time-budget.ts";
import { aclPolicy } from "./acl-statements.ts";
import { accountOf, type DemandResult, evaluateInTurn, prepare, type PreparedCheck } from "./authorize.ts";
import type { BucketPolicies } from "./bucket-policies.ts";
import { foreignOwner, foreignWriter, isForNewObject, isOutsider } from "./object-owner.ts";
import { demandApplies } from "./predicates.ts";
import { type ContextFacts, requestContext, s3Readers } from "./request-context.ts";

/** The buckets of a request as they were when it was authorized. */
export interface Buckets {
  readonly bucket: BucketRecord | undefined;
  readonly source: BucketRecord | undefined;
}

export interface AuthorizationInput {
  readonly operation: S3OperationName;
  readonly row: Pick<S3Operation, "demands" | "conditionKeys">;
  readonly subject: S3Subject;
  readonly buckets: Buckets;
  readonly facts: ContextFacts;
  readonly policies: BucketPolicies;
  readonly time: RequestTime;
  readonly requestId: string;
  /** See `withSeenObjects`. */
  readonly seen?: SeenObjects;
}

/** A resource a demand is made on. */
export interface Target {
  readonly resource: string;
  readonly bucket: BucketRecord | undefined;
  readonly versionId: string | undefined;
  /** Of an item: the ETag it must have. */
  readonly ifMatch?: string | undefined;
  /** It is the source of a copy. */
  readonly isSource?: boolean;
  /** The object, where the decision depends on it. */
  readonly seen?: Seen | undefined;
}

export function fault(what: string): never {
  throw new Error(`authorization: ${what}`);
}

export function plainTarget(demand: S3Demand, { subject, buckets, seen }: AuthorizationInput): Target {
  const { bucket, key, versionId, source } = subject;
  switch (demand.resource) {
    case "none":
      return { resource: "*", bucket: undefined, versionId: undefined };
    case "bucket":
      if (bucket === undefined) return fault(`${demand.action} without a bucket`);
      return { resource: `arn:aws:s3:::${bucket}`, bucket: buckets.bucket, versionId };
    case "object":
      if (bucket === undefined || key === undefined) return fault(`${demand.action} without an object`);
      return { resource: `arn:aws:s3:::${bucket}/${key}`, bucket: buckets.bucket, versionId, seen: seen?.object };
    case "source-object":
      if (source === undefined) return fault(`${demand.action} without a source`);
      return {
        resource: `arn:aws:s3:::${source.bucket}/${source.key}`,
        bucket: buckets.source,
        versionId: source.versionId,
        isSource: true,
        seen: seen?.source,
      };
    case "item":
    default:
      return fault(`${demand.action} on ${demand.resource}`);
  }
}

/** Anonymous callers and accounts that are not here have nothing of their own that could be limited. */
function controlsOf({ accounts }: ContextFacts, accountId: string | undefined): Layers["guardrails"] {
  return (accountId === undefined ? undefined : accounts.get(accountId))?.resourceControls ?? [];
}

const readTags = new Map<S3Demand["action"], boolean>();

/** Whether policies may decide the action by the tags of the stored object. */
export function mayReadObjectTags(action: S3Demand["action"]): boolean {
  let may = readTags.get(action);
  if (may === undefined) {
    const known = findAction(action);
    may = known !== undefined && hasConditionKey(known, "s3:ExistingObjectTag/");
    readTags.set(action, may);
  }
  return may;
}

/** The policies that an action on a resource depends on, whatever is asked: those of the caller, of the bucket, and of its account. */
export function policiesOn(
  input: AuthorizationInput,
  { action }: Pick<S3Demand, "action">,
  target: Target,
): readonly NamedProgram[] {
  const { guardrails, identity, boundary, sessions } = input.facts.caller.layers;
  const resource = bucketLayer(input, action, target, decidingOwner(input, action, target) !== undefined);
  return [
    ...guardrails.flat(),
    ...controlsOf(input.facts, target.bucket?.owner ?? accountOf(input.facts.caller.principal)).flat(),
    ...identity,
    ...(boundary === "none" ? [] : [boundary]),
    ...sessions.flat(),
    ...(resource === "none" ? [] : [resource.policy]),
  ];
}

/** One action on one resource, with the policy of the bucket it is in. */
export function prepareOn(input: AuthorizationInput, demand: Pick<S3Demand, "action">, target: Target): PreparedCheck {
  const { facts, subject } = input;
  const account = accountOf(facts.caller.principal);
  const { bucket } = target;
  // A bucket that does not exist yet would belong to the caller.
  const bucketAccount = bucket?.owner ?? account;
  const owner = decidingOwner(input, demand.action, target);
  const layer = bucketLayer(input, demand.action, target, owner !== undefined);
  const context: ContextLookup = requestContext(
    facts,
    {
      resourceAccount: bucketAccount,
      subject,
      versionId: target.versionId,
      ifMatch: target.ifMatch,
      bucket,
      isSource: target.isSource ?? false,
      object: target.seen?.version,
      requestTags: subject.requestTags,
    },
    s3Readers(input.row.conditionKeys, demand.action),
  );
  return prepare(facts.caller, {
    demand,
    resource: target.resource,
    resourceAccount: owner === undefined || isRestricted(input, target) ? bucketAccount : owner,
    policyAccount: owner === undefined ? undefined : bucketAccount,
    layer,
    resourceControls: controlsOf(facts, bucketAccount),
    context,
    tagKeys: tagKeysOf(input, target, {
      // The tags are those of the object that is there, whoever decides about the one that replaces it.
      ofObject: account === (foreignOwner(target, demand.action, input.row.demands) ?? bucketAccount),
      ofBucket: account === bucketAccount,
    }),
  });
}

/** The account that decides about the object of a demand; undefined when it is the bucket's. */
function decidingOwner(
  { facts, row }: AuthorizationInput,
  action: S3Demand["action"],
  target: Target,
): string | undefined {
  const { principal: caller } = facts.caller;
  return foreignWriter(target, { action, caller }, row.demands) ?? foreignOwner(target, action, row.demands);
}

/** RestrictPublicBuckets: outsiders get nothing of a bucket whose policy is public, not even an object of their own. */
function isRestricted({ facts, policies }: AuthorizationInput, { bucket }: Target): boolean {
  return bucket !== undefined && isOutsider(facts.caller.principal, bucket) && policies.isRestricted(bucket);
}

/** The tags of a bucket or object are nothing that callers of other accounts get to know. */
function tagKeysOf(
  { subject }: AuthorizationInput,
  { bucket, seen }: Target,
  isOwn: { readonly ofObject: boolean; readonly ofBucket: boolean },
): readonly string[] {
  const { requestTags = [] } = subject;
  const stored = isOwn.ofObject && seen?.version?.kind === "object" ? (seen.version.metadata.tags ?? []) : [];
  const ofBucket = isOwn.ofBucket && bucket?.abac === true ? bucket.tags : [];
  return [
    ...requestTags.map(({ key }) => `s3:RequestObjectTag/${key}`),
    ...stored.map(({ key }) => `s3:ExistingObjectTag/${key}`),
    ...ofBucket.flatMap(({ key }) => [`aws:ResourceTag/${key}`, `s3:BucketTag/${key}`]),
  ];
}

export function evaluateOn(
  input: AuthorizationInput,
  demand: Pick<S3Demand, "action">,
  target: Target,
): Promise<DemandResult> {
  return evaluateInTurn(input.time, prepareOn(input, demand, target));
}

/** The policy of the bucket a demand is made in, and what ACLs allow, as the caller meets them. */
function bucketLayer(
  { facts, policies, row }: AuthorizationInput,
  action: S3Demand["action"],
  { bucket, seen }: Target,
  isForeign: boolean,
): Layers["resource"] {
  if (bucket === undefined) return "none";
  const caller = facts.caller.principal;
  const acl = aclPolicy(bucket, isForNewObject(action, row.demands) ? undefined : seen, { action, caller });
  const policy = policies.of(bucket, { isOutsider: isOutsider(caller, bucket), isForeign, acl });
  return policy === "none" ? "none" : { kind: "resource", policy };
}

export function applies(
  input: AuthorizationInput,
  demand: S3Demand,
  { versionId, ifMatch }: Pick<Target, "versionId" | "ifMatch">,
): boolean {
  const { subject, facts, seen } = input;
  return demandApplies(demand.when, {
    subject,
    versionId,
    ifMatch,
    headers: facts.request.headers,
    source: seen?.source?.version,
  });
}

export function appliesToPlain(input: AuthorizationInput, demand: S3Demand): boolean {
  const { source, versionId } = input.subject;
  return applies(input, demand, { versionId: demand.resource === "source-object" ? source?.versionId : versionId });
}
