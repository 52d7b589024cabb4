/**
 * What an Allow in a resource-based policy is worth to the caller.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_principal.html#principal-roles
 */
import type { Condition, Statement } from "../model/policy.ts";
import { matchPrincipal, type PrincipalMatch } from "../match/principal-match.ts";
import type { Principal } from "../model/request.ts";

const NAMING_OPERATORS: ReadonlySet<string> = new Set(["StringEquals", "StringLike", "ArnEquals", "ArnLike"]);

/**
 * "Identity-based policy types, such as permissions boundaries or session policies, do not limit permissions granted
 * using the aws:PrincipalArn condition key with a wildcard(*) in the Principal element, unless the identity-based
 * policies contain an explicit deny." A user's self-scoped session stays within its policies even so.
 */
export function grantOf(statement: Statement, principal: Principal): PrincipalMatch {
  if (statement.principal === undefined) return "none";
  const match = matchPrincipal(statement.principal, statement.effect, principal, false);
  if (match !== "limited" || !hasIdentityPolicies(principal)) return match;
  const everyone = !statement.principal.negated && statement.principal.entries.some(({ kind }) => kind === "everyone");
  return everyone && statement.conditions.some(namesPrincipalArn) ? "direct" : match;
}

function hasIdentityPolicies(principal: Principal): boolean {
  if (principal.kind === "user-session") return principal.token === true;
  return principal.kind === "user" || principal.kind === "role-session" || principal.kind === "federated-user";
}

function namesPrincipalArn(condition: Condition): boolean {
  return (
    condition.key.toLowerCase() === "aws:principalarn" &&
    NAMING_OPERATORS.has(condition.operator) &&
    condition.set === undefined &&
    !condition.ifExists
  );
}
