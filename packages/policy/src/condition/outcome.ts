import type { Effect } from "../model/policy.ts";

/**
 * What a condition says of a request. `indeterminate`: there is no answer, because the request's value is malformed for the
 * operator, the values of a multi-valued key disagree without a set operator, or the policy holds what the parser
 * would have refused. AWS documents none of these; here they fail closed, see `applies`.
 */
export type Outcome = "match" | "miss" | "indeterminate";

/** INVARIANT: without an answer an Allow does not apply and a Deny does. */
export function applies(outcome: Outcome, effect: Effect): boolean {
  return outcome === "match" || (outcome === "indeterminate" && effect === "Deny");
}

const NEGATED = { match: "miss", miss: "match", indeterminate: "indeterminate" } as const satisfies Record<
  Outcome,
  Outcome
>;

export function negate(outcome: Outcome): Outcome {
  return NEGATED[outcome];
}

/** True when one is true; false only when all are false. */
export function anyOf<T>(items: readonly T[], test: (item: T) => Outcome): Outcome {
  let outcome: Outcome = "miss";
  for (const item of items) {
    const one = test(item);
    if (one === "match") return "match";
    if (one === "indeterminate") outcome = "indeterminate";
  }
  return outcome;
}

/** False when one is false; true only when all are true. */
export function allOf<T>(items: readonly T[], test: (item: T) => Outcome): Outcome {
  let outcome: Outcome = "match";
  for (const item of items) {
    const one = test(item);
    if (one === "miss") return "miss";
    if (one === "indeterminate") outcome = "indeterminate";
  }
  return outcome;
}
