/** Callers that are remembered at a time, about 10 MB. A caller is forgotten a second after its last request, so more are seldom needed. */
const defaultMaxCallers = 65_536;
/** To look for callers that can be forgotten takes some ms, so that is not done for each request. */
const tidyEveryMs = 1000;

/**
 * How many requests a caller may begin in a second: a bucket of tokens for each, which holds those of one second. It is kept as the moment
 * from which the bucket is full again, so a caller who is away costs nothing. The time is that of a monotonic clock, ms.
 * https://en.wikipedia.org/wiki/Generic_cell_rate_algorithm
 */
export class RateLimit {
  readonly #tokenMs: number;
  readonly #spanMs: number;
  readonly #maxCallers: number;
  readonly #fullAt = new Map<string, number>();
  #tidied = -Infinity;

  /** `perSecond` may be a fraction: 0.5 is one request in two seconds. */
  constructor(perSecond: number, maxCallers = defaultMaxCallers) {
    this.#tokenMs = 1000 / perSecond;
    this.#spanMs = Math.max(1000, this.#tokenMs);
    this.#maxCallers = maxCallers;
  }

  /**
   * Counts a request. False: the caller has had its requests of this second, or it is new and no more callers can be remembered: to admit
   * it uncounted would be no limit.
   */
  take(caller: string, now: number): boolean {
    const known = this.#fullAt.get(caller);
    const fullAt = Math.max(now, known ?? now) + this.#tokenMs;
    // Sums of fractions are not exact, so a millionth of a token more is let pass.
    if (fullAt - now > this.#spanMs + this.#tokenMs / 1e6) return false;
    if (known === undefined && !this.#hasRoom(now)) return false;
    this.#fullAt.set(caller, fullAt);
    return true;
  }

  /** Callers that are remembered. */
  get size(): number {
    return this.#fullAt.size;
  }

  #hasRoom(now: number): boolean {
    if (this.#fullAt.size < this.#maxCallers) return true;
    if (now - this.#tidied < tidyEveryMs) return false;
    this.#tidied = now;
    for (const [caller, fullAt] of this.#fullAt) if (fullAt <= now) this.#fullAt.delete(caller);
    return this.#fullAt.size < this.#maxCallers;
  }
}
