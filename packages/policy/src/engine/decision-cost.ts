/** What deciding one request may cost at most, from the sizes of its policies and of its values. In steps: see `MatchCost`. */
import { stepsFor } from "../match/match-cost.ts";
import { memoize } from "../match/memoize.ts";
import type { AccessRequest } from "../model/request.ts";
import { blockOf } from "./compile-policy.ts";
import type { Layers, NamedProgram, Program } from "./program.ts";
import { costOfStatements, stepsOfStatements } from "./statement-cost.ts";

/** A trace decides first, and then looks at every element of every statement once more. */
const TRACE_PASSES = 2;

const costOfProgram = memoize(({ source }: Program) => costOfStatements(source.statements));

/** Steps that `decide` takes at most for this request, known without matching anything: what a caller is charged. */
export function decisionCost(layers: Layers, request: AccessRequest): number {
  return sumOver(layers, (policy) => stepsOfDecision(policy, request));
}

/** The largest number of steps of `trace`: it looks at every statement, also those for other actions. */
export function traceCost(layers: Layers, request: AccessRequest): number {
  return TRACE_PASSES * sumOver(layers, (policy) => stepsOfTrace(policy, request));
}

function stepsOfTrace({ program }: NamedProgram, request: AccessRequest): number {
  if (program === "unreadable") return 0;
  const cost = costOfProgram(program);
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
  return program === "unreadable" ? 0 : stepsOfStatements(blockOf(program, request.action).cost, request);
}
