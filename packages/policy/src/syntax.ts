/** Documents: reading, writing, and the names and patterns in them. */
export type * from "./syntax/policy.ts";
export { parsePolicy } from "./syntax/parse.ts";
export { type PolicyDocument, policyDocument, policySize, printPolicy } from "./syntax/print.ts";
export { type Arn, formatArn, parseArn } from "./names/arn.ts";
export { badIamResource, iamResourcePaths } from "./names/iam-resource-path.ts";
export { matchResource } from "./names/resource.ts";
export { matchAction, parseActionPattern } from "./names/action.ts";
export { expandText, matchText, parsePattern } from "./names/pattern.ts";
export { type IpRange, parseIpRange } from "./condition/ip-address.ts";
export { checkOperatorValue, lookupOperator, operators } from "./condition/operators.ts";
