import type { Principal } from "@s3-credentials/policy";

/** Decisions one request needs, with what each may cost. */
export interface DecisionWork {
  readonly principal: Principal;
  /** Steps of matching at most, one number for each decision: see `decisionCost`. */
  readonly costs: readonly number[];
  /** Of the request: when its client leaves, the decisions not yet made are not made. */
  readonly signal: AbortSignal;
}

/** The one place where the process makes decisions, so that no caller's policies make others wait. */
export interface DecisionTurns {
  /**
   * Calls `decide` for each cost in order, with its position. Rejects with `DecisionRefused` before the first when they cost too
   * much, and with the signal's reason once the client has left.
   */
  each<T>(work: DecisionWork, decide: (at: number) => T): Promise<readonly T[]>;
  /** One decision that cannot wait: charged to this turn of the event loop. Throws `DecisionRefused` when it costs too much. */
  atOnce<T>(cost: number, decide: () => T): T;
}

/** `too-costly`: asking again is of no use; `busy`: this caller has too many decisions under way. */
export class DecisionRefused extends Error {
  readonly kind: "too-costly" | "busy";

  constructor(kind: "too-costly" | "busy") {
    super(
      kind === "too-costly"
        ? "The policies that apply to this request need too much matching for its names and values; ask for fewer or shorter ones, or simplify the policies."
        : "Too many decisions of this caller are waiting; try again.",
    );
    this.kind = kind;
  }
}
