import { conditionKeyType } from "../../catalog/catalog.ts";
import { operatorOf } from "../condition-view.ts";
import type { Check } from "../rule.ts";

/** "For requests that include multiple values for a single condition key, you must use the ForAllValues or ForAnyValue set operators." */
export const checkMultivaluedKey: Check = ({ statements }) =>
  statements.flatMap(({ conditions }) =>
    conditions
      .filter(
        ({ condition }) =>
          condition.set === undefined &&
          operatorOf(condition).family !== "null" &&
          conditionKeyType(condition.key)?.multivalued === true,
      )
      .map(({ condition: { key, written }, place }) => ({
        place,
        message: `\`${key}\` may have several values, of which \`${written}\` does not say which it means`,
        help: `write \`ForAnyValue:${written}\` (one of them) or \`ForAllValues:${written}\` (each of them)`,
      })),
  );
