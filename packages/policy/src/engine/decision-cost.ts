/** What deciding one request may cost at most, from the sizes of its policies and of its values. In steps: see `MatchCost`. */
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
import { blockOf } from "./compile-policy.ts";
import type { Layers, NamedProgram, Program } from "./program.ts";

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
/** A trace decides, and then asks every element of every statement once more. */
const TRACE_PASSES = 2;

const known = new WeakMap<Statement, StatementCost>();

function costOfStatement(statement: Statement): StatementCost {
  const before = known.get(statement);
  if (before !== undefined) return before;
  const { action, resource, principal, conditions: written } = statement;
  const conditions = new Map<string, MatchCost>();
  for (const { key, values } of written) {
    const name = key.toLowerCase();
    conditions.set(name, values.map(costOfConstant).reduce(addCosts, conditions.get(name) ?? elements(1)));
  }
  const cost = {
    action: action.patterns.map(costOfAction).reduce(addCosts, noCost),
    resource: (resource?.patterns ?? [])
      .map(costOfResource)
      .reduce(addCosts, elements(1 + (principal?.entries.length ?? 0))),
    conditions,
  };
  known.set(statement, cost);
  return cost;
}

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

const programCosts = new WeakMap<Program, StatementCost>();

/** Steps that `decide` takes at most for this request, known without matching anything: what a caller is charged. */
export function decisionCost(layers: Layers, request: AccessRequest): number {
  return sumOver(layers, (policy) => stepsOfDecision(policy, request));
}

/** Steps that `trace` takes at most: it asks every statement, those of other actions too. */
export function traceCost(layers: Layers, request: AccessRequest): number {
  return TRACE_PASSES * sumOver(layers, (policy) => stepsOfTrace(policy, request));
}

function stepsOfTrace({ program }: NamedProgram, request: AccessRequest): number {
  if (program === "damaged") return 0;
  const cost = programCosts.get(program) ?? costOfStatements(program.source.statements);
  programCosts.set(program, cost);
  return stepsFor(cost.action, request.action.length) + stepsOfStatements(cost, request);
}

function sumOver(layers: Layers, stepsOf: (policy: NamedProgram) => number): number {
  const { guardrails, identity, boundary, sessions, resource } = layers;
  let steps = sumOfAll(identity, stepsOf);
  for (const level of guardrails) steps += sumOfAll(level, stepsOf);
  for (const policies of sessions) steps += sumOfAll(policies, stepsOf);
  if (boundary !== "none") steps += stepsOf(boundary);
  if (resource !== "none") steps += stepsOf(resource.policy);
  return steps;
}

function sumOfAll(policies: readonly NamedProgram[], stepsOf: (policy: NamedProgram) => number): number {
  let steps = 0;
  for (const policy of policies) steps += stepsOf(policy);
  return steps;
}

function stepsOfDecision({ program }: NamedProgram, request: AccessRequest): number {
  return program === "damaged" ? 0 : stepsOfStatements(blockOf(program, request.action).cost, request);
}
