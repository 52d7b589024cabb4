import type { VerifiedBody } from "@s3-credentials/protocol";
import type { Clock } from "../../ports/clock.ts";
import type {
  ByteRange,
  DataPlane,
  DeleteOutcome,
  ObjectMetadata,
  ObjectVersion,
  Part,
  Upload,
  WriteRefusal,
  WriteTarget,
  Written,
} from "../../ports/data-plane.ts";
import type { Ids } from "../../ports/ids.ts";
import type { Database } from "../../sqlite/database.ts";
import type { BlobFiles } from "./blob-files.ts";
import type { CompleteArgs } from "./complete-upload.ts";
import type { DeleteArgs } from "./delete-version.ts";
import { digestOf } from "./digest-of.ts";
import type { SharedBody } from "./holders.ts";
import type { AbortArgs, CreateUploadArgs, PutPartArgs } from "./upload-procedures.ts";
import { metadataDocument } from "./version-rows.ts";
import { writeBody } from "./write-body.ts";
import type { NewObject, PutArgs } from "./write-version.ts";

type Writes = Pick<
  DataPlane,
  "put" | "copy" | "delete" | "createUpload" | "putPart" | "copyPart" | "completeUpload" | "abortUpload"
>;

interface Parts {
  readonly database: Database;
  readonly files: BlobFiles;
  readonly clock: Clock;
  readonly ids: Ids;
  /** As `DataPlane.read`, without a grant. */
  readonly open: (version: ObjectVersion, range: ByteRange | undefined) => Promise<AsyncIterable<Buffer>>;
}

type PartOutcome = { readonly kind: "part"; readonly part: Part } | WriteRefusal;

/** Each ends in one procedure of the writer thread, which is the commit. */
export function objectWrites(parts: Parts): Writes {
  const { database, clock, ids } = parts;
  const fresh = (): { readonly freshId: string; readonly now: number } => ({
    freshId: ids.versionId(),
    now: clock.now(),
  });
  return {
    put: (_grant, target, metadata, body) => put(parts, target, metadata, body),
    copy: (_grant, source, target, metadata) => {
      const args = {
        target,
        ...fresh(),
        object: copied(source.version, metadata),
        body: shared(source.version, undefined),
      };
      return database.write<PutArgs, Written | WriteRefusal>("putVersion", args);
    },
    delete: (_grant, target) =>
      database.write<DeleteArgs, DeleteOutcome | WriteRefusal>("deleteVersion", { target, ...fresh() }),
    createUpload: (_grant, bucketId, upload) =>
      database.write<CreateUploadArgs, WriteRefusal | { readonly kind: "created" }>("createUpload", {
        bucketId,
        upload,
      }),
    putPart: (_grant, bucketId, upload, number, body) => putPart(parts, bucketId, upload, number, body),
    copyPart: (_grant, source, bucketId, upload, number) => copyPart(parts, source, bucketId, upload, number),
    completeUpload: (_grant, target, uploadId, named) =>
      database.write<CompleteArgs, Written | WriteRefusal>("completeUpload", {
        target,
        uploadId,
        parts: named,
        ...fresh(),
      }),
    abortUpload: (_grant, bucketId, key, uploadId) =>
      database.write<AbortArgs, boolean>("abortUpload", { bucketId, key, uploadId, now: clock.now() }),
  };
}

async function put(
  { database, files, clock, ids }: Parts,
  target: WriteTarget,
  metadata: ObjectMetadata,
  body: VerifiedBody,
): Promise<Written | WriteRefusal> {
  const written = await writeBody(files, body);
  const { digests } = written;
  const object: NewObject = {
    size: digests.size,
    etag: digests.md5.toString("hex"),
    checksum: { ...digests.checksum, type: "FULL_OBJECT" },
    metadata: metadataDocument(metadata),
  };
  const args = { target, freshId: ids.versionId(), now: clock.now(), object, body: written.body };
  const outcome = await database.write<PutArgs, Written | WriteRefusal>("putVersion", args);
  if (outcome.kind !== "written") await written.discard();
  return outcome;
}

async function putPart(
  { database, files, clock }: Parts,
  bucketId: string,
  upload: Upload,
  number: number,
  body: VerifiedBody,
): Promise<PartOutcome> {
  const written = await writeBody(files, body);
  const { digests } = written;
  const part: Part = {
    number,
    size: digests.size,
    etag: digests.md5.toString("hex"),
    lastModified: clock.now(),
    checksum: digests.checksum,
  };
  const args = { bucketId, key: upload.key, uploadId: upload.uploadId, part, body: written.body };
  const outcome = await database.write<PutPartArgs, PartOutcome>("putPart", args);
  if (outcome.kind !== "part") await written.discard();
  return outcome;
}

/** The octets stay where they are, but an ETag and a checksum of their own they must have: they are read once. */
async function copyPart(
  { database, clock, open }: Parts,
  source: { readonly bucketId: string; readonly version: ObjectVersion; readonly range: ByteRange | undefined },
  bucketId: string,
  upload: Upload,
  number: number,
): Promise<PartOutcome> {
  const { version, range } = source;
  const algorithm = upload.checksum?.algorithm ?? "CRC64NVME";
  const digests = await digestOf(await open(version, range), algorithm);
  const part: Part = { number, ...digests, lastModified: clock.now() };
  const args = { bucketId, key: upload.key, uploadId: upload.uploadId, part, body: shared(version, range) };
  return await database.write<PutPartArgs, PartOutcome>("putPart", args);
}

function shared(version: ObjectVersion, range: ByteRange | undefined): SharedBody {
  return { kind: "shared", holder: version.seq, size: version.size, range };
}

function copied(version: ObjectVersion, metadata: ObjectMetadata): NewObject {
  return {
    size: version.size,
    etag: version.etag,
    checksum: version.checksum,
    metadata: metadataDocument(metadata),
  };
}
