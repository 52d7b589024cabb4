import type { AccessEntry, AccessLog, AccessLogQueue, AnsweredRequest, LogPlace } from "../ports/access-log.ts";
import type { BucketRecord } from "../ports/bucket-registry.ts";
import { WaitingLines } from "../record/waiting-lines.ts";
import { accessLogLine } from "./access-log-line.ts";
import { accessLogOperation, copySourceOperation } from "./access-log-operation.ts";

/** INVARIANT: whose object is copied does not learn what others call their buckets, objects and uploads. */
function withoutTarget(entry: AccessEntry): AccessEntry {
  return { ...entry, uri: undefined, referer: undefined, host: undefined };
}

interface Parts {
  readonly find: (bucketName: string) => Promise<BucketRecord | undefined>;
  /** The canonical user id of an account, which never changes. */
  readonly canonicalId: (accountId: string) => Promise<string>;
  readonly queue: AccessLogQueue;
  /** One line, when lines begin to be dropped, and why. */
  readonly warn: (line: string) => void;
  /** Bytes of lines that may wait here; as many again may be on their way to the disk. */
  readonly maxBytes: number;
}

/** How long lines are gathered for one write, ms: what a killed process may lose. */
const gatherMs = 250;
const tooFast = "they come faster than they can be written";
/** Requests whose lines are not made yet. Their lines are dropped while the directory cannot be read. */
const maxUnmade = 1000;

/**
 * Lines of access logs on their way to the disk. No request waits for it: what there is no room for, and what the disk does not take, is
 * dropped and counted.
 */
export class AccessLogBuffer implements AccessLog {
  readonly #parts: Parts;
  readonly #ownerIds = new Map<string, string>();
  #unmade: AnsweredRequest[] = [];
  #making: Promise<void> | undefined;
  #waiting = new Map<string, { readonly place: LogPlace; readonly lines: WaitingLines }>();
  #bytes = 0;
  /** Bytes of the lines that wait, by account. */
  #sizes = new Map<string, number>();
  /** The last write that was asked for. It never rejects. */
  #writing: Promise<void> = Promise.resolve();
  #timer: NodeJS.Timeout | undefined;
  #dropped = 0;
  #isDropping = false;

  constructor(parts: Parts) {
    this.#parts = parts;
  }

  /** Lines since the start. */
  get dropped(): number {
    return this.#dropped;
  }

  add(request: AnsweredRequest): void {
    if (this.#unmade.length >= maxUnmade) return this.#drop(1, "too many requests wait for a look-up of their bucket");
    this.#unmade.push(request);
    this.#making ??= this.#make();
  }

  /** Resolves when every line is on the disk or dropped. */
  async flush(): Promise<void> {
    await this.#making;
    clearTimeout(this.#timer);
    this.#timer = undefined;
    await this.#writing;
    await this.#write();
  }

  async #make(): Promise<void> {
    await new Promise<void>((resolve) => setImmediate(resolve)); // those of one turn are made together
    while (this.#unmade.length > 0) {
      const unmade = this.#unmade;
      this.#unmade = [];
      for (const request of unmade) {
        try {
          await this.#linesOf(request);
        } catch (error) {
          this.#drop(1, error);
        }
      }
    }
    this.#making = undefined;
  }

  async #linesOf({ bucketName, used, operation, isVisit, entry }: AnsweredRequest): Promise<void> {
    const { bucket, source } = used ?? { bucket: await this.#parts.find(bucketName) };
    if (bucket?.logging !== undefined)
      await this.#line(bucket, accessLogOperation(operation, entry.method, isVisit), entry);
    if (source?.bucket.logging === undefined) return;
    const { key, versionId } = source;
    const seen = bucket?.owner === source.bucket.owner ? entry : withoutTarget(entry);
    await this.#line(source.bucket, copySourceOperation(operation), { ...seen, key, versionId });
  }

  async #line({ id, name, region, owner }: BucketRecord, operation: string, entry: AccessEntry): Promise<void> {
    const ownerId = this.#ownerIds.get(owner) ?? (await this.#parts.canonicalId(owner));
    this.#ownerIds.set(owner, ownerId);
    const line = accessLogLine({ bucketName: name, region, ownerId, operation }, entry);
    if (!this.#makeRoom(owner, line.length)) return this.#drop(1, tooFast);
    const place = {
      accountId: owner,
      bucketId: id,
      day: new Date(entry.time).toISOString().slice(0, 10).replaceAll("-", ""),
    };
    const key = `${id} ${place.day}`;
    const { lines } = this.#waiting.get(key) ?? { lines: new WaitingLines() };
    this.#waiting.set(key, { place, lines });
    lines.add(line);
    this.#count(owner, line.length);
    this.#timer ??= setTimeout(() => {
      this.#timer = undefined;
      this.#writing = this.#writing.then(() => this.#write());
    }, gatherMs);
  }

  /** Drops the newest lines of the accounts that have more than the one that asks would have: nobody pushes out the logs of others. */
  #makeRoom(accountId: string, bytes: number): boolean {
    const own = (this.#sizes.get(accountId) ?? 0) + bytes;
    while (this.#bytes + bytes > this.#parts.maxBytes) {
      let most: readonly [string, number] | undefined;
      for (const one of this.#sizes) if (one[1] > (most?.[1] ?? own)) most = one;
      if (most === undefined || !this.#dropNewestOf(most[0])) return false;
    }
    return true;
  }

  /** Of its bucket that has the most. */
  #dropNewestOf(accountId: string): boolean {
    let largest: WaitingLines | undefined;
    for (const { place, lines } of this.#waiting.values())
      if (place.accountId === accountId && lines.size > (largest?.size ?? 0)) largest = lines;
    const before = largest?.size ?? 0;
    if (largest?.dropNewest() !== true) return false;
    this.#count(accountId, largest.size - before);
    this.#drop(1, tooFast);
    return true;
  }

  #count(accountId: string, bytes: number): void {
    this.#bytes += bytes;
    this.#sizes.set(accountId, (this.#sizes.get(accountId) ?? 0) + bytes);
  }

  async #write(): Promise<void> {
    while (this.#waiting.size > 0) {
      const waiting = this.#waiting;
      this.#waiting = new Map();
      this.#bytes = 0;
      this.#sizes = new Map();
      for (const { place, lines } of waiting.values()) {
        if (lines.count === 0) continue;
        try {
          await this.#parts.queue.append(place, lines.bytes);
          this.#isDropping = false;
        } catch (error) {
          this.#drop(lines.count, error);
        }
      }
    }
  }

  #drop(count: number, why: unknown): void {
    const reason = why instanceof Error ? why.message : String(why);
    if (!this.#isDropping) this.#parts.warn(`lines of access logs are dropped: ${reason}`);
    this.#isDropping = true;
    this.#dropped += count;
  }
}
