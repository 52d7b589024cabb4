import { describe, expect, test } from "vitest";
import { passwordExpiry, passwordFault, signInState } from "./password-policy.ts";
import type { PasswordPolicy } from "../../ports/password-store.ts";

const lax: PasswordPolicy = {
  minimumLength: 6,
  requireSymbols: false,
  requireNumbers: false,
  requireUppercase: false,
  requireLowercase: false,
  usersMayChange: false,
  maxAge: undefined,
  reusePrevention: undefined,
  hardExpiry: undefined,
};

describe("a password", () => {
  test.each([
    [{}, "aaaaa", "minimum length of 6"],
    [{}, "aaaaaa", undefined],
    [{ minimumLength: 128 }, "a".repeat(127), "minimum length of 128"],
    [{ requireUppercase: true }, "aaaaa1!", "uppercase"],
    [{ requireUppercase: true }, "ÄÄÄÄÄÄ", "uppercase"],
    [{ requireUppercase: true }, "aaaaaA", undefined],
    [{ requireLowercase: true }, "AAAAA1!", "lowercase"],
    [{ requireNumbers: true }, "aaaaaA!", "number"],
    [{ requireSymbols: true }, "aaaaaA1", "symbol"],
    [{ requireSymbols: true }, "aaaaa,;<", "symbol"],
    [{ requireSymbols: true }, "aaaaa'", undefined],
    [
      { requireSymbols: true, requireNumbers: true, requireUppercase: true, requireLowercase: true },
      "aA1!aa",
      undefined,
    ],
  ])("under %o: %s", (policy, password, fault) => {
    const found = passwordFault({ ...lax, ...policy }, password, "ann");
    if (fault === undefined) expect(found).toBeUndefined();
    else expect(found).toContain(fault);
  });

  test("of an account without a policy has eight characters of three kinds and is not the user's name", () => {
    expect(passwordFault(undefined, "aA1aaaa", "ann")).toContain("minimum length of 8");
    expect(passwordFault(undefined, "aaaaaaa1", "ann")).toContain("at least 3 of");
    expect(passwordFault(undefined, "Ann-Smith-1", "ann-smith-1")).toContain("user name");
    expect(passwordFault(undefined, "aaaaaaA1", "ann")).toBeUndefined();
  });
});

const day = 24 * 60 * 60 * 1000;
const expiring: PasswordPolicy = { ...lax, maxAge: 90 };

test("expires as many days after it was set as the policy says", () => {
  expect(passwordExpiry(expiring, 5)).toBe(5 + 90 * day);
  expect(passwordExpiry(lax, 5)).toBeUndefined();
  expect(passwordExpiry(undefined, 5)).toBeUndefined();
});

test.each([
  [undefined, false, 10_000, "valid"],
  [lax, false, 10_000, "valid"],
  [lax, true, 0, "must-change"],
  [expiring, false, 90 - 1, "valid"],
  [expiring, false, 90, "must-change"],
  [expiring, true, 1, "must-change"],
  [{ ...expiring, hardExpiry: false }, false, 90, "must-change"],
  [{ ...expiring, hardExpiry: true }, false, 90, "locked"],
  [{ ...expiring, hardExpiry: true }, true, 90, "locked"],
  [{ ...expiring, hardExpiry: true }, true, 89, "must-change"],
] as const)("a sign-in under %o, reset %s, after %d days: %s", (policy, resetRequired, days, state) =>
  expect(signInState(policy, { changedAt: 5, resetRequired }, 5 + days * day)).toBe(state),
);
