export interface PaceLimits {
  /** How long a client may take without moving a byte. */
  readonly graceMs: number;
  /** How fast it must be on average after that. */
  readonly minBytesPerSecond: number;
}

const dayMs = 24 * 60 * 60 * 1000;

export const paceLimits: PaceLimits = { graceMs: 60_000, minBytesPerSecond: 500 };

/**
 * Watches over a client that sends a body, or takes an answer, so slowly that it only holds its connection. Counts the time
 * spent waiting for it alone.
 */
export class ClientPace {
  readonly #limits: PaceLimits;
  #waitedMs = 0;
  #bytes = 0;

  constructor(limits: PaceLimits = paceLimits) {
    this.#limits = limits;
  }

  /** False when the client is too slow. */
  moved(bytes: number, waitedMs: number): boolean {
    this.#bytes += bytes;
    this.#waitedMs += waitedMs;
    return this.allowanceMs >= 0;
  }

  /** How much longer it may be waited for; at most a day, which a timer can still count. */
  get allowanceMs(): number {
    const { graceMs, minBytesPerSecond } = this.#limits;
    return Math.min(dayMs, graceMs + (this.#bytes * 1000) / minBytesPerSecond - this.#waitedMs);
  }
}
