import type { Check } from "../rule.ts";

/** "AWS recommends that you specify the ARN for an IAM user or role instead of its principal ID." */
export const checkPrincipalIds: Check = ({ statements }) =>
  statements.flatMap(({ statement, element }) =>
    (statement.principal?.entries ?? []).flatMap((entry) => {
      if (entry.kind !== "unique-id") return [];
      const what = entry.id.startsWith("AROA") ? "role" : "user";
      const place = element(statement.principal?.negated === true ? "NotPrincipal" : "Principal");
      return [{ place, message: `\`${entry.id}\` is the unique id of a ${what}`, help: `write the ${what}'s ARN` }];
    }),
  );
