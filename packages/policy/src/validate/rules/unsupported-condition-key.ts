import { catalogServices } from "../../catalog/catalog.ts";
import { holdsWithoutKey } from "../condition-view.ts";
import { listNames, type Check } from "../rule.ts";
import { actionsMatching, actionsOfStatement } from "../statement-actions.ts";
import type { Located, LocatedStatement } from "../subject.ts";
import type { ActionPattern } from "../../model/policy.ts";

/**
 * A service's condition key on actions whose requests have it not: `s3:prefix` on `s3:GetObject`. A key the action
 * does not support is not in the request context.
 */
export const checkKeySupport: Check = ({ statements }) =>
  statements.flatMap((one) =>
    one.conditions.flatMap(({ condition, place }) => {
      const { key } = condition;
      if (!catalogServices.includes(key.slice(0, key.indexOf(":")).toLowerCase())) return [];
      const without = patternsWithout(one, key.toLowerCase());
      if (without.length === 0) return [];
      const outcome = holdsWithoutKey(condition) ? "always" : "never";
      return [
        {
          place,
          message: `requests for ${listNames(without)} have no \`${key}\`: the condition ${outcome} holds for them`,
          help: "put those actions in a statement of their own",
        },
      ];
    }),
  );

/** The statement's action patterns none of whose actions has the key; nothing when no action of the catalog has it at all. */
function patternsWithout({ statement, actions }: LocatedStatement, key: string): readonly string[] {
  if (statement.action.negated) {
    const some = actionsOfStatement(statement).some(({ conditionKeys }) => hasKey(conditionKeys, key));
    return some ? [] : actions.slice(0, 1).map(() => "NotAction");
  }
  return actions.filter((one) => lacksKey(one, key)).map(({ pattern }) => pattern.text);
}

function lacksKey({ pattern }: Located<ActionPattern>, key: string): boolean {
  const meant = actionsMatching(pattern);
  return meant.length > 0 && !meant.some(({ conditionKeys }) => hasKey(conditionKeys, key));
}

function hasKey(keys: readonly string[], key: string): boolean {
  return keys.some((one) => (one.endsWith("/") ? key.startsWith(one.toLowerCase()) : one.toLowerCase() === key));
}
