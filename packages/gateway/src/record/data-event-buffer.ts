import { randomUUID } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import type { DataEvents } from "./recorder.ts";

export interface BufferParts {
  /** Appends whole lines; rejects when the disk has no room. */
  readonly append: (lines: readonly string[]) => Promise<void>;
  readonly now: () => number;
  readonly region: string;
  /** One line, when events begin to be dropped, and why. */
  readonly warn: (line: string) => void;
  /** Bytes that may wait. */
  readonly maxBytes?: number;
}

interface Dropped {
  count: number;
  readonly since: number;
}

/** How long events are gathered for one write, ms. */
const gatherMs = 50;

const defaultMaxBytes = 8 * 1024 * 1024;

/**
 * Data events that wait to be written. Requests never wait for it: when a disk is slower than they are, or full, events are dropped and
 * counted, and as soon as there is room again, an event of its own says how many.
 */
export class DataEventBuffer implements DataEvents {
  readonly #parts: BufferParts;
  #lines: string[] = [];
  #bytes = 0;
  /** By account. */
  readonly #dropped = new Map<string, Dropped>();
  #writing: Promise<void> | undefined;
  #droppedInAll = 0;

  constructor(parts: BufferParts) {
    this.#parts = parts;
  }

  /** Events dropped since the start. */
  get dropped(): number {
    return this.#droppedInAll;
  }

  add(accountId: string, event: string): void {
    const line = `${event}\n`;
    if (this.#bytes + line.length > (this.#parts.maxBytes ?? defaultMaxBytes)) return this.#drop(accountId, 1);
    this.#lines.push(line);
    this.#bytes += line.length;
    this.#writing ??= this.#write();
  }

  /** Resolves when everything that was added is written or dropped, and, if the disk takes it, how many were dropped. */
  async flush(): Promise<void> {
    if (this.#dropped.size > 0) this.#writing ??= this.#write();
    while (this.#writing !== undefined) await this.#writing;
  }

  async #write(): Promise<void> {
    await sleep(gatherMs); // one write for many events: a write each costs as much as the request
    do {
      const lines = this.#lines;
      this.#lines = [];
      try {
        const dropped = [...this.#dropped].map(([accountId, { count, since }]) => ({ accountId, count, since }));
        await this.#parts.append([...dropped.map((one) => this.#droppedEvent(one)), ...lines]);
        for (const { accountId, count } of dropped) this.#reported(accountId, count);
      } catch (error) {
        for (const line of lines) this.#drop(accountOf(line), 1, error);
      }
      this.#bytes = this.#lines.reduce((sum, { length }) => sum + length, 0);
    } while (this.#lines.length > 0);
    this.#writing = undefined;
  }

  #drop(accountId: string, count: number, error?: unknown): void {
    if (this.#dropped.size === 0) {
      const why = error === undefined ? "they come faster than they can be written" : messageOf(error);
      this.#parts.warn(`data events are dropped: ${why}; an event DataEventsDropped will say how many`);
    }
    const dropped = this.#dropped.get(accountId) ?? { count: 0, since: this.#parts.now() };
    dropped.count += count;
    this.#dropped.set(accountId, dropped);
    this.#droppedInAll += count;
  }

  #reported(accountId: string, count: number): void {
    const dropped = this.#dropped.get(accountId);
    if (dropped === undefined) return;
    dropped.count -= count;
    if (dropped.count === 0) this.#dropped.delete(accountId);
  }

  #droppedEvent({ accountId, count, since }: Dropped & { readonly accountId: string }): string {
    const event = {
      eventVersion: "1.11",
      userIdentity: { type: "AWSService", invokedBy: "cloudtrail.amazonaws.com" },
      eventTime: seconds(this.#parts.now()),
      eventSource: "cloudtrail.amazonaws.com",
      eventName: "DataEventsDropped",
      awsRegion: this.#parts.region,
      sourceIPAddress: "cloudtrail.amazonaws.com",
      userAgent: "cloudtrail.amazonaws.com",
      requestParameters: null,
      responseElements: null,
      serviceEventDetails: { count, since: seconds(since) },
      eventID: randomUUID(),
      readOnly: true,
      eventType: "AwsServiceEvent",
      managementEvent: false,
      recipientAccountId: accountId,
      eventCategory: "Data",
    };
    return `${JSON.stringify(event)}\n`;
  }
}

function seconds(time: number): string {
  return `${new Date(time).toISOString().slice(0, 19)}Z`;
}

function accountOf(line: string): string {
  const event = JSON.parse(line) as { readonly recipientAccountId?: string };
  return event.recipientAccountId ?? "";
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
