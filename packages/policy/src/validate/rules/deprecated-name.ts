import { replacedActions, replacedKeys } from "../deprecated-names.ts";
import { type Check, type Remark, remark } from "../rule.ts";

/** A condition key or an action AWS has replaced. */
export const checkDeprecated: Check = ({ statements }) =>
  statements.flatMap(({ actions, conditions }): readonly Remark[] => [
    ...actions.flatMap(({ pattern: { text }, place }) => {
      const name = text.toLowerCase();
      if (!replacedActions.has(name)) return [];
      const successor = replacedActions.get(name);
      const help = successor === undefined ? undefined : `use ${successor}`;
      return [remark(place, `\`${text}\` is no longer in use`, help)];
    }),
    ...conditions.flatMap(({ condition: { key }, place }) => {
      const successor = replacedKeys.get(key.toLowerCase());
      return successor === undefined
        ? []
        : [{ place, message: `\`${key}\` is no longer in use`, help: `use ${successor}` }];
    }),
  ]);
