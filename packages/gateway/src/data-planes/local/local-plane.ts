import { randomBytes } from "node:crypto";
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import type { Clock } from "../../ports/clock.ts";
import type { DataPlane } from "../../ports/data-plane.ts";
import type { Ids } from "../../ports/ids.ts";
import type { Quotas } from "../../ports/quotas.ts";
import { StoreError } from "../../ports/store-error.ts";
import { joinDatabase, openDatabase, type OwnDatabase } from "../../stores/sqlite/database.ts";
import type { ObjectIndex, procedures } from "./object-procedures.ts";
import type { SentWrite, WriteResult } from "../../stores/sqlite/writer-protocol.ts";
import { FilePlace } from "../../stores/sqlite/file-place.ts";
import { type FolderLock, lockFolder } from "../../stores/sqlite/folder-lock.ts";
import type { StoreIdentity } from "../../stores/sql/store-identity.ts";
import { BlobFiles } from "./blob-files.ts";
import { DataKeys, type KeySources } from "./data-keys.ts";
import { DiskReserve } from "./disk-reserve.ts";
import { objectMigrations } from "./object-migrations.ts";
import { objectReads, openVersion } from "./object-reads.ts";
import { objectWrites } from "./object-writes.ts";
import { type OtherReaders, ReadLeases, SharedLeases } from "./read-leases.ts";
import { sequenceOf } from "./inspect-index.ts";
import { accountQuota, bucketQuota, type OwnedBucket, unknownOwners } from "./quota-rows.ts";
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

/** What requests need of the plane, in whichever process they are answered. */
export interface RequestPlane extends DataPlane, Quotas {
  /** A new master key encrypts from now on. */
  rotateKeys(now: number): Promise<void>;
}

/** The plane in a process that answers requests and does not hold the folder. */
export interface JoinedPlane extends RequestPlane {
  /** What this process reads just now, for the sweep of the process that holds the folder. */
  readonly leases: ReadLeases;
  close(): Promise<void>;
}

export interface LocalPlane extends RequestPlane {
  /** For `repairBuckets`: as `closeBucket`, on behalf of a request that a crash cut off. */
  settleBucket(bucketId: string): Promise<boolean>;
  /** Says whose buckets are: at the start, because an index of an earlier version does not know it. */
  knowOwners(buckets: readonly OwnedBucket[]): Promise<void>;
  /** Says which data folder its index belongs to. */
  setStoreIdentity(identity: StoreIdentity): Promise<void>;
  /** See `InspectedIndex`. */
  sequence(): number;
  /** Master keys of objects that this key file does not open. */
  readonly unopenedKeys: number;
  /** `rotateKeys`, when the master key is old. */
  rotateOldKeys(now: number): Promise<void>;
  /** Where the sweep puts files that the index does not know. */
  readonly setAsideFolder: string;
  /** Removes what dead writers left and what was deleted long enough ago. One at a time; also right after opening. */
  sweep(): Promise<SweepReport>;
  /** A write of a process that has joined. */
  writeFor(write: SentWrite): Promise<WriteResult>;
  /** Writes of the index that are not committed or refused yet. */
  readonly waitingWrites: () => number;
  /**
   * Before a process joins: its writer id, under which it writes files, and what it reads. The function is called when the process has
   * ended and none of its writes is under way; the next sweep removes what it left.
   */
  admit(writerId: string, readers: OtherReaders): Promise<() => void>;
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
 * files of dead writers, none of which can still be about to commit: the lock on the folder, which dies with its process, lets one gateway
 * live, and it calls one of its processes dead only when that has ended and all that it sent is committed or refused. When an answer of the index is lost (its thread died in COMMIT) the file is left alone, because its row may be there: only a write
 * refused for certain removes its own file.
 */
export async function openLocalPlane(options: LocalPlaneOptions): Promise<LocalPlane> {
  const root = blobFolder(options.dataDir);
  await makeFolder(options.dataDir);
  await makeFolder(root);
  const lock = await lockFolder(root);
  try {
    const writerId = options.writerId ?? newWriterId();
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

function blobFolder(dataDir: string): string {
  return join(dataDir, "blobs");
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

async function openIndex(
  dataDir: string,
  writerId: string,
  guard: SpaceGuard,
): Promise<OwnDatabase<typeof procedures>> {
  const database = await openDatabase<typeof procedures>({
    path: indexFile(dataDir),
    migrations: objectMigrations,
    procedures: new URL("../../../bundle/object-procedures.js", import.meta.url),
    soleWriter: true,
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

function indexFile(dataDir: string): string {
  return join(dataDir, "objects.db");
}

export function newWriterId(): string {
  return randomBytes(16).toString("hex");
}

/** For a process that the owner of the folder has admitted under this writer id; `send` takes each write to the owner. */
export async function joinLocalPlane(
  options: Required<Pick<LocalPlaneOptions, "dataDir" | "clock" | "ids" | "writerId" | "guard" | "keys">> & {
    readonly send: (write: SentWrite) => Promise<WriteResult>;
  },
): Promise<JoinedPlane> {
  const { dataDir, writerId, clock, send } = options;
  const database = joinDatabase<typeof procedures>(indexFile(dataDir), send);
  try {
    const keys = await DataKeys.open(database, options.keys, clock.now());
    const leases = new ReadLeases();
    const files = new BlobFiles(blobFolder(dataDir), writerId);
    const requests = requestsOver({ ...options, database, files, leases, keys });
    return { ...requests, leases, close: () => database.close() };
  } catch (error) {
    await database.close();
    throw error;
  }
}

interface RequestParts extends Pick<LocalPlaneOptions, "clock" | "ids"> {
  readonly guard: SpaceGuard;
  readonly database: ObjectIndex;
  readonly files: BlobFiles;
  readonly leases: ReadLeases;
  readonly keys: DataKeys;
}

function requestsOver({ clock, ids, guard, database, files, leases, keys }: RequestParts): RequestPlane {
  const source = { reader: database.reader, files, leases, keys };
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
    openBucket: (_grant, bucketId, owner) => database.write("openBuckets", { buckets: [{ bucketId, account: owner }] }),
    bucketQuota: async (_grant, bucketId) => bucketQuota(database.reader, bucketId),
    setBucketLimits: (_grant, bucketId, limits) => database.write("setBucketLimits", { bucketId, limits }),
    accountQuota: async (_grant, accountId) => accountQuota(database.reader, accountId),
    setAccountLimits: (_grant, account, limits) => database.write("setAccountLimits", { account, limits }),
    setVersioning: async () => {}, // each write says it
    closeBucket: (_grant, bucketId) => database.write("closeBucket", { bucketId, now: clock.now() }),
    rotateKeys: (now) => keys.rotate(now),
  };
}

function planeOver(
  options: LocalPlaneOptions,
  guard: SpaceGuard,
  database: OwnDatabase<typeof procedures>,
  files: BlobFiles,
  lock: FolderLock,
  keys: DataKeys,
): LocalPlane {
  const { clock } = options;
  const leases = new ReadLeases();
  const shared = new SharedLeases(leases);
  const writers = new Set<string>();
  const place = new FilePlace(indexFile(options.dataDir));
  const sweeper = { database, files, place, leases: shared, writers, garbageDelay: options.garbageDelay ?? 60_000 };
  let sweeping: Promise<SweepReport> | undefined;
  return {
    ...requestsOver({ ...options, guard, database, files, leases, keys }),
    settleBucket: (bucketId) => database.write("closeBucket", { bucketId, now: clock.now() }),
    async knowOwners(buckets) {
      const unknown = unknownOwners(database.reader, buckets);
      if (unknown.length > 0) await database.write("openBuckets", { buckets: unknown });
    },
    setStoreIdentity: (identity) => database.write("setStoreIdentity", identity),
    sequence: () => sequenceOf(database.reader),
    unopenedKeys: keys.unopened,
    rotateOldKeys: (now) => keys.rotateWhenOld(now),
    setAsideFolder: files.setAsideFolder,
    sweep: () => {
      sweeping ??= sweep(sweeper, clock.now()).finally(() => (sweeping = undefined));
      return sweeping;
    },
    writeFor: (write) => database.writeFor(write),
    waitingWrites: () => database.waiting(),
    async admit(writerId, readers) {
      await database.write("registerWriter", { writerId });
      writers.add(writerId);
      shared.others.add(readers);
      return () => {
        writers.delete(writerId);
        shared.others.delete(readers);
      };
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
