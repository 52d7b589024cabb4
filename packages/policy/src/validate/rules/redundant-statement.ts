import { coversStatement } from "../cover.ts";
import type { Check } from "../rule.ts";

/** A statement whose requests another statement of the same effect speaks of already. */
export const checkRedundantStatements: Check = ({ statements }) =>
  statements.flatMap((narrow, index) => {
    const wide = statements.findIndex(
      ({ statement }, other) =>
        other !== index &&
        statement.effect === narrow.statement.effect &&
        coversStatement(statement, narrow.statement) &&
        (other < index || !coversStatement(narrow.statement, statement)),
    );
    if (wide === -1) return [];
    const name = statements[wide]?.statement.sid;
    return [
      {
        place: narrow.place,
        message: `the statement adds nothing to ${name ? `\`${name}\`` : `statement ${wide + 1}`}`,
        help: "remove it",
      },
    ];
  });
