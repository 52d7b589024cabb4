import type { Check } from "../rule.ts";

/** The principal `*` in an `Allow` is everyone, also whoever does not sign, unless a condition narrows it. */
export const checkPublicPrincipal: Check = ({ statements, kind }) =>
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
    }));
