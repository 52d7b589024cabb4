/** Documents: reading, writing, and the names and patterns in them. */
export type * from "./model/policy.ts";
export { documentKind } from "./parse/document-kind.ts";
export { type JsonFault, type JsonMember, type JsonNode, readJson } from "./parse/json.ts";
export { type Fields, fieldsOf, isRecord } from "./parse/json-value.ts";
export { parsePolicy } from "./parse/parse.ts";
export { type PolicyDocument, policyDocument, policySize, printPolicy } from "./parse/print.ts";
export { type Arn, formatArn, parseArn } from "./match/arn.ts";
export { badIamResource, iamResourcePaths } from "./match/iam-resource-path.ts";
export { foreignPartition } from "./match/partition.ts";
export { matchResource } from "./match/resource.ts";
export { nearestName } from "./match/nearest-name.ts";
export { matchAction, namesService, parseActionPattern } from "./match/action.ts";
export { expandText, matchText, parsePattern } from "./match/pattern.ts";
export type { ValueTest } from "./condition/comparison.ts";
export { type IpRange, parseIpRange, testIpAddress } from "./condition/ip-address.ts";
export { checkOperatorValue, lookupOperator, operators } from "./condition/operators.ts";
