import { operatorOf } from "../condition-view.ts";
import type { Check } from "../rule.ts";

/** `ForAnyValue:StringNotEquals` holds as soon as one value of the request is outside the list, whatever the others are. */
export const checkForAnyValueNegated: Check = ({ statements }) =>
  statements.flatMap(({ conditions }) =>
    conditions
      .filter(({ condition }) => condition.set === "ForAnyValue" && operatorOf(condition).negated)
      .map(({ condition: { key, operator }, place }) => ({
        place,
        message: `holds when one value of \`${key}\` is outside the list, even if others are in it`,
        help: `for "none of them is in the list" write \`ForAllValues:${operator}\``,
      })),
  );
