import type { Migration } from "../../stores/sql/migration.ts";
import { storeIdentityMigration } from "../../stores/sql/store-identity.ts";
import { quotaMigration } from "./quota-migration.ts";

/**
 * The object index, objects.db.
 *
 * A *content id* is the number of an ordered list of segments, its manifest: the `seq` of a version or the `holder` of a
 * part. All come from one counter and are never used again. A version made by CopyObject has no manifest of its own:
 * `copies` names the content id it shares, and `shared_contents` counts the versions that share one (no row: one). A
 * *body* is a run of bytes written once: a blob file, or a row of `inline_bodies` when it is small. Segments of several
 * manifests may share a body, which counts them in `refs`.
 *
 * A deletion puts the `seq` or `holder` into `garbage`; later `collect` removes the segments, a limited number in each
 * transaction, and files without references go through `dead_files`.
 */
export const objectMigrations: readonly Migration[] = [
  {
    name: "0001-objects",
    sql: `
      CREATE TABLE counters (name TEXT PRIMARY KEY, value INTEGER NOT NULL) STRICT, WITHOUT ROWID;
      INSERT INTO counters (name, value) VALUES ('sequence', 0);

      CREATE TABLE versions (
        bucket_id TEXT NOT NULL,
        key BLOB NOT NULL,
        seq INTEGER NOT NULL,
        version_id TEXT NOT NULL,
        kind TEXT NOT NULL CHECK (kind IN ('object', 'delete-marker')),
        owner TEXT NOT NULL,
        modified INTEGER NOT NULL,
        size INTEGER NOT NULL,
        etag TEXT NOT NULL,
        checksum_algorithm TEXT,
        checksum_type TEXT,
        checksum_value TEXT,
        PRIMARY KEY (bucket_id, key, seq DESC)
      ) STRICT, WITHOUT ROWID;
      CREATE UNIQUE INDEX versions_by_id ON versions (bucket_id, key, version_id);

      CREATE TABLE current (
        bucket_id TEXT NOT NULL,
        key BLOB NOT NULL,
        size INTEGER NOT NULL,
        etag TEXT NOT NULL,
        modified INTEGER NOT NULL,
        owner TEXT NOT NULL,
        checksum_algorithm TEXT,
        checksum_type TEXT,
        PRIMARY KEY (bucket_id, key)
      ) STRICT, WITHOUT ROWID;

      CREATE TABLE version_metadata (seq INTEGER PRIMARY KEY, document BLOB NOT NULL) STRICT;
      CREATE TABLE version_parts (seq INTEGER PRIMARY KEY, document BLOB NOT NULL) STRICT;

      CREATE TABLE bodies (
        id INTEGER PRIMARY KEY,
        file TEXT UNIQUE,
        size INTEGER NOT NULL,
        refs INTEGER NOT NULL
      ) STRICT;
      CREATE TABLE inline_bodies (body INTEGER PRIMARY KEY, octets BLOB NOT NULL) STRICT;
      CREATE TABLE segments (
        holder INTEGER NOT NULL,
        position INTEGER NOT NULL,
        body INTEGER NOT NULL,
        start INTEGER NOT NULL,
        length INTEGER NOT NULL CHECK (length > 0),
        PRIMARY KEY (holder, position)
      ) STRICT, WITHOUT ROWID;

      CREATE TABLE uploads (
        bucket_id TEXT NOT NULL,
        key BLOB NOT NULL,
        upload_id TEXT NOT NULL,
        initiated_at INTEGER NOT NULL,
        initiator BLOB NOT NULL,
        owner TEXT NOT NULL,
        metadata BLOB NOT NULL,
        checksum_algorithm TEXT,
        checksum_type TEXT,
        PRIMARY KEY (bucket_id, key, upload_id)
      ) STRICT, WITHOUT ROWID;
      CREATE TABLE parts (
        upload_id TEXT NOT NULL,
        number INTEGER NOT NULL,
        holder INTEGER NOT NULL,
        size INTEGER NOT NULL,
        etag TEXT NOT NULL,
        modified INTEGER NOT NULL,
        checksum_algorithm TEXT NOT NULL,
        checksum_value TEXT NOT NULL,
        PRIMARY KEY (upload_id, number)
      ) STRICT, WITHOUT ROWID;
      CREATE TABLE completed_uploads (
        upload_id TEXT PRIMARY KEY,
        bucket_id TEXT NOT NULL,
        key BLOB NOT NULL,
        seq INTEGER NOT NULL,
        request BLOB NOT NULL,
        completed_at INTEGER NOT NULL
      ) STRICT, WITHOUT ROWID;
      CREATE INDEX completed_uploads_by_time ON completed_uploads (completed_at);

      CREATE TABLE closed_buckets (bucket_id TEXT PRIMARY KEY) STRICT, WITHOUT ROWID;

      CREATE TABLE garbage (holder INTEGER PRIMARY KEY, since INTEGER NOT NULL) STRICT;
      CREATE INDEX garbage_by_time ON garbage (since);
      CREATE TABLE dead_files (file TEXT PRIMARY KEY) STRICT, WITHOUT ROWID;
      CREATE TABLE boots (boot_id TEXT PRIMARY KEY, swept INTEGER NOT NULL) STRICT, WITHOUT ROWID;
    `,
  },
  {
    // `first_byte` is the offset of a segment in its content, so a range is found without the segments before it.
    name: "0002-segments-by-offset",
    sql: `
      CREATE TABLE segments_by_offset (
        content INTEGER NOT NULL,
        first_byte INTEGER NOT NULL,
        body INTEGER NOT NULL,
        start INTEGER NOT NULL,
        length INTEGER NOT NULL CHECK (length > 0),
        PRIMARY KEY (content, first_byte)
      ) STRICT, WITHOUT ROWID;
      INSERT INTO segments_by_offset (content, first_byte, body, start, length)
        SELECT holder, SUM(length) OVER (PARTITION BY holder ORDER BY position) - length, body, start, length FROM segments;
      DROP TABLE segments;
      ALTER TABLE segments_by_offset RENAME TO segments;
      CREATE TABLE copies (seq INTEGER PRIMARY KEY, content INTEGER NOT NULL) STRICT;
      CREATE TABLE shared_contents (content INTEGER PRIMARY KEY, refs INTEGER NOT NULL) STRICT;
    `,
  },
  storeIdentityMigration("0010-store-identity"),
  {
    name: "0020-storage-class",
    sql: `
      ALTER TABLE versions ADD COLUMN storage_class TEXT NOT NULL DEFAULT 'STANDARD';
      ALTER TABLE current ADD COLUMN storage_class TEXT NOT NULL DEFAULT 'STANDARD';
      ALTER TABLE uploads ADD COLUMN storage_class TEXT NOT NULL DEFAULT 'STANDARD';
    `,
  },
  {
    // `data_key` is the wrapped key of an encrypted body, NULL for plain bytes; `size` is that of the plain bytes for both.
    name: "0030-encryption",
    sql: `
      ALTER TABLE bodies ADD COLUMN data_key BLOB;
      CREATE TABLE master_keys (id TEXT PRIMARY KEY, wrapped BLOB NOT NULL, created_at INTEGER NOT NULL) STRICT;
    `,
  },
  {
    // JSON. NULL: no lock, and there never was one. A column, because everything that removes a version asks for it.
    name: "0040-object-lock",
    sql: `
      ALTER TABLE versions ADD COLUMN lock TEXT;
      ALTER TABLE uploads ADD COLUMN lock TEXT;
    `,
  },
  quotaMigration,
];
