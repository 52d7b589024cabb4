import { conditionKeyType } from "../../catalog/catalog.ts";
import type { Check } from "../rule.ts";

/** "Do not use condition set operators ForAllValues or ForAnyValue with single-valued context keys." */
export const checkForAnyValueKey: Check = ({ statements }) =>
  statements.flatMap(({ conditions }) =>
    conditions
      .filter(({ condition: { set, key } }) => set === "ForAnyValue" && conditionKeyType(key)?.multivalued === false)
      .map(({ condition: { key }, place }) => ({
        place,
        message: `\`${key}\` has one value, so \`ForAnyValue\` says nothing`,
        help: "remove `ForAnyValue:`",
      })),
  );
