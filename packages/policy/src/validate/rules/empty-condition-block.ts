import type { Check } from "../rule.ts";

/** "This condition block is empty and it does not affect the policy." */
export const checkEmptyCondition: Check = ({ statements }) =>
  statements
    .filter(({ node, statement }) => node("Condition") !== undefined && statement.conditions.length === 0)
    .map(({ element }) => ({
      place: element("Condition"),
      message: "`Condition` asks nothing",
      help: "remove it or say what must hold",
    }));
