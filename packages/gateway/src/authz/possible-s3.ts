import { canAllow } from "@s3-credentials/policy";
import type { S3Demand } from "../operations/demand.ts";
import { type Refusal, refuse } from "../operations/operation.ts";
import { denial, loggedDecision } from "./authorize.ts";
import {
  applies,
  appliesToPlain,
  askOn,
  type Authorized,
  plainTarget,
  prepareOn,
  type S3Case,
  type Target,
} from "./authorize-s3.ts";

/**
 * For a row whose demands depend on its body: refuses callers whom no Allow could concern, whatever the body says, so that
 * their body is not read. Undefined: the demands have to be asked with the body.
 */
export async function refuseImpossible(
  test: S3Case,
): Promise<(Omit<Authorized, "outcome"> & { outcome: Refusal }) | undefined> {
  const { demands } = test.row;
  for (const demand of demands) {
    if (demand.resource === "item" || !appliesToPlain(test, demand)) continue;
    const target = plainTarget(demand, test);
    if (!(await isPossible(test, demand, target, target.resource))) return refused(test, demand, target);
  }
  const items = demands.filter(({ resource }) => resource === "item");
  if (items.length === 0) return undefined;
  const target: Target = {
    resource: `arn:aws:s3:::${test.subject.bucket ?? ""}/*`,
    bucket: test.buckets.bucket,
    versionId: undefined,
  };
  // An item may or may not name a version: some key of either kind must be allowed everything that is asked of it.
  const versioned = await firstImpossible(test, items, target, "");
  const plain = versioned === undefined ? undefined : await firstImpossible(test, items, target, undefined);
  return plain === undefined ? undefined : refused(test, plain, target);
}

async function firstImpossible(
  test: S3Case,
  items: readonly S3Demand[],
  target: Target,
  versionId: string | undefined,
): Promise<S3Demand | undefined> {
  for (const demand of items) {
    if (!applies(test, demand, versionId)) continue;
    if (!(await isPossible(test, demand, target, target.resource.slice(0, -1)))) return demand;
  }
  return undefined;
}

/** Charged as the decision itself: it walks the same policies, and a part of their texts. */
async function isPossible(test: S3Case, demand: S3Demand, target: Target, prefix: string): Promise<boolean> {
  const { layers, request, cost } = prepareOn(test, demand, target);
  const resourcePrefix = prefix === "*" ? "" : prefix;
  const [possible = true] = await test.time.each([cost], () => canAllow(layers, { ...request, resourcePrefix }));
  return possible;
}

/** INVARIANT: what is refused here is refused, whatever the demand itself would answer. */
async function refused(
  test: S3Case,
  demand: S3Demand,
  target: Target,
): Promise<{ outcome: Refusal; decision: Authorized["decision"] }> {
  const answered = await askOn(test, demand, target);
  const outcome = answered.allowed ? refuse("AccessDenied") : denial(answered, "nothing");
  return { outcome, decision: loggedDecision(answered) };
}
