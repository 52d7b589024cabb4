export type * from "./syntax/policy.ts";
export type * from "./evaluate/request.ts";
export { parsePolicy } from "./syntax/parse.ts";
export { type PolicyDocument, policyDocument, policySize, printPolicy } from "./syntax/print.ts";
export { type Arn, formatArn, matchArnPattern, parseArn } from "./names/arn.ts";
export { matchAction, parseActionPattern } from "./names/action.ts";
export { expandText, matchText, parsePattern } from "./names/pattern.ts";
export { checkOperatorValue, lookupOperator, operators } from "./condition/operators.ts";
export { evaluate } from "./evaluate/evaluate.ts";
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
export type { S3ResourceType } from "./catalog/s3.ts";
