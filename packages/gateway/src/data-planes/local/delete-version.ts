import { conditionRefusal } from "../../domain/objects/preconditions.ts";
import type { DeleteOutcome, WriteRefusal, WriteTarget } from "../../ports/data-plane.ts";
import type { Writer } from "../../stores/sqlite/connection.ts";
import { nextNumber } from "./manifests.ts";
import { isIdentifier, keyBytes } from "./key-bytes.ts";
import { type VersionRow, latestVersion, versionById } from "./version-rows.ts";
import { etagOf, isClosed, placeFor, refreshCurrent, removeVersion } from "./write-version.ts";

export interface DeleteArgs {
  readonly target: Omit<WriteTarget, "condition"> & {
    readonly versionId: string | undefined;
    readonly ifMatch?: string;
  };
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
  const refusal = conditionRefusal(ifMatch === undefined ? {} : { ifMatch }, etagOf(named));
  if (refusal !== undefined) return refusal;
  const outcome = versionId === undefined ? deleteCurrent(writer, args, key) : deleteNamed(writer, args, named);
  refreshCurrent(writer, bucketId, key);
  return outcome;
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

function deleteNamed(writer: Writer, args: DeleteArgs, version: VersionRow | undefined): DeleteOutcome {
  if (version !== undefined) removeVersion(writer, args.target.bucketId, version, args.now);
  return { kind: "deleted", versionId: args.target.versionId, deleteMarker: version?.kind === "delete-marker" };
}

/** Off: the object is gone. Enabled: a delete marker goes before it. Suspended: the marker takes the `null` version's place. */
function deleteCurrent(writer: Writer, args: DeleteArgs, key: Buffer): DeleteOutcome {
  const { target, now } = args;
  const versionId = placeFor(writer, target, args.freshId, now);
  if (target.versioning === "off") return { kind: "deleted", versionId: undefined, deleteMarker: false };
  writer.run(
    `INSERT INTO versions (bucket_id, key, seq, version_id, kind, owner, modified, size, etag)
     VALUES (?, ?, ?, ?, 'delete-marker', ?, ?, 0, '')`,
    [target.bucketId, key, nextNumber(writer), versionId, target.owner, now],
  );
  return { kind: "deleted", versionId, deleteMarker: true };
}
