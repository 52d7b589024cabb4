import type { Migration } from "../migration.ts";

/** Every session that was issued, until it has expired; how many each issuer has; and revocations by key and within an account. */
export const sessionMigrations: readonly Migration[] = [
  {
    name: "0150-session-log",
    sql: `
      CREATE TABLE session_log (
        id TEXT PRIMARY KEY,
        account_id TEXT NOT NULL,
        access_key_id TEXT NOT NULL UNIQUE,
        operation TEXT NOT NULL,
        kind TEXT NOT NULL CHECK (kind IN ('role-session', 'user-session', 'federated-user', 'root')),
        principal_id TEXT NOT NULL,
        principal_arn TEXT NOT NULL,
        session_name TEXT NOT NULL,
        issuer_account TEXT NOT NULL,
        issuer_id TEXT NOT NULL,
        issuer_arn TEXT NOT NULL,
        issuer_key TEXT NOT NULL,
        origin_id TEXT,
        origin_key TEXT,
        source_ip TEXT NOT NULL,
        source_identity TEXT,
        mfa INTEGER NOT NULL CHECK (mfa IN (0, 1)),
        managed_policies TEXT NOT NULL,
        inline_policies INTEGER NOT NULL,
        issued_at INTEGER NOT NULL,
        expires_at INTEGER NOT NULL
      ) STRICT, WITHOUT ROWID;
      CREATE INDEX session_log_by_account ON session_log (account_id, issued_at, id);
      CREATE INDEX session_log_by_principal ON session_log (account_id, principal_id, issued_at, id);
      CREATE INDEX session_log_by_origin ON session_log (account_id, origin_id, issued_at, id);
      CREATE INDEX session_log_by_end ON session_log (expires_at);
      CREATE TABLE session_counts (issuer_id TEXT PRIMARY KEY, sessions INTEGER NOT NULL) STRICT, WITHOUT ROWID;
      ALTER TABLE revocations RENAME TO earlier_revocations;
      CREATE TABLE revocations (
        kind TEXT NOT NULL CHECK (kind IN ('session', 'principal', 'access-key', 'source-identity')),
        subject TEXT NOT NULL,
        issued_before INTEGER NOT NULL,
        expires_at INTEGER NOT NULL,
        PRIMARY KEY (kind, subject)
      ) STRICT, WITHOUT ROWID;
      INSERT INTO revocations SELECT kind, subject, issued_before, expires_at FROM earlier_revocations;
      DROP TABLE earlier_revocations;
    `,
  },
];
