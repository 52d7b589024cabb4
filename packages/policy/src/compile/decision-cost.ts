import { stepsOfStatements } from "../evaluate/decision-cost.ts";
import type { AccessRequest } from "../evaluate/request.ts";
import { blockOf } from "./compile-policy.ts";
import type { NamedProgram, ProgramLayers } from "./program.ts";

/** Steps that `decide` takes at most for this request, known without matching anything: what a caller is charged. */
export function decisionCost(layers: ProgramLayers, request: AccessRequest): number {
  const { guardrails, identity, boundary, sessions, resource } = layers;
  let steps = costOfAll(identity, request);
  for (const level of guardrails) steps += costOfAll(level, request);
  for (const policies of sessions) steps += costOfAll(policies, request);
  if (boundary !== "none") steps += costOfOne(boundary, request);
  if (resource !== "none") steps += costOfOne(resource.policy, request);
  return steps;
}

function costOfAll(policies: readonly NamedProgram[], request: AccessRequest): number {
  let steps = 0;
  for (const policy of policies) steps += costOfOne(policy, request);
  return steps;
}

function costOfOne({ program }: NamedProgram, request: AccessRequest): number {
  return program === "damaged" ? 0 : stepsOfStatements(blockOf(program, request.action).cost, request);
}
