import type { DataPlane } from "../../ports/data-plane.ts";
import type { ByteRange, CustomerKey, ObjectBytes } from "../../ports/object-bytes.ts";
import type { ObjectVersion, Version } from "../../ports/object-version.ts";
import { DamagedVersion, StoreError } from "../../ports/store-error.ts";
import type { Reader, WatchfulReader } from "../../stores/sqlite/connection.ts";
import { WholeBytes } from "../whole-bytes.ts";
import { KnownVersions } from "./find-version.ts";
import { sealedSize } from "./frames.ts";
import { seqOf } from "./version-rows.ts";
import { liveContent, type Segment, segmentsAt, sizeOf } from "./manifests.ts";
import { SmallFiles, smallFile } from "./small-files.ts";
import {
  type Manifest,
  type SegmentSource,
  checkFirst,
  openWhole,
  readSegments,
  segmentsPerPage,
} from "./read-segments.ts";
import { listObjects, listUploads, listVersions } from "./list-pages.ts";
import { openUpload, partsAfter } from "./upload-procedures.ts";

type Reads = Pick<
  DataPlane,
  "stateOf" | "find" | "read" | "findUpload" | "listParts" | "listObjects" | "listVersions" | "listUploads"
>;

/** What changes nothing. The index is read synchronously: microseconds, and never behind a writer. */
export function objectReads(source: SegmentSource & { readonly reader: WatchfulReader }): Reads {
  const { reader } = source;
  const versions = new KnownVersions(reader);
  const small = new SmallFiles(source.files);
  const find = async (bucketId: string, key: string, versionId: string | undefined): Promise<Version | undefined> =>
    versions.find(bucketId, key, versionId);
  return {
    stateOf: find,
    find: (_grant, bucketId, key, versionId) => find(bucketId, key, versionId),
    read: async (_grant, _bucketId, version, range, customerKey) => {
      refuseDamaged(version);
      const body = versions.bodyOf(version);
      const stored = body && (body.stored ?? (await smallFileOf(source, small, version, body.segment)));
      return body === undefined || stored === undefined
        ? openVersion(source, version, range, customerKey)
        : wholeBody(source, version, { segment: body.segment, stored }, range, customerKey);
    },
    findUpload: async (_grant, bucketId, key, uploadId) => openUpload(reader, bucketId, key, uploadId),
    listParts: async (_grant, { bucketId, key, uploadId }, after, limit) =>
      openUpload(reader, bucketId, key, uploadId) === undefined ? [] : partsAfter(reader, uploadId, after, limit),
    listObjects: (_grant, bucketId, query) => listObjects(reader, bucketId, query),
    listVersions: (_grant, bucketId, query) => listVersions(reader, bucketId, query),
    listUploads: (_grant, bucketId, query) => listUploads(reader, bucketId, query),
  };
}

/** Undefined: the file is not small. */
async function smallFileOf(
  { reader }: SegmentSource,
  small: SmallFiles,
  version: ObjectVersion,
  { file, bodySize, dataKey }: Segment,
): Promise<Buffer | undefined> {
  if (file === undefined || bodySize > smallFile) return undefined;
  const kept = small.kept(file);
  if (kept !== undefined) return kept;
  try {
    return await small.read(file, dataKey === undefined ? bodySize : sealedSize(bodySize));
  } catch (error) {
    // It was collected since the version was looked up.
    if (liveContent(reader, seqOf(version)) === undefined) throw gone();
    throw error;
  }
}

/** All bytes are there, so nothing can take them away meanwhile. */
function wholeBody(
  { keys }: SegmentSource,
  { metadata }: ObjectVersion,
  { segment, stored }: { readonly segment: Segment; readonly stored: Buffer },
  { first, last }: ByteRange = { first: 0, last: segment.length - 1 },
  customerKey?: CustomerKey,
): ObjectBytes {
  const whole = openWhole(stored, segment, keys.open(segment.dataKey, metadata.encryption, customerKey)).subarray(
    first,
    last + 1,
  );
  return new WholeBytes(whole);
}

/** INVARIANT: bytes that a repair found wrong are given to nobody, and get into no other version. */
export function refuseDamaged({ metadata: { damaged } }: ObjectVersion): void {
  if (damaged !== undefined) throw new DamagedVersion(damaged);
}

/** The read lease begins before the answer, so a delete meanwhile does not cut it. */
export async function openVersion(
  source: SegmentSource,
  version: ObjectVersion,
  range: ByteRange = { first: 0, last: version.size - 1 },
  customerKey?: CustomerKey,
): Promise<ObjectBytes> {
  refuseDamaged(version);
  const { encryption } = version.metadata;
  const manifest = { ...findSegments(source.reader, version, range), encryption, customerKey };
  const chunks = readSegments(source, seqOf(version), manifest); // no await since the look-up
  await checkFirst(source.files, manifest.page);
  return chunks;
}

/** Looks up where the range begins and where the content ends, not what is between. */
function findSegments(
  reader: Reader,
  version: ObjectVersion,
  range: ByteRange,
): Omit<Manifest, "encryption" | "customerKey"> {
  const content = liveContent(reader, seqOf(version));
  if (content === undefined) throw gone();
  if (version.size === 0) return { content, range, page: [] };
  const page = segmentsAt(reader, content, range, segmentsPerPage);
  const [first, last] = [page[0], page.at(-1)];
  if (first === undefined || last === undefined) throw gone();
  const end = last.firstByte + last.length;
  if (
    first.firstByte + first.length <= range.first ||
    (end !== version.size && sizeOf(reader, content) !== version.size)
  )
    throw new StoreError("corrupt", "segments and size of a version differ");
  return { content, range, page };
}

function gone(): StoreError {
  return new StoreError("conflict", "the version is gone");
}
