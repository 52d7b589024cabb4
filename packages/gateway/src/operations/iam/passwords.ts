import { passwordFault } from "../../domain/identity/password-policy.ts";
import type { PasswordPolicy } from "../../ports/password-store.ts";
import { type Refusal, refuse } from "../operation.ts";
import { checkText, type Field, Violation } from "../query/fields.ts";

/** Any character of Latin 1 that can be typed. A violation does not repeat the password. */
export const password: Field<string> = {
  read(parameters, name) {
    const value = parameters.get(name);
    if (value === undefined) return new Violation(name, undefined, "Member must not be null");
    const shown = "[\\u0009\\u000A\\u000D\\u0020-\\u00FF]+";
    const checked = checkText(name, value, { pattern: /^[\u0009\u000a\u000d\u0020-\u00ff]+$/, shown, max: 128 });
    if (!(checked instanceof Violation)) return checked;
    return new Violation(
      name,
      "*****",
      `Member must satisfy regular expression pattern: ${shown} and have length at most 128`,
    );
  },
};

export function checkPassword(
  policy: PasswordPolicy | undefined,
  value: string,
  userName: string,
): Refusal | undefined {
  const fault = passwordFault(policy, value, userName);
  return fault === undefined ? undefined : refuse("PasswordPolicyViolation", fault);
}

export const reusedPassword: Refusal = refuse(
  "PasswordPolicyViolation",
  "Policy constraint violation with password reuse prevention during password change.",
);
