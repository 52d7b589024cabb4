import type { PrincipalEntry } from "../../model/policy.ts";
import { matchAction } from "../../match/action.ts";
import type { Check } from "../rule.ts";

/** How a role is assumed by each sort of principal; undefined where any way may be meant. */
function assumedBy(entry: PrincipalEntry): string | undefined {
  switch (entry.kind) {
    case "everyone":
      return undefined;
    case "federated":
      return entry.provider.includes(":saml-provider/") ? "sts:AssumeRoleWithSAML" : "sts:AssumeRoleWithWebIdentity";
    default:
      return "sts:AssumeRole";
  }
}

/** A federated principal cannot use `sts:AssumeRole`, a user or role not the other ways. */
export const checkTrustPrincipals: Check = ({ kind, statements }) =>
  kind !== "trust"
    ? []
    : statements.flatMap(({ statement, element }) => {
        const { action, principal } = statement;
        const ways = action.patterns.filter(({ name }) => /^assumerole|[*?]/.test(name));
        // Statements that only add tags or an identity go with another one that assumes.
        if (principal === undefined || ways.length === 0) return [];
        return principal.entries.flatMap((entry) => {
          const way = assumedBy(entry);
          if (way === undefined || ways.some((pattern) => matchAction(pattern, way))) return [];
          return [
            {
              place: element("Principal"),
              message: `${nameOf(entry)} assumes a role by \`${way}\`, which is not allowed`,
            },
          ];
        });
      });

function nameOf(entry: PrincipalEntry): string {
  switch (entry.kind) {
    case "federated":
      return `\`${entry.provider}\``;
    case "service":
      return `\`${entry.service}\``;
    case "account":
      return `\`${entry.accountId}\``;
    case "everyone":
      return "everyone";
    case "unique-id":
    case "canonical-user":
      return `\`${entry.id}\``;
    default:
      return `\`${entry.arn}\``;
  }
}
