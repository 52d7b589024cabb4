export type * from "./syntax/policy.ts";
export type * from "./evaluate/request.ts";
export { parsePolicy } from "./syntax/parse.ts";
export { type PolicyDocument, policyDocument, policySize, printPolicy } from "./syntax/print.ts";
export { type Arn, formatArn, parseArn } from "./names/arn.ts";
export { matchResource } from "./names/resource.ts";
export { matchAction, parseActionPattern } from "./names/action.ts";
export { expandText, matchText, parsePattern } from "./names/pattern.ts";
export { type IpRange, parseIpRange } from "./condition/ip-address.ts";
export { checkOperatorValue, lookupOperator, operators } from "./condition/operators.ts";
export { evaluate } from "./evaluate/evaluate.ts";
export { compilePolicy } from "./compile/compile-policy.ts";
export { decide } from "./compile/decide.ts";
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
export { type DenialMessage, describeDenial } from "./explain/denial-message.ts";
export {
  publicBucketPolicy,
  readOnlyPolicy,
  readWritePolicy,
  type TemplateOptions,
  writeOnlyPolicy,
} from "./templates/bucket-policies.ts";
export { checkBucketName, checkPrefix, type PrefixCheck } from "./templates/check-names.ts";
export { isS3ConditionKey, type S3Action, s3ActionsMatching } from "./catalog/s3-actions.ts";
export type { S3ResourceType } from "./catalog/s3-actions.ts";
export {
  type ExplainedLayer,
  type ExplainedPolicy,
  type ExplainedStatement,
  type Explanation,
  explain,
} from "./explain/explain.ts";
export type { Change } from "./explain/changes.ts";
export { explanationLines } from "./explain/explanation-text.ts";
export {
  type ActionResource,
  type CatalogAction,
  type ConditionKeyKind,
  catalogServices,
  conditionKeyType,
  findAction,
  nearestAction,
  nearestConditionKey,
  serviceActions,
} from "./catalog/catalog.ts";
export type { AccessLevel } from "./catalog/service.ts";
export { type Finding, severities, type Severity } from "./validate/finding.ts";
export { type PolicyUse, policyUses } from "./validate/policy-uses.ts";
export { describeRule } from "./validate/describe-rule.ts";
export { renderFindingsJson } from "./validate/render-json.ts";
export { renderFindingsSarif } from "./validate/render-sarif.ts";
export { renderFindingsText, type RenderOptions } from "./validate/render-text.ts";
export { validatePolicy, type ValidationOptions } from "./validate/validate-policy.ts";
