import { join } from "node:path";
import { setImmediate as nextTurn } from "node:timers/promises";
import { BlobFiles } from "../../data-planes/local/blob-files.ts";
import { newWriterId } from "../../data-planes/local/local-plane.ts";
import { segmentsAt } from "../../data-planes/local/manifests.ts";
import { metadataFrom } from "../../data-planes/local/metadata-document.ts";
import { openVersion } from "../../data-planes/local/object-reads.ts";
import { ReadLeases } from "../../data-planes/local/read-leases.ts";
import { readSegments, segmentsPerPage, type SegmentSource } from "../../data-planes/local/read-segments.ts";
import {
  partColumns,
  partFrom,
  type VersionRow,
  versionFrom,
  versionRow,
} from "../../data-planes/local/version-rows.ts";
import type { ObjectBytes } from "../../ports/object-bytes.ts";
import type { ObjectEncryption, ObjectPart, ObjectVersion } from "../../ports/object-version.ts";
import { StoreError } from "../../ports/store-error.ts";
import { integer, text } from "../../stores/sql/sql-value.ts";
import type { Finding } from "../finding.ts";
import type { FindingKind } from "../finding-kinds.ts";
import { eachRow, findRows } from "../found-rows.ts";
import { faultOf } from "./check-versions.ts";
import { eachVersion, type RawVersion } from "./each-version.ts";
import { setMark } from "./mark-damaged.ts";
import { type ObjectsUnderCheck, placeOf } from "./objects-under-check.ts";
import { difference, type Stored } from "./proof.ts";

interface Reading extends ObjectsUnderCheck {
  readonly source: SegmentSource;
  /** Bytes that were read, and objects that could not be, because their keys are not known here. */
  bytes: number;
  notRead: number;
}

/** Reads the bytes of every version and part that seems whole, and holds them against what is stored of them. */
export async function* readBodies(objects: ObjectsUnderCheck): AsyncGenerator<Finding> {
  const { connection, checks, keys = noKeys } = objects;
  const files = new BlobFiles(join(checks.dataDir, "blobs"), newWriterId());
  const source = { reader: connection, files, leases: new ReadLeases(), keys };
  const reading: Reading = { ...objects, source, bytes: 0, notRead: 0 };
  let count = 0;
  for (const version of eachVersion(connection)) {
    count += 1;
    if (count % turnAfter === 0) await nextTurn();
    yield* readVersion(reading, version);
  }
  await readParts(reading);
  if (reading.notRead > 0) yield checks.found("not-read", { detail: `${reading.notRead} objects` });
}

/** Small objects are read without waiting for anything, and the memory of what was read is given back between two turns only. */
const turnAfter = 500;

const noKeys: SegmentSource["keys"] = {
  open: (wrapped) => {
    if (wrapped === undefined) return undefined;
    throw new StoreError("corrupt", "a body is encrypted, and there is no key");
  },
};

const lostMetadata: ReadonlySet<string> = new Set<FindingKind>(["metadata-unreadable", "upload-unreadable"]);

async function* readVersion(reading: Reading, raw: RawVersion): AsyncGenerator<Finding> {
  const { connection, checks } = reading;
  const damaged = connection.get("SELECT kind, known FROM temp.damaged WHERE seq = ?", [raw.seq], ([kind, known]) => ({
    kind: text(kind),
    isKnown: known === 1,
  }));
  // What was marked before is read again, because its bytes may have been put back; metadata that were lost stay lost.
  if (damaged !== undefined && (!damaged.isKnown || lostMetadata.has(damaged.kind))) return;
  const read = readableVersion(raw);
  if (read === undefined) return;
  const { version, stored } = read;
  if (!isReadable(reading, version.metadata.encryption)) {
    reading.notRead += 1;
    return;
  }
  const differs = await faultOfBytes(reading, stored, () => openVersion(reading.source, version));
  const place = placeOf(reading, [raw.bucketId, raw.key, version.versionId]);
  if (damaged === undefined && differs !== undefined) {
    yield checks.found("bytes-differ", { ...place, detail: differs });
    connection.run("INSERT INTO temp.damaged (seq, kind, known) VALUES (?, 'bytes-differ', 0)", [raw.seq]);
  }
  if (damaged === undefined || differs !== undefined) return;
  yield checks.found("mark-outdated", place);
  connection.run("DELETE FROM temp.damaged WHERE seq = ?", [raw.seq]);
  if (checks.repairs) setMark(reading, raw.seq, undefined);
}

/** As if it had no mark; undefined: it is a delete marker, or its row does not parse, which was said already. */
function readableVersion(raw: RawVersion): { readonly version: ObjectVersion; readonly stored: Stored } | undefined {
  try {
    const row = versionRow([...raw.columns.slice(0, -1), null]);
    const version = versionFrom(row, true, { metadata: raw.metadata, parts: null });
    if (version.kind !== "object") return undefined;
    const { damaged: _, ...metadata } = version.metadata;
    const { size, etag, checksum } = version;
    const stored = { size, etag: isDigest(metadata.encryption) ? etag : undefined, checksum, parts: partsOf(row, raw) };
    return { version: { ...version, metadata }, stored };
  } catch (error) {
    if (error instanceof StoreError) return undefined;
    throw error;
  }
}

/** None when they do not parse or do not add up. */
function partsOf(row: VersionRow, raw: RawVersion): readonly ObjectPart[] {
  try {
    const version = versionFrom(row, true, raw);
    if (version.kind !== "object") return [];
    return version.parts.reduce((sum, { size }) => sum + size, 0) === version.size ? version.parts : [];
  } catch (error) {
    if (error instanceof StoreError) return [];
    throw error;
  }
}

/** "Objects encrypted by SSE-C or SSE-KMS have ETags that are not an MD5 digest of their object data." See `etagOf`. */
function isDigest(encryption: ObjectEncryption | undefined): boolean {
  return encryption === undefined || encryption.kind === "SSE-S3";
}

/** Only the gateway's own keys are known here. */
function isReadable({ keys }: Reading, encryption: ObjectEncryption | undefined): boolean {
  return encryption === undefined || (encryption.kind === "SSE-S3" && keys !== undefined);
}

async function faultOfBytes(
  reading: Reading,
  stored: Stored,
  open: () => ObjectBytes | Promise<ObjectBytes>,
): Promise<string | undefined> {
  try {
    return await difference(stored, counted(reading, await open()));
  } catch (error) {
    if (error instanceof StoreError) return error.message;
    throw error;
  }
}

const progressBytes = 256 * 1024 * 1024;

async function* counted(reading: Reading, bytes: ObjectBytes): AsyncGenerator<Buffer> {
  for await (const piece of bytes) {
    const before = Math.floor(reading.bytes / progressBytes);
    reading.bytes += piece.length;
    if (Math.floor(reading.bytes / progressBytes) > before)
      reading.checks.progress(`bodies: ${Math.floor(reading.bytes / 1024 ** 2)} MiB`);
    yield piece;
    bytes.giveBack?.(piece);
  }
}

/** Parts of unfinished uploads. Those that are wrong are in `temp.bad_parts` afterwards. */
async function readParts(reading: Reading): Promise<void> {
  const { connection } = reading;
  const select = `SELECT u.metadata, p.holder, ${partColumns
    .split(", ")
    .map((column) => `p.${column}`)
    .join(", ")}
    FROM parts p JOIN uploads u ON u.upload_id = p.upload_id WHERE p.holder NOT IN (SELECT holder FROM temp.bad_parts)`;
  const all = findRows(connection, "bytes-differ", select);
  for (const [document, id, ...columns] of eachRow(connection, all, `metadata, holder, ${partColumns}`)) {
    if (faultOf(() => metadataFrom(document)) !== undefined) continue; // the upload was said to be unreadable
    const { encryption } = metadataFrom(document);
    if (!isReadable(reading, encryption)) {
      reading.notRead += 1;
      continue;
    }
    const { size, etag, checksum } = partFrom(columns);
    const content = integer(id);
    const stored = { size, etag, checksum: { ...checksum, type: "FULL_OBJECT" as const }, parts: [] };
    const differs = await faultOfBytes(reading, stored, () => openPart(reading, content, size, encryption));
    if (differs !== undefined) connection.run("INSERT INTO temp.bad_parts (holder) VALUES (?)", [content]);
  }
}

function openPart(
  { source }: Reading,
  content: number,
  size: number,
  encryption: ObjectEncryption | undefined,
): ObjectBytes {
  const range = { first: 0, last: size - 1 };
  const page = size === 0 ? [] : segmentsAt(source.reader, content, range, segmentsPerPage);
  return readSegments(source, content, { content, range, page, encryption, customerKey: undefined });
}
