import type { BodyDigests, VerifiedBody } from "@s3-credentials/protocol";
import { setImmediate as nextTurn } from "node:timers/promises";
import { chooseParts, type NamedPart, uploadIdAt } from "../../domain/objects/complete-upload.ts";
import { readInTurns } from "../../domain/listing/list-entries.ts";
import type { Clock } from "../../ports/clock.ts";
import { StoreError } from "../../ports/store-error.ts";
import { etagOf, sharesBytes } from "../../domain/objects/encryption.ts";
import type { DataKey, DataKeys } from "./data-keys.ts";
import type { DataPlane } from "../../ports/data-plane.ts";
import type { ByteRange, CustomerKey } from "../../ports/object-bytes.ts";
import type { ObjectMetadata, ObjectVersion } from "../../ports/object-version.ts";
import type { CopySource, WriteRefusal, WriteTarget, Written } from "../../ports/object-write.ts";
import type { Part, SummedPart, Upload } from "../../ports/upload.ts";
import type { Ids } from "../../ports/ids.ts";
import type { Reader } from "../../stores/sqlite/connection.ts";
import type { ObjectIndex } from "./object-procedures.ts";
import type { BlobFiles } from "./blob-files.ts";
import { contentOf, cut, segmentsAt } from "./manifests.ts";
import { refuseDamaged } from "./object-reads.ts";
import { openUpload, partQuotaRefusal, partsAfter, type PutPartArgs } from "./upload-procedures.ts";
import type { SpaceGuard } from "./space-guard.ts";
import { metadataDocument } from "./metadata-document.ts";
import { handleOf, seqOf } from "./version-rows.ts";
import { digestedBody, writeBody } from "./write-body.ts";
import { earlyQuotaRefusal, type NewObject, type PutArgs } from "./write-version.ts";

type Writes = Pick<
  DataPlane,
  "put" | "copy" | "change" | "delete" | "createUpload" | "putPart" | "copyPart" | "completeUpload" | "abortUpload"
>;

interface Parts {
  readonly database: ObjectIndex;
  readonly files: BlobFiles;
  readonly guard: SpaceGuard;
  readonly clock: Clock;
  readonly ids: Ids;
  /** As `DataPlane.read`, without a grant. */
  readonly open: (
    version: ObjectVersion,
    range: ByteRange | undefined,
    customerKey: CustomerKey | undefined,
  ) => Promise<AsyncIterable<Buffer>>;
  readonly keys: Pick<DataKeys, "create">;
}

/** Of an upload. https://docs.aws.amazon.com/AmazonS3/latest/userguide/qfacts.html */
const maxParts = 10_000;

/** Shorter ranges are copied: a small segment costs as much as a large one, and keeps a whole file on the disk. */
export const minShared = 1024 * 1024;

type PartOutcome = { readonly kind: "part"; readonly part: Part } | WriteRefusal;

/** Each ends in one procedure of the writer thread, which is the commit. */
export function objectWrites(parts: Parts): Writes {
  const { database, guard, clock, ids } = parts;
  const fresh = (): { readonly freshId: string; readonly now: number } => ({
    freshId: ids.versionId(),
    now: clock.now(),
  });
  return {
    put: (_grant, target, metadata, body, customerKey) => put(parts, target, metadata, body, customerKey),
    copy: async (_grant, source, target, metadata, customerKey) => {
      await admitRow(guard);
      const { version } = source;
      refuseDamaged(version);
      if (!sharesBytes(version.metadata.encryption, metadata.encryption))
        return encryptAnew(parts, source, target, metadata, customerKey);
      const body = { kind: "shared", seq: seqOf(version), size: version.size } as const;
      const outcome = await place(database, { target, ...fresh(), object: copied(version, metadata), body }, metadata);
      if (outcome.kind !== "written") return outcome;
      // It has the bytes of the source, and so its parts, which are read only when somebody asks for them.
      return {
        kind: "written",
        version: {
          ...outcome.version,
          get parts() {
            return version.parts;
          },
        },
      };
    },
    async change(_grant, bucketId, version, change, isSeen) {
      await admitRow(guard);
      const { tags = [], acl } = version.metadata;
      const seen = isSeen ? { tags, ...(acl === undefined ? {} : { acl }) } : undefined;
      const args = { bucketId, key: version.key, seq: seqOf(version), change, seen, now: clock.now() };
      return database.write("changeVersion", args);
    },
    delete: async (_grant, target) => {
      if (target.versioning !== "off" && target.versionId === undefined) await guard.admitMarker();
      return database.write("deleteVersion", { target, ...fresh() });
    },
    createUpload: async (_grant, bucketId, { idSuffix = "", ...asked }) => {
      await admitRow(guard);
      const initiatedAt = clock.now();
      const upload = { ...asked, uploadId: uploadIdAt(initiatedAt, ids.uploadId()) + idSuffix, initiatedAt };
      const args = { bucketId, upload };
      return database.write("createUpload", args);
    },
    putPart: (_grant, bucketId, upload, number, body, customerKey) =>
      putPart(parts, bucketId, upload, number, body, customerKey),
    copyPart: (_grant, source, bucketId, upload, number, customerKey) =>
      copyPart(parts, source, bucketId, upload, number, customerKey),
    async completeUpload(_grant, target, uploadId, named) {
      const refusal = await partsRefusal(database.reader, target, uploadId, named);
      return refusal ?? database.write("completeUpload", { target, uploadId, parts: named, ...fresh() });
    },
    abortUpload: (_grant, bucketId, key, uploadId) =>
      database.write("abortUpload", { bucketId, key, uploadId, now: clock.now() }),
  };
}

/**
 * Why the parts do not make an object; undefined: they do, or the writer has to say. Read in slices and outside the writer's turn, because
 * a request that is refused can be sent again and again, and other writes would wait while ten thousand parts are read.
 */
async function partsRefusal(
  reader: Reader,
  { bucketId, key }: WriteTarget,
  uploadId: string,
  named: readonly NamedPart[],
): Promise<WriteRefusal | undefined> {
  const { items } = await readInTurns<SummedPart>(maxParts, nextTurn, async (last, size) =>
    partsAfter(reader, uploadId, last?.number ?? 0, size),
  );
  // Asked after the parts are read: the same request, sent a second time, may have completed the upload meanwhile, and taken its parts away.
  if (openUpload(reader, bucketId, key, uploadId) === undefined) return undefined;
  const chosen = chooseParts(items, named);
  return "kind" in chosen ? chosen : undefined;
}

/** For what adds rows to the index alone. */
async function admitRow(guard: SpaceGuard): Promise<void> {
  (await guard.admit(0)).end();
}

/** The bytes are written once more, as an object that is put. */
async function encryptAnew(
  parts: Parts,
  { version, customerKey: sourceKey }: CopySource,
  target: WriteTarget,
  metadata: ObjectMetadata,
  customerKey: CustomerKey | undefined,
): Promise<Written | WriteRefusal> {
  try {
    const chunks = await parts.open(version, undefined, sourceKey);
    const body = digestedBody(chunks, version.size, version.checksum?.algorithm ?? "CRC64NVME");
    return await put(parts, target, metadata, body, customerKey);
  } catch (error) {
    if (error instanceof StoreError && error.kind === "conflict") return { kind: "no-such-version" };
    throw error;
  }
}

/** Undefined: the bytes stay as they are. */
function dataKeyFor(
  { keys }: Parts,
  { encryption }: ObjectMetadata,
  customerKey: CustomerKey | undefined,
): DataKey | undefined {
  return encryption && keys.create(encryption, customerKey);
}

/** Whether there is room for longer bodies is asked before they are read, too. To read shorter ones costs as little as to ask. */
const earlyLimit = 128 * 1024;

/** What is certain of it. */
function knownLength({ length, isAtMost }: VerifiedBody): number {
  return isAtMost === true ? 0 : length;
}

async function put(
  parts: Parts,
  target: WriteTarget,
  metadata: ObjectMetadata,
  body: VerifiedBody,
  customerKey: CustomerKey | undefined,
): Promise<Written | WriteRefusal> {
  const { database, files, guard, clock, ids } = parts;
  if (body.length > earlyLimit) {
    const refused = earlyQuotaRefusal(database.reader, target, { size: knownLength(body), now: clock.now() });
    if (refused !== undefined) return refused;
  }
  const written = await writeBody(files, guard, body, dataKeyFor(parts, metadata, customerKey));
  const { digests } = written;
  const { algorithm, value } = digests.checksum;
  const object: NewObject = {
    size: digests.size,
    etag: etagOf(metadata.encryption, digests.md5),
    checksum: { algorithm, value, type: "FULL_OBJECT" },
    metadata: metadataDocument(metadata),
    storageClass: metadata.storageClass,
    lock: metadata.lock,
  };
  const args = { target, freshId: ids.versionId(), now: clock.now(), object, body: written.body };
  const outcome = await place(database, args, metadata);
  if (outcome.kind !== "written") await written.discard();
  return outcome;
}

/** The writer answers with what is not known here, because reading the version again costs as much as writing it. */
async function place(
  database: ObjectIndex,
  args: PutArgs,
  { tags = [], ...metadata }: ObjectMetadata,
): Promise<Written | WriteRefusal> {
  const placed = await database.write("putVersion", args);
  if (placed.kind !== "placed") return placed;
  const { key, owner } = args.target;
  const { size, etag, checksum } = args.object;
  const version: ObjectVersion = {
    kind: "object",
    key,
    versionId: placed.versionId,
    content: handleOf(placed.seq),
    isLatest: true,
    size,
    etag,
    lastModified: args.now,
    owner,
    metadata: tags.length === 0 ? metadata : { ...metadata, tags },
    checksum,
    parts: [],
  };
  return { kind: "written", version };
}

async function putPart(
  parts: Parts,
  bucketId: string,
  upload: Upload,
  number: number,
  body: VerifiedBody,
  customerKey: CustomerKey | undefined,
): Promise<PartOutcome> {
  const known = { number, size: knownLength(body) };
  const refused = partQuotaRefusal(parts.database.reader, bucketId, upload.uploadId, known);
  if (refused !== undefined) return refused;
  const dataKey = dataKeyFor(parts, upload.metadata, customerKey);
  const written = await writeBody(parts.files, parts.guard, body, dataKey);
  const outcome = await commitPart(parts, bucketId, upload, number, body.digests(), written.body);
  if (outcome.kind !== "part") await written.discard();
  return outcome;
}

function commitPart(
  { database, clock }: Parts,
  bucketId: string,
  upload: Upload,
  number: number,
  { size, md5, checksum }: BodyDigests,
  body: PutPartArgs["body"],
): Promise<PartOutcome> {
  const etag = etagOf(upload.metadata.encryption, md5);
  const part: SummedPart = { number, size, etag, lastModified: clock.now(), checksum };
  const args = { bucketId, key: upload.key, uploadId: upload.uploadId, part, body };
  return database.write("putPart", args);
}

/**
 * The bytes are read once in any case, because a part has an ETag and a checksum of its own. They stay where they are
 * when they are one segment and many, encrypted as the upload asks; otherwise they are copied. So a part is one segment, an object made of parts has
 * at most 10,000 of them, and copies of copies do not multiply them.
 */
async function copyPart(
  parts: Parts,
  source: CopySource & { readonly range: ByteRange | undefined },
  bucketId: string,
  upload: Upload,
  number: number,
  customerKey: CustomerKey | undefined,
): Promise<PartOutcome> {
  const { version } = source;
  const range = source.range ?? { first: 0, last: version.size - 1 };
  const length = range.last - range.first + 1;
  // Before anything is read.
  await admitRow(parts.guard);
  const refused = partQuotaRefusal(parts.database.reader, bucketId, upload.uploadId, { number, size: length });
  if (refused !== undefined) return refused;
  const chunks = await parts.open(version, range, source.customerKey);
  const body = digestedBody(chunks, length, upload.checksum?.algorithm ?? "CRC64NVME");
  if (
    length < minShared ||
    !sharesBytes(version.metadata.encryption, upload.metadata.encryption) ||
    !isOneSegment(parts.database.reader, seqOf(version), range)
  )
    return putPart(parts, bucketId, upload, number, body, customerKey);
  for await (const _ of body);
  const shared = { kind: "segment", seq: seqOf(version), range } as const;
  return commitPart(parts, bucketId, upload, number, body.digests(), shared);
}

function isOneSegment(reader: Reader, seq: number, range: ByteRange): boolean {
  const [segment] = segmentsAt(reader, contentOf(reader, seq), range, 1);
  return segment !== undefined && cut(segment, range)?.length === range.last - range.first + 1;
}

function copied(version: ObjectVersion, metadata: ObjectMetadata): NewObject {
  return {
    size: version.size,
    etag: version.etag,
    checksum: version.checksum,
    metadata: metadataDocument(metadata),
    storageClass: metadata.storageClass,
    lock: metadata.lock,
  };
}
