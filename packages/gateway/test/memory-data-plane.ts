/**
 * A data plane in memory, which shows that the port does not have the shape of the local one: nothing is numbered, a copy copies bytes, a
 * deletion drops them at once, and a bucket must be opened first. It decides by the same rules of `domain/objects`. Nothing uses it.
 */
import { createHash, randomUUID } from "node:crypto";
import { createChecksum, type VerifiedBody } from "@s3-credentials/protocol";
import { etagOf, sharesBytes } from "../src/domain/objects/encryption.ts";
import { chooseParts, multipartEtag, requestFingerprint, uploadIdAt } from "../src/domain/objects/complete-upload.ts";
import { multipartChecksum } from "../src/domain/objects/multipart-checksum.ts";
import { changedLock, completedLock, isLocked } from "../src/domain/objects/object-lock.ts";
import { conditionRefusal, deletionRefusal, nextVersionId } from "../src/domain/objects/preconditions.ts";
import type { DataPlane } from "../src/ports/data-plane.ts";
import type { Entry, ListedBefore, ListedObject, Listing, ListQuery } from "../src/ports/object-listing.ts";
import type {
  ContentHandle,
  DeleteMarker,
  ObjectMetadata,
  ObjectVersion,
  Version,
} from "../src/ports/object-version.ts";
import type { DeleteTarget, MetadataChange, WriteRefusal, WriteTarget, Written } from "../src/ports/object-write.ts";
import type { Part, SummedPart, Upload } from "../src/ports/upload.ts";
import { StoreError } from "../src/ports/store-error.ts";
import { sameAcl } from "../src/ports/acl.ts";
import { sameTags } from "../src/ports/tag.ts";

type Kept = Omit<ObjectVersion, "isLatest"> | Omit<DeleteMarker, "isLatest">;
type NewContent = Pick<ObjectVersion, "etag" | "metadata" | "checksum" | "parts"> & { readonly bytes: Buffer };

interface StoredPart extends SummedPart {
  readonly bytes: Buffer;
}

interface Bucket {
  /** The versions of each key, newest first. */
  readonly keys: Map<string, Kept[]>;
  readonly uploads: Map<string, Upload & { readonly parts: Map<number, StoredPart> }>;
  /** What a completed upload was asked with, and the version it became. */
  readonly completed: Map<string, { readonly key: string; readonly request: Buffer; readonly versionId: string }>;
  closed: boolean;
}

const byBytes = (left: string, right: string): number => Buffer.compare(Buffer.from(left), Buffer.from(right));

class Memory {
  readonly #buckets = new Map<string, Bucket>();
  readonly #contents = new Map<ContentHandle, Buffer>();

  open(id: string): void {
    if (!this.#buckets.has(id))
      this.#buckets.set(id, { keys: new Map(), uploads: new Map(), completed: new Map(), closed: false });
  }

  /** Of a bucket that was never opened there is nothing, and nothing can be put in it. */
  bucket(id: string): Bucket {
    return this.#buckets.get(id) ?? { keys: new Map(), uploads: new Map(), completed: new Map(), closed: true };
  }

  versions(bucketId: string, key: string): readonly Version[] {
    const kept = this.bucket(bucketId).keys.get(key) ?? [];
    return kept.map((version, index) => ({ ...version, isLatest: index === 0 }));
  }

  bytesOf({ content }: ObjectVersion): Buffer | undefined {
    return this.#contents.get(content);
  }

  refusal({ bucketId, key, condition }: WriteTarget): WriteRefusal | undefined {
    if (this.bucket(bucketId).closed) return { kind: "bucket-closed" };
    const [latest] = this.versions(bucketId, key);
    return conditionRefusal(condition, latest?.kind === "object" ? latest : undefined);
  }

  /** Whether a lock keeps the version that goes: the one named, or else the one whose id a new version takes. */
  lockRefusal({ bucketId, key, versioning }: WriteTarget, named?: DeleteTarget): WriteRefusal | undefined {
    const id = named?.versionId ?? nextVersionId(versioning, "fresh");
    const gone = this.versions(bucketId, key).find(({ versionId }) => versionId === id);
    const lock = gone?.kind === "object" ? gone.metadata.lock : undefined;
    const bypassesGovernance = named?.versionId !== undefined && named.bypassesGovernance === true;
    return isLocked(lock, { now: Date.now(), bypassesGovernance }) ? { kind: "locked" } : undefined;
  }

  add(target: WriteTarget, { bytes, ...fields }: NewContent): Written | WriteRefusal {
    const refusal = this.refusal(target) ?? this.lockRefusal(target);
    if (refusal !== undefined) return refusal;
    const content = randomUUID() as string as ContentHandle;
    this.#contents.set(content, bytes);
    const place = this.#place(target);
    const version = { kind: "object", ...place, content, size: bytes.length, ...fields } as const;
    this.#keysOf(target).unshift(version);
    return { kind: "written", version: { ...version, isLatest: true } };
  }

  change(
    bucketId: string,
    seen: ObjectVersion,
    change: MetadataChange,
    isSeen: boolean,
  ): { readonly kind: "changed" | "locked" } {
    const versions = this.bucket(bucketId).keys.get(seen.key) ?? [];
    const index = versions.findIndex((one) => one.kind === "object" && one.content === seen.content);
    const version = versions[index];
    const was = seen.metadata;
    if (version?.kind !== "object") throw new StoreError("conflict", "the version is gone");
    const { tags: before = [], acl: aclBefore, ...metadata } = version.metadata;
    if (isSeen && !(sameTags(before, was.tags ?? []) && sameAcl(aclBefore, was.acl)))
      throw new StoreError("conflict", "the version has other tags or another ACL");
    if ("legalHold" in change || "retention" in change) {
      const lock = changedLock(version.metadata.lock, change, Date.now());
      if (lock === "locked") return { kind: lock };
      versions[index] = { ...version, metadata: { ...version.metadata, lock } };
      return { kind: "changed" };
    }
    if ("storageClass" in change) {
      versions[index] = { ...version, metadata: { ...version.metadata, storageClass: change.storageClass } };
      return { kind: "changed" };
    }
    const { tags, acl } = { tags: before, acl: aclBefore, ...change };
    const changed = { ...metadata, ...(tags.length === 0 ? {} : { tags }), ...(acl === undefined ? {} : { acl }) };
    versions[index] = { ...version, metadata: changed };
    return { kind: "changed" };
  }

  mark(target: Omit<WriteTarget, "condition">): string {
    const place = this.#place(target);
    this.#keysOf(target).unshift({ kind: "delete-marker", ...place });
    return place.versionId;
  }

  /** False when there is no such version. */
  drop(bucketId: string, key: string, versionId: string): Kept | undefined {
    const { keys } = this.bucket(bucketId);
    const versions = keys.get(key) ?? [];
    const index = versions.findIndex((one) => one.versionId === versionId);
    const [gone] = index === -1 ? [] : versions.splice(index, 1);
    if (versions.length === 0) keys.delete(key);
    if (gone?.kind === "object") this.#contents.delete(gone.content);
    return gone;
  }

  /** Where the next version goes; the version that had the id before is dropped. */
  #place({
    bucketId,
    key,
    versioning,
    owner,
  }: Omit<WriteTarget, "condition">): Omit<DeleteMarker, "kind" | "isLatest"> {
    const versionId = nextVersionId(versioning, randomUUID());
    this.drop(bucketId, key, versionId);
    return { key, versionId, owner, lastModified: Date.now() };
  }

  #keysOf({ bucketId, key }: Pick<WriteTarget, "bucketId" | "key">): Kept[] {
    const { keys } = this.bucket(bucketId);
    const versions = keys.get(key) ?? [];
    keys.set(key, versions);
    return versions;
  }
}

async function gathered(body: AsyncIterable<Buffer>): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of body) chunks.push(chunk);
  return Buffer.concat(chunks);
}

function withoutBytes({ number, size, etag, lastModified, checksum }: StoredPart): Part {
  return { number, size, etag, lastModified, checksum };
}

function withoutParts({ key, uploadId, initiatedAt, initiator, owner, metadata, checksum }: Upload): Upload {
  return { key, uploadId, initiatedAt, initiator, owner, metadata, checksum };
}

async function* inChunks(bytes: Buffer): AsyncGenerator<Buffer> {
  for (let at = 0; at < bytes.length; at += 65_536) yield bytes.subarray(at, at + 65_536);
}

/** Groups and cuts what is listed. `isLater`: whether an item comes after what the page before ended with. */
function pageOf<Item extends { readonly key: string }>(
  items: readonly Item[],
  { prefix, delimiter, limit, after }: ListQuery,
  isLater: (item: Item, after: ListedBefore) => boolean,
): Listing<Item> {
  const entries: Entry<Item>[] = [];
  const groupOf = (key: string): string | undefined => {
    const at = delimiter === "" ? -1 : key.indexOf(delimiter, prefix.length);
    return at === -1 ? undefined : key.slice(0, at + delimiter.length);
  };
  const passed = after?.key.startsWith(prefix) === true ? groupOf(after.key) : undefined;
  for (const item of items) {
    if (!item.key.startsWith(prefix)) continue;
    if (passed !== undefined && (byBytes(item.key, passed) <= 0 || item.key.startsWith(passed))) continue;
    if (passed === undefined && after !== undefined && !isLater(item, after)) continue;
    const group = groupOf(item.key);
    const last = entries.at(-1);
    if (group === undefined) entries.push({ kind: "item", item });
    else if (last?.kind !== "prefix" || last.prefix !== group) entries.push({ kind: "prefix", prefix: group });
  }
  return { entries: entries.slice(0, limit), truncated: limit > 0 && entries.length > limit };
}

export function memoryDataPlane(): DataPlane {
  const memory = new Memory();
  const read = (version: ObjectVersion): Buffer => {
    const bytes = memory.bytesOf(version);
    if (bytes === undefined) throw new StoreError("conflict", "the version is gone");
    return bytes;
  };
  return {
    setVersioning: async () => {},
    openBucket: async (_grant, bucketId) => memory.open(bucketId),
    closeBucket: async (_grant, bucketId) => {
      const bucket = memory.bucket(bucketId);
      if (bucket.keys.size > 0) return false;
      bucket.uploads.clear();
      bucket.closed = true;
      return true;
    },
    stateOf: async (bucketId, key, versionId) =>
      memory.versions(bucketId, key).find((one) => versionId === undefined || one.versionId === versionId),
    change: async (_grant, bucketId, version, change, isSeen) => memory.change(bucketId, version, change, isSeen),
    find: async (_grant, bucketId, key, versionId) =>
      memory.versions(bucketId, key).find((one) => versionId === undefined || one.versionId === versionId),
    read: async (_grant, _bucketId, version, range) => {
      const bytes = read(version);
      return inChunks(range === undefined ? bytes : bytes.subarray(range.first, range.last + 1));
    },
    async put(_grant, target, metadata, body) {
      const bytes = await gathered(body);
      const { md5, checksum } = body.digests();
      const whole = { ...checksum, type: "FULL_OBJECT" } as const;
      const etag = etagOf(metadata.encryption, md5);
      return memory.add(target, { bytes, etag, metadata, checksum: whole, parts: [] });
    },
    async copy(_grant, { version }, target, metadata) {
      const bytes = memory.bytesOf(version);
      if (bytes === undefined) return { kind: "no-such-version" };
      const { etag, checksum, parts } = version;
      const kept = { bytes: Buffer.from(bytes), etag, checksum, parts, metadata };
      const { encryption } = metadata;
      const isNew = !sharesBytes(version.metadata.encryption, encryption);
      const md5 = createHash("md5").update(bytes).digest();
      return memory.add(target, isNew ? { ...kept, etag: etagOf(encryption, md5), parts: [] } : kept);
    },
    async delete(_grant, { versionId, ...target }) {
      const [current] = memory.versions(target.bucketId, target.key);
      const isCurrent = versionId === undefined || versionId === current?.versionId;
      const refusal =
        memory.refusal({ ...target, condition: {} }) ??
        deletionRefusal(target, current?.kind === "object" ? current : undefined, isCurrent) ??
        onlyRefusal(
          versionId === undefined
            ? current
            : memory.versions(target.bucketId, target.key).find((one) => one.versionId === versionId),
          target,
          isCurrent,
        ) ??
        memory.lockRefusal({ ...target, condition: {} }, { ...target, versionId });
      if (refusal !== undefined) return refusal;
      const { bucketId, key, versioning } = target;
      if (versionId !== undefined) {
        const gone = memory.drop(bucketId, key, versionId);
        return { kind: "deleted", versionId, deleteMarker: gone?.kind === "delete-marker" };
      }
      if (versioning !== "off") return { kind: "deleted", versionId: memory.mark(target), deleteMarker: true };
      memory.drop(bucketId, key, "null");
      return { kind: "deleted", versionId: undefined, deleteMarker: false };
    },
    ...uploads(memory, read),
    ...listings(memory),
  };
}

type Uploads = Pick<
  DataPlane,
  "createUpload" | "findUpload" | "putPart" | "copyPart" | "listParts" | "completeUpload" | "abortUpload"
>;

function uploads(memory: Memory, read: (version: ObjectVersion) => Buffer): Uploads {
  const find = (bucketId: string, key: string, uploadId: string) => {
    const upload = memory.bucket(bucketId).uploads.get(uploadId);
    return upload?.key === key ? upload : undefined;
  };
  const keep = (bucketId: string, { key, uploadId }: Upload, part: StoredPart) => {
    const { closed } = memory.bucket(bucketId);
    const upload = find(bucketId, key, uploadId);
    if (closed || upload === undefined) return { kind: closed ? "bucket-closed" : "no-such-upload" } as const;
    upload.parts.set(part.number, part);
    return { kind: "part", part } as const;
  };
  return {
    async createUpload(_grant, bucketId, { idSuffix = "", ...fields }) {
      const { closed, uploads } = memory.bucket(bucketId);
      if (closed) return { kind: "bucket-closed" };
      const initiatedAt = Date.now();
      const upload = { ...fields, uploadId: uploadIdAt(initiatedAt, randomUUID()) + idSuffix, initiatedAt };
      uploads.set(upload.uploadId, { ...upload, parts: new Map() });
      return { kind: "created", upload };
    },
    async findUpload(_grant, bucketId, key, uploadId) {
      const { parts: _, ...upload } = find(bucketId, key, uploadId) ?? {};
      return "key" in upload ? (upload as Upload) : undefined;
    },
    async putPart(_grant, bucketId, upload, number, body) {
      const bytes = await gathered(body);
      return keep(bucketId, upload, { ...partOf(number, body, upload), bytes });
    },
    async copyPart(_grant, { version, range }, bucketId, upload, number) {
      const bytes = Buffer.from(read(version).subarray(range?.first ?? 0, (range?.last ?? version.size - 1) + 1));
      const algorithm = upload.checksum?.algorithm ?? "CRC64NVME";
      const checksum = createChecksum(algorithm);
      checksum.update(bytes);
      const etag = etagOf(upload.metadata.encryption, createHash("md5").update(bytes).digest());
      const value = checksum.digest().toString("base64");
      const part = { number, size: bytes.length, etag, lastModified: Date.now(), checksum: { algorithm, value } };
      return keep(bucketId, upload, { ...part, bytes });
    },
    async listParts(_grant, { bucketId, key, uploadId }, after, limit) {
      const parts = [...(find(bucketId, key, uploadId)?.parts.values() ?? [])];
      const later = parts.filter(({ number }) => number > after).toSorted((left, right) => left.number - right.number);
      return later.slice(0, limit).map(withoutBytes);
    },
    async completeUpload(_grant, target, uploadId, named) {
      const { bucketId, key } = target;
      const bucket = memory.bucket(bucketId);
      if (bucket.closed) return { kind: "bucket-closed" };
      const request = requestFingerprint(named);
      const upload = find(bucketId, key, uploadId);
      if (upload === undefined) {
        const before = bucket.completed.get(uploadId);
        const isSame = before?.key === key && before.request.equals(request);
        const version = isSame && memory.versions(bucketId, key).find((one) => one.versionId === before.versionId);
        return version && version.kind === "object" ? { kind: "written", version } : { kind: "no-such-upload" };
      }
      const chosen = chooseParts([...upload.parts.values()], named);
      if ("kind" in chosen) return chosen;
      const { parts } = chosen;
      const checksum = multipartChecksum(upload.checksum, parts);
      if (checksum === "mismatch") return { kind: "invalid-part", detail: "checksum algorithm" };
      const outcome = memory.add(target, {
        bytes: Buffer.concat(parts.map((part) => part.bytes)),
        etag: multipartEtag(parts),
        metadata: withLock(upload.metadata, completedLock(upload.metadata.lock, target.defaultRetention)),
        checksum,
        parts: parts.map(({ size, checksum: own }) => ({ size, checksum: own })),
      });
      if (outcome.kind !== "written") return outcome;
      bucket.uploads.delete(uploadId);
      bucket.completed.set(uploadId, { key, request, versionId: outcome.version.versionId });
      return outcome;
    },
    abortUpload: async (_grant, bucketId, key, uploadId) =>
      find(bucketId, key, uploadId) !== undefined && memory.bucket(bucketId).uploads.delete(uploadId),
  };
}

function onlyRefusal(
  version: Version | undefined,
  { only }: Pick<DeleteTarget, "only">,
  isCurrent: boolean,
): WriteRefusal | undefined {
  if (only === undefined) return undefined;
  const isMeant =
    "content" in only
      ? version?.kind === "object" && version.content === only.content
      : version?.kind === "delete-marker" && version.lastModified === only.markedAt;
  return isMeant && isCurrent === (only.isCurrent ?? isCurrent) ? undefined : { kind: "precondition-failed" };
}

function withLock(metadata: ObjectMetadata, lock: ObjectMetadata["lock"]): ObjectMetadata {
  return lock === undefined ? metadata : { ...metadata, lock };
}

function partOf(number: number, body: VerifiedBody, { metadata }: Upload): SummedPart {
  const { size, md5, checksum } = body.digests();
  return { number, size, etag: etagOf(metadata.encryption, md5), lastModified: Date.now(), checksum };
}

function listings(memory: Memory): Pick<DataPlane, "listObjects" | "listVersions" | "listUploads"> {
  const versionsIn = (bucketId: string): readonly Version[] =>
    [...memory.bucket(bucketId).keys.keys()].toSorted(byBytes).flatMap((key) => memory.versions(bucketId, key));
  const isBehind = ({ key }: { readonly key: string }, after: ListedBefore): boolean => byBytes(key, after.key) > 0;
  return {
    async listObjects(_grant, bucketId, query) {
      await query.turn();
      const items = versionsIn(bucketId).flatMap((one) => (one.kind === "object" && one.isLatest ? [one] : []));
      const { entries, truncated } = pageOf(items, query, isBehind);
      const listed = entries.map((entry) => (entry.kind === "item" ? { ...entry, item: shown(entry.item) } : entry));
      return { entries: listed, truncated };
    },
    async listVersions(_grant, bucketId, query) {
      await query.turn();
      const all: readonly Version[] = versionsIn(bucketId).map((one) =>
        one.kind === "object"
          ? { ...one, metadata: { headers: {}, user: {}, storageClass: one.metadata.storageClass }, parts: [] }
          : one,
      );
      const { after } = query;
      const last = all.findIndex((one) => one.key === after?.key && one.versionId === after.id);
      return pageOf<Version>(all, query, (one, { key, id }) =>
        id === undefined || one.key !== key ? isBehind(one, { key }) : all.indexOf(one) > last,
      );
    },
    async listUploads(_grant, bucketId, query) {
      await query.turn();
      const all = [...memory.bucket(bucketId).uploads.values()].map(withoutParts);
      all.sort((left, right) => byBytes(left.key, right.key) || byBytes(left.uploadId, right.uploadId));
      return pageOf<Upload>(all, query, (one, { key, id }) =>
        id === undefined || one.key !== key ? isBehind(one, { key }) : one.uploadId > id,
      );
    },
  };
}

function shown({ key, size, etag, lastModified, owner, checksum, metadata }: ObjectVersion): ListedObject {
  const kind = checksum === undefined ? undefined : { algorithm: checksum.algorithm, type: checksum.type };
  const { storageClass } = metadata;
  return { key, size, etag, lastModified, owner, checksum: kind, storageClass };
}
