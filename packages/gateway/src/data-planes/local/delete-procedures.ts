import { isLocked } from "../../domain/objects/object-lock.ts";
import { deletionRefusal } from "../../domain/objects/preconditions.ts";
import type { DeleteOutcome, DeleteTarget, WriteRefusal } from "../../ports/object-write.ts";
import type { Writer } from "../../stores/sqlite/connection.ts";
import { nextNumber } from "./manifests.ts";
import { type VersionRow, handleOf, isIdentifier, keyBytes, latestVersion, versionById } from "./version-rows.ts";
import { currentObject, isClosed, makeRoom, refreshCurrent, removeVersion, roomFor } from "./write-version.ts";
import { text, utf8 } from "../../stores/sql/sql-value.ts";
import { abortUpload } from "./upload-procedures.ts";

export interface DeleteArgs {
  readonly target: DeleteTarget;
  /** Of the delete marker, when versioning is enabled. */
  readonly freshId: string;
  readonly now: number;
}

/** https://docs.aws.amazon.com/AmazonS3/latest/userguide/DeletingObjectVersions.html */
export function deleteVersion(writer: Writer, args: DeleteArgs): DeleteOutcome | WriteRefusal {
  const { bucketId, versionId, ifMatch } = args.target;
  if (isClosed(writer, bucketId)) return { kind: "bucket-closed" };
  const key = keyBytes(args.target.key);
  const named = findNamed(writer, bucketId, key, versionId);
  if (!isMeant(writer, key, named, args.target)) return { kind: "precondition-failed" };
  if (ifMatch !== undefined) {
    const current = latestVersion(writer, bucketId, key);
    const isCurrent = versionId === undefined || (named !== undefined && named.seq === current?.seq);
    const refusal = deletionRefusal(args.target, currentObject(writer, current, args.target), isCurrent);
    if (refusal !== undefined) return refusal;
  }
  const outcome =
    versionId === undefined ? deleteCurrent(writer, args, key, named) : deleteNamed(writer, args, key, named);
  refreshCurrent(writer, bucketId, key);
  return outcome;
}

function isMeant(
  writer: Writer,
  key: Buffer,
  named: VersionRow | undefined,
  { bucketId, only }: DeleteTarget,
): boolean {
  if (only === undefined) return true;
  const { isCurrent } = only;
  if (isCurrent !== undefined && isCurrent !== (latestVersion(writer, bucketId, key)?.seq === named?.seq)) return false;
  return "content" in only
    ? named?.kind === "object" && handleOf(named.seq) === only.content
    : named?.kind === "delete-marker" && named.lastModified === only.markedAt;
}

function findNamed(
  writer: Writer,
  bucketId: string,
  key: Buffer,
  versionId: string | undefined,
): VersionRow | undefined {
  if (versionId === undefined) return latestVersion(writer, bucketId, key);
  return isIdentifier(versionId) ? versionById(writer, bucketId, key, versionId) : undefined;
}

function deleteNamed(
  writer: Writer,
  args: DeleteArgs,
  key: Buffer,
  version: VersionRow | undefined,
): DeleteOutcome | WriteRefusal {
  const { bypassesGovernance = false } = args.target;
  if (isLocked(version?.lock, { now: args.now, bypassesGovernance })) return { kind: "locked" };
  if (version !== undefined) removeVersion(writer, args.target.bucketId, key, version, args.now);
  return { kind: "deleted", versionId: args.target.versionId, deleteMarker: version?.kind === "delete-marker" };
}

/** Versioning off: the object is deleted. Enabled: a delete marker becomes the current version. Suspended: the delete marker replaces the `null` version. */
function deleteCurrent(
  writer: Writer,
  args: DeleteArgs,
  key: Buffer,
  latest: VersionRow | undefined,
): DeleteOutcome | WriteRefusal {
  const { target, now } = args;
  const room = roomFor(writer, target, latest, now);
  if (room.kind !== "place") return room;
  const versionId = makeRoom(writer, target, args.freshId, now, room);
  if (target.versioning === "off") return { kind: "deleted", versionId: undefined, deleteMarker: false };
  writer.run(
    `INSERT INTO versions (bucket_id, key, seq, version_id, kind, owner, modified, size, etag)
     VALUES (?, ?, ?, ?, 'delete-marker', ?, ?, 0, '')`,
    [target.bucketId, key, nextNumber(writer), versionId, target.owner, now],
  );
  return { kind: "deleted", versionId, deleteMarker: true };
}

/**
 * Returns true when the bucket is empty and now closed.
 * INVARIANT: nothing is added to a closed bucket. Every procedure that adds to a bucket reads `closed_buckets` first, in the
 * same transaction, and one thread runs all procedures. The row stays, because bucket ids are never used again.
 */
export function closeBucket(writer: Writer, args: { readonly bucketId: string; readonly now: number }): boolean {
  const { bucketId } = args;
  if (isClosed(writer, bucketId)) return true;
  if (writer.get("SELECT 1 FROM versions WHERE bucket_id = ? LIMIT 1", [bucketId], () => true) ?? false) return false;
  const uploads = writer.all("SELECT key, upload_id FROM uploads WHERE bucket_id = ?", [bucketId], ([key, id]) => ({
    key: utf8(key),
    uploadId: text(id),
  }));
  for (const upload of uploads) abortUpload(writer, { bucketId, ...upload, now: args.now });
  writer.run("DELETE FROM bucket_usage WHERE bucket_id = ?", [bucketId]);
  writer.run("INSERT INTO closed_buckets (bucket_id) VALUES (?)", [bucketId]);
  return true;
}
