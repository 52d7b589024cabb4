import type { Migration } from "../migration.ts";

/** Tables of the bucket registry in directory.db; needs `revisionMigration` beside it. Names and documents are bytes. */
export const bucketMigrations: readonly Migration[] = [
  {
    name: "0100-buckets",
    sql: `
      CREATE TABLE buckets (
        id TEXT PRIMARY KEY,
        name BLOB NOT NULL UNIQUE,
        owner TEXT NOT NULL,
        region TEXT NOT NULL,
        created_at INTEGER NOT NULL,
        state TEXT NOT NULL CHECK (state IN ('creating', 'active', 'deleting')),
        versioning TEXT NOT NULL DEFAULT 'off' CHECK (versioning IN ('off', 'enabled', 'suspended'))
      ) STRICT, WITHOUT ROWID;
      CREATE INDEX buckets_by_owner ON buckets (owner, name);
      CREATE TABLE bucket_configurations (
        bucket_id TEXT NOT NULL REFERENCES buckets (id) ON DELETE CASCADE,
        sub_resource TEXT NOT NULL,
        document BLOB NOT NULL,
        PRIMARY KEY (bucket_id, sub_resource)
      ) STRICT, WITHOUT ROWID;
    `,
  },
];

/** A bucket that was made before is on the local plane, under its id. */
export const placeMigration: Migration = {
  name: "0240-bucket-places",
  sql: `
    ALTER TABLE buckets ADD COLUMN place TEXT NOT NULL DEFAULT '';
    UPDATE buckets SET place = id;
    CREATE UNIQUE INDEX buckets_by_place ON buckets (place);
  `,
};

/** The job that carries lifecycles out asks which buckets have one whenever the directory has changed. */
export const lifecycleMigration: Migration = {
  name: "0280-buckets-with-lifecycle",
  compatible: true,
  sql: "CREATE INDEX buckets_with_lifecycle ON bucket_configurations (bucket_id) WHERE sub_resource = 'lifecycle'",
};

/** After the other tables of directory.db, and before the triggers of scans that are on this table. */
export const accountBlockMigrations: readonly Migration[] = [
  {
    name: "0210-account-public-access-blocks",
    sql: `
      CREATE TABLE account_public_access_blocks (
        account_id TEXT PRIMARY KEY,
        document BLOB NOT NULL
      ) STRICT, WITHOUT ROWID;
    `,
  },
];
