/** What matching some statements may cost at most, from the sizes of their texts and of the request's values. In steps: see `MatchCost`. */
import { memoize } from "../match/memoize.ts";
import {
  addCosts,
  costOfAction,
  costOfConstant,
  costOfResource,
  type MatchCost,
  noCost,
  stepsFor,
} from "../match/match-cost.ts";
import type { Statement } from "../model/policy.ts";
import type { AccessRequest, ContextLookup } from "../model/request.ts";

/** Of some statements together. */
export interface StatementCost {
  readonly action: MatchCost;
  readonly resource: MatchCost;
  /** By condition key in lower case. */
  readonly conditions: ReadonlyMap<string, MatchCost>;
}

/** What a statement, a principal or a condition costs beside its texts. */
const ELEMENT = 8;
/** Values of a list without a set operator are asked whether all of them match and whether any does. */
const LIST_PASSES = 2;
/** `arn:aws:s3:::*`, which an S3 action without a resource is asked with. */
const MIN_RESOURCE = 14;

const costOfStatement = memoize(({ action, resource, principal, conditions: written }: Statement): StatementCost => {
  const conditions = new Map<string, MatchCost>();
  for (const { key, values } of written) {
    const name = key.toLowerCase();
    conditions.set(name, values.map(costOfConstant).reduce(addCosts, conditions.get(name) ?? elements(1)));
  }
  return {
    action: action.patterns.map(costOfAction).reduce(addCosts, noCost),
    resource: (resource?.patterns ?? [])
      .map(costOfResource)
      .reduce(addCosts, elements(1 + (principal?.entries.length ?? 0))),
    conditions,
  };
});

function elements(count: number): MatchCost {
  return { ...noCost, fixed: ELEMENT * count };
}

export function costOfStatements(statements: readonly Statement[]): StatementCost {
  const conditions = new Map<string, MatchCost>();
  let action = noCost;
  let resource = noCost;
  for (const cost of statements.map(costOfStatement)) {
    action = addCosts(action, cost.action);
    resource = addCosts(resource, cost.resource);
    for (const [key, one] of cost.conditions) conditions.set(key, addCosts(conditions.get(key) ?? noCost, one));
  }
  return { action, resource, conditions };
}

/** For the statements that concern the request's action: their actions have been matched already. */
export function stepsOfStatements({ resource, conditions }: StatementCost, request: AccessRequest): number {
  let steps = stepsFor(resource, Math.max(request.resource.length, MIN_RESOURCE));
  for (const [key, cost] of conditions) steps += stepsOfValues(cost, request.context(key));
  return steps;
}

function stepsOfValues(cost: MatchCost, values: ReturnType<ContextLookup>): number {
  if (values === undefined) return cost.fixed;
  if (typeof values === "string") return stepsFor(cost, values.length);
  return values.reduce((steps, value) => steps + LIST_PASSES * stepsFor(cost, value.length), cost.fixed);
}
