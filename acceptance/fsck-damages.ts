/** Every kind of damage that `fsck` finds, made on a copy of a folder. */
import {
  appendFileSync,
  chmodSync,
  copyFileSync,
  mkdirSync,
  openSync,
  closeSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
  writeSync,
} from "node:fs";
import { join } from "node:path";
import type { FindingKind } from "../packages/gateway/src/fsck/finding-kinds.ts";
import type { CopiedFolder } from "./fsck-folder.ts";

export interface Damage {
  /** What is found of it; default: its kind alone. */
  readonly finds?: readonly FindingKind[];
  /** Found only when bodies are read. */
  readonly read?: true;
  /** The object, in the bucket `checked`, whose bytes are not to be had afterwards, or which is not listed any more. */
  readonly spoils?: readonly string[];
  /** It stands alone: other damages cannot be seen beside it. */
  readonly alone?: true;
  readonly make: (folder: CopiedFolder) => void;
}

const versionOf = (key: string): string => `(SELECT seq FROM versions WHERE key = CAST('${key}' AS BLOB))`;
const bodyOf = (key: string): string => `(SELECT body FROM segments WHERE content = ${versionOf(key)})`;
const sqlOf =
  (file: Parameters<CopiedFolder["sql"]>[0], statements: string): Damage["make"] =>
  (folder) =>
    folder.sql(file, statements);
const hexName = "ab".repeat(16);

/** Turns over one byte in the middle of a file. */
function flip(path: string): void {
  const bytes = readFileSync(path);
  const at = Math.floor(bytes.length / 2);
  bytes.writeUInt8(bytes.readUInt8(at) ^ 1, at);
  writeFileSync(path, bytes);
}

/** Writes over the pages of a database from the third on, and leaves the first ones, with the schema. */
function spoilPages(path: string): void {
  const file = openSync(path, "r+");
  writeSync(file, Buffer.alloc(16 * 4096, 0xee), 0, 16 * 4096, 3 * 4096);
  closeSync(file);
}

/** A page of a database is afterwards what it was before `change`. */
function keepPage(path: string, number: number, change: () => void): void {
  const [size, at] = [4096, (number - 1) * 4096];
  const before = readFileSync(path).subarray(at, at + size);
  change();
  const file = openSync(path, "r+");
  writeSync(file, before, 0, size, at);
  closeSync(file);
}

function lastWriter(folder: CopiedFolder): string {
  const connection = folder.number("SELECT count(*) FROM boots WHERE swept = 0");
  if (connection === 0) throw new Error("the last start has swept itself");
  return folder.blob("missing").split("/").at(-3) ?? "";
}

function eventFiles(folder: CopiedFolder): readonly string[] {
  const entries = readdirSync(folder.path("events"), { withFileTypes: true });
  return entries.flatMap((entry) => (entry.isFile() ? [entry.name] : [])).toSorted();
}

export const damages: Readonly<Record<FindingKind, Damage>> = {
  permissions: { make: (folder) => chmodSync(folder.path("keyfile"), 0o644) },
  "other-kind": {
    finds: ["other-kind", "other-kind"],
    make: (folder) => {
      mkdirSync(folder.path("events", "000000000000001-111122223333.jsonl"), { mode: 0o700 });
      mkdirSync(folder.path("access-logs", `111122223333-${hexName}-20261130-000000000000001-${"0A".repeat(8)}.log`), {
        mode: 0o700,
      });
    },
  },
  "parts-mixed": { alone: true, make: (folder) => rmSync(folder.path("blobs", "store-identity")) },
  "key-file": { alone: true, make: (folder) => writeFileSync(folder.path("keyfile"), Buffer.alloc(32, "other")) },
  "database-damaged": {
    alone: true,
    finds: ["database-damaged", "parts-mixed"],
    make: (folder) => spoilPages(folder.path("objects.db")),
  },
  "record-damaged": { alone: true, make: (folder) => spoilPages(folder.path("record.db")) },
  "index-damaged": {
    make: (folder) => {
      const root = folder.number("SELECT rootpage FROM sqlite_schema WHERE name = 'garbage_by_time'");
      keepPage(folder.path("objects.db"), root, () =>
        folder.sql("objects", "INSERT INTO garbage (holder, since) VALUES (0, 0); PRAGMA wal_checkpoint(TRUNCATE)"),
      );
    },
  },
  "foreign-key": {
    make: sqlOf("directory", "INSERT INTO attachments (holder_id, policy_arn) VALUES ('AIDANOBODY', 'arn')"),
  },
  "migrations-missing": {
    make: sqlOf(
      "directory",
      "DELETE FROM migrations WHERE name = '0280-buckets-with-lifecycle'; DROP INDEX buckets_with_lifecycle",
    ),
  },
  "text-unreadable": {
    alone: true,
    make: sqlOf("directory", "UPDATE principals SET path = CAST(x'2fff2f' AS TEXT) WHERE name = 'bob'"),
  },
  "access-key-sealed": {
    make: sqlOf(
      "directory",
      "UPDATE access_keys SET secret = zeroblob(60) WHERE owner_id = (SELECT id FROM principals WHERE name = 'dave')",
    ),
  },
  "mfa-seed-sealed": { make: sqlOf("directory", "UPDATE mfa_devices SET seed = zeroblob(60) WHERE name = 'phone'") },
  "master-key-sealed": { alone: true, make: sqlOf("objects", "UPDATE master_keys SET wrapped = zeroblob(60)") },
  "policy-unreadable": {
    make: sqlOf("directory", "UPDATE inline_policies SET document = x'7b' WHERE name = 'with-a-code'"),
  },
  "document-unreadable": {
    finds: ["document-unreadable", "document-unreadable"],
    make: sqlOf(
      "directory",
      `UPDATE policies SET tags = x'7b';
       INSERT INTO bucket_inventories (bucket_id, id, document, frequency)
         SELECT id, 'inventory', x'7b', '' FROM buckets WHERE name = CAST('checked' AS BLOB)`,
    ),
  },
  "policy-version-missing": { make: sqlOf("directory", "UPDATE policies SET default_version = 99") },
  "bucket-ownerless": {
    make: sqlOf("directory", "UPDATE buckets SET owner = '999999999999' WHERE name = CAST('unowned' AS BLOB)"),
  },
  "bucket-unsettled": {
    make: sqlOf("directory", "UPDATE buckets SET state = 'deleting' WHERE name = CAST('unsettled' AS BLOB)"),
  },
  "outbox-unreadable": { make: sqlOf("directory", "INSERT INTO event_outbox (event_id, event) VALUES ('e', x'7b')") },
  "bucket-unknown": {
    make: sqlOf(
      "directory",
      `DELETE FROM bucket_configurations WHERE bucket_id = (SELECT id FROM buckets WHERE name = CAST('unknown' AS BLOB));
       DELETE FROM buckets WHERE name = CAST('unknown' AS BLOB)`,
    ),
  },
  "bucket-closed": {
    make: (folder) => {
      folder.sql(
        "objects",
        `ATTACH '${folder.path("directory.db")}' AS d;
         INSERT INTO closed_buckets SELECT place FROM d.buckets WHERE name = CAST('closed' AS BLOB)`,
      );
    },
  },
  "counter-behind": {
    make: (folder) => {
      const marker = folder.path("blobs", "store-identity");
      writeFileSync(marker, readFileSync(marker, "utf8").replace(/ \d+\n/, " 1\n"));
      folder.sql("objects", "UPDATE counters SET value = 1");
    },
  },
  "version-unreadable": {
    make: sqlOf(
      "objects",
      ["versions", "current"]
        .map((table) => `UPDATE ${table} SET storage_class = 'NOVEL' WHERE key = CAST('class' AS BLOB)`)
        .join(";"),
    ),
    finds: ["version-unreadable"],
  },
  "lock-unreadable": {
    make: sqlOf("objects", "UPDATE versions SET lock = '{' WHERE key = CAST('by default' AS BLOB)"),
  },
  "metadata-unreadable": {
    spoils: ["metadata"],
    make: sqlOf("objects", `UPDATE version_metadata SET document = x'7b' WHERE seq = ${versionOf("metadata")}`),
  },
  "parts-unreadable": { make: sqlOf("objects", "UPDATE version_parts SET document = x'5b5d'") },
  "upload-unreadable": {
    make: sqlOf("objects", "UPDATE uploads SET metadata = x'7b' WHERE key = CAST('copying.bin' AS BLOB)"),
  },
  "content-incomplete": {
    spoils: ["ownerless"],
    finds: ["body-unused", "content-incomplete"],
    make: sqlOf("objects", `DELETE FROM segments WHERE content = ${versionOf("ownerless")}`),
  },
  "small-body-missing": {
    spoils: ["small-body"],
    make: sqlOf("objects", `DELETE FROM inline_bodies WHERE body = ${bodyOf("small-body")}`),
  },
  "blob-missing": { spoils: ["missing"], make: (folder) => rmSync(folder.blob("missing")) },
  "blob-length": { spoils: ["length"], make: (folder) => truncateSync(folder.blob("length"), 19_999) },
  "blob-unreadable": {
    spoils: ["unreadable"],
    make: (folder) => {
      const path = folder.blob("unreadable");
      rmSync(path);
      mkdirSync(path, { mode: 0o700 });
    },
  },
  "blob-link": {
    make: (folder) => {
      const path = folder.blob("linked");
      renameSync(path, join(folder.home, "elsewhere"));
      symlinkSync(join(folder.home, "elsewhere"), path);
    },
  },
  "data-key-sealed": {
    spoils: ["sealed"],
    make: sqlOf(
      "objects",
      `UPDATE bodies SET data_key = CAST(substr(data_key, 1, 5) || zeroblob(length(data_key) - 5) AS BLOB) WHERE id = ${bodyOf("sealed")}`,
    ),
  },
  "encryption-differs": {
    spoils: ["sealed otherwise"],
    make: sqlOf(
      "objects",
      `UPDATE bodies SET data_key = CAST(x'02' || substr(data_key, 2) AS BLOB) WHERE id = ${bodyOf("sealed otherwise")}`,
    ),
  },
  "bytes-differ": {
    read: true,
    spoils: ["flipped", "sealed flipped"],
    finds: ["bytes-differ", "bytes-differ"],
    make: (folder) => {
      flip(folder.blob("flipped"));
      flip(folder.blob("sealed flipped"));
    },
  },
  "part-damaged": {
    make: (folder) => {
      const content =
        "(SELECT holder FROM parts WHERE size > 16384 AND upload_id = (SELECT upload_id FROM uploads WHERE key = CAST('under-way.bin' AS BLOB)))";
      folder.sql("objects", `UPDATE segments SET start = start + 1 WHERE content = ${content}`);
    },
  },
  "damaged-known": {
    spoils: ["marked"],
    make: sqlOf(
      "objects",
      `UPDATE version_metadata SET document = CAST(json_set(CAST(document AS TEXT), '$.damaged', 'metadata-unreadable') AS BLOB) WHERE seq = ${versionOf("marked")}`,
    ),
  },
  "mark-outdated": {
    read: true,
    make: sqlOf(
      "objects",
      `UPDATE version_metadata SET document = CAST(json_set(CAST(document AS TEXT), '$.damaged', 'blob-missing') AS BLOB) WHERE seq = ${versionOf("healed")}`,
    ),
  },
  "part-ownerless": {
    make: sqlOf(
      "objects",
      "INSERT INTO parts (upload_id, number, holder, size, etag, modified, checksum_algorithm, checksum_value) SELECT 'of no upload', 1, value, 0, '', 0, 'SHA256', '' FROM counters",
    ),
  },
  "garbage-alive": { make: sqlOf("objects", `INSERT INTO garbage SELECT ${versionOf("alive")}, 0`) },
  "dead-file-alive": {
    make: sqlOf("objects", `INSERT INTO dead_files SELECT file FROM bodies WHERE id = ${bodyOf("dead")}`),
  },
  "content-ownerless": {
    spoils: ["listed"],
    finds: ["content-ownerless", "current-differs", "row-ownerless"],
    make: sqlOf("objects", "DELETE FROM versions WHERE key = CAST('listed' AS BLOB)"),
  },
  "row-ownerless": {
    make: sqlOf("objects", "INSERT INTO version_metadata SELECT max(seq) + 1000, x'7b7d' FROM version_metadata"),
  },
  "current-differs": { make: sqlOf("objects", "UPDATE current SET size = 1 WHERE key = CAST('counted' AS BLOB)") },
  "sharing-differs": {
    make: sqlOf("objects", `UPDATE shared_contents SET refs = 1 WHERE content = ${versionOf("shared")}`),
  },
  "references-differ": { make: sqlOf("objects", `UPDATE bodies SET refs = 7 WHERE id = ${bodyOf("counted")}`) },
  "body-unused": {
    make: sqlOf(
      "objects",
      `UPDATE counters SET value = value + 1;
       INSERT INTO bodies (id, size, refs) SELECT value, 3, 1 FROM counters;
       INSERT INTO inline_bodies (body, octets) SELECT value, x'010203' FROM counters`,
    ),
  },
  "usage-differs": {
    finds: Array.from({ length: 5 }, () => "usage-differs" as const),
    make: sqlOf(
      "objects",
      `UPDATE bucket_usage SET objects = objects + 1 WHERE bucket_id = (SELECT bucket_id FROM versions WHERE key = CAST('counted' AS BLOB));
       UPDATE parts SET bucket_id = 'another' WHERE size < 100;
       UPDATE account_usage SET bytes = bytes + 7 WHERE account = (SELECT max(account) FROM account_usage)`,
    ),
  },
  "not-read": { read: true, finds: [], make: () => {} },
  "blob-unknown": {
    make: (folder) => {
      mkdirSync(folder.path("blobs", hexName, "0000"), { recursive: true, mode: 0o700 });
      writeFileSync(folder.path("blobs", hexName, "0000", hexName), "unknown", { mode: 0o600 });
    },
  },
  "blob-stray": { make: (folder) => writeFileSync(folder.path("blobs", "read me"), "stray", { mode: 0o600 }) },
  "blob-leftover": {
    make: (folder) => writeFileSync(folder.path("blobs", lastWriter(folder), "0000", hexName), "half", { mode: 0o600 }),
  },
  "event-unreadable": {
    finds: ["event-unreadable", "record-sizes"],
    make: sqlOf("record", "UPDATE events SET body = x'7b' WHERE seq = (SELECT min(seq) FROM events)"),
  },
  "record-sizes": { make: sqlOf("record", "UPDATE document_size SET bytes = bytes + 1") },
  "record-document": {
    make: sqlOf("record", "UPDATE documents SET hash = 'of another' WHERE hash = (SELECT min(hash) FROM documents)"),
  },
  "message-unreadable": {
    make: sqlOf(
      "notifications",
      `INSERT INTO messages VALUES ('t', '111122223333', 1, 'id', x'', 0, x'7b');
       INSERT INTO backlogs VALUES ('t', '111122223333', 1, 201); UPDATE last_seq SET seq = 9`,
    ),
  },
  "backlog-differs": { make: sqlOf("notifications", "INSERT INTO backlogs VALUES ('other', '111122223333', 1, 1)") },
  "event-line": {
    make: (folder) => {
      const [first = ""] = eventFiles(folder);
      const path = folder.path("events", first);
      copyFileSync(path, `${path}.before`);
      writeFileSync(path, `{"half\n${readFileSync(`${path}.before`, "utf8")}`, { mode: 0o600 });
      rmSync(`${path}.before`);
    },
  },
  "event-line-cut": {
    make: (folder) => appendFileSync(folder.path("events", eventFiles(folder).at(-1) ?? ""), '{"half'),
  },
};
