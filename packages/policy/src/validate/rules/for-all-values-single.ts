import { conditionKeyType } from "../../catalog/catalog.ts";
import type { Check } from "../rule.ts";

/** "Using ForAllValues qualifier with a single-valued condition key can be overly permissive." */
export const checkForAllValuesKey: Check = ({ statements }) =>
  statements.flatMap(({ conditions }) =>
    conditions
      .filter(({ condition: { set, key } }) => set === "ForAllValues" && conditionKeyType(key)?.multivalued === false)
      .map(({ condition: { key }, place }) => ({
        place,
        message: `\`${key}\` has one value; with \`ForAllValues\` the condition holds also for requests without it`,
        help: "remove `ForAllValues:`",
      })),
  );
