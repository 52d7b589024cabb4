/** Questions about all requests at once, each answer with a request that shows it. */
export type { Answer, Difference } from "./compare/answer.ts";
export { type AccessBounds, checkAccess } from "./compare/check-access.ts";
export { checkNotGranted, type NamedAccess } from "./compare/check-not-granted.ts";
export { checkPublic, type OutsideAccess, type PublicAnswer, type PublicOptions } from "./compare/check-public.ts";
export { compareForReview, type ReviewedComparison } from "./compare/compare-for-review.ts";
export { type AccessChange, compareLayers, compareLayersBeside, type ResourceLayer } from "./compare/compare-layers.ts";
export {
  type CompareOptions,
  comparePolicies,
  type Comparison,
  isInside,
  type Relation,
} from "./compare/compare-policies.ts";
export {
  type AccessOverUnknowns,
  accessOverUnknowns,
  type AccessScope,
  type EffectiveAccess,
  type StatementOfLayer,
} from "./compare/decide-unknowns.ts";
export {
  type AccessSource,
  externalAccess,
  type ExternalAccess,
  type ExternalAccessAnswer,
  type ExternalOptions,
  type ExternalPrincipal,
} from "./compare/external-access.ts";
export { isPublicPolicy } from "./compare/public-policy.ts";
export { principalText, requestOf, type Witness, witnessData, witnessText } from "./compare/witness.ts";
