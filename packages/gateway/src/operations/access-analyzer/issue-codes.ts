/**
 * What IAM Access Analyzer calls the checks that both have. The other checks have their own names, written as it writes them.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/access-analyzer-reference-policy-checks.html
 */
const sharedChecks: Readonly<Record<string, string>> = {
  "allow-not-principal": "ALLOW_WITH_NOT_PRINCIPAL",
  "conflicting-elements": "UNSUPPORTED_ELEMENT_COMBINATION",
  "duplicate-sid": "UNIQUE_SIDS_REQUIRED",
  "empty-condition": "EMPTY_OBJECT_CONDITION",
  "empty-condition-block": "EMPTY_OBJECT_CONDITION",
  "empty-sid": "EMPTY_SID_VALUE",
  "invalid-account-id": "INVALID_ARN_ACCOUNT",
  "invalid-json": "JSON_SYNTAX_ERROR",
  "pass-role-wildcard": "PASS_ROLE_WITH_STAR_IN_RESOURCE",
  "unknown-action": "INVALID_ACTION",
  "unknown-condition-key": "INVALID_SERVICE_CONDITION_KEY",
  "unknown-element": "INVALID_POLICY_ELEMENT",
  "unknown-operator": "INVALID_CONDITION_OPERATOR",
  "unknown-principal-type": "INVALID_PRINCIPAL_KEY",
  "unknown-service": "INVALID_SERVICE_IN_ACTION",
};

export function issueCodeOf(code: string): string {
  return sharedChecks[code] ?? code.replaceAll("-", "_").toUpperCase();
}
