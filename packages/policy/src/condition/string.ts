/**
 * String operators. Only the `…Like` ones know wildcards; all know variables.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html#Conditions_String
 */
import type { ContextLookup } from "../model/request.ts";
import { textMatcher } from "../match/pattern.ts";
import type { TextPattern } from "../model/policy.ts";

export interface StringMatching {
  readonly ignoreCase: boolean;
}

export function testString(
  matching: StringMatching,
): (constant: TextPattern) => (value: string, context: ContextLookup) => boolean {
  return (constant) => textMatcher(constant, matching.ignoreCase);
}
