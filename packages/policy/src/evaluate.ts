/** Deciding a request from the parsed policies, with a trace of every statement. */
export type * from "./evaluate/request.ts";
export { evaluate } from "./evaluate/evaluate.ts";
export { evaluationCost } from "./evaluate/decision-cost.ts";
