import { coversStatement } from "../cover.ts";
import type { Check } from "../rule.ts";

/** An explicit `Deny` overrides every `Allow`: one all of whose requests a `Deny` of the document refuses allows nothing. */
export const checkUnreachableAllows: Check = ({ statements }) =>
  statements.flatMap(({ statement, place }) => {
    if (statement.effect !== "Allow") return [];
    const deny = statements.findIndex(
      (one) => one.statement.effect === "Deny" && coversStatement(one.statement, statement),
    );
    if (deny === -1) return [];
    const name = statements[deny]?.statement.sid;
    return [
      {
        place,
        message: `the statement allows nothing: ${name ? `\`${name}\`` : `statement ${deny + 1}`} denies all of it`,
        help: "narrow the `Deny` or remove the `Allow`",
      },
    ];
  });
