import { constants } from "node:fs";
import { type FileHandle, open, rename } from "node:fs/promises";
import type { WaitingMessage } from "../ports/message-queue.ts";
import { errorCode } from "../ports/store-error.ts";
import type { Outcome, Transport } from "./dispatcher.ts";

/**
 * INVARIANT: nobody who can write to the folder sends the lines elsewhere by a link, or keeps the gateway waiting by a pipe that nobody reads.
 */
const flags = constants.O_WRONLY | constants.O_APPEND | constants.O_CREAT | constants.O_NOFOLLOW | constants.O_NONBLOCK;

/**
 * A file with a message on each line. Before it has more than `maxBytes` it becomes `FILE.1`, in place of the one before. Whoever reads it may move it
 * away at any time: it is opened anew for each batch.
 */
export class EventFile implements Transport {
  readonly #path: string;
  readonly #maxBytes: number;
  /** Batches of several accounts, one after the other. */
  #last: Promise<unknown> = Promise.resolve();

  constructor(path: string, maxBytes: number) {
    this.#path = path;
    this.#maxBytes = maxBytes;
  }

  /** All of them or none. */
  async deliver(messages: readonly WaitingMessage[]): Promise<readonly Outcome[]> {
    const written = this.#last.then(() => this.#append(messages));
    this.#last = written;
    const outcome = await written;
    return messages.map(() => outcome);
  }

  async #append(messages: readonly WaitingMessage[]): Promise<Outcome> {
    const lines = Buffer.concat(messages.flatMap(({ body }) => [body, Buffer.from("\n")]));
    try {
      await this.#write(lines);
      return "delivered";
    } catch (error) {
      return { failed: `its file cannot be written (${errorCode(error) ?? "not a file"})` };
    }
  }

  /** Resolves when the lines are on the disk. */
  async #write(lines: Buffer): Promise<void> {
    const handle = await open(this.#path, flags, 0o600);
    let isFull = false;
    try {
      const found = await handle.stat();
      if (!found.isFile()) throw new Error("not a file");
      isFull = found.size > 0 && found.size + lines.length > this.#maxBytes;
      if (!isFull) await appendWhole(handle, lines, found.size);
    } finally {
      await handle.close();
    }
    if (!isFull) return;
    await rename(this.#path, `${this.#path}.1`);
    await this.#write(lines);
  }
}

/** What a full disk leaves of it is cut off again, so that every line is whole. */
async function appendWhole(handle: FileHandle, lines: Buffer, size: number): Promise<void> {
  try {
    await handle.appendFile(lines);
    await handle.datasync();
  } catch (error) {
    await handle.truncate(size);
    throw error;
  }
}
