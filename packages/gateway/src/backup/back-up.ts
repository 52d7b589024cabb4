import { existsSync } from "node:fs";
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { copiedRun, partsAtMoment } from "../data-folder/copied-parts.ts";
import { type BlobsMarker, blobsMarker, writeMarker } from "../data-folder/folder-parts.ts";
import { StoreError } from "../ports/store-error.ts";
import { writePrivateFile } from "../stores/files/private-write.ts";
import { BlobCopies } from "./blob-copies.ts";
import { BlobPasses } from "./blob-passes.ts";
import { DatabaseCopies } from "./database-copies.ts";
import { beginTogether, type Changing } from "./one-moment.ts";
import { copyOthers } from "./other-files.ts";
import { removeUnneeded } from "./unneeded-blobs.ts";
import { JournalFiles, journalNames, WatchedText } from "./watched-files.ts";

export interface BackupParts {
  readonly dataDir: string;
  /** A folder that has none of the names of a data folder in it yet, on any file system. */
  readonly target: string;
  /** A backup on the file system of the target. */
  readonly previous: string | undefined;
  /** The key file, and the files with keys of the first start and of accounts. */
  readonly withSecrets: boolean;
  /** Whether directory.db counts: the directory may have been moved into a PostgreSQL. */
  readonly hasDirectory: boolean;
  /** Hears how far it is. */
  readonly report: (line: string) => void;
}

export interface BackupCounts {
  readonly databases: number;
  /** Blob files that are the same file as in the data folder or in the backup before, and those that are not. */
  readonly linked: number;
  readonly copied: number;
  /** Blob files that objects need and that the data folder does not have, or cannot read. */
  readonly damaged: readonly string[];
}

const secrets = new Set(["keyfile", "root-credentials", "admin-credentials", "accounts"]);
/** What is copied otherwise, and what each gateway makes for itself. */
const others = new Set<string>(["blobs", "lock.db", "reserve", ...journalNames]);
const databaseFile = /\.db(-wal|-shm|-journal)?$/;
const maxMoments = 20;

/**
 * Copies a data folder, whether a gateway runs on it or not, as it was at one moment: what a power failure would have left just then, and
 * every start goes on from. The gateway is asked for nothing and waits for nothing. Rejects with a `StoreError`, or with the file system's
 * error.
 */
export async function backUp(parts: BackupParts): Promise<BackupCounts> {
  const { dataDir, target, previous, withSecrets, report } = parts;
  const source = join(dataDir, "blobs");
  const blobs = join(target, "blobs");
  if (existsSync(source)) await mkdir(blobs, { mode: 0o700 });
  const copies = new BlobCopies({ source, target: blobs, previous: previous && join(previous, "blobs") });
  const passes = new BlobPasses(copies, report);
  const databases = await DatabaseCopies.open(dataDir, target);
  try {
    const marker = new WatchedText(blobsMarker(dataDir));
    const journal = new JournalFiles(dataDir);
    await findMoment(databases, [marker, journal], passes);
    const run = parts.hasDirectory ? runOfCopy(dataDir, databases, marker.text) : undefined;
    journal.write(target);
    databases.copy(run, report);
    if (run !== undefined) writeMarker(target, run);
    else if (marker.text !== undefined) writePrivateFile(blobsMarker(target), marker.text);
  } finally {
    databases.close();
  }
  await copyOthers(dataDir, target, (name) => isCopiedOtherwise(name) || (!withSecrets && secrets.has(name)));
  copies.sync();
  const hasIndex = databases.of("objects.db") !== undefined;
  const damaged = hasIndex ? await removeUnneeded(blobs, databases.unfinished("objects.db"), passes.damaged) : [];
  await databases.finish();
  return { databases: databases.all.length, linked: copies.linked, copied: copies.copied, damaged };
}

function isCopiedOtherwise(name: string): boolean {
  return others.has(name) || databaseFile.test(name);
}

/** The moment of the backup. Most blobs are taken before it, and those that are new since then after it. */
async function findMoment(databases: DatabaseCopies, files: readonly Changing[], passes: BlobPasses): Promise<void> {
  const index = databases.of("objects.db");
  const all = [...files, ...databases.all];
  for (let moments = 0; moments < maxMoments; moments += 1) {
    if (index !== undefined) await passes.before(index.now);
    await beginTogether(all);
    if (index === undefined || (await passes.atMoment(index.reader, index.now))) return;
    for (const one of all) one.end();
  }
  throw new StoreError(
    "unavailable",
    "blob files are deleted before they can be copied: try again when fewer are written, or with a target that is faster",
  );
}

/** Throws when the folder is not whole: a copy of it would not start. */
function runOfCopy(dataDir: string, databases: DatabaseCopies, marker: string | undefined): BlobsMarker | undefined {
  const [directory, index] = ["directory.db", "objects.db"].map((name) => databases.of(name)?.reader);
  if (directory === undefined) throw new StoreError("conflict", `${join(dataDir, "directory.db")} is gone`);
  return copiedRun(dataDir, partsAtMoment(blobsMarker(dataDir), directory, index, marker));
}
