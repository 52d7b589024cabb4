/** Who may do what: everybody in an account with all their policies, asked together. */
export { type AccountDetails, accountPrincipals } from "./access/account-principals.ts";
export { type Access, accessOf, type AccessPlace, timeContext } from "./access/access-of.ts";
export {
  accessMap,
  type AccessMapQuestion,
  type AccessMapRow,
  type BucketLayers,
  resourceOf,
} from "./access/access-map.ts";
export { outsidersOf } from "./access/outsiders.ts";
export {
  allowedAll,
  namedProgram,
  principalAlone,
  type PrincipalPolicies,
  roleSession,
} from "./access/principal-policies.ts";
