import { conditionKeyType } from "../../catalog/catalog.ts";
import { requiresKey } from "../condition-view.ts";
import type { Check } from "../rule.ts";

/** `ForAllValues` "also returns true if there are no context keys in the request": an `Allow` then holds for requests without the key. */
export const checkForAllValues: Check = ({ statements }) =>
  statements.flatMap(({ statement, conditions }) =>
    conditions
      .filter(
        ({ condition: { set, key } }) =>
          statement.effect === "Allow" &&
          set === "ForAllValues" &&
          conditionKeyType(key)?.multivalued !== false &&
          !requiresKey(statement, key),
      )
      .map(({ condition: { key }, place }) => ({
        place,
        message: `requests without \`${key}\` are allowed too: \`ForAllValues\` holds for no values`,
        help: `add \`"Null": {"${key}": "false"}\``,
      })),
  );
