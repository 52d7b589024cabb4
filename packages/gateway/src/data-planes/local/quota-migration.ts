import type { Migration } from "../../stores/sql/migration.ts";

/**
 * What buckets and accounts hold, and may hold. INVARIANT: triggers count, in the transaction of each change, whatever makes it; so a row
 * always says what `versions` and `parts` have. The account of a bucket is '' until somebody has said it (`openBuckets`).
 */
export const quotaMigration: Migration = {
  name: "0050-quotas",
  sql: `
    CREATE TABLE bucket_usage (
      bucket_id TEXT PRIMARY KEY,
      account TEXT NOT NULL DEFAULT '',
      bytes INTEGER NOT NULL DEFAULT 0,
      objects INTEGER NOT NULL DEFAULT 0,
      max_bytes INTEGER,
      max_objects INTEGER
    ) STRICT, WITHOUT ROWID;
    CREATE TABLE account_usage (
      account TEXT PRIMARY KEY,
      bytes INTEGER NOT NULL DEFAULT 0,
      objects INTEGER NOT NULL DEFAULT 0,
      max_bytes INTEGER,
      max_objects INTEGER
    ) STRICT, WITHOUT ROWID;

    ALTER TABLE parts ADD COLUMN bucket_id TEXT NOT NULL DEFAULT '';
    CREATE INDEX uploads_by_id ON uploads (upload_id, bucket_id);
    UPDATE parts SET bucket_id = u.bucket_id FROM uploads u WHERE u.upload_id = parts.upload_id;
    DROP INDEX uploads_by_id;
    INSERT INTO bucket_usage (bucket_id, bytes, objects)
      SELECT bucket_id, sum(size), sum(objects) FROM (
        SELECT bucket_id, size, kind = 'object' AS objects FROM versions
        UNION ALL SELECT bucket_id, size, 0 FROM parts
      ) GROUP BY bucket_id;

    CREATE TRIGGER version_added AFTER INSERT ON versions WHEN NEW.kind = 'object' BEGIN
      INSERT INTO bucket_usage (bucket_id, bytes, objects) VALUES (NEW.bucket_id, NEW.size, 1)
        ON CONFLICT (bucket_id) DO UPDATE SET bytes = bytes + excluded.bytes, objects = objects + 1;
    END;
    CREATE TRIGGER version_removed AFTER DELETE ON versions WHEN OLD.kind = 'object' BEGIN
      UPDATE bucket_usage SET bytes = bytes - OLD.size, objects = objects - 1 WHERE bucket_id = OLD.bucket_id;
    END;
    CREATE TRIGGER part_added AFTER INSERT ON parts BEGIN
      INSERT INTO bucket_usage (bucket_id, bytes) VALUES (NEW.bucket_id, NEW.size)
        ON CONFLICT (bucket_id) DO UPDATE SET bytes = bytes + excluded.bytes;
    END;
    CREATE TRIGGER part_removed AFTER DELETE ON parts BEGIN
      UPDATE bucket_usage SET bytes = bytes - OLD.size WHERE bucket_id = OLD.bucket_id;
    END;
    CREATE TRIGGER bucket_usage_changed AFTER UPDATE OF bytes, objects ON bucket_usage WHEN NEW.account <> '' BEGIN
      UPDATE account_usage SET bytes = bytes + NEW.bytes - OLD.bytes, objects = objects + NEW.objects - OLD.objects
        WHERE account = NEW.account;
    END;
    CREATE TRIGGER bucket_account_known AFTER UPDATE OF account ON bucket_usage WHEN OLD.account = '' BEGIN
      INSERT INTO account_usage (account, bytes, objects) VALUES (NEW.account, NEW.bytes, NEW.objects)
        ON CONFLICT (account) DO UPDATE SET bytes = bytes + excluded.bytes, objects = objects + excluded.objects;
    END;
  `,
};
