/** Why a request is allowed or denied, and the changes that would allow it. */
export { type DenialMessage, describeDenial } from "./explain/denial-message.ts";
export { type Explanation, explain } from "./explain/explain.ts";
export { type ChangedDocument, changeDocument, newDocument } from "./explain/change-document.ts";
export type { Change, Changes } from "./explain/changes.ts";
export {
  type ExplainedLevel,
  type ExplainedPolicy,
  type ExplainedStatement,
  type ExplanationData,
  explanationData,
} from "./explain/explanation-data.ts";
export { changeText, type ExplanationText, explanationLines, explanationText } from "./explain/explanation-lines.ts";
export { describeComparison, describePolicy, differenceWords } from "./explain/describe.ts";
export {
  type DecisionTree,
  decisionTree,
  failedCondition,
  type Outcome,
  type TreeLayer,
  type TreeLevel,
  type TreePolicy,
  type TreeStatement,
} from "./explain/decision-tree.ts";
export { outcomeWords, treeLayerNames, treeLines } from "./explain/tree-lines.ts";
