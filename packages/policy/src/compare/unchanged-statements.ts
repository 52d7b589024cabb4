/** What two documents have in common word for word. Most of a document is unchanged, and that much of the answer needs no search. */
import type { Policy, Statement } from "../model/policy.ts";

/**
 * Positions of the Allows of `left` that are in `right` too, when `right` denies nothing that `left` does not deny in the same words: what they
 * allow of all requests, `right` allows. Whatever their patterns and variables mean, they mean the same in both.
 */
export function unchangedAllows(left: Policy, right: Policy): ReadonlySet<number> {
  const written = { left: left.statements.map(wordsOf), right: right.statements.map(wordsOf) };
  const [inLeft, inRight] = [new Set(written.left), new Set(written.right)];
  const isDenied = right.statements.some(
    ({ effect }, index) => effect === "Deny" && !inLeft.has(written.right[index] ?? ""),
  );
  if (isDenied) return new Set();
  return new Set(
    left.statements.flatMap(({ effect }, index) =>
      effect === "Allow" && inRight.has(written.left[index] ?? "") ? [index] : [],
    ),
  );
}

/** All that decides, without what a statement is called and how its lists are written. */
function wordsOf({ effect, principal, action, resource, conditions }: Statement): string {
  return JSON.stringify([
    effect,
    principal && [principal.negated, principal.entries],
    [action.negated, action.patterns],
    resource && [resource.negated, resource.patterns],
    conditions.map(({ operator, set, ifExists, key, values }) => [operator, set, ifExists, key.toLowerCase(), values]),
  ]);
}
