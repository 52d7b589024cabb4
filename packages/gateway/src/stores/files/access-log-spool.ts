import { randomBytes } from "node:crypto";
import { mkdir, open, readdir, readFile, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import type { LogPlace } from "../../ports/access-log.ts";
import { errorCode } from "../../ports/store-error.ts";
import { cutTornLine } from "./torn-line.ts";

/** Lines of one object to be. */
export interface SpooledLog extends LogPlace {
  readonly name: string;
  /** When its first line came, ms. */
  readonly begun: number;
  /** Of its object's name: an object that is delivered a second time, after a crash, is told by it. */
  readonly unique: string;
  bytes: number;
}

export interface SpoolLimits {
  /** Bytes of all files. */
  readonly maxBytes: number;
  /** How long lines are gathered for one object, ms. */
  readonly gatherMs: number;
}

/** No more is written to a file of this size. The object that it becomes is in memory once. */
const maxFileBytes = 4 * 1024 * 1024;

const fileName = /^(\d{12})-([0-9a-f]{32})-(\d{8})-(\d{15})-([0-9A-F]{16})\.log$/;
const lineFeed = 0x0a;

/**
 * Lines of access logs that wait to be delivered, in files that only grow, one for each object to be. What a crash left of a last line is cut
 * off when they are opened. They are not synced: after a power failure the last lines may be missing.
 */
export class AccessLogSpool {
  readonly #folder: string;
  readonly #now: () => number;
  readonly #limits: SpoolLimits;
  readonly #files = new Map<string, SpooledLog>();
  /** The file that the lines of a place are written to, by bucket and day. */
  readonly #open = new Map<string, SpooledLog>();
  /** The last append that was asked for. */
  #appending: Promise<void> = Promise.resolve();
  #bytes = 0;
  #droppedLines = 0;

  private constructor(folder: string, now: () => number, limits: SpoolLimits) {
    this.#folder = folder;
    this.#now = now;
    this.#limits = limits;
  }

  static async open(folder: string, now: () => number, limits: SpoolLimits): Promise<AccessLogSpool> {
    await mkdir(folder, { recursive: true, mode: 0o700 });
    const spool = new AccessLogSpool(folder, now, limits);
    for (const entry of await readdir(folder, { withFileTypes: true })) {
      const { name } = entry;
      const [, accountId = "", bucketId = "", day = "", begun = "", unique = ""] = fileName.exec(name) ?? [];
      if (bucketId === "" || !entry.isFile()) continue;
      await cutTornLine(join(folder, name));
      const { size: bytes } = await stat(join(folder, name));
      spool.#files.set(name, { name, accountId, bucketId, day, begun: Number(begun), unique, bytes });
      spool.#bytes += bytes;
    }
    return spool;
  }

  /** Of all files. */
  get bytes(): number {
    return this.#bytes;
  }

  /** Lines since the start that had to make room. */
  get droppedLines(): number {
    return this.#droppedLines;
  }

  /** Appends the bytes of whole lines, and resolves when the system has them. One append after the other. */
  append(place: LogPlace, lines: Uint8Array): Promise<void> {
    const appended = this.#appending.then(() => this.#append(place, lines));
    this.#appending = appended.catch(() => {}); // its caller gets the error
    return appended;
  }

  async #append(place: LogPlace, lines: Uint8Array): Promise<void> {
    await this.#makeRoom(lines.length);
    const key = keyOf(place);
    const before = this.#open.get(key);
    const file = before === undefined || before.bytes >= maxFileBytes ? this.#newFile(place) : before;
    const handle = await open(join(this.#folder, file.name), "a", 0o600);
    try {
      await handle.appendFile(lines);
      file.bytes += lines.length;
      this.#bytes += lines.length;
    } catch (error) {
      // Half a line may be there: it is cut, and the next lines go to a new file.
      if (this.#open.get(key) === file) this.#open.delete(key);
      await handle.truncate(file.bytes);
      throw error;
    } finally {
      await handle.close();
    }
  }

  #newFile(place: LogPlace): SpooledLog {
    const begun = this.#now();
    const unique = randomBytes(8).toString("hex").toUpperCase();
    const { accountId, bucketId, day } = place;
    const name = `${accountId}-${bucketId}-${day}-${String(begun).padStart(15, "0")}-${unique}.log`;
    const file = { name, accountId, bucketId, day, begun, unique, bytes: 0 };
    this.#files.set(name, file);
    this.#open.set(keyOf(place), file); // before its first line is there, or it would be ready
    return file;
  }

  /** The account with the most loses its oldest lines: nobody's requests push out the logs of others. */
  async #makeRoom(needed: number): Promise<void> {
    while (this.#bytes + needed > this.#limits.maxBytes) {
      const byAccount = new Map<string, number>();
      for (const { accountId, bytes } of this.#files.values())
        byAccount.set(accountId, (byAccount.get(accountId) ?? 0) + bytes);
      let most = { accountId: "", bytes: -1 };
      for (const [accountId, bytes] of byAccount) if (bytes > most.bytes) most = { accountId, bytes };
      let oldest: SpooledLog | undefined;
      for (const file of this.#files.values())
        if (file.accountId === most.accountId && file.begun < (oldest?.begun ?? Infinity)) oldest = file;
      if (oldest === undefined) return;
      await this.drop(oldest);
    }
  }

  /** Files whose lines were gathered for long enough, the oldest first. */
  ready(): readonly SpooledLog[] {
    const before = this.#now() - this.#limits.gatherMs;
    return [...this.#files.values()]
      .filter((file) => file.begun <= before || this.#open.get(keyOf(file)) !== file)
      .toSorted((one, other) => one.begun - other.begun);
  }

  /** Its lines. It gets no more, until it is given back. */
  take(file: SpooledLog): Promise<Buffer> {
    if (this.#open.get(keyOf(file)) === file) this.#open.delete(keyOf(file));
    // After the append that may be under way.
    return this.#appending.then(() => this.#read(file));
  }

  /** It could not be delivered, so it gets more lines: a bucket whose logs nobody takes has few files. One that had to make room is gone. */
  giveBack(file: SpooledLog): void {
    if (this.#files.has(file.name) && !this.#open.has(keyOf(file))) this.#open.set(keyOf(file), file);
  }

  /** One that is gone has no lines: its first ones had no room, or somebody has deleted it. */
  #read({ name }: SpooledLog): Promise<Buffer> {
    return readFile(join(this.#folder, name)).catch((error: unknown) => {
      if (errorCode(error) === "ENOENT") return Buffer.alloc(0);
      throw error;
    });
  }

  /** It is delivered. */
  async remove(file: SpooledLog): Promise<void> {
    if (this.#files.delete(file.name)) this.#bytes -= file.bytes;
    if (this.#open.get(keyOf(file)) === file) this.#open.delete(keyOf(file));
    await rm(join(this.#folder, file.name), { force: true });
  }

  /** It cannot be delivered. */
  async drop(file: SpooledLog): Promise<void> {
    const lines = await this.#read(file).catch(() => Buffer.alloc(0));
    this.#droppedLines += countLines(lines);
    await this.remove(file);
  }
}

/** What has one file that is written to. */
function keyOf({ bucketId, day }: LogPlace): string {
  return `${bucketId} ${day}`;
}

function countLines(bytes: Uint8Array): number {
  let count = 0;
  for (const byte of bytes) if (byte === lineFeed) count += 1;
  return count;
}
