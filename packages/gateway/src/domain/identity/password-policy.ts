import { dayMs } from "../../ports/clock.ts";
import type { PasswordPolicy } from "../../ports/password-store.ts";

const kinds = {
  uppercase: { pattern: /[A-Z]/, name: "uppercase letter" },
  lowercase: { pattern: /[a-z]/, name: "lowercase letter" },
  number: { pattern: /[0-9]/, name: "number" },
  symbol: { pattern: /[!@#$%^&*()_+\-=[\]{}|']/, name: "symbol" },
} as const;

const defaultLength = 8;
const defaultKinds = 3;

/** What is wrong with a password; undefined: nothing. `policy` undefined: the account has none, and IAM's default holds. */
export function passwordFault(
  policy: PasswordPolicy | undefined,
  password: string,
  userName: string,
): string | undefined {
  if (policy === undefined) return defaultFault(password, userName);
  if (password.length < policy.minimumLength)
    return `Password should have a minimum length of ${policy.minimumLength} characters.`;
  const required = [
    [policy.requireUppercase, kinds.uppercase],
    [policy.requireLowercase, kinds.lowercase],
    [policy.requireNumbers, kinds.number],
    [policy.requireSymbols, kinds.symbol],
  ] as const;
  const lacking = required.find(([isRequired, { pattern }]) => isRequired && !pattern.test(password));
  return lacking === undefined ? undefined : `Password should have at least one ${lacking[1].name}.`;
}

function defaultFault(password: string, userName: string): string | undefined {
  if (password.length < defaultLength) return `Password should have a minimum length of ${defaultLength} characters.`;
  if (Object.values(kinds).filter(({ pattern }) => pattern.test(password)).length < defaultKinds)
    return `Password should have at least ${defaultKinds} of: upper case letters, lower case letters, numbers, and non-alphanumeric characters (! @ # $ % ^ & * ( ) _ + - = [ ] { } | ').`;
  return password.toLowerCase() === userName.toLowerCase() ? "Password should not be the user name." : undefined;
}

/** What a password needs, in a few words each, for who has to choose one. */
export function passwordRules(policy: PasswordPolicy | undefined): readonly string[] {
  if (policy === undefined)
    return [
      `At least ${defaultLength} characters`,
      `At least ${defaultKinds} of: upper case letters, lower case letters, numbers, symbols`,
      "Not the user name",
    ];
  const required = [
    [policy.requireUppercase, kinds.uppercase],
    [policy.requireLowercase, kinds.lowercase],
    [policy.requireNumbers, kinds.number],
    [policy.requireSymbols, kinds.symbol],
  ] as const;
  return [
    `At least ${policy.minimumLength} characters`,
    ...required.flatMap(([isRequired, { name }]) => (isRequired ? [`At least one ${name}`] : [])),
    ...(policy.reusePrevention === undefined ? [] : [`None of the last ${policy.reusePrevention} passwords`]),
  ];
}

/** When a password that was set at `changedAt` expires, ms; undefined: never. */
export function passwordExpiry(policy: PasswordPolicy | undefined, changedAt: number): number | undefined {
  return policy?.maxAge === undefined ? undefined : changedAt + policy.maxAge * dayMs;
}

/**
 * What a sign-in with a right password leads to. `must-change`: the user sets a new password first. `locked`: only an administrator can set
 * a new one.
 */
export function signInState(
  policy: PasswordPolicy | undefined,
  profile: { readonly changedAt: number; readonly resetRequired: boolean },
  now: number,
): "valid" | "must-change" | "locked" {
  const expiry = passwordExpiry(policy, profile.changedAt);
  if (expiry !== undefined && now >= expiry) return policy?.hardExpiry === true ? "locked" : "must-change";
  return profile.resetRequired ? "must-change" : "valid";
}
