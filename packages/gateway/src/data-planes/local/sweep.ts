import { setImmediate as nextTurn } from "node:timers/promises";
import { StoreError } from "../../ports/store-error.ts";
import type { FilePlace } from "../../stores/sqlite/file-place.ts";
import type { ObjectIndex } from "./object-procedures.ts";
import { integer, text } from "../../stores/sql/sql-value.ts";
import type { BlobFiles } from "./blob-files.ts";
import type { SharedLeases } from "./read-leases.ts";

export interface SweepReport {
  /** Files of dead writers that no row referenced, removed. */
  readonly orphans: number;
  /** Files of writers that the index does not know, moved aside. */
  readonly setAside: number;
  /** Deleted versions and parts whose bytes were given up. */
  readonly collected: number;
  /** Files removed because nothing references them any more. */
  readonly files: number;
}

export interface Sweeper {
  readonly database: ObjectIndex;
  readonly files: BlobFiles;
  /** Of the index. */
  readonly place: Pick<FilePlace, "fault">;
  readonly leases: Pick<SharedLeases, "claim">;
  /** Ids of other processes that write just now. */
  readonly writers: ReadonlySet<string>;
  /** How long deleted bytes stay readable for readers who found them just before, ms. */
  readonly garbageDelay: number;
}

const batch = 500;
/** How long a completed upload can be completed again, ms. */
const completedKept = 24 * 3_600_000;

/**
 * INVARIANT: the folder of blobs is that of the index. Where another copy of the data folder was put in the place of this one, the index
 * that is open here knows nothing of its files, and a gateway may serve them.
 */
export async function sweep(sweeper: Sweeper, now: number): Promise<SweepReport> {
  const fault = sweeper.place.fault();
  if (fault !== undefined) throw new StoreError("unavailable", fault);
  const { orphans, setAside } = await sweepDeadWriters(sweeper);
  const collected = await collectGarbage(sweeper, now - sweeper.garbageDelay);
  const files = await removeDeadFiles(sweeper);
  await sweeper.database.write("forgetCompletedUploads", { before: now - completedKept });
  return { orphans, setAside, collected, files };
}

/**
 * Files of dead writers, referenced by no row. A writer that this index registered left bodies that were never committed: they
 * are removed. Files of any other writer are set aside, because their rows may be in another copy of the index. A writer that was
 * swept is never looked at again: it writes no more, and its other files end through `dead_files`.
 * INVARIANT: the plane holds the folder's lock, so every writer id but its own and those it admitted belongs to a dead process.
 */
async function sweepDeadWriters(sweeper: Sweeper): Promise<{ readonly orphans: number; readonly setAside: number }> {
  const { database, files } = sweeper;
  const known = new Map(
    database.reader.all("SELECT boot_id, swept FROM boots", [], ([writerId, swept]) => [
      text(writerId),
      integer(swept) === 1,
    ]),
  );
  let [orphans, setAside] = [0, 0];
  for (const writerId of await files.otherWriters()) {
    const swept = known.get(writerId);
    if (swept === true || sweeper.writers.has(writerId)) continue;
    if (swept === false) orphans += await forEachOrphan(sweeper, writerId, (name) => files.remove(name));
    else setAside += await forEachOrphan(sweeper, writerId, (name) => files.setAside(name));
    await files.removeEmptyFolders(writerId);
    await database.write("markSwept", { writerId });
  }
  return { orphans, setAside };
}

async function forEachOrphan(
  { database, files }: Sweeper,
  writerId: string,
  end: (name: string) => Promise<void>,
): Promise<number> {
  let count = 0;
  for await (const names of files.filesOf(writerId)) {
    for (const [index, name] of names.entries()) {
      if (index % batch === 0) await nextTurn(); // requests go on between
      if (isReferenced(database, name)) continue;
      await end(name);
      count += 1;
    }
  }
  return count;
}

function isReferenced(database: ObjectIndex, name: string): boolean {
  return database.reader.get("SELECT 1 FROM bodies WHERE file = ?", [name], () => true) ?? false;
}

async function collectGarbage({ database, leases }: Sweeper, until: number): Promise<number> {
  let collected = 0;
  let behind = 0;
  for (;;) {
    const due = database.reader.all(
      "SELECT holder FROM garbage WHERE since <= ? AND holder > ? ORDER BY holder LIMIT ?",
      [until, behind, batch],
      ([id]) => integer(id),
    );
    behind = due.at(-1) ?? behind;
    if (due.length === 0) return collected;
    const claim = await leases.claim(due);
    try {
      await collectAll(database, claim.free);
    } finally {
      claim.done();
    }
    collected += claim.free.length;
  }
}

/** As many transactions as the segments need. */
async function collectAll(database: ObjectIndex, ids: readonly number[]): Promise<void> {
  let left = ids;
  while (left.length > 0) left = left.slice(await database.write("collect", { ids: left }));
}

async function removeDeadFiles({ database, files }: Sweeper): Promise<number> {
  let removed = 0;
  for (;;) {
    const dead = database.reader.all("SELECT file FROM dead_files ORDER BY file LIMIT ?", [batch], ([file]) =>
      text(file),
    );
    if (dead.length === 0) return removed;
    for (const name of dead) await files.remove(name);
    await database.write("forgetFiles", { files: dead });
    removed += dead.length;
  }
}
