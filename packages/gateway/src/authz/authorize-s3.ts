import {
  type ContextLookup,
  findAction,
  hasConditionKey,
  type Layers,
  type NamedProgram,
} from "@s3-credentials/policy";
import type { AlsoAsked, LoggedDecision } from "../ports/request-log.ts";
import type { S3Demand } from "../operations/demand.ts";
import { type Refusal, refuse } from "../operations/operation.ts";
import { itemResource, type ReadablePart, type S3Operation, type S3Subject } from "../operations/s3/define-s3.ts";
import type { S3OperationName } from "../ports/operation-name.ts";
import type { BucketRecord } from "../ports/bucket-registry.ts";
import type { ObjectVersion } from "../ports/data-plane.ts";
import type { RequestTime } from "../ports/time-budget.ts";
import {
  accountOf,
  type DemandResult,
  evaluateDemand,
  evaluateInTurn,
  denial,
  loggedDecision,
  loggedDecisions,
  type PreparedCheck,
  prepare,
} from "./authorize.ts";
import type { BucketPolicies } from "./bucket-policies.ts";
import type { Grant } from "../ports/grant.ts";
import { makeGrant } from "./make-grant.ts";
import { aclPolicy } from "./acl-statements.ts";
import { foreignOwner, isForNewObject, isOutsider } from "./object-owner.ts";
import { demandApplies } from "./predicates.ts";
import { type ContextFacts, requestContext, s3Readers } from "./request-context.ts";
import type { Seen, SeenObjects } from "../operations/s3/define-s3.ts";

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

export interface Authorized {
  readonly outcome: Grant | Refusal;
  readonly decision: LoggedDecision | undefined;
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

function fault(what: string): never {
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
  const resource = bucketLayer(input, action, target, foreignOwner(target, action, input.row.demands) !== undefined);
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
  const owner = foreignOwner(target, demand.action, input.row.demands);
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
    ...(owner === undefined ? {} : { policyAccount: bucketAccount }),
    layer,
    resourceControls: controlsOf(facts, bucketAccount),
    context,
    tagKeys: tagKeysOf(input, target, {
      ofObject: account === (owner ?? bucketAccount),
      ofBucket: account === bucketAccount,
    }),
  });
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
    ...ofBucket.map(({ key }) => `aws:ResourceTag/${key}`),
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
  const object = isForNewObject(action, row.demands) ? undefined : seen?.version;
  const acl = aclPolicy(bucket, object, { action, caller });
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

interface Items {
  readonly allowed: readonly string[];
  /** The answer of the first item that was refused, or else of the first item. */
  readonly decision: LoggedDecision | undefined;
}

/** One item with the demands that apply to it. */
interface PreparedItem {
  readonly resource: string;
  readonly checks: readonly PreparedCheck[];
}

/** An item is allowed when a demand was made on it and every one made was allowed. */
async function evaluateItems(input: AuthorizationInput, demands: readonly S3Demand[]): Promise<Items> {
  const { bucket } = input.subject;
  const items = (input.subject.items ?? []).map((item) => prepareItem(input, demands, item));
  const costs = items.map(({ checks }) => checks.reduce((sum, { cost }) => sum + cost, 0));
  const result = await input.time.each(costs, (at) => (items[at]?.checks ?? []).map(evaluateDemand));
  const allowed: string[] = [];
  let decision: LoggedDecision | undefined;
  for (const [at, answers] of result.entries()) {
    const refused = answers.find((answer) => !answer.allowed);
    const resource = items[at]?.resource;
    if (resource !== undefined && answers.length > 0 && refused === undefined) allowed.push(resource);
    const deciding = refused ?? answers[0];
    if (deciding !== undefined && (decision === undefined || (decision.allowed && !deciding.allowed)))
      decision = loggedDecision(deciding);
  }
  if (decision?.allowed === true && allowed.length > 1 && bucket !== undefined) {
    const actions = new Set(result.flatMap((answers) => answers.map(({ request }) => request.action)));
    decision.also = [...actions].map((action) => ({ action, resource: `arn:aws:s3:::${bucket}/*` }));
  }
  return { allowed, decision };
}

function prepareItem(
  input: AuthorizationInput,
  demands: readonly S3Demand[],
  item: NonNullable<S3Subject["items"]>[number],
): PreparedItem {
  const { bucket } = input.subject;
  if (bucket === undefined) return fault("items without a bucket");
  const made = demands.filter((demand) => applies(input, demand, item));
  const resource = itemResource(bucket, item);
  const target = {
    resource: `arn:aws:s3:::${bucket}/${item.key}`,
    bucket: input.buckets.bucket,
    versionId: item.versionId,
    ifMatch: item.ifMatch,
    seen: input.seen?.items?.get(resource),
  };
  return { resource, checks: made.map((demand) => prepareOn(input, demand, target)) };
}

/**
 * Every demand that applies must be allowed; demands on items leave out the refused ones.
 * INVARIANT: a grant needs at least one answered demand: a row that asks nothing is a fault, not a free pass.
 */
export async function authorizeS3(input: AuthorizationInput): Promise<Authorized> {
  const { row, facts, operation, requestId } = input;
  const resources: string[] = [];
  let first: DemandResult | undefined;
  const also: AlsoAsked[] = [];
  for (const demand of row.demands) {
    if (demand.resource === "item") continue;
    if (demand.when !== undefined && !appliesToPlain(input, demand)) continue;
    const target = plainTarget(demand, input);
    const result = await evaluateOn(input, demand, target);
    if (!result.allowed) return { outcome: await denialOf(input, target, result), decision: loggedDecision(result) };
    if (first === undefined) first = result;
    else also.push({ action: result.request.action, resource: result.request.resource });
    resources.push(target.resource);
  }
  const itemDemands = row.demands.filter(({ resource }) => resource === "item");
  if (first === undefined && itemDemands.length === 0) return fault(`${operation} demands nothing`);
  const items = itemDemands.length === 0 ? undefined : await evaluateItems(input, itemDemands);
  resources.push(...(items?.allowed ?? []));
  const { clientNetwork } = facts.request;
  return {
    outcome: makeGrant({ operation, principal: facts.caller.principal, clientNetwork, resources, requestId }),
    decision: items?.decision ?? (first === undefined ? undefined : loggedDecisions(first, also)),
  };
}

/**
 * A decision that depended on the object is refused in the words of an object that is not there, to callers who may not know which it is.
 */
async function denialOf(input: AuthorizationInput, { seen, bucket }: Target, result: DemandResult): Promise<Refusal> {
  if (seen === undefined) return denial(result, "nothing");
  const which = bucket === input.buckets.bucket ? "bucket" : "source";
  return (await mayListS3(input, which)) ? denial(result, "nothing") : refuse("AccessDenied");
}

export function appliesToPlain(input: AuthorizationInput, demand: S3Demand): boolean {
  const { source, versionId } = input.subject;
  return applies(input, demand, { versionId: demand.resource === "source-object" ? source?.versionId : versionId });
}

/** The actions that ask for a part of an object by itself, and of a named version. */
const readingActions = {
  tags: ["s3:GetObjectTagging", "s3:GetObjectVersionTagging"],
  retention: ["s3:GetObjectRetention", "s3:GetObjectRetention"],
  "legal-hold": ["s3:GetObjectLegalHold", "s3:GetObjectLegalHold"],
} as const satisfies Record<ReadablePart, readonly [S3Demand["action"], S3Demand["action"]]>;

/** Whether the caller may know this of the object of the request. */
export async function mayReadS3(
  input: AuthorizationInput,
  part: ReadablePart,
  version: ObjectVersion,
): Promise<boolean> {
  const [ofCurrent, ofVersion] = readingActions[part];
  const action = input.subject.versionId === undefined ? ofCurrent : ofVersion;
  const target = plainTarget({ action, resource: "object" }, input);
  return (await evaluateOn(input, { action }, { ...target, seen: { version } })).allowed;
}

/** Whether a miss is answered with 404: the caller may list the bucket. */
export async function mayListS3(input: AuthorizationInput, which: "bucket" | "source"): Promise<boolean> {
  const bucket = which === "bucket" ? input.buckets.bucket : input.buckets.source;
  if (bucket === undefined) return false;
  const target = { resource: `arn:aws:s3:::${bucket.name}`, bucket, versionId: undefined };
  return (await evaluateOn(input, { action: "s3:ListBucket" }, target)).allowed;
}
