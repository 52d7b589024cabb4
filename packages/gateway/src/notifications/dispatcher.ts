import { setImmediate as nextTurn } from "node:timers/promises";
import { dayMs } from "../ports/clock.ts";
import type { MessageQueue, WaitingMessage } from "../ports/message-queue.ts";

/** `rejected`: the target will never take this message. `failed`: why, for the operator. */
export type Outcome = "delivered" | "rejected" | { readonly failed: string };

/** How messages get to a target. */
export interface Transport {
  /** The outcome of each. Rejects only when the gateway itself is at fault. An aborted delivery has failed. */
  deliver(messages: readonly WaitingMessage[], signal: AbortSignal): Promise<readonly Outcome[]>;
}

export interface DispatcherParts {
  readonly target: string;
  readonly transport: Transport;
  readonly queue: Pick<MessageQueue, "oldest" | "remove">;
  readonly now: () => number;
  /** One line for the operator. */
  readonly warn: (line: string) => void;
  readonly fault: (error: unknown) => void;
  /** ms; default: a second. */
  readonly minBackoff?: number;
}

/** What became of messages, and `failed`: how often a delivery was tried in vain. */
export interface DeliveryCounts {
  delivered: number;
  rejected: number;
  failed: number;
  expired: number;
}

/** An account whose messages are delivered, or wait for that. */
interface AccountState {
  /** Deliveries in a row that have failed. */
  failures: number;
  /** More came while some were delivered. */
  hasMore: boolean;
  /** The `seq` up to which all have been tried since the oldest one was. */
  tried: number;
  /** Of messages that failed since then: later ones of the same order are not sent before them. */
  readonly held: Set<string>;
}

/** Messages that one account gets delivered in its turn. */
const batchSize = 16;
/** Accounts whose messages are on their way to one target at a time. */
const accountsAtOnce = 8;
/** Orders of one account that are held. Where more messages fail, the oldest are tried again before later ones are. */
const maxHeld = 1024;
const maxBackoffMs = 60_000;
/** A message that could not be delivered for so long is dropped, as Amazon SQS does by default. */
const maxAgeMs = 4 * dayMs;
/** Between two lines in the log about one target. */
const quietMs = 60_000;

/** `empty`: nothing waited. `all`, `partly`, `none`: what the target took. `untried`: it was asked for nothing. */
type BatchResult = "empty" | "all" | "partly" | "none" | "untried";

/**
 * Delivers the messages for one target, at least once. Accounts take turns, and each is retried by itself: neither a target nor an account
 * holds up others, nor does a message those after it. Messages with one ordering key are delivered in their order.
 */
export class Dispatcher {
  readonly counts: DeliveryCounts = { delivered: 0, rejected: 0, failed: 0, expired: 0 };
  readonly #parts: DispatcherParts;
  readonly #accounts = new Map<string, AccountState>();
  /** The next one first. */
  readonly #ready: string[] = [];
  readonly #running = new Set<Promise<void>>();
  readonly #retries = new Set<NodeJS.Timeout>();
  readonly #ended = new AbortController();
  #warnedAt = Number.NEGATIVE_INFINITY;

  constructor(parts: DispatcherParts) {
    this.#parts = parts;
  }

  /** Something waits for the target. */
  wake(accountId: string): void {
    const state = this.#accounts.get(accountId);
    if (state !== undefined) {
      state.hasMore = true;
      return;
    }
    this.#accounts.set(accountId, { failures: 0, hasMore: false, tried: 0, held: new Set() });
    this.#ready.push(accountId);
    this.#startReady();
  }

  /** What is on its way is given up, and stays in the queue. */
  async stop(): Promise<void> {
    this.#ended.abort();
    for (const retry of this.#retries) clearTimeout(retry);
    await Promise.all(this.#running);
  }

  #startReady(): void {
    while (!this.#ended.signal.aborted && this.#running.size < accountsAtOnce) {
      const accountId = this.#ready.shift();
      const state = accountId === undefined ? undefined : this.#accounts.get(accountId);
      if (accountId === undefined || state === undefined) return;
      const running = this.#run(accountId, state).finally(() => {
        this.#running.delete(running);
        this.#startReady();
      });
      this.#running.add(running);
    }
  }

  async #run(accountId: string, state: AccountState): Promise<void> {
    state.hasMore = false;
    let result: BatchResult = "none";
    try {
      result = await this.#deliverBatch(accountId, state);
    } catch (error) {
      if (!this.#ended.signal.aborted) this.#parts.fault(error);
    }
    if (result === "empty" && !state.hasMore) this.#accounts.delete(accountId);
    else if (result === "untried") {
      // Held messages may be thousands, and each read of some is over at once: requests get their turns in between.
      await nextTurn();
      this.#ready.push(accountId);
    } else if (result === "empty" || result === "all") {
      state.failures = 0;
      this.#ready.push(accountId);
    } else {
      // One message that nobody takes does not slow down those that are taken.
      state.failures = result === "partly" ? 1 : state.failures + 1;
      this.#retryLater(accountId, state);
    }
  }

  async #deliverBatch(accountId: string, state: AccountState): Promise<BatchResult> {
    const { target, queue, transport } = this.#parts;
    const next = await queue.oldest(target, accountId, state.tried, batchSize);
    if (next.length === 0 || state.held.size > maxHeld) {
      if (state.tried === 0) return "empty";
      state.tried = 0;
      state.held.clear();
      // The oldest come next: after a pause, unless there was one since the target took something.
      return state.failures === 0 ? "none" : "untried";
    }
    const batch = next.filter(({ orderingKey }) => !state.held.has(orderingKey));
    const outcomes = batch.length === 0 ? [] : await transport.deliver(batch, this.#ended.signal);
    const failed = batch.filter(
      (message, at) => !this.#isDone(message, outcomes[at] ?? { failed: "it was not tried" }),
    );
    const done = batch.filter((message) => !failed.includes(message));
    // INVARIANT: before later ones are read, because what is not removed is delivered again, and not after them.
    if (done.length > 0)
      await queue.remove(
        target,
        accountId,
        done.map(({ seq }) => seq),
      );
    for (const { orderingKey } of failed) state.held.add(orderingKey);
    if (state.held.size > 0) state.tried = next.at(-1)?.seq ?? 0;
    if (batch.length === 0) return "untried";
    if (done.length === 0) return "none";
    return failed.length === 0 ? "all" : "partly";
  }

  /** Counts the outcome. */
  #isDone({ since }: WaitingMessage, outcome: Outcome): boolean {
    if (typeof outcome === "string") {
      this.counts[outcome] += 1;
      if (outcome === "rejected") this.#warn("it refuses a message for good, which is dropped");
      return true;
    }
    if (this.#ended.signal.aborted) return false;
    this.counts.failed += 1;
    const isExpired = this.#parts.now() - since > maxAgeMs;
    if (isExpired) this.counts.expired += 1;
    this.#warn(`${outcome.failed}; ${isExpired ? "what has waited for four days is dropped" : "it is tried again"}`);
    return isExpired;
  }

  #retryLater(accountId: string, { failures }: AccountState): void {
    if (this.#ended.signal.aborted) return;
    const backoff = Math.min(maxBackoffMs, (this.#parts.minBackoff ?? 1000) * 2 ** Math.min(failures - 1, 20));
    // Not all at the same time.
    const ms = backoff * (0.5 + Math.random() / 2);
    const retry = setTimeout(() => {
      this.#retries.delete(retry);
      this.#ready.push(accountId);
      this.#startReady();
    }, ms).unref();
    this.#retries.add(retry);
  }

  #warn(why: string): void {
    const now = this.#parts.now();
    if (now - this.#warnedAt < quietMs) return;
    this.#warnedAt = now;
    this.#parts.warn(`the notification target ${this.#parts.target} does not take everything: ${why}`);
  }
}
