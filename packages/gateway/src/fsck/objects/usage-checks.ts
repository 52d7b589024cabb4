import { noPlace, type TableCheck } from "./table-check.ts";

const stored = `SELECT bucket_id, sum(size) AS bytes, sum(is_object) AS objects FROM (
    SELECT bucket_id, size, 1 AS is_object FROM versions WHERE kind = 'object'
    UNION ALL SELECT bucket_id, size, 0 FROM parts) GROUP BY bucket_id`;

/** What buckets and accounts hold: triggers count it, so a repair counts after everything else. */
export const usageChecks: readonly TableCheck[] = [
  {
    kind: "usage-differs",
    table: "parts",
    select: `SELECT u.bucket_id, u.key, NULL AS version_id, p.holder AS id FROM parts p JOIN uploads u ON u.upload_id = p.upload_id
      WHERE p.bucket_id <> u.bucket_id`,
    mend: (connection, found) =>
      connection.exec(`UPDATE parts SET bucket_id = f.bucket_id FROM ${found} f WHERE f.id = parts.holder`),
  },
  {
    kind: "usage-differs",
    table: "bucket_usage",
    select: `SELECT i.bucket_id, NULL AS key, NULL AS version_id, NULL AS id,
        coalesce(n.bytes, 0) AS bytes, coalesce(n.objects, 0) AS objects
      FROM (SELECT bucket_id FROM bucket_usage UNION SELECT bucket_id FROM versions UNION SELECT bucket_id FROM parts) i
      LEFT JOIN (${stored}) n ON n.bucket_id = i.bucket_id
      LEFT JOIN bucket_usage u ON u.bucket_id = i.bucket_id
      WHERE coalesce(u.bytes, 0) <> coalesce(n.bytes, 0) OR coalesce(u.objects, 0) <> coalesce(n.objects, 0)`,
    mend: (connection, found) =>
      connection.exec(`INSERT INTO bucket_usage (bucket_id, bytes, objects)
        SELECT bucket_id, bytes, objects FROM ${found} WHERE true
        ON CONFLICT (bucket_id) DO UPDATE SET bytes = excluded.bytes, objects = excluded.objects`),
  },
  {
    kind: "usage-differs",
    table: "account_usage",
    select: `SELECT ${noPlace}, a.account AS id, coalesce(n.bytes, 0) AS bytes, coalesce(n.objects, 0) AS objects
      FROM account_usage a LEFT JOIN
        (SELECT account, sum(bytes) AS bytes, sum(objects) AS objects FROM bucket_usage GROUP BY account) n ON n.account = a.account
      WHERE a.bytes <> coalesce(n.bytes, 0) OR a.objects <> coalesce(n.objects, 0)`,
    mend: (connection, found) =>
      connection.exec(`UPDATE account_usage SET bytes = f.bytes, objects = f.objects
        FROM ${found} f WHERE f.id = account_usage.account`),
  },
];
