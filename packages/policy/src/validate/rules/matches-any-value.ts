import { operatorOf } from "../condition-view.ts";
import type { Check } from "../rule.ts";

/** The value `*` takes whatever the request has: the condition only asks whether the key is there. */
export const checkAnyValue: Check = ({ statements }) =>
  statements.flatMap(({ conditions }) =>
    conditions.flatMap(({ condition, values }) => {
      const { family, wildcards, negated } = operatorOf(condition);
      if (family !== "string" || !wildcards) return [];
      return values
        .filter(({ pattern }) => pattern.text === "*")
        .map(({ place }) => ({
          place,
          message: `\`*\` takes every value: the condition only asks whether \`${condition.key}\` is there`,
          help: `write \`"Null": {"${condition.key}": "${negated ? "true" : "false"}"}\``,
        }));
    }),
  );
