import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { errorCode } from "../ports/store-error.ts";
import { readOwnFile } from "../stores/files/own-file.ts";
import type { Changing } from "./one-moment.ts";

/** A small text of the data folder that is replaced as a whole. */
export class WatchedText implements Changing {
  readonly #path: string;
  /** Undefined: there is no such file. */
  text: string | undefined;

  constructor(path: string) {
    this.#path = path;
  }

  begin(): void {
    this.text = bytesOf(this.#path)?.toString();
  }

  isOld(): boolean {
    return bytesOf(this.#path)?.toString() !== this.text;
  }

  end(): void {}
}

/**
 * The journal of events of calls that only read, which is moved into record.db each second.
 * INVARIANT: begun before record.db, and each file before the one that it is renamed to: a line may come twice, which the start of a
 * gateway sees by its event id, and none is passed over.
 */
export class JournalFiles implements Changing {
  readonly #dataDir: string;
  #contents: readonly (readonly [name: string, bytes: Buffer | undefined])[] = [];

  constructor(dataDir: string) {
    this.#dataDir = dataDir;
  }

  begin(): void {
    this.#contents = journalNames.map((name) => [name, bytesOf(join(this.#dataDir, name))]);
  }

  isOld(): boolean {
    return false;
  }

  end(): void {}

  write(target: string): void {
    for (const [name, bytes] of this.#contents)
      if (bytes !== undefined) writeFileSync(join(target, name), bytes, { mode: 0o600, flag: "wx", flush: true });
  }
}

export const journalNames = ["record-reads.log", "record-reads-moving.log"] as const;

function bytesOf(path: string): Buffer | undefined {
  try {
    return readOwnFile(path);
  } catch (error) {
    if (errorCode(error) === "ENOENT") return undefined;
    throw error;
  }
}
