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

const leastLength = 8;
const kinds = [/[A-Z]/, /[a-z]/, /[0-9]/, /[!@#$%^&*()_+\-=[\]{}|']/] as const;
const leastKinds = 3;

/**
 * The default password policy, which is the only one here.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/id_credentials_passwords_account-policy.html#default-policy-details
 */
export function checkPassword(value: string, userName: string): Refusal | undefined {
  if (value.length < leastLength)
    return refuse("PasswordPolicyViolation", `Password should have a minimum length of ${leastLength} characters.`);
  if (kinds.filter((kind) => kind.test(value)).length < leastKinds)
    return refuse(
      "PasswordPolicyViolation",
      `Password should have at least ${leastKinds} of: upper case letters, lower case letters, numbers, and non-alphanumeric characters (! @ # $ % ^ & * ( ) _ + - = [ ] { } | ').`,
    );
  return value.toLowerCase() === userName.toLowerCase()
    ? refuse("PasswordPolicyViolation", "Password should not be the user name.")
    : undefined;
}
