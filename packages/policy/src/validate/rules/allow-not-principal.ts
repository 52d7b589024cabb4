import type { Check } from "../rule.ts";

/** "Using Allow with NotPrincipal can be overly permissive. For example, this can grant permissions to anonymous principals." */
export const checkNotPrincipal: Check = ({ statements }) =>
  statements
    .filter(({ statement }) => statement.effect === "Allow" && statement.principal?.negated === true)
    .map(({ element }) => ({
      place: element("NotPrincipal"),
      message: "`Allow` with `NotPrincipal` allows everyone else, also whoever does not sign",
      help: "name those who may with `Principal`",
    }));
