import type { ContextLookup } from "../evaluate/request.ts";
import type { TextPattern } from "../syntax/policy.ts";

/**
 * Whether the text holds a variable without a value in this request and without a default. Such a text matches nothing.
 * A multi-valued key cannot be a variable, so a list counts as missing.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_variables.html
 */
export function hasMissingVariable(pattern: TextPattern, context: ContextLookup): boolean {
  return pattern.parts.some(
    (part) => part.kind === "variable" && part.fallback === undefined && typeof context(part.key) !== "string",
  );
}
