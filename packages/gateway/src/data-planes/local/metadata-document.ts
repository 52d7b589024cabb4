import { fieldsOf, isRecord } from "@s3-credentials/policy/parse";
import { type Acl, aclFrom, pairOf } from "../../ports/acl.ts";
import type { ObjectEncryption, ObjectMetadata } from "../../ports/object-version.ts";
import { StoreError } from "../../ports/store-error.ts";
import type { Tag } from "../../ports/tag.ts";
import type { Reader } from "../../stores/sqlite/connection.ts";
import { type SqlValue, json, texts } from "../../stores/sql/sql-value.ts";

/** The storage class has a column of its own, which listings read, and so has the lock, which every removal asks for. */
export type DocumentedMetadata = Omit<ObjectMetadata, "storageClass" | "lock">;

export function metadataOf(reader: Reader, seq: number): DocumentedMetadata {
  return storedMetadata(
    reader.get("SELECT document FROM version_metadata WHERE seq = ?", [seq], ([document]) => document),
  );
}

export function isThere(column: SqlValue | undefined): column is string | number | Uint8Array {
  return column !== null && column !== undefined;
}

export function storedMetadata(column: SqlValue | undefined): DocumentedMetadata {
  if (!isThere(column)) throw new StoreError("corrupt", "a version without metadata");
  return metadataFrom(column);
}

/** `metadataDocument` wrote it. Anything that it cannot have written is corrupt. */
export function metadataFrom(column: SqlValue | undefined): DocumentedMetadata {
  const document = json(column);
  if (!isRecord(document)) throw new StoreError("corrupt", "the metadata of a version is not an object");
  const { websiteRedirect: redirect, encryption, damaged } = document;
  if (redirect !== undefined && typeof redirect !== "string")
    throw new StoreError("corrupt", "the website redirect of a version is not text");
  if (damaged !== undefined && typeof damaged !== "string")
    throw new StoreError("corrupt", "the mark of a damaged version is not text");
  const { tags, acl } = document;
  const metadata: { -readonly [Name in keyof DocumentedMetadata]: DocumentedMetadata[Name] } = {
    headers: texts(document["headers"], "the headers of a version"),
    user: texts(document["user"], "the user metadata of a version"),
  };
  if (redirect !== undefined) metadata.websiteRedirect = redirect;
  if (encryption !== undefined) metadata.encryption = encryptionFrom(encryption);
  if (tags !== undefined) metadata.tags = tagsFrom(tags);
  if (acl !== undefined) metadata.acl = aclOf(acl);
  if (damaged !== undefined) metadata.damaged = damaged;
  return metadata;
}

function encryptionFrom(value: unknown): ObjectEncryption {
  const { kind, keyArn, bucketKey, context, check } = fieldsOf(value);
  if (kind === "SSE-S3") return { kind };
  if (kind === "SSE-C" && typeof check === "string") return { kind, check };
  const isContext = context === undefined || typeof context === "string";
  if (kind === "SSE-KMS" && typeof keyArn === "string" && typeof bucketKey === "boolean" && isContext)
    return { kind, keyArn, bucketKey, ...(context === undefined ? {} : { context }) };
  throw new StoreError("corrupt", "the encryption of a version is unreadable");
}

function aclOf(pairs: unknown): Acl {
  const acl = aclFrom(pairs);
  if (acl === undefined) throw new StoreError("corrupt", "the ACL of a version is not a list of grants");
  return acl;
}

/** Pairs of key and value. */
function tagsFrom(pairs: unknown): readonly Tag[] {
  if (!Array.isArray(pairs)) throw new StoreError("corrupt", "the tags of a version are not a list");
  return pairs.map((pair: unknown): Tag => {
    const [key, value]: readonly unknown[] = Array.isArray(pair) ? pair : [];
    if (typeof key !== "string" || typeof value !== "string")
      throw new StoreError("corrupt", "a tag of a version is not a key and a value");
    return { key, value };
  });
}

/** `JSON.stringify` leaves out what is undefined. A text, because a small Buffer sent to a thread takes the whole pool that it is in along. */
export function metadataDocument(metadata: DocumentedMetadata): string {
  const { headers, user, websiteRedirect, encryption, tags = [], acl, damaged } = metadata;
  const pairs = tags.length === 0 ? undefined : tags.map(({ key, value }) => [key, value]);
  return JSON.stringify({ headers, user, websiteRedirect, encryption, tags: pairs, acl: acl?.map(pairOf), damaged });
}
