/** Why a request is allowed or denied, and the single change that would allow it. */
export { type DenialMessage, describeDenial } from "./explain/denial-message.ts";
export {
  type ExplainedLayer,
  type ExplainedPolicy,
  type ExplainedStatement,
  type Explanation,
  explain,
} from "./explain/explain.ts";
export type { Change } from "./explain/changes.ts";
export { explanationLines } from "./explain/explanation-text.ts";
