import { canAllow } from "@s3-credentials/policy";
import type { S3Demand } from "../operations/demand.ts";
import { type Refusal, refuse } from "../operations/operation.ts";
import { denial, loggedDecision } from "./authorize.ts";
import type { Authorized } from "./authorize-s3.ts";
import {
  applies,
  appliesToPlain,
  type AuthorizationInput,
  evaluateOn,
  plainTarget,
  prepareOn,
  type Target,
} from "./prepare-s3.ts";

/**
 * For a row whose demands depend on its body: refuses callers whom no Allow could concern, whatever the body says, so that
 * their body is not read. Undefined: the demands have to be asked with the body.
 */
export async function refuseImpossible(
  input: AuthorizationInput,
): Promise<(Omit<Authorized, "outcome"> & { outcome: Refusal }) | undefined> {
  const { demands } = input.row;
  for (const demand of demands) {
    if (demand.resource === "item" || !appliesToPlain(input, demand)) continue;
    const target = plainTarget(demand, input);
    if (!(await isPossible(input, demand, target, target.resource))) return refused(input, demand, target);
  }
  const items = demands.filter(({ resource }) => resource === "item");
  if (items.length === 0) return undefined;
  const target: Target = {
    resource: `arn:aws:s3:::${input.subject.bucket ?? ""}/*`,
    bucket: input.buckets.bucket,
    versionId: undefined,
  };
  // An item may or may not name a version, and need not have an ETag: some key of either kind must be allowed everything that is asked of it.
  const versioned = await firstImpossible(input, items, target, "");
  const plain = versioned === undefined ? undefined : await firstImpossible(input, items, target, undefined);
  return plain === undefined ? undefined : refused(input, plain, target);
}

async function firstImpossible(
  input: AuthorizationInput,
  items: readonly S3Demand[],
  target: Target,
  versionId: string | undefined,
): Promise<S3Demand | undefined> {
  for (const demand of items) {
    if (!applies(input, demand, { versionId })) continue;
    if (!(await isPossible(input, demand, target, target.resource.slice(0, -1)))) return demand;
  }
  return undefined;
}

/** Charged as the decision itself: it walks the same policies, and a part of their texts. */
async function isPossible(
  input: AuthorizationInput,
  demand: S3Demand,
  target: Target,
  prefix: string,
): Promise<boolean> {
  const { layers, request, cost } = prepareOn(input, demand, target);
  const resourcePrefix = prefix === "*" ? "" : prefix;
  const [possible = true] = await input.time.each([cost], () => canAllow(layers, { ...request, resourcePrefix }));
  return possible;
}

/** INVARIANT: what is refused here is refused, whatever the demand itself would answer. */
async function refused(
  input: AuthorizationInput,
  demand: S3Demand,
  target: Target,
): Promise<{ outcome: Refusal; decision: Authorized["decision"] }> {
  const result = await evaluateOn(input, demand, target);
  const outcome = result.allowed ? refuse("AccessDenied") : denial(result, "nothing");
  return { outcome, decision: loggedDecision(result) };
}
