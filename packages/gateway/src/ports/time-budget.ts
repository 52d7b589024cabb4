/** The one thread of the process, shared among callers, so that no caller's work makes others wait. */
export interface TimeBudget {
  /** The share of one request. `caller`: who waits in one line. `signal`: of the request; a client that has left gets no more turns. */
  of(caller: string, signal: AbortSignal): RequestTime;
}

/** All long work of a request goes through here. Each function rejects with the signal's reason once the client has left. */
export interface RequestTime {
  /** Resolves when the request may work for less than a millisecond without a break. For more it takes another turn. */
  readonly turn: () => Promise<void>;
  /**
   * Calls `work` for each cost in order, with its position. A cost is what that call takes at most, in steps of matching: see
   * `decisionCost`. Rejects with `DecisionRefused` before the first call when they cost too much.
   */
  readonly each: <T>(costs: readonly number[], work: (at: number) => T) => Promise<readonly T[]>;
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
