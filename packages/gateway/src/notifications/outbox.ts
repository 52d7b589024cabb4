import { randomUUID } from "node:crypto";
import type { MessageQueue, QueuedMessage } from "../ports/message-queue.ts";
import { messageText, type NewMessage } from "./event-message.ts";
import { Dispatcher, type DeliveryCounts, type DispatcherParts, type Transport } from "./dispatcher.ts";

export interface OutboxParts extends Pick<DispatcherParts, "now" | "warn" | "fault" | "minBackoff"> {
  readonly queue: MessageQueue;
  /** By the names of the targets. */
  readonly transports: ReadonlyMap<string, Transport>;
  /** See `Notifications.permits`. */
  readonly permits: (accountId: string, target: string) => boolean;
  /** Runs `work`, which writes so many bytes; rejects when the disk has no room for them. */
  readonly reserveSpace: <T>(bytes: number, work: () => Promise<T>) => Promise<T>;
  /** Bytes that may wait for one target from the buckets of one account. */
  readonly maxBacklog?: number;
}

/** What an operator sees of a target. */
export interface TargetCounts extends DeliveryCounts {
  readonly target: string;
  readonly dropped: number;
  readonly waiting: number;
}

/** About thirty thousand messages. */
const defaultMaxBacklog = 32 * 1024 * 1024;
/** Between two lines in the log about dropped messages. */
const quietMs = 60_000;

/** Keeps messages on the disk until their targets have them; in the one process that holds the folder. */
export class Outbox {
  readonly #parts: OutboxParts;
  readonly #dispatchers: ReadonlyMap<string, Dispatcher>;
  readonly #dropped = new Map<string, number>();
  #last: number;
  #warnedAt = Number.NEGATIVE_INFINITY;

  private constructor(parts: OutboxParts, last: number) {
    this.#parts = parts;
    this.#last = last;
    const dispatchers = [...parts.transports].map(
      ([target, transport]) => [target, new Dispatcher({ ...parts, target, transport })] as const,
    );
    this.#dispatchers = new Map(dispatchers);
  }

  /** Goes on with what waited when the folder was held before. */
  static async open(parts: OutboxParts): Promise<Outbox> {
    const outbox = new Outbox(parts, await parts.queue.lastSeq());
    for (const { target, accountId, messages } of await parts.queue.backlogs()) {
      if (parts.permits(accountId, target)) outbox.#dispatchers.get(target)?.wake(accountId);
      else
        parts.warn(
          `${messages} notifications of the account ${accountId} wait for ${target}, which is no target that it may use; they wait until it is`,
        );
    }
    return outbox;
  }

  /** Resolves when the messages are on the disk, or were dropped and counted. Never rejects. */
  async send(messages: readonly NewMessage[]): Promise<void> {
    const { permits } = this.#parts;
    const now = this.#parts.now();
    const all = messages.map((message) => this.#queued(message, now));
    // The operator may have taken a target away since the bucket named it.
    const queued = all.filter(({ accountId, target }) => permits(accountId, target));
    this.#drop(
      all.filter((message) => !queued.includes(message)),
      "it is no target that the account may use",
    );
    if (queued.length === 0) return;
    const bytes = queued.reduce((sum, { body }) => sum + body.length, 0);
    try {
      const { queue, reserveSpace, maxBacklog = defaultMaxBacklog } = this.#parts;
      const refused = new Set(await reserveSpace(bytes, () => queue.add(queued, maxBacklog)));
      this.#drop(
        queued.filter(({ seq }) => refused.has(seq)),
        "too much waits already",
      );
      for (const { target, accountId, seq } of queued)
        if (!refused.has(seq)) this.#dispatchers.get(target)?.wake(accountId);
    } catch (error) {
      this.#drop(queued, error instanceof Error ? error.message : String(error));
    }
  }

  async counts(): Promise<readonly TargetCounts[]> {
    const backlogs = await this.#parts.queue.backlogs();
    return [...this.#dispatchers].map(([target, { counts }]) => ({
      target,
      ...counts,
      dropped: this.#dropped.get(target) ?? 0,
      waiting: backlogs.reduce((sum, one) => (one.target === target ? sum + one.messages : sum), 0),
    }));
  }

  async stop(): Promise<void> {
    await Promise.all([...this.#dispatchers.values()].map((dispatcher) => dispatcher.stop()));
  }

  /** INVARIANT: `seq` grows from message to message, over restarts and clocks that are set back. */
  #queued({ target, accountId, orderingKey, content }: NewMessage, now: number): QueuedMessage {
    this.#last = Math.max(this.#last + 1, now * 1000);
    const seq = this.#last;
    const body = Buffer.from(messageText(content, seq), "utf8");
    return { target, accountId, seq, id: randomUUID(), orderingKey, since: now, body };
  }

  #drop(messages: readonly QueuedMessage[], why: string): void {
    for (const { target } of messages) this.#dropped.set(target, (this.#dropped.get(target) ?? 0) + 1);
    const { now, warn } = this.#parts;
    const [first] = messages;
    if (first === undefined || now() - this.#warnedAt < quietMs) return;
    this.#warnedAt = now();
    warn(`notifications of the account ${first.accountId} for ${first.target} are dropped: ${why}`);
  }
}
