import { matchAction } from "../../match/action.ts";
import type { Condition, PrincipalEntry } from "../../model/policy.ts";
import { operatorOf } from "../condition-view.ts";
import { type Rule, checks, userGuide } from "../rule.ts";
import { actionsMatching } from "../statement-actions.ts";

/** The actions a role can be asked with. */
const onRoles: ReadonlySet<string> = new Set([
  "sts:AssumeRole",
  "sts:AssumeRoleWithSAML",
  "sts:AssumeRoleWithWebIdentity",
  "sts:SetContext",
  "sts:SetSourceIdentity",
  "sts:TagSession",
]);

export const trustRules = {
  /** A trust policy's action that is not asked on roles: `sts:GetCallerIdentity` in a trust policy allows nothing. */
  "trust-action-not-assume": {
    severity: "error",
    meaning: "a trust policy's action that is not for roles",
    page: `${userGuide}/reference_policies_elements_principal.html`,
    check: ({ kind, statements }) =>
      kind !== "trust"
        ? []
        : statements.flatMap(({ actions }) =>
            actions.flatMap(({ pattern, place }) => {
              const matching = actionsMatching(pattern);
              if (matching.length === 0 || matching.some(({ name }) => onRoles.has(name))) return [];
              return [
                {
                  place,
                  message: `\`${pattern.text}\` is not asked on a role, so it does nothing in a trust policy`,
                  help: "write `sts:AssumeRole`, `sts:AssumeRoleWithSAML` or `sts:AssumeRoleWithWebIdentity`",
                },
              ];
            }),
          ),
  },

  /** A federated principal cannot use `sts:AssumeRole`, a user or role not the other ways. */
  "trust-action-principal": {
    severity: "error",
    meaning: "a trust policy's principal that cannot assume a role this way",
    page: `${checks}-error-mismatched-action-for-principal`,
    check: ({ kind, statements }) =>
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
          }),
  },

  /**
   * A role any token of an identity provider can assume: its audience and subject are not asked for. Public providers (Google, GitHub)
   * give tokens to everybody.
   */
  "web-identity-without-condition": {
    severity: "security-warning",
    meaning: "any token of an identity provider assumes the role",
    page: `${userGuide}/id_roles_create_for-idp_oidc.html`,
    check: ({ kind, statements }) =>
      kind !== "trust"
        ? []
        : statements.flatMap(({ statement: { effect, principal, conditions }, element }) => {
            const providers = (principal?.entries ?? []).flatMap((entry) =>
              entry.kind === "federated" && !entry.provider.includes(":saml-provider/") ? [entry.provider] : [],
            );
            const asks = conditions.some(({ key }) => !/^(?:aws|iam|sts):/i.test(key));
            if (effect !== "Allow" || asks) return [];
            return providers.map((provider) => ({
              place: element("Principal"),
              message: `any token of \`${provider}\` may assume the role`,
              help: "add conditions on the token's audience and subject, such as `accounts.google.com:aud` and `…:sub`",
            }));
          }),
  },

  /**
   * The audience of a provider such as GitHub is the same for everybody who uses it with AWS, so only the subject says whose token it
   * is. Providers named without an ARN (Google, Facebook, Amazon, Cognito) have an audience for each application.
   */
  "oidc-without-subject": {
    severity: "security-warning",
    meaning: "a trust policy without a condition on the subject of an OIDC provider's tokens",
    page: `${userGuide}/id_roles_create_for-idp_oidc.html#idp_oidc_Create_GitHub`,
    check: ({ kind, statements }) =>
      kind !== "trust"
        ? []
        : statements.flatMap(({ statement: { effect, principal, conditions }, element }) => {
            if (effect !== "Allow") return [];
            return (principal?.entries ?? []).flatMap((entry) => {
              const [, host] = (entry.kind === "federated" && /:oidc-provider\/(.+)$/.exec(entry.provider)) || [];
              if (host === undefined || !asksAudienceAlone(conditions, host)) return [];
              return [
                {
                  place: element("Principal"),
                  message: `every token that \`${host}\` issues for this audience may assume the role`,
                  help: `add a condition on \`${host}:sub\``,
                },
              ];
            });
          }),
  },
} as const satisfies Readonly<Record<string, Rule>>;

/** How a role is assumed by each sort of principal; undefined where any way is possible. */
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

const audienceClaims: ReadonlySet<string> = new Set(["aud", "oaud", "azp", "amr"]);

/** A claim that may have every value is not asked for. The subjects of GitHub begin with `repo:`, unless somebody chose otherwise. */
function takesEverything({ values }: Condition): boolean {
  return values.some(({ parts }) => {
    const [first, ...more] = parts;
    const rest = first?.kind === "literal" && first.text === "repo:" ? more : parts;
    return rest.length > 0 && rest.every(({ kind }) => kind === "any-run");
  });
}

/** A negated operator names whose tokens are refused, not whose are accepted. Without any condition on the provider there is a rule of its own. */
function asksAudienceAlone(conditions: readonly Condition[], host: string): boolean {
  const prefix = `${host.toLowerCase()}:`;
  const asked = conditions.filter(({ key }) => key.toLowerCase().startsWith(prefix));
  const names = asked.filter(
    (one) =>
      !operatorOf(one).negated &&
      !takesEverything(one) &&
      !audienceClaims.has(one.key.slice(prefix.length).toLowerCase()),
  );
  return asked.length > 0 && names.length === 0;
}
