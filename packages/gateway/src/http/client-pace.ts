import { dayMs } from "../ports/clock.ts";
export interface PaceLimits {
  /** How long a client may take without moving a byte. */
  readonly graceMs: number;
  /** How fast it must be on average after that. */
  readonly minBytesPerSecond: number;
}

export const paceLimits: PaceLimits = { graceMs: 60_000, minBytesPerSecond: 500 };

/**
 * Finds a client that sends a body, or takes an answer, so slowly that it only occupies its connection. Counts only the time that the
 * gateway spends waiting for the client.
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

  /** How much longer the gateway may wait for the client; at most a day, because a timer cannot count much more. */
  get allowanceMs(): number {
    const { graceMs, minBytesPerSecond } = this.#limits;
    return Math.min(dayMs, graceMs + (this.#bytes * 1000) / minBytesPerSecond - this.#waitedMs);
  }
}
