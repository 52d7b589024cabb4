import { operatorOf } from "../condition-view.ts";
import type { Check } from "../rule.ts";

/** `true` and `false` together hold for every request that has the key. */
export const checkBooleans: Check = ({ statements }) =>
  statements.flatMap(({ conditions }) =>
    conditions
      .filter(({ condition, values }) => {
        const { family } = operatorOf(condition);
        const texts = new Set(values.map(({ pattern }) => pattern.text.toLowerCase()));
        return (family === "bool" || family === "null") && texts.has("true") && texts.has("false");
      })
      .map(({ condition: { written }, place }) => ({
        place,
        message: `\`${written}\` with both \`true\` and \`false\` asks nothing`,
        help: "keep one of them",
      })),
  );
