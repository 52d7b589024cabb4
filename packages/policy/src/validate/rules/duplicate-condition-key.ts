import type { Check } from "../rule.ts";

/** "The condition key appears more than once with different capitalization in the same condition block." */
export const checkDuplicateKeys: Check = ({ statements }) =>
  statements.flatMap(({ conditions }) =>
    conditions
      .filter(({ condition }, index) =>
        conditions.slice(0, index).some((one) => {
          const { written, key } = one.condition;
          return written === condition.written && key.toLowerCase() === condition.key.toLowerCase();
        }),
      )
      .map(({ condition: { key }, place }) => ({
        place,
        message: `\`${key}\` is already written with other capitals under the same operator`,
        help: "write it once, with all its values",
      })),
  );
