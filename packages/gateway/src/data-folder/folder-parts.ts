import { randomBytes } from "node:crypto";
import { existsSync, rmSync } from "node:fs";
import { join } from "node:path";
import { forgetIndexIdentity, type InspectedIndex, inspectIndex } from "../data-planes/local/inspect-index.ts";
import { isDiskFullError, StoreError } from "../ports/store-error.ts";
import { readOwnFile } from "../stores/files/own-file.ts";
import { writePrivateFile } from "../stores/files/private-write.ts";
import type { Reader } from "../stores/sql/database.ts";
import type { DirectoryDatabase } from "../stores/sql/identity/directory-database.ts";
import { readStoreIdentity, type StoreIdentity } from "../stores/sql/store-identity.ts";

/** How the stores of a data folder identify themselves. The key file needs no name, because the keyring opens only with the right one. */
export interface FolderParts {
  readonly directory: StoreIdentity | undefined;
  /** Undefined: objects.db is missing. */
  readonly index: InspectedIndex | undefined;
  readonly blobs: BlobsMarker | undefined;
  readonly hasBuckets: boolean;
}

/**
 * What the folder of blobs says of itself. `sequence`: how far the index had come when this was written, so that an older copy of the
 * index is known by it, one of the same run too: blobs that are newer than the index must not be swept.
 */
export interface BlobsMarker extends StoreIdentity {
  readonly sequence: number;
}

export function blobsMarker(dataDir: string): string {
  return join(dataDir, "blobs", "store-identity");
}

export async function readParts(dataDir: string, directory: Reader): Promise<FolderParts> {
  return {
    directory: await readStoreIdentity(directory),
    index: inspectIndex(dataDir),
    blobs: readMarker(blobsMarker(dataDir)),
    hasBuckets: (await directory.get("SELECT 1 FROM buckets LIMIT 1", [], () => true)) === true,
  };
}

function readMarker(path: string): BlobsMarker | undefined {
  return existsSync(path) ? parseMarker(path, readOwnFile(path).toString()) : undefined;
}

/** `path` is for the error alone. */
export function parseMarker(path: string, content: string): BlobsMarker {
  // The number is absent in folders from before the index counted its versions.
  const [, folderId, run, sequence = "0"] = /^([0-9a-f]{32}) (\d+-[0-9a-f]{16})(?: (\d{1,15}))?\n$/.exec(content) ?? [];
  if (folderId === undefined) throw new StoreError("corrupt", `${path} is damaged: put it back from a copy`);
  return { folderId, run, pending: undefined, sequence: Number(sequence) };
}

export function writeMarker(dataDir: string, { folderId, run, sequence }: BlobsMarker): void {
  writePrivateFile(blobsMarker(dataDir), `${folderId} ${run} ${sequence}\n`);
}

/** Called each minute, and when the stores close. When the disk is full the older marker stays, so an older index may be accepted. */
export function recordSequence(dataDir: string, sequence: number): void {
  const marker = readMarker(blobsMarker(dataDir));
  if (marker === undefined || marker.sequence === sequence) return;
  try {
    writeMarker(dataDir, { ...marker, sequence });
  } catch (error) {
    if (!isDiskFullError(error)) throw error;
  }
}

/**
 * Refuses stores that are not of one data folder at one time: a missing, foreign or older one. Objects would be lost to their
 * owners, or what was deleted would come back, and nobody would know. A folder of 0.1.0, whose stores do not know each other yet, is
 * accepted once; so is one that `recover --accept-parts` prepared.
 */
export function refuseMixedParts(dataDir: string, parts: FolderParts): void {
  const fault = faultOf(dataDir, parts);
  if (fault === undefined) return;
  throw new StoreError(
    "conflict",
    `${fault}: put directory.db, objects.db, blobs and keyfile back from one copy, or use them as they are with: s3-credentials recover --data ${dataDir} --accept-parts`,
  );
}

function faultOf(dataDir: string, { directory, index, blobs, hasBuckets }: FolderParts): string | undefined {
  const [directoryPath, indexPath, blobsPath] = ["directory.db", "objects.db", "blobs"].map((name) =>
    join(dataDir, name),
  );
  const isPaired = directory?.run !== undefined;
  if (index === undefined && (isPaired || (directory === undefined && hasBuckets)))
    return `${indexPath} is gone, but ${directoryPath} knows it`;
  if (index !== undefined) {
    const fault = mismatch(directory, index.identity);
    if (fault !== undefined) return `${indexPath} and ${directoryPath} do not belong together: ${fault("objects.db")}`;
  }
  if (isPaired && !existsSync(join(dataDir, "blobs"))) return `${blobsPath} is gone, but ${directoryPath} knows it`;
  const fault = mismatch(directory, blobs);
  if (fault !== undefined) return `${blobsPath} and ${directoryPath} do not belong together: ${fault("blobs")}`;
  if (index !== undefined && blobs !== undefined && index.sequence < blobs.sequence)
    return `${indexPath} and ${blobsPath} do not belong together: objects.db is an older copy`;
  // Stores of 0.1.0 do not know each other: the newest blob speaks for the folder of blobs.
  if (directory === undefined && index?.missingBlob !== undefined)
    return `${blobsPath} is not what ${indexPath} knows: ${index.missingBlob} is missing`;
  return undefined;
}

/** What is wrong between the directory and another store, in words that need the other's name. */
function mismatch(
  directory: StoreIdentity | undefined,
  other: StoreIdentity | undefined,
): ((name: string) => string) | undefined {
  if (other === undefined) {
    if (directory?.run === undefined) return undefined;
    return (name) => `${name} is an older copy, or of another data folder`;
  }
  if (directory === undefined) return () => "directory.db is an older copy, or of another data folder";
  if (directory.folderId !== other.folderId) return () => "they are of two data folders";
  if (other.run === directory.run || other.run === directory.pending) return undefined;
  if (numberOf(other.run) === numberOf(directory.run)) return () => "they are of two copies of one data folder";
  const isOlder = numberOf(other.run) < numberOf(directory.run);
  return (name) => `${isOlder ? name : "directory.db"} is an older copy`;
}

export function numberOf(run: string | undefined): number {
  return Number.parseInt(run ?? "0", 10);
}

/** The next start pairs the stores as they are, whatever they say of themselves. No gateway may run on the folder. */
export async function acceptParts(dataDir: string, directory: DirectoryDatabase): Promise<void> {
  forgetIndexIdentity(dataDir);
  rmSync(blobsMarker(dataDir), { force: true });
  const folderId = randomBytes(16).toString("hex");
  await directory.write("setStoreIdentity", { folderId, run: undefined, pending: undefined });
}

export interface Paired {
  readonly dataDir: string;
  readonly directory: DirectoryDatabase;
  readonly objects: { setStoreIdentity(identity: StoreIdentity): Promise<void>; sequence(): number };
}

/**
 * Writes the name of this start into all stores. The directory records the new name first, so after a crash between two writes
 * the next start accepts the stores and writes the same name again.
 */
export async function pairParts(
  { dataDir, directory, objects }: Paired,
  { directory: before }: FolderParts,
): Promise<void> {
  const folderId = before?.folderId ?? randomBytes(16).toString("hex");
  const run = before?.pending ?? `${numberOf(before?.run) + 1}-${randomBytes(8).toString("hex")}`;
  await directory.write("setStoreIdentity", { folderId, run: before?.run, pending: run });
  await objects.setStoreIdentity({ folderId, run, pending: undefined });
  writeMarker(dataDir, { folderId, run, pending: undefined, sequence: objects.sequence() });
  await directory.write("setStoreIdentity", { folderId, run, pending: undefined });
}
