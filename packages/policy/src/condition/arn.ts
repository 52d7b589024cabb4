/**
 * ARN operators: each of the six colon-delimited components is matched separately and may hold wildcards.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html#Conditions_ARN
 */
import type { ContextLookup } from "../model/request.ts";
import { isArnPattern, matchArnPattern } from "../match/arn.ts";
import { expandText, parsePattern } from "../match/pattern.ts";
import type { TextPattern } from "../model/policy.ts";

/** `*`, six components, or a variable in the place of a whole ARN. */
export function checkArnConstant(constant: string, variables: boolean): string | undefined {
  const pattern = parsePattern(constant, { wildcards: true, variables });
  if ("error" in pattern) return pattern.error;
  if (isArnPattern(pattern) || isVariable(pattern)) return undefined;
  return "must be an ARN with six components, such as `arn:aws:iam::123456789012:role/*`, or `*`";
}

function isVariable({ parts }: TextPattern): boolean {
  return parts.length === 1 && parts[0]?.kind === "variable";
}

/** A request value that is no ARN is a string no pattern matches ("the ARN is considered a string"). */
export function testArn(
  constant: TextPattern,
): ((value: string, context: ContextLookup) => boolean | undefined) | undefined {
  if (isVariable(constant)) return (value, context) => value === expandText(constant, context);
  if (!isArnPattern(constant)) return undefined;
  return (value, context) => matchArnPattern(constant, value, context);
}
