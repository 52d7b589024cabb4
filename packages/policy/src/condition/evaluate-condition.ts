/**
 * One condition against one request.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-logic-multiple-context-keys-or-values.html
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-single-vs-multi-valued-context-keys.html
 */
import { memoize } from "../match/memoize.ts";
import type { ContextLookup } from "../model/request.ts";
import type { Condition, TextPattern } from "../model/policy.ts";
import { testNull } from "./null.ts";
import { isOperatorName, operators, type OperatorRow, type PreparedTest } from "./operators.ts";
import { allOf, anyOf, negate, type Outcome } from "./outcome.ts";

interface PreparedConstant {
  readonly pattern: TextPattern;
  readonly test: PreparedTest | undefined;
}

interface PreparedCondition {
  readonly row: OperatorRow;
  readonly constants: readonly PreparedConstant[];
}

/** Undefined for an operator that is not in the table, which the parser refuses. */
export const prepareCondition = memoize(({ operator, values }: Condition): PreparedCondition | undefined => {
  if (!isOperatorName(operator)) return undefined;
  const row: OperatorRow = operators[operator];
  return { row, constants: values.map((pattern) => ({ pattern, test: row.prepare(pattern) })) };
});

export function evaluateCondition(condition: Condition, context: ContextLookup): Outcome {
  const ready = prepareCondition(condition);
  // INVARIANT: what the parser would refuse never counts as fulfilled or as harmless.
  if (ready === undefined || ready.constants.length === 0) return "indeterminate";
  const found = context(condition.key);
  const values = typeof found === "string" ? [found] : found;
  if (ready.row.family === "null")
    return anyOf(ready.constants, ({ pattern }) => asOutcome(testNull(pattern.text, values)));
  if (values === undefined || isEmptySet(condition, values)) return missingKey(condition, ready.row);
  const test = (value: string): Outcome => testValue(ready, value, context);
  if (condition.set === "ForAllValues") return allOf(values, test);
  return condition.set === "ForAnyValue" ? anyOf(values, test) : agreement(values, test);
}

/**
 * A key without values is an absent key. Under a set operator an empty string is an empty set too: "if the key values
 * in the request resolve to an empty data set (for example, an empty string)".
 */
function isEmptySet(condition: Condition, values: readonly string[]): boolean {
  if (values.length === 0) return true;
  return condition.set !== undefined && values.length === 1 && values[0] === "";
}

/**
 * "If the key is not present, evaluate the condition element as true" (…IfExists). ForAllValues is true and
 * ForAnyValue false without values, negated or not; otherwise only a negated operator is true.
 */
function missingKey(condition: Condition, row: OperatorRow): Outcome {
  if (condition.ifExists || condition.set === "ForAllValues") return "match";
  if (condition.set === "ForAnyValue") return "miss";
  return row.negated ? "match" : "miss";
}

/**
 * Several policy values: a positive operator must match one of them, a negated one none of them. A policy value with a variable
 * that the request has no value for matches nothing, so a negated operator is true of it: "StringNotEquals or StringNotLike do
 * match against a null value". https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_variables.html
 */
function testValue(ready: PreparedCondition, value: string, context: ContextLookup): Outcome {
  const matched = anyOf(ready.constants, ({ test }) => {
    if (test === undefined) return "indeterminate";
    return asOutcome(test(value, context));
  });
  return ready.row.negated ? negate(matched) : matched;
}

/**
 * Several request values without a set operator. AWS says such keys "require a condition set operator" and not what
 * happens without one: when the values disagree there is no answer.
 */
function agreement(values: readonly string[], test: (value: string) => Outcome): Outcome {
  const every = allOf(values, test);
  return values.length === 1 || every === anyOf(values, test) ? every : "indeterminate";
}

function asOutcome(result: boolean | undefined): Outcome {
  if (result === undefined) return "indeterminate";
  return result ? "match" : "miss";
}
