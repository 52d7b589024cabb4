import type { ByteRange, CustomerKey, DataPlane, ObjectBytes, ObjectVersion, Version } from "../../ports/data-plane.ts";
import { StoreError } from "../../ports/store-error.ts";
import type { Reader, WatchfulReader } from "../../stores/sqlite/connection.ts";
import { type InlineBody, KnownVersions } from "./find-version.ts";
import { seqOf } from "./version-rows.ts";
import { liveContent, segmentsAt, sizeOf } from "./manifests.ts";
import {
  type Manifest,
  type SegmentSource,
  checkFirst,
  openInline,
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
  const find = async (bucketId: string, key: string, versionId: string | undefined): Promise<Version | undefined> =>
    versions.find(bucketId, key, versionId);
  return {
    stateOf: find,
    find: (_grant, bucketId, key, versionId) => find(bucketId, key, versionId),
    read: async (_grant, _bucketId, version, range, customerKey) => {
      const body = versions.inlineOf(version);
      return body === undefined
        ? openVersion(source, version, range, customerKey)
        : wholeBody(source, version, body, range, customerKey);
    },
    findUpload: async (_grant, bucketId, key, uploadId) => openUpload(reader, bucketId, key, uploadId),
    listParts: async (_grant, { bucketId, key, uploadId }, after, limit) =>
      openUpload(reader, bucketId, key, uploadId) === undefined ? [] : partsAfter(reader, uploadId, after, limit),
    listObjects: (_grant, bucketId, query) => listObjects(reader, bucketId, query),
    listVersions: (_grant, bucketId, query) => listVersions(reader, bucketId, query),
    listUploads: (_grant, bucketId, query) => listUploads(reader, bucketId, query),
  };
}

/** The bytes came with the version, so nothing can take them away meanwhile. */
function wholeBody(
  { keys }: SegmentSource,
  { metadata }: ObjectVersion,
  { segment, stored }: InlineBody,
  { first, last }: ByteRange = { first: 0, last: segment.length - 1 },
  customerKey?: CustomerKey,
): ObjectBytes {
  const whole = openInline(stored, segment, keys.open(segment.dataKey, metadata.encryption, customerKey)).subarray(
    first,
    last + 1,
  );
  return {
    whole,
    async *[Symbol.asyncIterator]() {
      yield whole;
    },
  };
}

/** The read lease begins before the answer, so a delete meanwhile does not cut it. */
export async function openVersion(
  source: SegmentSource,
  version: ObjectVersion,
  range: ByteRange = { first: 0, last: version.size - 1 },
  customerKey?: CustomerKey,
): Promise<AsyncIterable<Buffer>> {
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
