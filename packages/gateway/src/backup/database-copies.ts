import { readdir, rename } from "node:fs/promises";
import { join } from "node:path";
import type { BlobsMarker } from "../data-folder/folder-parts.ts";
import { StoreError } from "../ports/store-error.ts";
import { syncFile, syncFolder } from "../stores/files/private-write.ts";
import { storeIdentityChange, storeIdentityValues } from "../stores/sql/store-identity.ts";
import { DatabaseSnapshot } from "../stores/sqlite/database-snapshot.ts";

/** Those that say which run they are of. */
const paired = new Set(["directory.db", "objects.db"]);

/** The databases of a data folder, and copies of them. */
export class DatabaseCopies {
  readonly #dataDir: string;
  readonly #target: string;
  readonly #snapshots = new Map<string, DatabaseSnapshot>();

  private constructor(dataDir: string, target: string) {
    this.#dataDir = dataDir;
    this.#target = target;
  }

  /** Of whatever has the name of one, so that none is left out that a later version has. */
  static async open(dataDir: string, target: string): Promise<DatabaseCopies> {
    const copies = new DatabaseCopies(dataDir, target);
    try {
      for (const name of await readdir(dataDir))
        if (name.endsWith(".db") && name !== "lock.db") await copies.#open(name);
      return copies;
    } catch (error) {
      copies.close();
      throw error;
    }
  }

  async #open(name: string): Promise<void> {
    this.#snapshots.set(name, await DatabaseSnapshot.open(join(this.#dataDir, name), this.unfinished(name)));
  }

  get all(): readonly DatabaseSnapshot[] {
    return [...this.#snapshots.values()];
  }

  of(name: string): DatabaseSnapshot | undefined {
    return this.#snapshots.get(name);
  }

  /** Where a copy is while it is not on the disk as a whole: no gateway opens it. */
  unfinished(name: string): string {
    return join(this.#target, `${name}.incomplete`);
  }

  /** `run`: what they say of themselves from now on; undefined: what the source says. */
  copy(run: BlobsMarker | undefined, report: (line: string) => void): void {
    for (const [name, snapshot] of this.#snapshots) {
      try {
        snapshot.copy(
          (table) => report(`${name}: ${table} …`),
          (copy) => {
            if (run !== undefined && paired.has(name)) copy.run(storeIdentityChange, storeIdentityValues(run));
          },
        );
      } catch (cause) {
        if (!(cause instanceof StoreError) || cause.kind === "full") throw cause;
        throw new StoreError(cause.kind, `${join(this.#dataDir, name)} cannot be copied: ${cause.message}`, { cause });
      }
    }
  }

  close(): void {
    for (const snapshot of this.all) snapshot.close();
  }

  /** After `close`. */
  async finish(): Promise<void> {
    for (const name of this.#snapshots.keys()) {
      syncFile(this.unfinished(name));
      await rename(this.unfinished(name), join(this.#target, name));
    }
    syncFolder(this.#target);
  }
}
