/** The documented actions of S3, IAM and STS, their resource types and condition keys. */
export { isResourceOfBucket } from "./match/bucket-resource.ts";
export { isS3ConditionKey, type S3Action, s3ActionsMatching } from "./catalog/s3-actions.ts";
export type { S3ResourceType } from "./catalog/s3-actions.ts";
export {
  type ActionResource,
  type CatalogAction,
  type ConditionKeyKind,
  catalogServices,
  conditionKeyNames,
  conditionKeyType,
  findAction,
  hasConditionKey,
  nearestAction,
  nearestConditionKey,
  serviceActions,
} from "./catalog/catalog.ts";
export type { AccessLevel } from "./catalog/service.ts";
export { actionOfOperation } from "./catalog/operation-actions.ts";
export {
  aclActions,
  type AclGrant,
  aclGroups,
  type AclOwner,
  type AclPermission,
  aclPermissions,
  type AclStatement,
  aclStatements,
  isPublicGrant,
} from "./catalog/acl.ts";
