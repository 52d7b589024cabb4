/** Which accounts policies tell apart: each that they name, and one that stands for all others. */
import type { Condition, Policy } from "../model/policy.ts";
import { policyDocument } from "../parse/print.ts";
import { CannotDecide } from "./budget.ts";

/** Everything that is written in the documents, to find what they name. */
export function writtenIn(policies: readonly Policy[]): string {
  return JSON.stringify(policies.map(policyDocument));
}

export function namedAccounts(policies: readonly Policy[]): readonly string[] {
  return [...new Set(writtenIn(policies).match(/(?<!\d)\d{12}(?!\d)/g))];
}

/** An account that the documents do not name. */
export function otherAccount(policies: readonly Policy[]): string {
  const written = writtenIn(policies);
  return accountBut((one) => written.includes(one));
}

/** Numbers that readers see are made up. */
const examples = ["999988887777", "888877776666", "777766665555"];

/**
 * An account that is not taken. However many are: who writes a policy could otherwise take all that stand for the others, and a policy that
 * is open to everybody else would look private.
 */
export function accountBut(isTaken: (account: string) => boolean): string {
  const example = examples.find((one) => !isTaken(one));
  if (example !== undefined) return example;
  let number = 100_000_000_000;
  while (isTaken(String(number))) number += 1;
  return String(number);
}

/**
 * One account stands for all others only where conditions compare whole account numbers.
 * @throws {CannotDecide} when one looks at a part of a number, or compares it as something else than text
 */
export function checkAccountNumbers(policies: readonly Policy[]): void {
  for (const { conditions } of policies.flatMap(({ statements }) => statements))
    for (const condition of conditions) {
      const { key, operator, values } = condition;
      if (!withAccount.has(key.toLowerCase())) continue;
      if (!/^(String|Arn|Null)/.test(operator))
        throw new CannotDecide(`an account number compared by ${operator} in a condition on ${key}`);
      if (values.some(({ text }) => hasPartOfNumber(text, condition)))
        throw new CannotDecide(`a wildcard inside an account number in a condition on ${key}`);
    }
}

/** Keys whose values have an account number; `aws:userid` has one for the root and for federated users. */
const withAccount: ReadonlySet<string> = new Set(["aws:principalaccount", "aws:principalarn", "aws:userid"]);

function hasPartOfNumber(text: string, { key }: Condition): boolean {
  // What is behind a slash is a path or a name, and what is behind the colon of an id a name.
  const [beginning = ""] = text.split(key.toLowerCase() === "aws:userid" ? ":" : "/");
  return beginning
    .split(":")
    .some(
      (field) => /[*?]/.test(field) && field.split(/[*?]+/).some((part) => /^\d+$/.test(part) && part.length !== 12),
    );
}
