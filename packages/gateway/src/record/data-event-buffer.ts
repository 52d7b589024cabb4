import { dayMs } from "../ports/clock.ts";
import { randomUUID } from "node:crypto";
import type { DataEvents } from "./recorder.ts";
import { WaitingLines } from "./waiting-lines.ts";

export interface BufferParts {
  /** Appends the bytes of whole lines to those of an account; rejects when the disk has no room. */
  readonly append: (accountId: string, lines: Uint8Array) => Promise<void>;
  readonly now: () => number;
  readonly region: string;
  /** One line, when events begin to be dropped, and why. */
  readonly warn: (line: string) => void;
  /** Bytes that may wait; as many again may be on their way to the disk. */
  readonly maxBytes?: number;
  /** Bytes of an account that denied calls of outsiders may fill in one day. */
  readonly outsidersBytes: number;
  /** Processes that have such a buffer: together they have the memory of one. */
  readonly workers?: number;
}

/** What denied calls of outsiders have filled today, for one account. */
interface Taken {
  readonly day: number;
  bytes: number;
  /** Not reported yet. */
  dropped: number;
}

interface Dropped {
  count: number;
  readonly since: number;
}

/** How long events are gathered for one write, ms. A write for each takes as much CPU time as a request. */
const gatherMs = 50;
/** The same, while they keep coming. */
const gatherMoreMs = 250;
/** Bytes that are not gathered any longer. */
const gatherBytes = 512 * 1024;

const defaultMaxBytes = 8 * 1024 * 1024;

/**
 * Data events that wait to be written. Requests never wait for it: when a disk is slower than they are, or full, events are dropped and
 * counted, and as soon as there is room again, an event of its own says how many. The account with the most lines loses its own first, so that
 * nobody's calls push out the events of others. Denied calls of outsiders have a daily share: otherwise anybody could push out all events of
 * an account that has a bucket.
 */
export class DataEventBuffer implements DataEvents {
  readonly #parts: BufferParts;
  /** By account, as is all of this. */
  #waiting = new Map<string, WaitingLines>();
  /** Empty, with the memory of lines that were written; the next account that has lines gets it. */
  #spare = new WaitingLines();
  #bytes = 0;
  readonly #dropped = new Map<string, Dropped>();
  readonly #outsiders = new Map<string, Taken>();
  #writing: Promise<void> | undefined;
  /** Ends the gathering for the next write. */
  #gathered: (() => void) | undefined;
  #droppedInAll = 0;

  constructor(parts: BufferParts) {
    this.#parts = parts;
  }

  /** Bytes of events that wait. */
  get waiting(): number {
    return this.#bytes;
  }

  /** Events dropped since the start. */
  get dropped(): number {
    return this.#droppedInAll;
  }

  add(accountId: string, event: string, denied?: "outsider"): void {
    if (denied === "outsider" && !this.#takes(accountId, event.length)) return;
    const own = this.#waiting.get(accountId);
    if (!this.#makeRoom(event.length + 1, own?.size ?? 0)) return this.#drop(accountId, 1);
    const waiting = own ?? this.#newLines(accountId);
    const before = waiting.size;
    waiting.add(`${event}\n`);
    this.#bytes += waiting.size - before;
    this.#writing ??= this.#write();
    if (this.#bytes >= gatherBytes) this.#gathered?.();
  }

  /** Whether one more denied call of an outsider is recorded today. The first one that is not is reported at once, and the others together later. */
  #takes(accountId: string, bytes: number): boolean {
    const day = Math.floor(this.#parts.now() / dayMs);
    let taken = this.#outsiders.get(accountId);
    if (taken?.day !== day) {
      this.#reportOutsiders(accountId);
      taken = { day, bytes: 0, dropped: 0 };
      this.#outsiders.set(accountId, taken);
    }
    const before = taken.bytes;
    taken.bytes += bytes;
    if (taken.bytes <= this.#parts.outsidersBytes) return true;
    if (before <= this.#parts.outsidersBytes) this.#drop(accountId, 1, tooManyOutsiders);
    else taken.dropped += 1;
    return false;
  }

  #reportOutsiders(accountId: string): void {
    const taken = this.#outsiders.get(accountId);
    if (taken === undefined || taken.dropped === 0) return;
    this.#drop(accountId, taken.dropped, tooManyOutsiders);
    taken.dropped = 0;
  }

  #newLines(accountId: string): WaitingLines {
    const lines = this.#spare;
    this.#spare = new WaitingLines();
    this.#waiting.set(accountId, lines);
    return lines;
  }

  /** Drops the newest lines of the accounts that have more than the one that asks would have; false: there is none. */
  #makeRoom(bytes: number, own: number): boolean {
    while (this.#bytes + bytes > (this.#parts.maxBytes ?? defaultMaxBytes / (this.#parts.workers ?? 1))) {
      let most: readonly [string, WaitingLines] | undefined;
      for (const one of this.#waiting) if (one[1].size > (most?.[1].size ?? own + bytes)) most = one;
      if (most === undefined) return false;
      const before = most[1].size;
      if (!most[1].dropNewest()) return false;
      this.#bytes -= before - most[1].size;
      this.#drop(most[0], 1);
    }
    return true;
  }

  /** Resolves when everything that was added is written or dropped, and, if the disk takes it, how many were dropped. */
  async flush(): Promise<void> {
    for (const accountId of this.#outsiders.keys()) this.#reportOutsiders(accountId);
    if (this.#dropped.size > 0) this.#writing ??= this.#write();
    while (this.#writing !== undefined) {
      this.#gathered?.();
      await this.#writing;
    }
  }

  async #write(): Promise<void> {
    let ms = gatherMs;
    do {
      await this.#gather(ms);
      ms = gatherMoreMs;
      const waiting = this.#waiting;
      this.#waiting = new Map();
      this.#bytes = 0;
      for (const accountId of new Set([...this.#dropped.keys(), ...waiting.keys()])) {
        const lines = waiting.get(accountId);
        await this.#writeOf(accountId, lines ?? new WaitingLines());
        if (lines === undefined) continue;
        lines.clear();
        this.#spare = lines;
      }
    } while (this.#waiting.size > 0);
    this.#writing = undefined;
  }

  async #gather(ms: number): Promise<void> {
    if (this.#bytes >= gatherBytes) return;
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, ms);
      this.#gathered = () => {
        clearTimeout(timer);
        resolve();
      };
    });
    this.#gathered = undefined;
  }

  async #writeOf(accountId: string, lines: WaitingLines): Promise<void> {
    const { count = 0, since = 0 } = this.#dropped.get(accountId) ?? {};
    try {
      const dropped = count === 0 ? "" : this.#droppedEvent({ accountId, count, since });
      const bytes = dropped === "" ? lines.bytes : Buffer.concat([Buffer.from(dropped, "utf8"), lines.bytes]);
      await this.#parts.append(accountId, bytes);
      this.#reported(accountId, count);
    } catch (error) {
      if (lines.count > 0) this.#drop(accountId, lines.count, error);
    }
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

const tooManyOutsiders = new Error("denied calls of other accounts, or of nobody, have had their share of today");

function seconds(time: number): string {
  return `${new Date(time).toISOString().slice(0, 19)}Z`;
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
