/** The rules beyond the grammar: what a finding of each means, how much it weighs and where it is documented. */
import { checkActionResources } from "./rules/action-without-resource.ts";
import { checkAllowNotAction } from "./rules/allow-not-action.ts";
import { checkNotPrincipal } from "./rules/allow-not-principal.ts";
import { checkAllowNotResource } from "./rules/allow-not-resource.ts";
import { checkBooleans } from "./rules/both-booleans.ts";
import { checkBucketActions } from "./rules/bucket-policy-action.ts";
import { checkDeprecated } from "./rules/deprecated-name.ts";
import { checkDuplicateKeys } from "./rules/duplicate-condition-key.ts";
import { checkEmptyCondition } from "./rules/empty-condition-block.ts";
import { checkEmptySid } from "./rules/empty-sid.ts";
import { checkEpochDates } from "./rules/epoch-date.ts";
import { checkForAllValues } from "./rules/for-all-values-allow.ts";
import { checkForAllValuesKey } from "./rules/for-all-values-single.ts";
import { checkForAnyValueNegated } from "./rules/for-any-value-negated.ts";
import { checkForAnyValueKey } from "./rules/for-any-value-single.ts";
import { checkBucketResources } from "./rules/foreign-bucket.ts";
import { checkFullAccess } from "./rules/full-access.ts";
import { checkIamResourcePaths } from "./rules/iam-resource-path.ts";
import { checkIpRanges } from "./rules/imprecise-ip-range.ts";
import { checkAnyValue } from "./rules/matches-any-value.ts";
import { checkVersion } from "./rules/missing-version.ts";
import { checkMultivaluedKey } from "./rules/multivalued-without-set.ts";
import { checkNegatedAllow } from "./rules/negated-allow.ts";
import { checkPassRole } from "./rules/pass-role-wildcard.ts";
import { checkSize } from "./rules/policy-too-large.ts";
import { checkPrefixes } from "./rules/prefix-sibling.ts";
import { checkPrincipalIds } from "./rules/principal-unique-id.ts";
import { checkPrivateAddresses } from "./rules/private-source-ip.ts";
import { checkPublicPrincipal } from "./rules/public-principal.ts";
import { checkRedundantActions } from "./rules/redundant-action.ts";
import { checkRedundantResources } from "./rules/redundant-resource.ts";
import { checkRedundantStatements } from "./rules/redundant-statement.ts";
import { checkResourceActions } from "./rules/resource-without-action.ts";
import { checkServiceWide } from "./rules/service-wide-access.ts";
import { checkTrustActions } from "./rules/trust-action-not-assume.ts";
import { checkTrustPrincipals } from "./rules/trust-action-principal.ts";
import { checkOperatorType } from "./rules/type-mismatch.ts";
import { checkActions } from "./rules/unknown-action.ts";
import { checkConditionKeys } from "./rules/unknown-condition-key.ts";
import { checkServices } from "./rules/unknown-service.ts";
import { checkResourceForms } from "./rules/unmatchable-resource.ts";
import { checkPairedKeys } from "./rules/unpaired-condition-key.ts";
import { checkUnreachableAllows } from "./rules/unreachable-allow.ts";
import { checkKeySupport } from "./rules/unsupported-condition-key.ts";
import { checkVariableVersion } from "./rules/variable-without-version.ts";
import { checkWebIdentity } from "./rules/web-identity-without-condition.ts";
import { checkLiteralWildcards } from "./rules/wildcard-without-like.ts";
import type { Rule } from "./rule.ts";

const userGuide = "https://docs.aws.amazon.com/IAM/latest/UserGuide";
const checks = `${userGuide}/access-analyzer-reference-policy-checks.html#access-analyzer-reference-policy-checks`;
const reference =
  "https://docs.aws.amazon.com/service-authorization/latest/reference/reference_policies_actions-resources-contextkeys.html";

export const rules = {
  "policy-too-large": {
    severity: "error",
    meaning: "the document is larger than its kind of policy may be",
    page: `${userGuide}/reference_iam-quotas.html#reference_iam-quotas-entity-length`,
    check: checkSize,
  },
  "unknown-action": {
    severity: "error",
    meaning: "the service has no such action",
    page: `${checks}-error-invalid-action`,
    check: checkActions,
  },
  "unknown-service": {
    severity: "warning",
    meaning: "the action's service is not one this catalog holds",
    page: `${checks}-error-invalid-service-in-action`,
    check: checkServices,
  },
  "unknown-condition-key": {
    severity: "error",
    meaning: "there is no such condition key",
    page: `${checks}-error-invalid-service-condition-key`,
    check: checkConditionKeys,
  },
  "unmatchable-resource": {
    severity: "error",
    meaning: "no resource of the service has an ARN of this form",
    page: `${checks}-error-invalid-arn-resource`,
    check: checkResourceForms,
  },
  "iam-resource-path": {
    severity: "error",
    meaning: "an ARN of IAM whose last part begins with no kind of resource: IAM stores no policy with it",
    page: `${checks}-error-invalid-arn-resource`,
    check: checkIamResourcePaths,
  },
  "variable-without-version": {
    severity: "error",
    meaning: "a policy variable in a version that has none",
    page: `${checks}-error-variable-unsupported-in-version`,
    check: checkVariableVersion,
  },
  "duplicate-condition-key": {
    severity: "error",
    meaning: "a condition key written twice with different capitals",
    page: `${checks}-error-duplicate-keys-with-different-case`,
    check: checkDuplicateKeys,
  },
  "both-booleans": {
    severity: "error",
    meaning: "a Boolean condition with both values",
    page: `${checks}-error-invalid-condition-multiple-boolean`,
    check: checkBooleans,
  },
  "foreign-bucket": {
    severity: "error",
    meaning: "a bucket policy that speaks of another bucket",
    page: "https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutBucketPolicy.html",
    check: checkBucketResources,
  },
  "bucket-policy-action": {
    severity: "error",
    meaning: "a bucket policy with an action not asked on buckets or objects",
    page: `${checks}-error-unsupported-action-in-policy`,
    check: checkBucketActions,
  },
  "trust-action-not-assume": {
    severity: "error",
    meaning: "a trust policy's action that is not asked on roles",
    page: `${userGuide}/reference_policies_elements_principal.html`,
    check: checkTrustActions,
  },
  "trust-action-principal": {
    severity: "error",
    meaning: "a trust policy's principal that cannot assume a role this way",
    page: `${checks}-error-mismatched-action-for-principal`,
    check: checkTrustPrincipals,
  },
  "allow-not-principal": {
    severity: "security-warning",
    meaning: "`Allow` with `NotPrincipal`",
    page: `${checks}-security-warning-allow-with-not-principal`,
    check: checkNotPrincipal,
  },
  "public-principal": {
    severity: "security-warning",
    meaning: "everyone is allowed, without condition",
    page: `${userGuide}/reference_policies_elements_principal.html#principal-anonymous`,
    check: checkPublicPrincipal,
  },
  "web-identity-without-condition": {
    severity: "security-warning",
    meaning: "any token of an identity provider assumes the role",
    page: `${userGuide}/id_roles_create_for-idp_oidc.html`,
    check: checkWebIdentity,
  },
  "full-access": {
    severity: "security-warning",
    meaning: "every action on every resource",
    page: `${userGuide}/best-practices.html#grant-least-privilege`,
    check: checkFullAccess,
  },
  "service-wide-access": {
    severity: "security-warning",
    meaning: "every action of a service on everything",
    page: `${userGuide}/best-practices.html#grant-least-privilege`,
    check: checkServiceWide,
  },
  "pass-role-wildcard": {
    severity: "security-warning",
    meaning: "any role may be passed to any service",
    page: `${checks}-security-warning-pass-role-with-star-in-resource`,
    check: checkPassRole,
  },
  "for-all-values-allow": {
    severity: "security-warning",
    meaning: "`ForAllValues` in an `Allow` that holds without the key",
    page: `${userGuide}/reference_policies_condition_examples-multi-valued-context-keys.html`,
    check: checkForAllValues,
  },
  "for-all-values-single": {
    severity: "security-warning",
    meaning: "`ForAllValues` with a key that has one value",
    page: `${checks}-security-warning-forallvalues-with-single-valued-key`,
    check: checkForAllValuesKey,
  },
  "unpaired-condition-key": {
    severity: "security-warning",
    meaning: "a condition key that is safe only with another",
    page: `${checks}-security-warning-missing-paired-condition-keys`,
    check: checkPairedKeys,
  },
  "negated-allow": {
    severity: "warning",
    meaning: "a negated condition in an `Allow` that holds without the key",
    page: `${userGuide}/reference_policies_elements_condition_operators.html`,
    check: checkNegatedAllow,
  },
  "allow-not-action": {
    severity: "warning",
    meaning: "`Allow` with `NotAction`",
    page: `${userGuide}/reference_policies_elements_notaction.html`,
    check: checkAllowNotAction,
  },
  "allow-not-resource": {
    severity: "warning",
    meaning: "`Allow` with `NotResource`",
    page: `${userGuide}/reference_policies_elements_notresource.html`,
    check: checkAllowNotResource,
  },
  "missing-version": {
    severity: "warning",
    meaning: "the document does not say its version",
    page: `${checks}-general-warning-missing-version`,
    check: checkVersion,
  },
  "action-without-resource": {
    severity: "warning",
    meaning: "an action none of the statement's resources can be asked with",
    page: reference,
    check: checkActionResources,
  },
  "resource-without-action": {
    severity: "warning",
    meaning: "a resource none of the statement's actions is asked on",
    page: reference,
    check: checkResourceActions,
  },
  "unsupported-condition-key": {
    severity: "warning",
    meaning: "a condition key that requests for the action have not",
    page: reference,
    check: checkKeySupport,
  },
  "type-mismatch": {
    severity: "warning",
    meaning: "an operator of another type than the condition key",
    page: `${checks}-general-warning-type-mismatch`,
    check: checkOperatorType,
  },
  "multivalued-without-set": {
    severity: "warning",
    meaning: "a key of several values without `ForAnyValue` or `ForAllValues`",
    page: `${userGuide}/reference_policies_condition-single-vs-multi-valued-context-keys.html`,
    check: checkMultivaluedKey,
  },
  "for-any-value-negated": {
    severity: "warning",
    meaning: "`ForAnyValue` with a negated operator",
    page: `${userGuide}/reference_policies_condition-single-vs-multi-valued-context-keys.html`,
    check: checkForAnyValueNegated,
  },
  "wildcard-without-like": {
    severity: "warning",
    meaning: "a wildcard under an operator that has none",
    page: `${checks}-general-warning-wildcard-without-like-operator`,
    check: checkLiteralWildcards,
  },
  "deprecated-name": {
    severity: "warning",
    meaning: "a condition key or action that AWS replaced",
    page: `${checks}-general-warning-deprecated-global-condition-key`,
    check: checkDeprecated,
  },
  "epoch-date": {
    severity: "warning",
    meaning: "a date written as a number",
    page: `${checks}-general-warning-invalid-date-value`,
    check: checkEpochDates,
  },
  "principal-unique-id": {
    severity: "warning",
    meaning: "a principal named by its unique id",
    page: `${checks}-general-warning-invalid-role-reference`,
    check: checkPrincipalIds,
  },
  "unreachable-allow": {
    severity: "warning",
    meaning: "an `Allow` that a `Deny` of the document refuses whole",
    page: `${userGuide}/reference_policies_evaluation-logic_policy-eval-denyallow.html`,
    check: checkUnreachableAllows,
  },
  "redundant-action": {
    severity: "suggestion",
    meaning: "an action within another of the statement",
    page: `${checks}-suggestion-redundant-action`,
    check: checkRedundantActions,
  },
  "redundant-resource": {
    severity: "suggestion",
    meaning: "a resource within another of the statement",
    page: `${checks}-suggestion-redundant-resource`,
    check: checkRedundantResources,
  },
  "redundant-statement": {
    severity: "suggestion",
    meaning: "a statement within another of the document",
    page: `${checks}-suggestion-redundant-statement`,
    check: checkRedundantStatements,
  },
  "prefix-sibling": {
    severity: "suggestion",
    meaning: "a prefix without slash, which takes longer names too",
    page: "https://docs.aws.amazon.com/AmazonS3/latest/userguide/using-prefixes.html",
    check: checkPrefixes,
  },
  "for-any-value-single": {
    severity: "suggestion",
    meaning: "`ForAnyValue` with a key that has one value",
    page: `${userGuide}/reference_policies_condition-single-vs-multi-valued-context-keys.html`,
    check: checkForAnyValueKey,
  },
  "matches-any-value": {
    severity: "suggestion",
    meaning: "a condition whose value is `*`",
    page: `${userGuide}/reference_policies_elements_condition_operators.html#Conditions_Null`,
    check: checkAnyValue,
  },
  "private-source-ip": {
    severity: "suggestion",
    meaning: "a private address for `aws:SourceIp`",
    page: `${checks}-error-private-ip-address`,
    check: checkPrivateAddresses,
  },
  "imprecise-ip-range": {
    severity: "suggestion",
    meaning: "a range of addresses with bits after its mask",
    page: `${checks}-suggestion-improve-ip-range`,
    check: checkIpRanges,
  },
  "empty-condition-block": {
    severity: "suggestion",
    meaning: "a `Condition` that asks nothing",
    page: `${checks}-suggestion-empty-object-condition`,
    check: checkEmptyCondition,
  },
  "empty-sid": {
    severity: "suggestion",
    meaning: "an empty `Sid`",
    page: `${checks}-suggestion-empty-sid-value`,
    check: checkEmptySid,
  },
} as const satisfies Readonly<Record<string, Rule>>;

export type RuleCode = keyof typeof rules;
