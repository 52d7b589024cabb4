/**
 * `Null`: `true` means the key is absent, `false` that it is there and has a value.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html#Conditions_Null
 */
import { parseBool } from "./bool.ts";

/** Whether the key's presence is what the constant asks for; undefined when the constant is not a boolean. */
export function testNull(constant: string, values: readonly string[] | undefined): boolean | undefined {
  const expectAbsent = parseBool(constant);
  if (expectAbsent === undefined) return undefined;
  // An empty list is a key without a value: "the key exists and its value is not null" does not hold for it.
  const absent = values === undefined || values.length === 0;
  return absent === expectAbsent;
}
