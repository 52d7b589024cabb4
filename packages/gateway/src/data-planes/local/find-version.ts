import { boundedCache, type Weight } from "../../cache/bounded-cache.ts";
import type { ObjectVersion, Version } from "../../ports/object-version.ts";
import type { Row } from "../../stores/sql/database.ts";
import type { Reader, WatchfulReader } from "../../stores/sqlite/connection.ts";
import { type SqlValue, blob, integer, optional, text } from "../../stores/sql/sql-value.ts";
import type { Segment } from "./manifests.ts";
import { isIdentifier, keyBytes, versionFrom, versionRow } from "./version-rows.ts";

/** The one body that has all bytes of an object, and nothing else. */
export interface OnlyBody {
  readonly segment: Segment;
  /** Sealed when the segment has a data key. Undefined: they are in a file. */
  readonly stored: Buffer | undefined;
}

interface FoundVersion {
  readonly version: Version;
  /** Undefined: the object is empty, or is not made of one body. */
  readonly body: OnlyBody | undefined;
  /** It was an upload: its parts may take a megabyte. */
  readonly hasParts: boolean;
}

const versionColumns = `v.key, v.seq, v.version_id, v.kind, v.owner, v.modified, v.size, v.etag,
  v.checksum_algorithm, v.checksum_type, v.checksum_value, v.storage_class, v.lock`;

/** `choice` and its order leave one row of `v`; every other table has one row for it, or none. */
function select(choice: string): string {
  return `SELECT ${versionColumns},
      (SELECT max(l.seq) FROM versions l WHERE l.bucket_id = v.bucket_id AND l.key = v.key),
      m.document, p.document, b.id, b.size, b.file, b.data_key, i.octets
    FROM versions v
    LEFT JOIN version_metadata m ON m.seq = v.seq
    LEFT JOIN copies c ON c.seq = v.seq
    LEFT JOIN version_parts p ON p.seq = coalesce(c.content, v.seq)
    LEFT JOIN segments s ON s.content = coalesce(c.content, v.seq) AND s.first_byte = 0 AND s.start = 0 AND s.length = v.size
    LEFT JOIN bodies b ON b.id = s.body AND b.size = v.size
    LEFT JOIN inline_bodies i ON i.body = b.id
    WHERE v.bucket_id = ? AND v.key = ? ${choice} LIMIT 1`;
}

const latest = select("ORDER BY v.seq DESC");
const byId = select("AND v.version_id = ?");

/** Everything that a request needs of an object, in one statement. `versionId` undefined: the latest version. */
function findVersion(
  reader: Reader,
  bucketId: string,
  key: string,
  versionId: string | undefined,
): FoundVersion | undefined {
  const place = [bucketId, keyBytes(key)];
  if (versionId === undefined) return reader.get(latest, place, foundVersion);
  // An id that this data plane cannot have made is not looked up.
  return isIdentifier(versionId) ? reader.get(byId, [...place, versionId], foundVersion) : undefined;
}

function foundVersion(columns: Row): FoundVersion {
  const row = versionRow(columns);
  const [latestSeq, metadata, parts, ...body] = columns.slice(13);
  const version = versionFrom(row, row.seq === integer(latestSeq), { metadata, parts });
  return { version, body: onlyBody(version, body), hasParts: parts !== null };
}

function onlyBody(
  version: Version,
  [body, size, file, dataKey, stored]: readonly (SqlValue | undefined)[],
): OnlyBody | undefined {
  if (version.kind !== "object" || body === null || body === undefined) return undefined;
  const length = integer(size);
  const segment = {
    firstByte: 0,
    body: integer(body),
    file: optional(text, file),
    bodySize: length,
    dataKey: optional(blob, dataKey),
    start: 0,
    length,
  };
  return { segment, stored: optional(blob, stored) };
}

/** Bytes. */
const maxKept = 32 * 1024 * 1024;
/** Of a version without what it holds. */
const emptyVersion = 1500;

/**
 * Latest versions that were looked up, with the bytes of the small ones, kept until anything is written to the index. So objects that are
 * read again and again cost no statement, and none is ever older than the last acknowledged write.
 */
export class KnownVersions {
  readonly #reader: WatchfulReader;
  readonly #kept = boundedCache<string, FoundVersion>(maxKept, weightOf, "objects");
  readonly #bodies = new WeakMap<Version, OnlyBody>();
  #changes: number | undefined;

  constructor(reader: WatchfulReader) {
    this.#reader = reader;
  }

  find(bucketId: string, key: string, versionId: string | undefined): Version | undefined {
    if (versionId !== undefined) return this.#read(bucketId, key, versionId)?.version;
    // INVARIANT: read before the index is, so that what is committed meanwhile clears the cache the next time.
    const changes = this.#reader.changes();
    if (changes !== this.#changes) this.#kept.clear();
    this.#changes = changes;
    const name = `${bucketId}/${key}`;
    const known = this.#kept.get(name);
    if (known !== undefined) return known.version;
    const found = this.#read(bucketId, key, undefined);
    if (found?.hasParts === false) this.#kept.set(name, found);
    return found?.version;
  }

  /** What came with a version when it was looked up. */
  bodyOf(version: ObjectVersion): OnlyBody | undefined {
    return this.#bodies.get(version);
  }

  #read(bucketId: string, key: string, versionId: string | undefined): FoundVersion | undefined {
    const found = findVersion(this.#reader, bucketId, key, versionId);
    if (found?.body !== undefined) this.#bodies.set(found.version, found.body);
    return found;
  }
}

function weightOf(name: string, { version, body }: FoundVersion): Weight {
  const own = emptyVersion + 2 * name.length + (body?.stored?.length ?? 0);
  if (version.kind !== "object") return { own };
  const { headers, user, tags = [], acl = [] } = version.metadata;
  const texts = [...Object.values(headers), ...Object.values(user)].reduce((sum, text) => sum + 100 + text.length, 0);
  return { own: own + texts + 300 * (tags.length + acl.length) };
}
