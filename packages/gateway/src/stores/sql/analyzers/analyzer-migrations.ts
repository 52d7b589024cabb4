import type { Migration } from "../migration.ts";

const bucketArn = (name: string): string => `'arn:aws:s3:::' || CAST(${name} AS TEXT)`;
const roleArn = (row: string): string =>
  `'arn:aws:iam::' || ${row}.account_id || ':role' || ${row}.path || ${row}.name`;

/** INVARIANT: the row of a scan is made in the transaction of the change, by whatever procedure, so that no change is missed. */
function enqueue(select: string): string {
  return `INSERT INTO pending_scans (account_id, arn, generation) ${select}
    ON CONFLICT (account_id, arn) DO UPDATE SET generation = generation + 1`;
}

function onBucket(name: string, event: string, row: string): string {
  const isAnalyzed = `EXISTS (SELECT 1 FROM analyzers WHERE account_id = ${row}.owner)`;
  const select = `SELECT ${row}.owner, ${bucketArn(`${row}.name`)}, 1 WHERE true`;
  return `CREATE TRIGGER ${name} AFTER ${event} ON buckets WHEN ${isAnalyzed} BEGIN ${enqueue(select)}; END;`;
}

function onDocument(name: string, event: string, row: string, kinds = "'policy', 'publicAccessBlock'"): string {
  const isAnalyzed = `${row}.sub_resource IN (${kinds})`;
  const select = `SELECT owner, ${bucketArn("name")}, 1 FROM buckets
    WHERE id = ${row}.bucket_id AND EXISTS (SELECT 1 FROM analyzers WHERE account_id = buckets.owner)`;
  return `CREATE TRIGGER ${name} AFTER ${event} ON bucket_configurations WHEN ${isAnalyzed} BEGIN ${enqueue(select)}; END;`;
}

function onRole(name: string, event: string, row: string): string {
  const isAnalyzed = `${row}.kind = 'role' AND EXISTS (SELECT 1 FROM analyzers WHERE account_id = ${row}.account_id)`;
  const select = `SELECT ${row}.account_id, ${roleArn(row)}, 1 WHERE true`;
  return `CREATE TRIGGER ${name} AFTER ${event} ON principals WHEN ${isAnalyzed} BEGIN ${enqueue(select)}; END;`;
}

/** The public access block of an account counts for all of its buckets, so one row for all of them has the text of `everyAfter` in place of an ARN. */
function onAccountBlock(name: string, event: string, row: string): string {
  const isAnalyzed = `EXISTS (SELECT 1 FROM analyzers WHERE account_id = ${row}.account_id)`;
  const select = `SELECT ${row}.account_id, 'every AWS::S3::Bucket after ', 1 WHERE true`;
  return `CREATE TRIGGER ${name} AFTER ${event} ON account_public_access_blocks WHEN ${isAnalyzed} BEGIN ${enqueue(select)}; END;`;
}

/** One more resource of an account, with its ARN made of a name. PostgreSQL wants to know whose generation it is. */
export const enqueueOne = `INSERT INTO pending_scans (account_id, arn, generation) VALUES (?, ?, 1)
  ON CONFLICT (account_id, arn) DO UPDATE SET generation = pending_scans.generation + 1`;

const aclKinds = "'acl', 'ownershipControls'";

/** Analyzers of access from outside. Names of tags, of rules and of what is in filters and findings are bytes that a client sent. */
export const analyzerMigrations: readonly Migration[] = [
  {
    name: "0190-analyzers",
    sql: `
      CREATE TABLE analyzers (
        id TEXT PRIMARY KEY,
        account_id TEXT NOT NULL REFERENCES accounts (id),
        name TEXT NOT NULL,
        created_at INTEGER NOT NULL,
        tags BLOB NOT NULL,
        token BLOB,
        last_arn TEXT,
        last_at INTEGER,
        UNIQUE (account_id, name)
      ) STRICT, WITHOUT ROWID;
      CREATE TABLE archive_rules (
        analyzer_id TEXT NOT NULL REFERENCES analyzers (id),
        name TEXT NOT NULL,
        filter BLOB NOT NULL,
        created_at INTEGER NOT NULL,
        updated_at INTEGER NOT NULL,
        token BLOB,
        PRIMARY KEY (analyzer_id, name)
      ) STRICT, WITHOUT ROWID;
      CREATE TABLE findings (
        id TEXT PRIMARY KEY,
        analyzer_id TEXT NOT NULL REFERENCES analyzers (id),
        arn TEXT NOT NULL,
        type TEXT NOT NULL,
        owner TEXT NOT NULL,
        status TEXT NOT NULL CHECK (status IN ('ACTIVE', 'ARCHIVED', 'RESOLVED')),
        created_at INTEGER NOT NULL,
        analyzed_at INTEGER NOT NULL,
        updated_at INTEGER NOT NULL,
        access BLOB NOT NULL
      ) STRICT, WITHOUT ROWID;
      CREATE INDEX findings_by_resource ON findings (analyzer_id, arn);
      CREATE INDEX findings_by_update ON findings (analyzer_id, updated_at, id);
      CREATE TABLE analyzed_resources (
        analyzer_id TEXT NOT NULL REFERENCES analyzers (id),
        arn TEXT NOT NULL,
        type TEXT NOT NULL,
        owner TEXT NOT NULL,
        created_at INTEGER NOT NULL,
        analyzed_at INTEGER NOT NULL,
        updated_at INTEGER NOT NULL,
        summary BLOB NOT NULL,
        PRIMARY KEY (analyzer_id, arn)
      ) STRICT, WITHOUT ROWID;
      CREATE TABLE pending_scans (
        account_id TEXT NOT NULL,
        arn TEXT NOT NULL,
        generation INTEGER NOT NULL,
        PRIMARY KEY (account_id, arn)
      ) STRICT, WITHOUT ROWID;
      ${onBucket("scan_moved_bucket", "UPDATE OF state", "NEW")}
      ${onBucket("scan_removed_bucket", "DELETE", "OLD")}
      ${onDocument("scan_set_policy", "INSERT", "NEW")}
      ${onDocument("scan_changed_policy", "UPDATE", "NEW")}
      ${onDocument("scan_deleted_policy", "DELETE", "OLD")}
      ${onRole("scan_new_role", "INSERT", "NEW")}
      ${onRole("scan_changed_role", "UPDATE OF trust, path, name", "NEW")}
      ${onRole("scan_deleted_role", "DELETE", "OLD")}
    `,
  },
  {
    name: "0200-resolved-findings",
    sql: `CREATE INDEX findings_resolved ON findings (analyzer_id, updated_at, id) WHERE status = 'RESOLVED';`,
  },
];

/** Triggers for what analyzers count since later versions. */
export const scanMigrations: readonly Migration[] = [
  {
    name: "0220-scans-of-account-blocks",
    sql: `
      ${onAccountBlock("scan_set_account_block", "INSERT", "NEW")}
      ${onAccountBlock("scan_changed_account_block", "UPDATE", "NEW")}
      ${onAccountBlock("scan_deleted_account_block", "DELETE", "OLD")}
    `,
  },
  {
    // ACLs count from this version on, so every bucket is scanned once more.
    name: "0230-scans-of-acls",
    sql: `
      ${onDocument("scan_set_acl", "INSERT", "NEW", aclKinds)}
      ${onDocument("scan_changed_acl", "UPDATE", "NEW", aclKinds)}
      ${onDocument("scan_deleted_acl", "DELETE", "OLD", aclKinds)}
      ${enqueue("SELECT DISTINCT account_id, 'every AWS::S3::Bucket after ', 1 FROM analyzers WHERE true")};
    `,
  },
];
