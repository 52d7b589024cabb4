/**
 * A condition as a closure. What operators mean stays in the operator table: the tests run here are the table's own, and
 * what a missing key means is asked of `evaluateCondition` once, when the policy is compiled.
 */
import { evaluateCondition, prepareCondition } from "../condition/evaluate-condition.ts";
import type { PreparedTest } from "../condition/operators.ts";
import { applies, negate, type Outcome } from "../condition/outcome.ts";
import type { ContextLookup } from "../model/request.ts";
import type { Condition, Effect } from "../model/policy.ts";

/** Whether the condition lets a statement of its effect apply: `applies(evaluateCondition(…))`. */
export type CompiledCondition = (context: ContextLookup) => boolean;

export function compileCondition(condition: Condition, effect: Effect): CompiledCondition {
  const full: CompiledCondition = (context) => applies(evaluateCondition(condition, context), effect);
  const ready = prepareCondition(condition);
  if (ready === undefined || ready.constants.length === 0) return full;
  const whenAbsent = full(() => undefined);
  const key = keyInLowerCase(condition.key);
  if (ready.row.family === "null")
    return presence(
      key,
      whenAbsent,
      full(() => "present"),
    );
  if (condition.set !== undefined) return (context) => (context(key) === undefined ? whenAbsent : full(context));
  const tests = ready.constants.map(({ test }) => test ?? unanswered);
  return singleValue({ key, tests, full, whenAbsent, ...outcomes(ready.row.negated, effect) });
}

/** Contexts compare keys without case, so writing an ASCII key in lower case here only spares them the work. */
function keyInLowerCase(key: string): string {
  return /^[\0-\x7f]*$/.test(key) ? key.toLowerCase() : key;
}

function presence(key: string, whenAbsent: boolean, whenPresent: boolean): CompiledCondition {
  return (context) => {
    const value = context(key);
    return value === undefined || (typeof value !== "string" && value.length === 0) ? whenAbsent : whenPresent;
  };
}

/** For a constant that the parser refuses: there is no answer. */
const unanswered: PreparedTest = () => undefined;

interface Effects {
  readonly onMatch: boolean;
  readonly onMiss: boolean;
  readonly onIndeterminate: boolean;
}

/** The outcome when one constant matches, none matches, or there is no answer, by operator and effect. */
function outcomes(negated: boolean, effect: Effect): Effects {
  const of = (outcome: Outcome): boolean => applies(negated ? negate(outcome) : outcome, effect);
  return { onMatch: of("match"), onMiss: of("miss"), onIndeterminate: of("indeterminate") };
}

interface SingleValue extends Effects {
  readonly key: string;
  readonly tests: readonly PreparedTest[];
  readonly full: CompiledCondition;
  readonly whenAbsent: boolean;
}

/** The common case: a key with one value, and an operator without a set qualifier. A list takes the general path. */
function singleValue(compiled: SingleValue): CompiledCondition {
  const { key, tests, full, whenAbsent, onMatch, onMiss, onIndeterminate } = compiled;
  return (context) => {
    const value = context(key);
    if (typeof value !== "string") return value === undefined ? whenAbsent : full(context);
    let indeterminate = false;
    for (const test of tests) {
      const result = test(value, context);
      if (result === true) return onMatch;
      if (result === undefined) indeterminate = true;
    }
    return indeterminate ? onIndeterminate : onMiss;
  };
}
