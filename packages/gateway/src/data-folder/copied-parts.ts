import { randomBytes } from "node:crypto";
import { sequenceOf } from "../data-planes/local/inspect-index.ts";
import { type StoreIdentity, storeIdentityOf, storeIdentityQuery } from "../stores/sql/store-identity.ts";
import type { Reader } from "../stores/sqlite/connection.ts";
import { type BlobsMarker, type FolderParts, numberOf, parseMarker, refuseMixedParts } from "./folder-parts.ts";

/** Of databases and the marker of the blobs, all as they were at one moment. `marker`: its text; undefined: there is none. */
export function partsAtMoment(
  markerPath: string,
  directory: Reader,
  index: Reader | undefined,
  marker: string | undefined,
): FolderParts {
  return {
    directory: identityIn(directory),
    index: index && { identity: identityIn(index), missingBlob: undefined, sequence: sequenceOf(index) },
    blobs: marker === undefined ? undefined : parseMarker(markerPath, marker),
    hasBuckets: directory.get("SELECT 1 FROM buckets LIMIT 1", [], () => true) === true,
  };
}

function identityIn(reader: Reader): StoreIdentity | undefined {
  const has = reader.get("SELECT 1 FROM pragma_table_list WHERE name = 'store_identity'", [], () => true);
  return has === undefined ? undefined : reader.get(storeIdentityQuery, [], storeIdentityOf);
}

/**
 * What the parts of a copy say of themselves: they are of a run of their own, so that no part of it passes for one of the folder, which
 * goes on in the run that it was copied in. Undefined: the parts do not know each other yet, and stay as they are.
 */
export function copiedRun(dataDir: string, parts: FolderParts): BlobsMarker | undefined {
  refuseMixedParts(dataDir, parts);
  const { directory, index } = parts;
  if (directory === undefined || index?.identity === undefined || parts.blobs === undefined) return undefined;
  const run = `${numberOf(directory.pending ?? directory.run)}-${randomBytes(8).toString("hex")}`;
  return { folderId: directory.folderId, run, pending: undefined, sequence: index.sequence };
}
