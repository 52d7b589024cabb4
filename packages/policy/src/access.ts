/** Who may do what: everybody in an account with all their policies, asked together. */
export { type AccountDetails, accountPrincipals } from "./access/account-principals.ts";
export {
  type Access,
  accessData,
  accessOf,
  type AccessPlace,
  layersOf,
  plainRequest,
  timeContext,
} from "./access/access-of.ts";
export {
  accessMap,
  accessMapCsv,
  type AccessMapQuestion,
  type AccessMapRow,
  resourceOf,
  usualBucketActions,
} from "./access/access-map.ts";
export {
  aclPlace,
  type AclPlace,
  bucketLayers,
  type ResourceLayers,
  noResourceLayers,
} from "./access/bucket-layers.ts";
export { type Can, canDo, type CanQuestion } from "./access/can.ts";
export type { ControlPolicies } from "./access/control-policies.ts";
export { layerFor } from "./access/outsiders.ts";
export { type RefusedRequest, type RoleInstead, rolesInstead } from "./access/roles-instead.ts";
export {
  allowedAll,
  namedProgram,
  principalAlone,
  type PrincipalPolicies,
  roleSession,
  sessionsOf,
} from "./access/principal-policies.ts";
export { arnOf, outsidersWhoCan, trustLayers, whetherCan, type WhoCan, type WhoCanQuestion } from "./access/who-can.ts";
export {
  contextProblem,
  isKnownAction,
  questionProblem,
  type QuestionProblem,
  resourceForms,
  type WrittenQuestion,
} from "./access/question-problem.ts";
