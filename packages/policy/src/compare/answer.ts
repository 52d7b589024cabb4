import { CannotDecide } from "./budget.ts";
import type { Witness } from "./witness.ts";

/** Which statement of a document a difference comes from. */
export interface Difference {
  /** Position of the Allow in its document, from 0. */
  readonly statement: number;
  readonly sid: string | undefined;
  /** For policies of resources: what one grants and the other does not. */
  readonly grants: "any" | "without identity policies" | "beyond boundary and session policies";
  readonly witness: Witness;
}

/** Never a guess: without an answer, the construct or the limit that kept from one. */
export type Answer =
  | { readonly answer: "yes" }
  /** One for each statement that makes a difference; the first ones when there are many. */
  | { readonly answer: "no"; readonly differences: readonly [Difference, ...Difference[]] }
  | { readonly answer: "unknown"; readonly construct: string };

/** What was asked, or `unknown` when it cannot be decided. */
export function decided<T>(ask: () => T): T | { readonly answer: "unknown"; readonly construct: string } {
  try {
    return ask();
  } catch (error) {
    if (error instanceof CannotDecide) return { answer: "unknown", construct: error.construct };
    throw error;
  }
}

export const replayDiffers = "a request that the engine decides otherwise; please report it";
