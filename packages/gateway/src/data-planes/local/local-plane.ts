import { randomBytes } from "node:crypto";
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import type { Clock } from "../../ports/clock.ts";
import type { DataPlane } from "../../ports/data-plane.ts";
import type { Ids } from "../../ports/ids.ts";
import { StoreError } from "../../ports/store-error.ts";
import { openDatabase } from "../../stores/sqlite/database.ts";
import type { ObjectIndex, procedures } from "./object-procedures.ts";
import { type FolderLock, lockFolder } from "../../stores/sqlite/folder-lock.ts";
import type { StoreIdentity } from "../../stores/sqlite/store-identity.ts";
import { BlobFiles } from "./blob-files.ts";
import { DataKeys, type KeySources } from "./data-keys.ts";
import { DiskReserve } from "./disk-reserve.ts";
import { objectMigrations } from "./object-migrations.ts";
import { objectReads, openVersion } from "./object-reads.ts";
import { objectWrites } from "./object-writes.ts";
import { ReadLeases } from "./read-leases.ts";
import { sequenceOf } from "./inspect-index.ts";
import { fileSystemSpace, SpaceGuard } from "./space-guard.ts";
import { type SweepReport, sweep } from "./sweep.ts";

export interface LocalPlaneOptions {
  /** Gets `objects.db` and the folder `blobs`. */
  readonly dataDir: string;
  readonly clock: Clock;
  readonly ids: Ids;
  /** Names this writer's files; 16 to 64 lower-case hex digits, never used before. Default: random. */
  readonly writerId?: string;
  /** How long deleted bytes are kept for readers who found them just before, ms. Default: one minute. */
  readonly garbageDelay?: number;
  /** Default: objects may use the whole disk but for the size of the reserve. */
  readonly guard?: SpaceGuard;
  /** Default: none, so objects cannot be encrypted with keys of the gateway. */
  readonly keys?: KeySources;
}

export interface LocalPlane extends DataPlane {
  /** For `repairBuckets`: as `closeBucket`, on behalf of a request that a crash cut off. */
  settleBucket(bucketId: string): Promise<boolean>;
  /** Says which data folder its index belongs to. */
  setStoreIdentity(identity: StoreIdentity): Promise<void>;
  /** See `InspectedIndex`. */
  sequence(): number;
  /** Master keys of objects that this key file does not open. */
  readonly unopenedKeys: number;
  /** A new master key encrypts from now on. */
  rotateKeys(now: number): Promise<void>;
  /** The same, when the master key is old. */
  rotateOldKeys(now: number): Promise<void>;
  /** Where the sweep puts files that the index does not know. */
  readonly setAsideFolder: string;
  /** Removes what dead writers left and what was deleted long enough ago. One at a time; also right after opening. */
  sweep(): Promise<SweepReport>;
  /** Commits what was accepted, then lets go of the folder. */
  close(): Promise<void>;
}

/**
 * Objects on one machine: an index in SQLite and immutable blob files.
 *
 * Why a crash loses nothing and shows nothing half-written. A write has four steps, in this order: (1) the bytes go to a file whose name
 * was never used and is known to nobody; (2) fdatasync makes the bytes durable, fsync of the folder the name (the folder's own entry was
 * made durable before its first file); (3) one transaction with synchronous=FULL adds the rows; (4) the client gets its answer. Readers
 * find bytes through rows only. A crash before the end of (3) leaves a file without rows: nobody sees it, and the next start's sweep
 * removes it, because its name carries a writer id that this index registered and that is not alive. A crash after (3) leaves rows, and by
 * (2) their bytes are on the disk. So what was acknowledged is whole, and what was not is whole or absent. Small bodies are in the rows
 * themselves.
 *
 * Why nothing that is needed is removed. Files are never changed and names never used again. A deletion is a row in `garbage`, in the
 * transaction that takes the version away; a later transaction takes the segments, and a file goes only after the transaction that counted
 * its last reference away, listed in `dead_files` until it is unlinked (unlinking twice does no harm). The sweep of orphans looks only at
 * files of dead writers, none of which can still be about to commit: the lock on the folder, which dies with its process, lets one writer
 * live. When an answer of the index is lost (its thread died in COMMIT) the file is left alone, because its row may be there: only a write
 * refused for certain removes its own file.
 */
export async function openLocalPlane(options: LocalPlaneOptions): Promise<LocalPlane> {
  const root = join(options.dataDir, "blobs");
  await makeFolder(options.dataDir);
  await makeFolder(root);
  const lock = await lockFolder(root);
  try {
    const writerId = options.writerId ?? randomBytes(16).toString("hex");
    const files = new BlobFiles(root, writerId);
    const guard = options.guard ?? (await guardWithoutFloor(options));
    const database = await openIndex(options.dataDir, writerId, guard);
    try {
      const keys = await DataKeys.open(database, options.keys ?? {}, options.clock.now());
      return planeOver(options, guard, database, files, lock, keys);
    } catch (error) {
      await database.close();
      throw error;
    }
  } catch (error) {
    lock.release();
    throw error;
  }
}

async function guardWithoutFloor({ dataDir, clock }: LocalPlaneOptions): Promise<SpaceGuard> {
  return new SpaceGuard({
    space: fileSystemSpace(dataDir),
    floor: { bytes: 0, percent: 0 },
    reserve: await DiskReserve.open(dataDir),
    clock,
    report: () => {},
  });
}

/** What adds to the index may not use the reserve. */
const adding = new Set(["putVersion", "changeVersion", "createUpload", "putPart", "completeUpload"]);

async function openIndex(dataDir: string, writerId: string, guard: SpaceGuard): Promise<ObjectIndex> {
  const database = await openDatabase<typeof procedures>({
    path: join(dataDir, "objects.db"),
    migrations: objectMigrations,
    procedures: new URL("../../../bundle/object-procedures.js", import.meta.url),
    makeRoom: async (procedure) => {
      if (adding.has(procedure)) return false;
      await guard.releaseReserve();
      return true;
    },
  });
  try {
    await database.write("registerWriter", { writerId });
    return database;
  } catch (error) {
    await database.close();
    throw error;
  }
}

function planeOver(
  options: LocalPlaneOptions,
  guard: SpaceGuard,
  database: ObjectIndex,
  files: BlobFiles,
  lock: FolderLock,
  keys: DataKeys,
): LocalPlane {
  const { clock, ids } = options;
  const leases = new ReadLeases();
  const source = { reader: database.reader, files, leases, keys };
  const sweeper = { database, files, leases, garbageDelay: options.garbageDelay ?? 60_000 };
  const settleBucket = (bucketId: string): Promise<boolean> =>
    database.write("closeBucket", { bucketId, now: clock.now() });
  let sweeping: Promise<SweepReport> | undefined;
  return {
    ...objectReads(source),
    ...objectWrites({
      database,
      files,
      guard,
      clock,
      ids,
      keys,
      open: (version, range, customerKey) => openVersion(source, version, range, customerKey),
    }),
    openBucket: async () => {}, // the index has no rows of an empty bucket
    closeBucket: (_grant, bucketId) => settleBucket(bucketId),
    settleBucket,
    setStoreIdentity: (identity) => database.write("setStoreIdentity", identity),
    sequence: () => sequenceOf(database.reader),
    unopenedKeys: keys.unopened,
    rotateKeys: (now) => keys.rotate(now),
    rotateOldKeys: (now) => keys.rotateWhenOld(now),
    setAsideFolder: files.setAsideFolder,
    sweep: () => {
      sweeping ??= sweep(sweeper, clock.now()).finally(() => (sweeping = undefined));
      return sweeping;
    },
    close: async () => {
      await sweeping?.catch(() => {});
      await database.close();
      lock.release();
    },
  };
}

async function makeFolder(path: string): Promise<void> {
  try {
    await mkdir(path, { recursive: true, mode: 0o700 });
  } catch (cause) {
    throw new StoreError("unavailable", `cannot make the folder ${path}`, { cause });
  }
}
