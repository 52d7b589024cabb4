import type { ContextLookup } from "@s3-credentials/policy";
import { type Refusal, refuse } from "../operations/operation.ts";

/** Characters. Matching costs the length of the pattern times that of the value, and a stranger writes both. */
export const longestConditionValue = 2048;

/** A policy asks about a value that is too long to be matched: refused, whatever the policy's effect. */
export class ConditionValueTooLong extends Error {
  readonly refusal: Refusal;

  constructor(key: string) {
    const message = `A policy reads the condition key ${key}, whose value may have at most ${longestConditionValue} characters.`;
    super(message);
    this.refusal = refuse("InvalidRequest", message);
  }
}

/** Throws `ConditionValueTooLong` when what is looked up has more than 2,048 characters. */
export function boundedValues(context: ContextLookup): ContextLookup {
  return (key) => {
    const value = context(key);
    const long = typeof value === "string" ? isLong(value) : value?.some(isLong);
    if (long === true) throw new ConditionValueTooLong(key);
    return value;
  };
}

function isLong({ length }: string): boolean {
  return length > longestConditionValue;
}
