import { conditionRefusal, type CurrentObject, nextVersionId } from "../../domain/objects/preconditions.ts";
import type {
  MetadataChange,
  ObjectMetadata,
  Version,
  ObjectVersion,
  StorageClass,
  StoredChecksum,
  WriteCondition,
  WriteRefusal,
  WriteTarget,
  Written,
} from "../../ports/data-plane.ts";
import { StoreError } from "../../ports/store-error.ts";
import { sameAcl } from "../../ports/acl.ts";
import { sameTags } from "../../ports/tag.ts";
import type { Writer } from "../../stores/sqlite/connection.ts";
import { type NewBody, type SharedContent, abandon, addContent, nextNumber } from "./manifests.ts";
import {
  type VersionRow,
  fullVersion,
  handleOf,
  keyBytes,
  latestVersion,
  metadataDocument,
  metadataOf,
  versionById,
  versionBySeq,
} from "./version-rows.ts";

/** What a new object version is, but for its place among the others. */
export interface NewObject {
  readonly size: number;
  readonly etag: string;
  readonly checksum: StoredChecksum | undefined;
  /** See `metadataDocument`. */
  readonly metadata: Uint8Array;
  readonly storageClass: StorageClass;
}

export interface PutArgs {
  readonly target: WriteTarget;
  /** Taken when versioning is enabled. */
  readonly freshId: string;
  /** ms since the epoch. */
  readonly now: number;
  readonly object: NewObject;
  readonly body: NewBody | SharedContent;
}

export function putVersion(writer: Writer, args: PutArgs): Written | WriteRefusal {
  const refusal = refusalOf(writer, args.target);
  if (refusal !== undefined) return refusal;
  const seq = nextNumber(writer);
  if (!addContent(writer, seq, args.body)) return { kind: "no-such-version" };
  return { kind: "written", version: addObject(writer, args, seq) };
}

/** Closed buckets and conditions, checked inside the transaction that commits the write. */
export function refusalOf(writer: Writer, target: WriteTarget): WriteRefusal | undefined {
  if (isClosed(writer, target.bucketId)) return { kind: "bucket-closed" };
  const latest = latestVersion(writer, target.bucketId, keyBytes(target.key));
  return conditionRefusal(target.condition, currentObject(writer, latest, target.condition));
}

/** With its metadata only where the condition needs them. */
export function currentObject(
  writer: Writer,
  latest: VersionRow | undefined,
  { seen }: Pick<WriteCondition, "seen">,
): CurrentObject {
  if (latest?.kind !== "object") return undefined;
  const { etag, seq } = latest;
  return { etag, content: handleOf(seq), metadata: seen === undefined ? {} : metadataOf(writer, seq) };
}

export function isClosed(writer: Writer, bucketId: string): boolean {
  return writer.get("SELECT 1 FROM closed_buckets WHERE bucket_id = ?", [bucketId], () => true) ?? false;
}

/** Adds a version whose content is there already; it becomes the latest. */
export function addObject(writer: Writer, args: Omit<PutArgs, "body">, seq: number): ObjectVersion {
  const { target, object } = args;
  const versionId = placeFor(writer, target, args.freshId, args.now);
  writer.run(
    `INSERT INTO versions (bucket_id, key, seq, version_id, kind, owner, modified, size, etag,
       checksum_algorithm, checksum_type, checksum_value, storage_class)
     VALUES (?, ?, ?, ?, 'object', ?, ?, ?, ?, ?, ?, ?, ?)`,
    [
      target.bucketId,
      keyBytes(target.key),
      seq,
      versionId,
      target.owner,
      args.now,
      object.size,
      object.etag,
      object.checksum?.algorithm ?? null,
      object.checksum?.type ?? null,
      object.checksum?.value ?? null,
      object.storageClass,
    ],
  );
  writer.run("INSERT INTO version_metadata (seq, document) VALUES (?, ?)", [seq, object.metadata]);
  refreshCurrent(writer, target.bucketId, keyBytes(target.key));
  return storedObject(writer, target.bucketId, target.key, versionId);
}

function storedObject(writer: Writer, bucketId: string, key: string, versionId: string): ObjectVersion {
  const row = versionById(writer, bucketId, keyBytes(key), versionId);
  const version: Version | undefined = row === undefined ? undefined : fullVersion(writer, row, true);
  if (version?.kind !== "object") throw new StoreError("corrupt", "a version that was just written is missing");
  return version;
}

/** Makes room for the next version of a key: the version that has its id already is removed, its bytes abandoned. */
export function placeFor(
  writer: Writer,
  target: Pick<WriteTarget, "bucketId" | "key" | "versioning">,
  freshId: string,
  now: number,
): string {
  const id = nextVersionId(target.versioning, freshId);
  const existing = id === freshId ? undefined : versionById(writer, target.bucketId, keyBytes(target.key), id);
  if (existing !== undefined) removeVersion(writer, target.bucketId, existing, now);
  return id;
}

/** Callers refresh `current` after it. */
export function removeVersion(writer: Writer, bucketId: string, version: VersionRow, now: number): void {
  writer.run("DELETE FROM versions WHERE bucket_id = ? AND key = ? AND seq = ?", [
    bucketId,
    keyBytes(version.key),
    version.seq,
  ]);
  if (version.kind === "object") abandon(writer, version.seq, now);
}

export interface ChangeArgs {
  readonly bucketId: string;
  readonly key: string;
  readonly seq: number;
  readonly change: MetadataChange;
  readonly seen: Pick<ObjectMetadata, "tags" | "acl"> | undefined;
}

/** See `DataPlane.change`. */
export function changeVersion(writer: Writer, { bucketId, key, seq, change, seen }: ChangeArgs): void {
  if (versionBySeq(writer, bucketId, keyBytes(key), seq) === undefined)
    throw new StoreError("conflict", "the version is gone");
  const metadata = metadataOf(writer, seq);
  if (seen !== undefined && !(sameTags(metadata.tags ?? [], seen.tags ?? []) && sameAcl(metadata.acl, seen.acl)))
    throw new StoreError("conflict", "the tags or the ACL of the version have changed");
  const { acl, ...rest } = { acl: metadata.acl, ...metadata, ...change };
  const document = metadataDocument(acl === undefined ? rest : { ...rest, acl });
  writer.run("UPDATE version_metadata SET document = ? WHERE seq = ?", [document, seq]);
}

/** INVARIANT: `current` has a key exactly when its latest version is an object, with that version's values. */
export function refreshCurrent(writer: Writer, bucketId: string, key: Buffer): void {
  writer.run("DELETE FROM current WHERE bucket_id = ? AND key = ?", [bucketId, key]);
  writer.run(
    `INSERT INTO current (bucket_id, key, size, etag, modified, owner, checksum_algorithm, checksum_type, storage_class)
     SELECT bucket_id, key, size, etag, modified, owner, checksum_algorithm, checksum_type, storage_class
     FROM (SELECT * FROM versions WHERE bucket_id = ? AND key = ? ORDER BY seq DESC LIMIT 1) WHERE kind = 'object'`,
    [bucketId, key],
  );
}
