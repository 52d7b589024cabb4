/** The same decision from compiled programs, for one who decides often. */
export { canAllow, type PossibleRequest } from "./compile/can-allow.ts";
export { compilePolicy } from "./compile/compile-policy.ts";
export { decide } from "./compile/decide.ts";
export { decisionCost } from "./compile/decision-cost.ts";
export { programWeight } from "./compile/program-weight.ts";
export { type NamedProgram, type Program, type ProgramLayers, sourceLayers } from "./compile/program.ts";
export {
  isAllowed,
  layerOf,
  policyIndexOf,
  readRuling,
  reasonOf,
  type Ruling,
  statementIndexOf,
} from "./compile/ruling.ts";
