import { isOperatorName, operators, type OperatorRow } from "../condition/operators.ts";
import type { Condition, Statement } from "../model/policy.ts";

/** The row of a condition's operator. The parser lets no other operator through. */
export function operatorOf({ operator }: Condition): OperatorRow {
  return operators[isOperatorName(operator) ? operator : "StringEquals"];
}

/** Whether the condition holds for a request without its key. */
export function holdsWithoutKey(condition: Condition): boolean {
  const { set, ifExists, values } = condition;
  const { family, negated } = operatorOf(condition);
  if (family === "null") return values.some(({ text }) => text.toLowerCase() === "true");
  if (set === "ForAnyValue") return ifExists;
  return ifExists || negated || set === "ForAllValues";
}

/** Whether the statement asks that requests have the key: `"Null": {key: "false"}`. */
export function requiresKey({ conditions }: Statement, key: string): boolean {
  return conditions.some(
    (one) =>
      one.operator === "Null" &&
      one.key.toLowerCase() === key.toLowerCase() &&
      one.values.every(({ text }) => text.toLowerCase() === "false"),
  );
}

/** Whether a text of a policy has no wildcard and no variable. */
export function isWildcardFree(text: string): boolean {
  return !/[*?]|\$\{/.test(text);
}
