/**
 * A decision as a tree, for a terminal or a page: layers, their policies, their statements, and the conditions that were held
 * against the request. What decided is marked from its layer down to its statement.
 */
import type { ConditionTrace, DecisionTrace, LevelTrace, PolicyTrace, StatementTrace } from "../engine/trace.ts";
import type { PolicyOrigin } from "../model/policy-origin.ts";
import type { Decision, LayerName } from "../model/request.ts";

/** What a part says about the request. An Allow beside a Deny counts for nothing, so one word is enough. */
export type Outcome = "allows" | "denies" | "says-nothing";

/** Where policies are. The two kinds of guardrails, and the two of policies on a resource, are apart. */
export type TreeLayer =
  | Exclude<LayerName, "guardrail" | "resource">
  | "service-control"
  | "resource-control"
  | "resource"
  | "trust";

interface Part {
  readonly outcome: Outcome;
  /** On the path that decided. */
  readonly decided: boolean;
}

export interface TreeStatement extends Part, Omit<StatementTrace, "source" | "decided"> {}

export interface TreePolicy extends Part {
  readonly name: string;
  readonly origin: PolicyOrigin | undefined;
  /** Undefined when the policy could not be read; its layer then denies. */
  readonly statements: readonly TreeStatement[] | undefined;
}

export interface TreeLevel extends Part {
  readonly layer: TreeLayer;
  /** Empty where a layer has no policies: that alone denies what needs an Allow of it. `root` and `none` never have any. */
  readonly policies: readonly TreePolicy[];
}

export interface DecisionTree {
  readonly decision: Decision;
  /** In the order in which they are asked. Organizations and sessions have one for each level or session. */
  readonly levels: readonly TreeLevel[];
}

/** `traced`: what `explain` or `trace` gives. */
export function decisionTree({ decision, levels }: DecisionTrace): DecisionTree {
  const branches = levels.map((level) => ({ at: level.layer, branch: treeLevel(level) }));
  if (branches.some(({ branch }) => branch.decided)) return { decision, levels: branches.map(({ branch }) => branch) };
  // What has no policies decided: root, an action that is free, or a layer that is not there and would have had to allow.
  const place = order.indexOf(decision.layer);
  const after = branches.findIndex(({ at }) => order.indexOf(at) > place);
  const before = after < 0 ? branches.length : after;
  const all = branches.map(({ branch }) => branch);
  return { decision, levels: [...all.slice(0, before), withoutPolicies(decision), ...all.slice(before)] };
}

const order: readonly LayerName[] = ["none", "guardrail", "resource", "identity", "boundary", "session", "root"];

function withoutPolicies({ allowed, layer }: Decision): TreeLevel {
  return {
    layer: layer === "guardrail" ? "service-control" : layer,
    outcome: allowed ? "allows" : "says-nothing",
    decided: true,
    policies: [],
  };
}

function treeLevel(level: LevelTrace): TreeLevel {
  const policies = level.policies.map(treePolicy);
  return { layer: treeLayer(level), outcome: outcomeOf(policies), decided: level.decided, policies };
}

function treeLayer({ layer, place, policies }: LevelTrace): TreeLayer {
  if (layer === "guardrail")
    return policies[0]?.origin?.kind === "resource-control" ? "resource-control" : "service-control";
  return layer === "resource" && place === "trust" ? "trust" : layer;
}

function treePolicy({ name, origin, statements, decided }: PolicyTrace): TreePolicy {
  if (statements === undefined) return { name, origin, outcome: "denies", decided, statements };
  const parts = statements.map(treeStatement);
  return { name, origin, outcome: outcomeOf(parts), decided, statements: parts };
}

function treeStatement({ source: _source, ...statement }: StatementTrace): TreeStatement {
  const { applies, effect } = statement;
  return { ...statement, outcome: applies ? (effect === "Allow" ? "allows" : "denies") : "says-nothing" };
}

function outcomeOf(parts: readonly Part[]): Outcome {
  if (parts.some(({ outcome }) => outcome === "denies")) return "denies";
  return parts.some(({ outcome }) => outcome === "allows") ? "allows" : "says-nothing";
}

/** The condition that kept a statement from applying; undefined when it was something else, or nothing. */
export function failedCondition({ failedAt, conditions }: TreeStatement): ConditionTrace | undefined {
  return failedAt === "condition" ? conditions.find(({ holds }) => !holds) : undefined;
}
