import { type ChecksumAlgorithm, checksumAlgorithms, headerOf } from "@s3-credentials/protocol";
import type { CustomerKey } from "../../ports/object-bytes.ts";
import {
  type ContentHandle,
  type ObjectMetadata,
  type ObjectVersion,
  type StorageClass,
  storageClasses,
  type StoredChecksum,
} from "../../ports/object-version.ts";
import { Unsupported } from "../../ports/store-error.ts";
import type { Tag } from "../../ports/tag.ts";
import { type Abilities, need } from "./abilities.ts";

type Headers = Readonly<Record<string, string>>;

/** Response headers that an object keeps. */
const keptHeaders = [
  "content-type",
  "cache-control",
  "content-disposition",
  "content-encoding",
  "content-language",
  "expires",
] as const;

const userPrefix = "x-amz-meta-";

/** Who owns what is in an upstream bucket: the owner of the bucket, whom the data plane does not know. */
export const ownerOfBucket = "";

/** The metadata as headers of a write. What the engine cannot hold is refused by name. */
export function metadataHeaders(
  abilities: Abilities,
  { headers, user, websiteRedirect, storageClass, encryption, tags = [], acl, lock }: ObjectMetadata,
  customerKey?: CustomerKey,
): Headers {
  if (acl !== undefined) throw new Unsupported("ACLs of objects");
  if (lock !== undefined) throw new Unsupported("Object Lock");
  if (customerKey !== undefined || encryption?.kind === "SSE-C")
    throw new Unsupported("encryption with keys of customers (SSE-C)");
  if (encryption?.kind === "SSE-KMS") throw new Unsupported("encryption with KMS keys (SSE-KMS)");
  if (encryption !== undefined) need(abilities, "encryption");
  if (websiteRedirect !== undefined) need(abilities, "websiteRedirects");
  if (tags.length > 0) need(abilities, "tags");
  if (storageClass !== "STANDARD" && !abilities.storageClasses.includes(storageClass))
    throw new Unsupported(`the storage class ${storageClass}`);
  const all: Record<string, string> = {};
  for (const name of keptHeaders) {
    const value = headers[name];
    if (value !== undefined) all[name] = value;
  }
  for (const [name, value] of Object.entries(user)) all[userPrefix + name] = value;
  if (websiteRedirect !== undefined) all["x-amz-website-redirect-location"] = websiteRedirect;
  if (storageClass !== "STANDARD") all["x-amz-storage-class"] = storageClass;
  if (encryption !== undefined) all["x-amz-server-side-encryption"] = "AES256";
  if (tags.length > 0) all["x-amz-tagging"] = tagHeader(tags);
  return all;
}

function tagHeader(tags: readonly Tag[]): string {
  return tags.map(({ key, value }) => `${encodeURIComponent(key)}=${encodeURIComponent(value)}`).join("&");
}

/** The metadata that the answer to HeadObject shows, but for the tags. */
export function metadataFrom(all: ReadonlyMap<string, string>): ObjectMetadata {
  const headers: Record<string, string> = {};
  for (const name of keptHeaders) {
    const value = all.get(name);
    if (value !== undefined) headers[name] = value;
  }
  const user: [string, string][] = [];
  for (const [name, value] of all) if (name.startsWith(userPrefix)) user.push([name.slice(userPrefix.length), value]);
  const websiteRedirect = all.get("x-amz-website-redirect-location");
  // Other encryption is the engine's own affair: its keys are not those of the gateway.
  const isEncrypted = all.get("x-amz-server-side-encryption") === "AES256";
  return {
    headers,
    user: Object.fromEntries(user),
    ...(websiteRedirect === undefined ? {} : { websiteRedirect }),
    storageClass: storageClassFrom(all.get("x-amz-storage-class")),
    ...(isEncrypted ? { encryption: { kind: "SSE-S3" } as const } : {}),
  };
}

/** A class that the gateway does not know is shown as STANDARD. */
export function storageClassFrom(name: unknown): StorageClass {
  return storageClasses.find((one) => one === name) ?? "STANDARD";
}

/** A checksum that the engine keeps. */
export function checksumFrom(all: ReadonlyMap<string, string>): StoredChecksum | undefined {
  for (const algorithm of checksumAlgorithms) {
    const value = all.get(headerOf(algorithm));
    if (value === undefined) continue;
    const type = all.get("x-amz-checksum-type") ?? (/-\d+$/.test(value) ? "COMPOSITE" : "FULL_OBJECT");
    return { algorithm, type: type === "COMPOSITE" ? type : "FULL_OBJECT", value };
  }
  return undefined;
}

export function checksumHeader({ algorithm, value }: { algorithm: ChecksumAlgorithm; value: string }): Headers {
  return { [headerOf(algorithm)]: value };
}

/**
 * Names the content of a version: the id under which the engine keeps it, if it gives ids, and its ETag. The engine is asked for both, so
 * that other bytes are never taken for these.
 */
export function contentHandle(versionId: string | undefined, etag: string): ContentHandle {
  return `${versionId ?? ""}/${etag}` as ContentHandle;
}

/** How to ask for exactly this content. */
export function contentOf({ content }: Pick<ObjectVersion, "content">): {
  readonly versionId: string | undefined;
  readonly etag: string;
} {
  const at = content.lastIndexOf("/");
  return { versionId: content.slice(0, at) || undefined, etag: content.slice(at + 1) };
}

export function quoted(etag: string): string {
  return etag === "*" ? etag : `"${etag}"`;
}

export function unquoted(etag: string | undefined): string {
  return (etag ?? "").replace(/^W\//, "").replaceAll('"', "");
}

/** Ids that an engine could have given. Others are not asked for, because they find nothing. */
export function isEngineId(id: string): boolean {
  return /^[\x21-\x7e]{1,1024}$/.test(id);
}

/** ms since the epoch. Engines report whole seconds in headers. */
export function timeFrom(text: string | undefined): number {
  const time = Date.parse(text ?? "");
  return Number.isNaN(time) ? 0 : time;
}
