import { listingPages } from "../domain/listing/listing-pages.ts";
import type { MoveLoss } from "../ports/bucket-moves.ts";
import type { Versioning } from "../ports/bucket-registry.ts";
import type { DataPlane } from "../ports/data-plane.ts";
import type { ObjectMetadata, ObjectVersion, Version } from "../ports/object-version.ts";
import type { WriteTarget } from "../ports/object-write.ts";
import type { Grant } from "../ports/grant.ts";
import { upstreamPlace } from "../ports/bucket-homes.ts";
import { StoreError, Unsupported } from "../ports/store-error.ts";
import { digestedBody } from "./local/write-body.ts";
import { sameTags } from "../ports/tag.ts";

/** Why a bucket cannot be moved as it was asked, for the operator. */
export class CannotMove extends Error {}

export interface ObjectMove {
  readonly grant: Grant;
  /** Writes to both places are its own to make: it does not ask whether they are open. */
  readonly plane: DataPlane;
  readonly from: string;
  readonly to: string;
  readonly versioning: Versioning;
  readonly owner: string;
  readonly accepted: ReadonlySet<MoveLoss>;
  /** Called after each object. Throws to stop. */
  readonly copied: (bytes: number) => void;
}

/** A version as a listing shows it. */
interface Listed {
  readonly key: string;
  readonly versionId: string | undefined;
  readonly isMarker: boolean;
  readonly size: number;
  readonly etag: string;
}

/** The versions of a key, the oldest first. */
interface KeyVersions {
  readonly key: string;
  readonly versions: readonly Listed[];
}

/** Objects that are copied at a time. */
const parallel = 8;

/** Copies the objects of a bucket from place to place, until both have the same. What is there already is not copied again. */
export class ObjectMover {
  readonly #move: ObjectMove;
  /** Copies whose ETag is another than that of their source, which is agreed to: ETag of the copy by key and ETag of the source. */
  readonly #etags = new Map<string, string>();

  constructor(move: ObjectMove) {
    this.#move = move;
  }

  /** Makes the target as the source is, but for what is written meanwhile. */
  async copyAll(): Promise<void> {
    const running = new Set<Promise<void>>();
    try {
      for await (const [source, target] of this.#pairs()) {
        const key = (source ?? target)?.key ?? "";
        const work = this.#settle(key, source?.versions ?? [], target?.versions ?? []);
        running.add(work);
        work.then(
          () => running.delete(work),
          () => {},
        );
        if (running.size >= parallel) await Promise.race(running);
      }
      await Promise.all(running);
    } finally {
      await Promise.allSettled(running);
    }
  }

  /** The same for some keys, with tags that were changed. Nobody writes to them meanwhile: throws when they differ in the end. */
  async copyKeys(keys: Iterable<string>): Promise<void> {
    const { from, to } = this.#move;
    for (const key of keys) {
      await this.#settle(key, await this.#versionsOf(from, key), await this.#versionsOf(to, key));
      const [source, target] = [await this.#versionsOf(from, key), await this.#versionsOf(to, key)];
      if (!this.#areSame(source, target)) throw new Error(`the copy of ${shown(key)} is not what its source is`);
      for (const [index, version] of source.entries()) await this.#copyTags(version, target[index]);
    }
  }

  /** The keys whose copies differ from what is there now. */
  async *differences(): AsyncGenerator<string, undefined> {
    for await (const [source, target] of this.#pairs())
      if (!this.#areSame(source?.versions ?? [], target?.versions ?? [])) yield (source ?? target)?.key ?? "";
    return undefined;
  }

  /** Deletes everything in one of the two places, and the place. */
  async clear(place: string): Promise<void> {
    const { grant, plane, versioning, owner } = this.#move;
    for await (const { key, versions } of this.#keysIn(place))
      for (const { versionId } of versions)
        await plane.delete(grant, { bucketId: place, key, versioning, owner, versionId });
    await plane.closeBucket(grant, place);
  }

  async #settle(key: string, source: readonly Listed[], target: readonly Listed[]): Promise<void> {
    const { grant, plane, to, owner, versioning } = this.#move;
    const isBegun = target.length <= source.length && this.#areSame(source.slice(0, target.length), target);
    // Without versions an object takes the place of the one before.
    const isReplaced = versioning === "off" && source.length === 1;
    if (!isBegun && !isReplaced)
      for (const { versionId } of target)
        await plane.delete(grant, { bucketId: to, key, versioning: this.#writing, owner, versionId });
    for (const version of isBegun ? source.slice(target.length) : source) await this.#copy(version);
  }

  /** A bucket whose versioning is suspended has versions, which are copied before it is suspended. */
  get #writing(): Versioning {
    return this.#move.versioning === "off" ? "off" : "enabled";
  }

  #areSame(source: readonly Listed[], target: readonly Listed[]): boolean {
    return (
      source.length === target.length &&
      source.every(({ key, isMarker, size, etag }, index) => {
        const copy = target[index];
        if (copy === undefined || copy.isMarker !== isMarker) return false;
        return isMarker || (copy.size === size && copy.etag === (this.#etags.get(`${etag} ${key}`) ?? etag));
      })
    );
  }

  async #copy({ key, versionId, isMarker }: Listed): Promise<void> {
    const { grant, plane, from, to, owner } = this.#move;
    const target: WriteTarget = { bucketId: to, key, versioning: this.#writing, owner, condition: {} };
    if (isMarker) {
      await plane.delete(grant, { bucketId: to, key, versioning: this.#writing, owner, versionId: undefined });
      return;
    }
    const version = await plane.find(grant, from, key, versionId);
    if (version?.kind !== "object") return; // written meanwhile, and noted
    const copy = await this.#copyVersion(version, target);
    if (copy === undefined) return;
    if (copy.size !== version.size) throw new Error(`the copy of ${shown(key)} is not of the size of its source`);
    if (copy.etag !== version.etag) {
      this.#lose("etags", key, "has an ETag that its copy cannot have");
      this.#etags.set(`${version.etag} ${key}`, copy.etag);
    }
    this.#move.copied(version.size);
  }

  async #copyVersion(version: ObjectVersion, target: WriteTarget): Promise<ObjectVersion | undefined> {
    const { grant, plane, from, owner } = this.#move;
    const metadata = this.#metadataOf(version);
    try {
      const outcome =
        version.parts.length > 0
          ? await this.#copyParts(version, target, metadata)
          : await plane.copy(grant, { bucketId: from, version }, target, metadata);
      if (outcome.kind === "written") return outcome.version;
      if (outcome.kind === "no-such-version") return undefined;
      // Tried again by itself: the quota may be raised meanwhile.
      if (outcome.kind === "quota-exceeded")
        throw new StoreError("full", `${shown(version.key)} is more than the quota of the account ${owner} allows`);
      throw new Error(`${shown(version.key)} cannot be written: ${outcome.kind}`);
    } catch (error) {
      if (!(error instanceof Unsupported)) throw error;
      throw new CannotMove(
        `${shown(version.key)}: ${error.message} If it is encryption or checksums that may be lost, migrate again with encryption or checksums among --accept-losses`,
        { cause: error },
      );
    }
  }

  /** With the same parts, and so with the same ETag; with the checksums of the parts, where they are known. */
  async #copyParts(version: ObjectVersion, target: WriteTarget, metadata: ObjectMetadata) {
    const { grant, plane, from, to, owner } = this.#move;
    const { key, checksum } = version;
    const isSummed =
      checksum !== undefined &&
      !this.#move.accepted.has("checksums") &&
      version.parts.every((part) => part.checksum !== undefined);
    const wanted = isSummed ? { algorithm: checksum.algorithm, type: checksum.type } : undefined;
    const begun = await plane.createUpload(grant, to, { key, initiator: owner, owner, metadata, checksum: wanted });
    if (begun.kind !== "created") return begun;
    const { upload } = begun;
    try {
      const parts: { readonly number: number; readonly etag: string; readonly checksum?: string }[] = [];
      let first = 0;
      for (const [index, { size, checksum: sum }] of version.parts.entries()) {
        const range = { first, last: first + size - 1 };
        const bytes = await plane.read(grant, from, version, range);
        const body = digestedBody(bytes, size, sum?.algorithm ?? "CRC64NVME");
        const promised = isSummed && sum !== undefined ? { promised: { checksum: sum } } : {};
        const part = await plane.putPart(grant, to, upload, index + 1, { ...body, ...promised });
        if (part.kind !== "part") return part;
        if (sum !== undefined && body.digests().checksum.value !== sum.value)
          throw new StoreError("corrupt", `what was read of ${shown(key)} is not what was stored`);
        const { etag } = part.part;
        parts.push({ number: index + 1, etag, ...(isSummed && sum !== undefined ? { checksum: sum.value } : {}) });
        first += size;
      }
      return await plane.completeUpload(grant, target, upload.uploadId, parts);
    } catch (error) {
      await plane.abortUpload(grant, to, key, upload.uploadId).catch(() => {}); // the first error is the one to report
      throw error;
    }
  }

  #metadataOf({ key, metadata }: ObjectVersion): ObjectMetadata {
    const { acl, encryption, ...kept } = metadata;
    if (encryption?.kind === "SSE-C")
      throw new CannotMove(
        `${shown(key)} is encrypted with a customer's key, so nobody else can copy it: delete it, or copy it without that key`,
      );
    if (acl !== undefined) this.#lose("acls", key, "has an access control list");
    if (encryption === undefined) return kept;
    if (upstreamPlace(this.#move.to) === undefined) return { ...kept, encryption };
    const isLost = this.#move.accepted.has("encryption");
    if (encryption.kind === "SSE-S3" && !isLost) return { ...kept, encryption };
    this.#lose("encryption", key, "is encrypted with a KMS key of the gateway");
    return kept;
  }

  #lose(loss: MoveLoss, key: string, what: string): void {
    if (!this.#move.accepted.has(loss))
      throw new CannotMove(
        `${shown(key)} ${what}; if that may be lost, migrate again with ${loss} among --accept-losses`,
      );
  }

  async #copyTags(from: Listed, to: Listed | undefined): Promise<void> {
    const { grant, plane } = this.#move;
    if (from.isMarker) return;
    const source = await plane.find(grant, this.#move.from, from.key, from.versionId);
    const target = await plane.find(grant, this.#move.to, from.key, to?.versionId);
    if (source?.kind !== "object" || target?.kind !== "object") return;
    const { tags = [] } = source.metadata;
    if (!sameTags(tags, target.metadata.tags ?? [])) await plane.change(grant, this.#move.to, target, { tags }, false);
  }

  async #versionsOf(place: string, key: string): Promise<readonly Listed[]> {
    // The key itself is the first of those that begin with it.
    for await (const found of this.#keysIn(place, key)) return found.key === key ? found.versions : [];
    return [];
  }

  /** Both places side by side, in the order of keys. */
  async *#pairs(): AsyncGenerator<readonly [KeyVersions | undefined, KeyVersions | undefined]> {
    const [sources, targets] = [this.#keysIn(this.#move.from), this.#keysIn(this.#move.to)];
    let [source, target] = [await sources.next(), await targets.next()];
    while (source.done !== true || target.done !== true) {
      const order =
        source.done === true ? 1 : target.done === true ? -1 : compareKeys(source.value.key, target.value.key);
      yield [
        order <= 0 ? (source.value as KeyVersions) : undefined,
        order >= 0 ? (target.value as KeyVersions) : undefined,
      ];
      if (order <= 0) source = await sources.next();
      if (order >= 0) target = await targets.next();
    }
  }

  async *#keysIn(place: string, prefix = ""): AsyncGenerator<KeyVersions, undefined> {
    let versions: Listed[] = [];
    for await (const version of this.#listed(place, prefix)) {
      const before = versions[0];
      if (before !== undefined && before.key !== version.key) {
        yield { key: before.key, versions: versions.toReversed() };
        versions = [];
      }
      versions.push(version);
    }
    const [last] = versions;
    if (last !== undefined) yield { key: last.key, versions: versions.toReversed() };
    return undefined;
  }

  async *#listed(place: string, prefix: string): AsyncGenerator<Listed> {
    const { grant, plane, versioning } = this.#move;
    if (versioning === "off") {
      const pages = listingPages(
        prefix,
        (query) => plane.listObjects(grant, place, query),
        () => undefined,
      );
      for await (const page of pages)
        for (const { key, size, etag } of page) yield { key, versionId: undefined, isMarker: false, size, etag };
      return;
    }
    const pages = listingPages(
      prefix,
      (query) => plane.listVersions(grant, place, query),
      ({ versionId }) => versionId,
    );
    for await (const page of pages) yield* page.map(listedVersion);
  }
}

function listedVersion(version: Version): Listed {
  const { key, versionId } = version;
  return version.kind === "delete-marker"
    ? { key, versionId, isMarker: true, size: 0, etag: "" }
    : { key, versionId, isMarker: false, size: version.size, etag: version.etag };
}

function compareKeys(one: string, other: string): number {
  return Buffer.compare(Buffer.from(one, "utf8"), Buffer.from(other, "utf8"));
}

function shown(key: string): string {
  return JSON.stringify(key);
}
