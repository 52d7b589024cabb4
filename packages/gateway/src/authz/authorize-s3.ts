import type { ContextLookup, Layers } from "@s3-credentials/policy";
import type { LoggedDecision } from "../server/request-log.ts";
import type { S3Demand } from "../operations/demand.ts";
import type { Refusal } from "../operations/operation.ts";
import { itemResource, type S3Operation, type S3Subject } from "../operations/s3/define-s3.ts";
import type { S3OperationName } from "../operations/operation-name.ts";
import type { BucketRecord } from "../ports/bucket-registry.ts";
import type { RequestTime } from "../ports/time-budget.ts";
import {
  accountOf,
  type Answered,
  ask,
  askInTurn,
  denial,
  loggedDecision,
  type Prepared,
  prepare,
} from "./authorize.ts";
import type { BucketPolicies } from "./bucket-policies.ts";
import type { Grant } from "../ports/grant.ts";
import { makeGrant } from "./make-grant.ts";
import { demandApplies } from "./predicates.ts";
import { type ContextFacts, requestContext, s3Readers } from "./request-context.ts";

/** The buckets of a request as they were when it was authorized. */
export interface Buckets {
  readonly bucket: BucketRecord | undefined;
  readonly source: BucketRecord | undefined;
}

export interface S3Case {
  readonly operation: S3OperationName;
  readonly row: Pick<S3Operation, "demands" | "conditionKeys">;
  readonly subject: S3Subject;
  readonly buckets: Buckets;
  readonly facts: ContextFacts;
  readonly policies: BucketPolicies;
  readonly time: RequestTime;
  readonly requestId: string;
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
}

function fault(what: string): never {
  throw new Error(`authorization: ${what}`);
}

export function plainTarget(demand: S3Demand, { subject, buckets }: S3Case): Target {
  const { bucket, key, versionId, source } = subject;
  switch (demand.resource) {
    case "none":
      return { resource: "*", bucket: undefined, versionId: undefined };
    case "bucket":
      if (bucket === undefined) return fault(`${demand.action} without a bucket`);
      return { resource: `arn:aws:s3:::${bucket}`, bucket: buckets.bucket, versionId };
    case "object":
      if (bucket === undefined || key === undefined) return fault(`${demand.action} without an object`);
      return { resource: `arn:aws:s3:::${bucket}/${key}`, bucket: buckets.bucket, versionId };
    case "source-object":
      if (source === undefined) return fault(`${demand.action} without a source`);
      return {
        resource: `arn:aws:s3:::${source.bucket}/${source.key}`,
        bucket: buckets.source,
        versionId: source.versionId,
      };
    case "item":
    default:
      return fault(`${demand.action} on ${demand.resource}`);
  }
}

/** One action on one resource, with the policy of the bucket it is in. */
export function prepareOn(test: S3Case, demand: Pick<S3Demand, "action">, target: Target): Prepared {
  const { facts, subject } = test;
  const account = accountOf(facts.caller.principal);
  const { bucket } = target;
  // A bucket that is not there yet would be the caller's own.
  const resourceAccount = bucket?.owner ?? account;
  const layer = bucketLayer(test, bucket);
  const context: ContextLookup = requestContext(
    facts,
    { resourceAccount, subject, versionId: target.versionId },
    s3Readers(test.row.conditionKeys),
  );
  return prepare(facts.caller, {
    demand,
    resource: target.resource,
    resourceAccount,
    layer,
    context,
  });
}

export function askOn(test: S3Case, demand: Pick<S3Demand, "action">, target: Target): Promise<Answered> {
  return askInTurn(test.time, prepareOn(test, demand, target));
}

/** The policy of the bucket a demand is made in, as the caller meets it. */
function bucketLayer({ facts, policies }: S3Case, bucket: BucketRecord | undefined): Layers["resource"] {
  if (bucket === undefined) return "none";
  const policy = policies.of(bucket, accountOf(facts.caller.principal) !== bucket.owner);
  return policy === "none" ? "none" : { kind: "resource", policy };
}

export function applies(test: S3Case, demand: S3Demand, versionId: string | undefined): boolean {
  return demandApplies(demand.when, { subject: test.subject, versionId, headers: test.facts.request.headers });
}

interface Items {
  readonly allowed: readonly string[];
  /** Of the first item refused, or else of the first one. */
  readonly decision: LoggedDecision | undefined;
}

/** One item with the demands that apply to it. */
interface PreparedItem {
  readonly resource: string;
  readonly questions: readonly Prepared[];
}

/** An item is allowed when a demand was made on it and every one made was allowed. */
async function askItems(test: S3Case, demands: readonly S3Demand[]): Promise<Items> {
  const items = (test.subject.items ?? []).map((item) => prepareItem(test, demands, item));
  const costs = items.map(({ questions }) => questions.reduce((sum, { cost }) => sum + cost, 0));
  const answered = await test.time.each(costs, (at) => (items[at]?.questions ?? []).map(ask));
  const allowed: string[] = [];
  let decision: LoggedDecision | undefined;
  for (const [at, answers] of answered.entries()) {
    const refused = answers.find((answer) => !answer.allowed);
    const resource = items[at]?.resource;
    if (resource !== undefined && answers.length > 0 && refused === undefined) allowed.push(resource);
    const deciding = refused ?? answers[0];
    if (deciding !== undefined && (decision === undefined || (decision.allowed && !deciding.allowed)))
      decision = loggedDecision(deciding);
  }
  return { allowed, decision };
}

function prepareItem(
  test: S3Case,
  demands: readonly S3Demand[],
  item: NonNullable<S3Subject["items"]>[number],
): PreparedItem {
  const { bucket } = test.subject;
  if (bucket === undefined) return fault("items without a bucket");
  const made = demands.filter((demand) => applies(test, demand, item.versionId));
  const target = {
    resource: `arn:aws:s3:::${bucket}/${item.key}`,
    bucket: test.buckets.bucket,
    versionId: item.versionId,
  };
  return { resource: itemResource(bucket, item), questions: made.map((demand) => prepareOn(test, demand, target)) };
}

/**
 * Every demand that applies must be allowed; demands on items leave out the refused ones.
 * INVARIANT: a grant needs at least one answered demand: a row that asks nothing is a fault, not a free pass.
 */
export async function authorizeS3(test: S3Case): Promise<Authorized> {
  const { row, facts, operation, requestId } = test;
  const resources: string[] = [];
  let first: Answered | undefined;
  for (const demand of row.demands) {
    if (demand.resource === "item") continue;
    if (demand.when !== undefined && !appliesToPlain(test, demand)) continue;
    const target = plainTarget(demand, test);
    const answered = await askOn(test, demand, target);
    if (!answered.allowed) return { outcome: denial(answered, "nothing"), decision: loggedDecision(answered) };
    first ??= answered;
    resources.push(target.resource);
  }
  const itemDemands = row.demands.filter(({ resource }) => resource === "item");
  if (first === undefined && itemDemands.length === 0) return fault(`${operation} demands nothing`);
  const items = itemDemands.length === 0 ? undefined : await askItems(test, itemDemands);
  resources.push(...(items?.allowed ?? []));
  return {
    outcome: makeGrant({ operation, principal: facts.caller.principal, resources, requestId }),
    decision: items?.decision ?? (first === undefined ? undefined : loggedDecision(first)),
  };
}

export function appliesToPlain(test: S3Case, demand: S3Demand): boolean {
  return applies(
    test,
    demand,
    demand.resource === "source-object" ? test.subject.source?.versionId : test.subject.versionId,
  );
}

/** Whether a miss is answered with 404: the caller may list the bucket. */
export async function mayListS3(test: S3Case, which: "bucket" | "source"): Promise<boolean> {
  const bucket = which === "bucket" ? test.buckets.bucket : test.buckets.source;
  if (bucket === undefined) return false;
  const target = { resource: `arn:aws:s3:::${bucket.name}`, bucket, versionId: undefined };
  return (await askOn(test, { action: "s3:ListBucket" }, target)).allowed;
}
