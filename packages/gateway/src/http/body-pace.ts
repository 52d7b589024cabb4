/** How long a client may take to send anything at all, and how fast it must be on average after that. */
const graceMs = 60_000;
const minBytesPerSecond = 500;

/** Watches over a client that sends a body so slowly that it only holds its connection. Counts the time spent waiting for it alone. */
export class BodyPace {
  #waitedMs = 0;
  #bytes = 0;

  /** False when the client is too slow. */
  received(bytes: number, waitedMs: number): boolean {
    this.#bytes += bytes;
    this.#waitedMs += waitedMs;
    return this.#waitedMs <= graceMs || this.#bytes * 1000 >= (this.#waitedMs - graceMs) * minBytesPerSecond;
  }
}
