import { renameSync } from "node:fs";
import { type FileHandle, open, readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import type { NewEvent } from "../../../ports/event-store.ts";
import { errorCode, isDiskFullError, StoreError } from "../../../ports/store-error.ts";
import { refuseOtherKind } from "../../files/own-file.ts";
import { gathered } from "./gathered.ts";
import { keysText } from "./record-procedures.ts";

export interface JournalParts {
  /** Where its files are. */
  readonly folder: string;
  /** Puts lines into record.db; `again`: some of them may be there. */
  readonly move: (lines: Uint8Array, again: boolean) => Promise<void>;
  /** Called when the disk is full; the write is then tried once more. */
  readonly makeRoom: () => Promise<unknown>;
  /** A journal of this size is moved before it grows. */
  readonly maxBytes?: number;
}

/** How long events wait to be moved, so that many are moved at once. */
const moveAfterMs = 1000;
const defaultMaxBytes = 16 * 1024 * 1024;
/** What is moved at once: some hundred events. Others can write between two slices. */
const sliceBytes = 256 * 1024;

/**
 * Events of calls that only read, on their way to record.db. What is in the file outlives the end of the process, which is what the answer
 * of a call waits for, and it costs a fifth of a transaction with the events of a few callers. Each second they are moved, all at once.
 * A line has the account, the keys as JSON, and the event as JSON, with tabs between them: JSON has no tab in it.
 */
export class ReadJournal {
  readonly #parts: JournalParts;
  readonly #current: string;
  readonly #taken: string;
  /** Resolves when the system has the events. */
  readonly add: (events: readonly NewEvent[], now: number) => Promise<void>;
  #handle: FileHandle | undefined;
  #size = 0;
  #appending: Promise<void> | undefined;
  #moving: Promise<void> | undefined;
  /** The file that was taken is still there: it could not be moved whole. */
  #isLeft = false;
  #timer: NodeJS.Timeout | undefined;

  private constructor(parts: JournalParts) {
    this.#parts = parts;
    this.#current = join(parts.folder, "record-reads.log");
    this.#taken = join(parts.folder, "record-reads-moving.log");
    this.add = gathered((events) => this.#add(events));
  }

  /** What the process before left is in record.db when it resolves. */
  static async open(parts: JournalParts): Promise<ReadJournal> {
    const journal = new ReadJournal(parts);
    for (const file of [journal.#taken, journal.#current]) {
      refuseOtherKind(file);
      await journal.#moveFile(file, true);
    }
    return journal;
  }

  /** When it resolves, everything that was added before is in record.db. */
  async flush(): Promise<void> {
    while (this.#moving !== undefined) await this.#moving.catch(() => {}); // it may have begun before
    if (this.#size === 0 && !this.#isLeft) return;
    this.#moving = this.#move();
    try {
      await this.#moving;
    } finally {
      this.#moving = undefined;
    }
  }

  /** What cannot be moved now is moved by the next process. */
  async close(): Promise<void> {
    await this.flush().catch(() => {});
    clearTimeout(this.#timer);
    await this.#handle?.close();
  }

  async #add(events: readonly NewEvent[]): Promise<void> {
    if (this.#size >= (this.#parts.maxBytes ?? defaultMaxBytes)) await this.flush();
    this.#appending = this.#append(linesOf(events));
    try {
      await this.#appending;
    } finally {
      this.#appending = undefined;
    }
    this.#timer ??= setTimeout(() => {
      this.#timer = undefined;
      this.flush().catch(() => {}); // the next event, lookup or start tries it again
    }, moveAfterMs).unref();
  }

  async #append(lines: Buffer): Promise<void> {
    try {
      this.#handle ??= await open(this.#current, "a", 0o600);
      try {
        await this.#write(this.#handle, lines);
      } catch (error) {
        if (!isDiskFullError(error)) throw error;
        await this.#parts.makeRoom();
        await this.#write(this.#handle, lines);
      }
    } catch (error) {
      const kind = isDiskFullError(error) ? "full" : "unavailable";
      throw new StoreError(kind, "the journal of events cannot be written", { cause: error });
    }
  }

  /** All lines or none: half a line is cut off again. */
  async #write(file: FileHandle, lines: Buffer): Promise<void> {
    try {
      await file.appendFile(lines);
      this.#size += lines.length;
    } catch (error) {
      await file.truncate(this.#size);
      throw error;
    }
  }

  async #move(): Promise<void> {
    if (this.#isLeft) await this.#moveFile(this.#taken, true);
    this.#isLeft = false;
    while (this.#appending !== undefined) await this.#appending.catch(() => {}); // its caller gets the error
    if (this.#size === 0) return;
    // Nothing is awaited before the new state, so no event comes between; and without a new name all stays as it is.
    renameSync(this.#current, this.#taken);
    const handle = this.#handle;
    this.#handle = undefined;
    this.#size = 0;
    this.#isLeft = true;
    await handle?.close();
    await this.#moveFile(this.#taken, false);
    this.#isLeft = false;
  }

  async #moveFile(file: string, again: boolean): Promise<void> {
    const bytes = await readFile(file).catch((error: unknown) => {
      if (errorCode(error) === "ENOENT") return Buffer.alloc(0);
      throw error;
    });
    for (let from = 0; from < bytes.length;) {
      const full = bytes.indexOf(lineFeed, Math.min(from + sliceBytes, bytes.length - 1));
      const end = (full === -1 ? bytes.lastIndexOf(lineFeed) : full) + 1;
      if (end <= from) break; // what a crash left of a line: its call was not answered
      await this.#parts.move(new Uint8Array(bytes.subarray(from, end)), again);
      from = end;
    }
    await rm(file, { force: true });
  }
}

const lineFeed = 0x0a;

function linesOf(events: readonly NewEvent[]): Buffer {
  const texts = events.flatMap(({ accountId, eventId, keys, body }) => [
    accountId,
    "\t",
    keysText(eventId, keys),
    "\t",
    body,
    "\n",
  ]);
  // Written piece by piece: a text that is joined first is copied twice more, which costs more than the write to the file.
  const lines = Buffer.allocUnsafeSlow(texts.reduce((sum, { length }) => sum + 3 * length, 0));
  let size = 0;
  for (const text of texts) size += lines.write(text, size, "utf8");
  return lines.subarray(0, size);
}
