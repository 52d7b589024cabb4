import { type ChecksumAlgorithm, type VerifiedBody } from "@s3-credentials/protocol";
import { upstreamPlace } from "../ports/bucket-homes.ts";
import type { DataPlane } from "../ports/data-plane.ts";
import type { ByteRange, CustomerKey } from "../ports/object-bytes.ts";
import type { ObjectMetadata, ObjectVersion } from "../ports/object-version.ts";
import type { CopySource, WriteRefusal, WriteTarget, Written } from "../ports/object-write.ts";
import type { Upload } from "../ports/upload.ts";
import type { Grant } from "../ports/grant.ts";
import { StoreError } from "../ports/store-error.ts";
import { digestedBody } from "./local/write-body.ts";

/** A data plane, and a bucket in its own words. */
interface Located {
  readonly plane: DataPlane;
  readonly bucketId: string;
}

/**
 * The data plane of a gateway whose buckets are in several: each call goes to the plane of its bucket's place. `local` undefined: the gateway
 * keeps no objects itself.
 * `upstream`: rejects with the reason when that upstream cannot be used; only the requests of its buckets fail then.
 */
export function createRouter(local: DataPlane | undefined, upstream: (name: string) => Promise<DataPlane>): DataPlane {
  const here = async (): Promise<DataPlane> => {
    if (local === undefined)
      throw new StoreError("unavailable", "a bucket is in a data folder, and this gateway keeps no objects in one");
    return local;
  };
  const locate = async (place: string): Promise<Located> => {
    const there = upstreamPlace(place);
    return there === undefined
      ? { plane: await here(), bucketId: place }
      : { plane: await upstream(there.upstream), bucketId: there.bucket };
  };
  /** What is on the local plane waits for nothing here. */
  const route = <Result>(place: string, call: (plane: DataPlane, bucketId: string) => Promise<Result>) =>
    upstreamPlace(place) === undefined && local !== undefined
      ? call(local, place)
      : locate(place).then(({ plane, bucketId }) => call(plane, bucketId));
  return {
    stateOf: (place, ...rest) => route(place, (plane, id) => plane.stateOf(id, ...rest)),
    find: (grant, place, ...rest) => route(place, (plane, id) => plane.find(grant, id, ...rest)),
    openObject: (grant, place, key, versionId, range) =>
      route(
        place,
        async (plane, id) =>
          (await plane.openObject?.(grant, id, key, versionId, range)) ?? {
            version: await plane.find(grant, id, key, versionId),
          },
      ),
    findPart: (grant, place, ...rest) =>
      route(place, (plane, id) => plane.findPart?.(grant, id, ...rest) ?? Promise.resolve(undefined)),
    read: (grant, place, ...rest) => route(place, (plane, id) => plane.read(grant, id, ...rest)),
    put: (grant, target, ...rest) =>
      route(target.bucketId, (plane, bucketId) => plane.put(grant, { ...target, bucketId }, ...rest)),
    async copy(grant, source, target, metadata, customerKey) {
      const [from, to] = [await locate(source.bucketId), await locate(target.bucketId)];
      const there = { ...target, bucketId: to.bucketId };
      if (from.plane === to.plane)
        return to.plane.copy(grant, { ...source, bucketId: from.bucketId }, there, metadata, customerKey);
      return copyAcross(grant, from, source, { ...to, target: there }, metadata, customerKey);
    },
    change: (grant, place, ...rest) => route(place, (plane, id) => plane.change(grant, id, ...rest)),
    delete: (grant, target) =>
      route(target.bucketId, (plane, bucketId) => plane.delete(grant, { ...target, bucketId })),
    createUpload: (grant, place, upload) => route(place, (plane, id) => plane.createUpload(grant, id, upload)),
    findUpload: (grant, place, ...rest) => route(place, (plane, id) => plane.findUpload(grant, id, ...rest)),
    putPart: (grant, place, ...rest) => route(place, (plane, id) => plane.putPart(grant, id, ...rest)),
    async copyPart(grant, source, place, upload, number, customerKey) {
      const [from, to] = [await locate(source.bucketId), await locate(place)];
      if (from.plane === to.plane) {
        const here = { ...source, bucketId: from.bucketId };
        return to.plane.copyPart(grant, here, to.bucketId, upload, number, customerKey);
      }
      return copyPartAcross(grant, from, source, { ...to, upload, number }, customerKey);
    },
    listParts: (grant, upload, ...rest) =>
      route(upload.bucketId, (plane, bucketId) => plane.listParts(grant, { ...upload, bucketId }, ...rest)),
    completeUpload: (grant, target, ...rest) =>
      route(target.bucketId, (plane, bucketId) => plane.completeUpload(grant, { ...target, bucketId }, ...rest)),
    abortUpload: (grant, place, ...rest) => route(place, (plane, id) => plane.abortUpload(grant, id, ...rest)),
    listObjects: (grant, place, query) => route(place, (plane, id) => plane.listObjects(grant, id, query)),
    listVersions: (grant, place, query) => route(place, (plane, id) => plane.listVersions(grant, id, query)),
    listUploads: (grant, place, query) => route(place, (plane, id) => plane.listUploads(grant, id, query)),
    openBucket: (grant, place, owner) => route(place, (plane, id) => plane.openBucket(grant, id, owner)),
    closeBucket: (grant, place) => route(place, (plane, id) => plane.closeBucket(grant, id)),
    setVersioning: (grant, place, versioning) =>
      route(place, (plane, id) => plane.setVersioning(grant, id, versioning)),
  };
}

/** The bytes of the source are put as a new object, so the copy has the ETag of one and no parts. */
async function copyAcross(
  grant: Grant,
  from: Located,
  { version, customerKey: sourceKey }: CopySource,
  to: Located & { readonly target: WriteTarget },
  metadata: ObjectMetadata,
  customerKey: CustomerKey | undefined,
): Promise<Written | WriteRefusal> {
  const algorithm = version.checksum?.type === "FULL_OBJECT" ? version.checksum.algorithm : undefined;
  return whileSourceIsThere(grant, from, { version, range: undefined, sourceKey, algorithm }, (body) =>
    to.plane.put(grant, to.target, metadata, body, customerKey),
  );
}

async function copyPartAcross(
  grant: Grant,
  from: Located,
  { version, range, customerKey: sourceKey }: Parameters<DataPlane["copyPart"]>[1],
  to: Located & { readonly upload: Upload; readonly number: number },
  customerKey: CustomerKey | undefined,
): ReturnType<DataPlane["copyPart"]> {
  const algorithm = to.upload.checksum?.algorithm;
  return whileSourceIsThere(grant, from, { version, range, sourceKey, algorithm }, (body) =>
    to.plane.putPart(grant, to.bucketId, to.upload, to.number, body, customerKey),
  );
}

interface Wanted {
  readonly version: ObjectVersion;
  readonly range: ByteRange | undefined;
  readonly sourceKey: CustomerKey | undefined;
  /** Of the copy. Undefined: the client did not choose one. */
  readonly algorithm: ChecksumAlgorithm | undefined;
}

/** Gives the source to `write` while it is read. `no-such-version`: the source is gone, whatever the writer made of it. */
async function whileSourceIsThere<Outcome>(
  grant: Grant,
  { plane, bucketId }: Located,
  { version, range, sourceKey, algorithm = "CRC64NVME" }: Wanted,
  write: (body: VerifiedBody) => Promise<Outcome>,
): Promise<Outcome | WriteRefusal> {
  let isGone = false;
  async function* bytes(): AsyncGenerator<Buffer> {
    try {
      yield* await plane.read(grant, bucketId, version, range, sourceKey);
    } catch (error) {
      isGone = error instanceof StoreError && error.kind === "conflict";
      throw error;
    }
  }
  const length = range === undefined ? version.size : range.last - range.first + 1;
  try {
    return await write(checkedBody(bytes(), length, algorithm, range === undefined ? version : undefined));
  } catch (error) {
    if (isGone) return { kind: "no-such-version" };
    throw error;
  }
}

/** INVARIANT: a copy is never acknowledged whose bytes are not those that were stored: the body fails at its end when they are not. */
function checkedBody(
  bytes: AsyncIterable<Buffer>,
  length: number,
  algorithm: ChecksumAlgorithm,
  whole: ObjectVersion | undefined,
): VerifiedBody {
  const body = digestedBody(bytes, length, algorithm);
  const check = (): void => {
    const { size, checksum } = body.digests();
    const stored = whole?.checksum;
    const isAsStored =
      stored === undefined ||
      stored.type !== "FULL_OBJECT" ||
      stored.algorithm !== checksum.algorithm ||
      stored.value === checksum.value;
    if (size !== length || !isAsStored)
      throw new StoreError("corrupt", "what was read of the source of a copy is not what was stored");
  };
  return {
    length,
    async *[Symbol.asyncIterator]() {
      yield* body;
      check();
    },
    async whole() {
      const all = await body.whole();
      check();
      return all;
    },
    digests: () => body.digests(),
  };
}
