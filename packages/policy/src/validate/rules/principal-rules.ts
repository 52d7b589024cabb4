import { type Rule, checks, userGuide } from "../rule.ts";

export const principalRules = {
  /** The principal `*` in an `Allow` is everyone, also whoever does not sign, unless a condition narrows it. */
  "public-principal": {
    severity: "security-warning",
    meaning: "everyone is allowed, without condition",
    page: `${userGuide}/reference_policies_elements_principal.html#principal-anonymous`,
    check: ({ statements, kind }) =>
      statements
        .filter(
          ({ statement: { effect, principal, conditions } }) =>
            effect === "Allow" &&
            principal?.negated === false &&
            principal.entries.some((entry) => entry.kind === "everyone") &&
            conditions.length === 0,
        )
        .map(({ element }) => ({
          place: element("Principal"),
          message:
            kind === "trust" ? "everyone may assume the role" : "everyone is allowed this, also whoever does not sign",
          help: "name those who may, or add a condition on who asks (`aws:PrincipalAccount`, `aws:SourceArn`, `aws:SourceIp`)",
        })),
  },

  /** "Using Allow with NotPrincipal can be overly permissive. For example, this can grant permissions to anonymous principals." */
  "allow-not-principal": {
    severity: "security-warning",
    meaning: "`Allow` with `NotPrincipal`",
    page: `${checks}-security-warning-allow-with-not-principal`,
    check: ({ statements }) =>
      statements
        .filter(({ statement }) => statement.effect === "Allow" && statement.principal?.negated === true)
        .map(({ element }) => ({
          place: element("NotPrincipal"),
          message: "`Allow` with `NotPrincipal` allows everyone else, also whoever does not sign",
          help: "name those who may with `Principal`",
        })),
  },

  /** "AWS recommends that you specify the ARN for an IAM user or role instead of its principal ID." */
  "principal-unique-id": {
    severity: "warning",
    meaning: "a principal named by its unique id",
    page: `${checks}-general-warning-invalid-role-reference`,
    check: ({ statements }) =>
      statements.flatMap(({ statement, element }) =>
        (statement.principal?.entries ?? []).flatMap((entry) => {
          if (entry.kind !== "unique-id") return [];
          const what = entry.id.startsWith("AROA") ? "role" : "user";
          const place = element(statement.principal?.negated === true ? "NotPrincipal" : "Principal");
          return [{ place, message: `\`${entry.id}\` is the unique id of a ${what}`, help: `write the ${what}'s ARN` }];
        }),
      ),
  },
} as const satisfies Readonly<Record<string, Rule>>;
