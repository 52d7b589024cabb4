import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { expect } from "vitest";
import { openConnection } from "../src/stores/sqlite/connection.ts";
import { integer, text } from "../src/stores/sql/sql-value.ts";

/** Of blob files, relative to the folder of blobs. */
export async function blobNames(dataDir: string): Promise<readonly string[]> {
  const names = await readdir(join(dataDir, "blobs"), { recursive: true });
  return names.filter((name) => /^[0-9a-f]+\/[0-9]+\/[0-9a-f]{32}$/.test(name)).sort();
}

const brokenRows = {
  "bodies with a wrong count":
    "SELECT count(*) FROM bodies b WHERE refs <> (SELECT count(*) FROM segments s WHERE s.body = b.id)",
  "bodies nobody references": "SELECT count(*) FROM bodies WHERE refs < 1",
  "segments without a body": "SELECT count(*) FROM segments WHERE body NOT IN (SELECT id FROM bodies)",
  "segments beyond their body":
    "SELECT count(*) FROM segments s JOIN bodies b ON b.id = s.body WHERE s.start + s.length > b.size",
  "inline bodies without a row":
    "SELECT count(*) FROM inline_bodies WHERE body NOT IN (SELECT id FROM bodies WHERE file IS NULL)",
  "bodies without bytes":
    "SELECT count(*) FROM bodies WHERE file IS NULL AND id NOT IN (SELECT body FROM inline_bodies)",
  "segments of no content": `SELECT count(*) FROM segments WHERE content NOT IN (SELECT seq FROM versions
    UNION ALL SELECT holder FROM parts UNION ALL SELECT holder FROM garbage UNION ALL SELECT content FROM copies)`,
  "segments that do not follow one another": `SELECT count(*) FROM (SELECT first_byte,
    sum(length) OVER (PARTITION BY content ORDER BY first_byte) - length AS wanted FROM segments) WHERE first_byte <> wanted`,
  "versions of another size than their segments": `SELECT count(*) FROM versions v WHERE kind = 'object'
    AND size <> (SELECT coalesce(sum(length), 0) FROM segments
      WHERE content = coalesce((SELECT content FROM copies c WHERE c.seq = v.seq), v.seq))`,
  "copies of nothing": `SELECT count(*) FROM copies WHERE seq NOT IN
    (SELECT seq FROM versions UNION ALL SELECT holder FROM garbage)`,
  "contents with a wrong count": `SELECT count(*) FROM shared_contents s WHERE refs <> (
    SELECT count(*) FROM (SELECT seq FROM versions UNION ALL SELECT holder FROM garbage) v
    WHERE coalesce((SELECT content FROM copies c WHERE c.seq = v.seq), v.seq) = s.content)`,
  "copies that are not counted":
    "SELECT count(*) FROM copies WHERE content NOT IN (SELECT content FROM shared_contents)",
  "part sizes of no content": `SELECT count(*) FROM version_parts WHERE seq NOT IN
    (SELECT seq FROM versions UNION ALL SELECT holder FROM garbage UNION ALL SELECT content FROM copies)`,
  "objects without metadata":
    "SELECT count(*) FROM versions WHERE kind = 'object' AND seq NOT IN (SELECT seq FROM version_metadata)",
  "metadata without an object": `SELECT count(*) FROM version_metadata WHERE seq NOT IN
    (SELECT seq FROM versions UNION ALL SELECT holder FROM garbage)`,
  "parts without an upload": "SELECT count(*) FROM parts WHERE upload_id NOT IN (SELECT upload_id FROM uploads)",
  "keys whose current row is not their latest object": `
    WITH latest AS (SELECT bucket_id, key, kind, etag, size, max(seq) FROM versions GROUP BY bucket_id, key)
    SELECT count(*) FROM (
      SELECT bucket_id, key, etag, size FROM latest WHERE kind = 'object' EXCEPT SELECT bucket_id, key, etag, size FROM current
      UNION ALL
      SELECT * FROM (SELECT bucket_id, key, etag, size FROM current EXCEPT SELECT bucket_id, key, etag, size FROM latest WHERE kind = 'object'))`,
  "buckets that hold something else than is counted": `
    WITH held AS (
      SELECT bucket_id, sum(size) AS bytes, sum(objects) AS objects FROM (
        SELECT bucket_id, size, kind = 'object' AS objects FROM versions
        UNION ALL SELECT u.bucket_id, p.size, 0 FROM parts p JOIN uploads u ON u.upload_id = p.upload_id)
      GROUP BY bucket_id)
    SELECT count(*) FROM held FULL JOIN bucket_usage u ON u.bucket_id = held.bucket_id
    WHERE coalesce(held.bytes, 0) <> coalesce(u.bytes, -1) AND (u.bucket_id IS NOT NULL OR held.bytes > 0)
      OR coalesce(held.objects, 0) <> coalesce(u.objects, 0)`,
  "accounts that hold something else than their buckets": `
    SELECT count(*) FROM account_usage a
    WHERE bytes <> (SELECT coalesce(sum(bytes), 0) FROM bucket_usage u WHERE u.account = a.account)
      OR objects <> (SELECT coalesce(sum(objects), 0) FROM bucket_usage u WHERE u.account = a.account)`,
  "accounts whose buckets are not counted":
    "SELECT count(*) FROM bucket_usage WHERE account <> '' AND account NOT IN (SELECT account FROM account_usage)",
} as const satisfies Record<string, string>;

/** Looks at the invariants of a data folder that no process has open; gives the files that its rows need. */
export function auditIndex(dataDir: string): readonly string[] {
  const connection = openConnection(join(dataDir, "objects.db"));
  try {
    expect(connection.all("PRAGMA integrity_check", [], ([line]) => text(line))).toEqual(["ok"]);
    for (const [name, sql] of Object.entries(brokenRows)) {
      expect(
        connection.get(sql, [], ([count]) => integer(count)),
        name,
      ).toBe(0);
    }
    return connection.all("SELECT file FROM bodies WHERE file IS NOT NULL ORDER BY file", [], ([file]) => text(file));
  } finally {
    connection.close();
  }
}
