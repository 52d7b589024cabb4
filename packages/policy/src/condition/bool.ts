/**
 * `Bool`. Its section allows policy variables in values, unlike those of the other literal families.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html#Conditions_Boolean
 */
import type { ContextLookup } from "../model/request.ts";
import { expandText } from "../match/pattern.ts";
import type { TextPattern } from "../model/policy.ts";

/** `true` and `false` in any case, as AWS accepts `"True"`; nothing else is a boolean. */
export function parseBool(text: string): boolean | undefined {
  switch (text.toLowerCase()) {
    case "true":
      return true;
    case "false":
      return false;
    default:
      return undefined;
  }
}

/** Undefined when the request's value, or a variable's, is not a boolean; false when a variable is missing. */
export function testBool(constant: TextPattern): (value: string, context: ContextLookup) => boolean | undefined {
  return (value, context) => {
    const text = expandText(constant, context);
    if (text === undefined) return false;
    const expected = parseBool(text);
    const actual = parseBool(value);
    return expected === undefined || actual === undefined ? undefined : actual === expected;
  };
}
