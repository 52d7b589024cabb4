import type { S3Demand } from "../operations/demand.ts";
import { type Refusal, refuse } from "../operations/operation.ts";
import type { ReadablePart } from "../operations/s3/s3-context.ts";
import { itemResource, type S3Subject } from "../operations/s3/s3-subject.ts";
import type { Grant } from "../ports/grant.ts";
import type { ObjectVersion } from "../ports/object-version.ts";
import type { AlsoAsked, LoggedDecision } from "../ports/request-log.ts";
import {
  type DemandResult,
  denial,
  evaluateDemand,
  loggedDecision,
  loggedDecisions,
  type PreparedCheck,
} from "./authorize.ts";
import { makeGrant } from "./make-grant.ts";
import {
  applies,
  appliesToPlain,
  type AuthorizationInput,
  evaluateOn,
  fault,
  plainTarget,
  prepareOn,
  type Target,
} from "./prepare-s3.ts";

export interface Authorized {
  readonly outcome: Grant | Refusal;
  readonly decision: LoggedDecision | undefined;
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
