/** Deciding a request: documents compiled once, every layer in one walk, and, when asked for, a trace of every statement. */
export type * from "./model/request.ts";
export { type LayersOf, mapLayers } from "./model/layers.ts";
export { isAwsManaged, policyNameOf, type PolicyOrigin } from "./model/policy-origin.ts";
export {
  type ContextValues,
  isPrincipalKey,
  principalContext,
  type PrincipalFacts,
} from "./model/principal-context.ts";
export { canAllow, type PossibleRequest } from "./engine/can-allow.ts";
export { compileLayers, compileNamed, compilePolicy } from "./engine/compile-policy.ts";
export { decide } from "./engine/decide.ts";
export { decisionCost, traceCost } from "./engine/decision-cost.ts";
export { programWeight } from "./engine/program-weight.ts";
export { type Layers, type NamedPolicy, type NamedProgram, type Program } from "./engine/program.ts";
export {
  isAllowed,
  layerOf,
  policyIndexOf,
  readRuling,
  reasonOf,
  type Ruling,
  statementIndexOf,
} from "./engine/ruling.ts";
export {
  type ConditionTrace,
  type DecisionTrace,
  type LevelTrace,
  type PolicyTrace,
  type StatementTrace,
  trace,
} from "./engine/trace.ts";
