/**
 * Counters that hold for the whole gateway, however many worker processes it has. Only for what an attacker would multiply by the
 * number of workers: guesses of passwords and codes, and codes that count once. Never on the way of a normal request, because the
 * counter is a write of the directory. See docs/design/process-model.md.
 */
export interface SharedCounters {
  /** Counts one event under `key`. False when `limit.max` events were counted in the window already; that one is not counted. */
  count(key: string, limit: CountLimit): Promise<boolean>;
  /** Forgets the events of a key, for example after a password that was right. */
  reset(key: string): Promise<void>;
  /** True for the first claim of a key, false for every other until `expiresAt` (ms since the epoch). */
  claim(key: string, expiresAt: number): Promise<boolean>;
}

export interface CountLimit {
  readonly max: number;
  /** From the first event on, ms. */
  readonly window: number;
  /** Anybody can cause these events, from as many addresses as it has. Their keys leave half of the room to those of known callers. */
  readonly anybody?: true;
}
