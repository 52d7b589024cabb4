import { analyzerMigrations, scanMigrations } from "../analyzers/analyzer-migrations.ts";
import {
  accountBlockMigrations,
  bucketMigrations,
  lifecycleMigration,
  placeMigration,
} from "../buckets/bucket-migrations.ts";
import { inventoryAccountsMigration, inventoryMigration } from "../buckets/inventories.ts";
import { moveMigration } from "../buckets/bucket-moves.ts";
import { consoleSessionMigration } from "./console-session-procedures.ts";
import { outboxMigration } from "../record/event-outbox.ts";
import type { Migration } from "../migration.ts";
import { sessionMigrations } from "../sessions/session-migrations.ts";
import { revisionMigration, revisionPartsMigration } from "../revision.ts";
import { organizationMigrations } from "../organization/organization-migrations.ts";
import { counterMigration } from "../counter-procedures.ts";
import { storeIdentityMigration } from "../store-identity.ts";
import { oidcProviderMigration } from "./oidc-provider-rows.ts";

/**
 * Everything in directory.db. Names are unique in lower case, which is the column `folded`. Documents are stored as the bytes
 * that the client sent.
 */
export const directoryMigrations: readonly Migration[] = [
  revisionMigration,
  {
    name: "0010-identity",
    sql: `
      CREATE TABLE accounts (
        id TEXT PRIMARY KEY,
        canonical_id TEXT NOT NULL UNIQUE,
        created_at INTEGER NOT NULL
      ) STRICT, WITHOUT ROWID;
      CREATE TABLE principals (
        id TEXT PRIMARY KEY,
        account_id TEXT NOT NULL REFERENCES accounts (id),
        kind TEXT NOT NULL CHECK (kind IN ('user', 'role')),
        name TEXT NOT NULL,
        folded TEXT NOT NULL,
        path TEXT NOT NULL,
        created_at INTEGER NOT NULL,
        boundary TEXT,
        tags BLOB NOT NULL,
        description BLOB,
        trust BLOB,
        max_session INTEGER,
        UNIQUE (account_id, kind, folded)
      ) STRICT, WITHOUT ROWID;
      CREATE TABLE access_keys (
        id TEXT PRIMARY KEY,
        account_id TEXT NOT NULL REFERENCES accounts (id),
        owner_id TEXT REFERENCES principals (id),
        secret BLOB NOT NULL,
        status TEXT NOT NULL CHECK (status IN ('Active', 'Inactive')),
        created_at INTEGER NOT NULL
      ) STRICT, WITHOUT ROWID;
      CREATE INDEX access_keys_by_owner ON access_keys (account_id, owner_id, created_at);
      CREATE TABLE inline_policies (
        holder_id TEXT NOT NULL REFERENCES principals (id),
        folded TEXT NOT NULL,
        name TEXT NOT NULL,
        document BLOB NOT NULL,
        PRIMARY KEY (holder_id, folded)
      ) STRICT, WITHOUT ROWID;
      CREATE TABLE attachments (
        holder_id TEXT NOT NULL REFERENCES principals (id),
        policy_arn TEXT NOT NULL,
        PRIMARY KEY (holder_id, policy_arn)
      ) STRICT, WITHOUT ROWID;
      CREATE INDEX attachments_by_policy ON attachments (policy_arn);
      CREATE TABLE policies (
        arn TEXT PRIMARY KEY,
        id TEXT NOT NULL UNIQUE,
        account_id TEXT NOT NULL REFERENCES accounts (id),
        name TEXT NOT NULL,
        folded TEXT NOT NULL,
        path TEXT NOT NULL,
        description BLOB,
        created_at INTEGER NOT NULL,
        updated_at INTEGER NOT NULL,
        default_version INTEGER NOT NULL,
        last_version INTEGER NOT NULL,
        UNIQUE (account_id, folded)
      ) STRICT, WITHOUT ROWID;
      CREATE TABLE policy_versions (
        policy_arn TEXT NOT NULL REFERENCES policies (arn),
        number INTEGER NOT NULL,
        document BLOB NOT NULL,
        created_at INTEGER NOT NULL,
        PRIMARY KEY (policy_arn, number)
      ) STRICT, WITHOUT ROWID;
    `,
  },
  {
    name: "0020-sessions",
    sql: `
      CREATE TABLE keyring (
        id TEXT PRIMARY KEY,
        wrapped BLOB NOT NULL,
        created_at INTEGER NOT NULL,
        state TEXT NOT NULL CHECK (state IN ('distributed', 'sealing', 'retiring'))
      ) STRICT, WITHOUT ROWID;
      CREATE TABLE revocations (
        kind TEXT NOT NULL CHECK (kind IN ('session', 'principal', 'source-identity')),
        subject TEXT NOT NULL,
        issued_before INTEGER NOT NULL,
        expires_at INTEGER NOT NULL,
        PRIMARY KEY (kind, subject)
      ) STRICT, WITHOUT ROWID;
    `,
  },
  { name: "0021-keyring-stopped", sql: "ALTER TABLE keyring ADD COLUMN stopped_at INTEGER" },
  {
    name: "0030-groups",
    sql: `
      CREATE TABLE groups (
        id TEXT PRIMARY KEY,
        account_id TEXT NOT NULL REFERENCES accounts (id),
        name TEXT NOT NULL,
        folded TEXT NOT NULL,
        path TEXT NOT NULL,
        created_at INTEGER NOT NULL,
        UNIQUE (account_id, folded)
      ) STRICT, WITHOUT ROWID;
      CREATE TABLE group_members (
        user_id TEXT NOT NULL REFERENCES principals (id),
        group_id TEXT NOT NULL REFERENCES groups (id),
        PRIMARY KEY (user_id, group_id)
      ) STRICT, WITHOUT ROWID;
      CREATE INDEX group_members_by_group ON group_members (group_id);
      CREATE TABLE group_inline_policies (
        holder_id TEXT NOT NULL REFERENCES groups (id),
        folded TEXT NOT NULL,
        name TEXT NOT NULL,
        document BLOB NOT NULL,
        PRIMARY KEY (holder_id, folded)
      ) STRICT, WITHOUT ROWID;
      CREATE TABLE group_attachments (
        holder_id TEXT NOT NULL REFERENCES groups (id),
        policy_arn TEXT NOT NULL,
        PRIMARY KEY (holder_id, policy_arn)
      ) STRICT, WITHOUT ROWID;
      CREATE INDEX group_attachments_by_policy ON group_attachments (policy_arn);
      CREATE INDEX principals_by_boundary ON principals (boundary) WHERE boundary IS NOT NULL;
    `,
  },
  {
    name: "0031-login-profiles",
    sql: `
      CREATE TABLE login_profiles (
        user_id TEXT PRIMARY KEY REFERENCES principals (id),
        password BLOB NOT NULL,
        reset_required INTEGER NOT NULL CHECK (reset_required IN (0, 1)),
        created_at INTEGER NOT NULL
      ) STRICT, WITHOUT ROWID;
    `,
  },
  storeIdentityMigration("0040-store-identity"),
  ...bucketMigrations,
  {
    // Each account counts and lists its own attachments of AWS's policies, which all accounts share.
    name: "0110-attachment-accounts",
    sql: `
      ALTER TABLE attachments ADD COLUMN account_id TEXT;
      ALTER TABLE group_attachments ADD COLUMN account_id TEXT;
      UPDATE attachments SET account_id = (SELECT account_id FROM principals WHERE id = holder_id);
      UPDATE group_attachments SET account_id = (SELECT account_id FROM groups WHERE id = holder_id);
      DROP INDEX attachments_by_policy;
      DROP INDEX group_attachments_by_policy;
      DROP INDEX principals_by_boundary;
      CREATE INDEX attachments_by_policy ON attachments (account_id, policy_arn);
      CREATE INDEX group_attachments_by_policy ON group_attachments (account_id, policy_arn);
      CREATE INDEX principals_by_boundary ON principals (account_id, boundary) WHERE boundary IS NOT NULL;
    `,
  },
  { name: "0120-policy-tags", sql: "ALTER TABLE policies ADD COLUMN tags BLOB NOT NULL DEFAULT x'7b7d'" },
  ...organizationMigrations,
  {
    // A device without `enabled_at` is nobody's; one with it and without `owner_id` is the root's.
    name: "0140-mfa-devices",
    sql: `
      CREATE TABLE mfa_devices (
        serial_key TEXT PRIMARY KEY,
        account_id TEXT NOT NULL REFERENCES accounts (id),
        serial TEXT NOT NULL,
        name TEXT NOT NULL,
        path TEXT NOT NULL,
        created_at INTEGER NOT NULL,
        tags BLOB NOT NULL,
        seed BLOB NOT NULL,
        owner_id TEXT REFERENCES principals (id),
        enabled_at INTEGER,
        drift INTEGER NOT NULL DEFAULT 0,
        last_step INTEGER NOT NULL DEFAULT 0
      ) STRICT, WITHOUT ROWID;
      CREATE INDEX mfa_devices_by_owner ON mfa_devices (account_id, owner_id);
    `,
  },
  ...sessionMigrations,
  consoleSessionMigration,
  outboxMigration("0160-event-outbox"),
  {
    // `changed_at` NULL: the password is as it was when the profile was made.
    name: "0161-password-policies",
    sql: `
      ALTER TABLE login_profiles ADD COLUMN changed_at INTEGER;
      CREATE TABLE former_passwords (
        user_id TEXT NOT NULL REFERENCES principals (id),
        number INTEGER NOT NULL,
        password BLOB NOT NULL,
        PRIMARY KEY (user_id, number)
      ) STRICT, WITHOUT ROWID;
      CREATE TABLE password_policies (
        account_id TEXT PRIMARY KEY REFERENCES accounts (id),
        minimum_length INTEGER NOT NULL,
        symbols INTEGER NOT NULL CHECK (symbols IN (0, 1)),
        numbers INTEGER NOT NULL CHECK (numbers IN (0, 1)),
        uppercase INTEGER NOT NULL CHECK (uppercase IN (0, 1)),
        lowercase INTEGER NOT NULL CHECK (lowercase IN (0, 1)),
        users_may_change INTEGER NOT NULL CHECK (users_may_change IN (0, 1)),
        max_age INTEGER,
        reuse_prevention INTEGER,
        hard_expiry INTEGER CHECK (hard_expiry IN (0, 1))
      ) STRICT, WITHOUT ROWID;
    `,
  },
  {
    // `subject`: the id of an access key, of a role, or of a user whose password was used.
    name: "0170-last-used",
    sql: `
      CREATE TABLE last_used (
        subject TEXT PRIMARY KEY,
        used_at INTEGER NOT NULL,
        service BLOB NOT NULL,
        region BLOB NOT NULL
      ) STRICT, WITHOUT ROWID;
      CREATE TABLE credential_reports (
        account_id TEXT PRIMARY KEY REFERENCES accounts (id),
        generated_at INTEGER NOT NULL,
        content BLOB NOT NULL
      ) STRICT;
    `,
  },
  counterMigration("0180-counters"),
  ...analyzerMigrations,
  ...accountBlockMigrations,
  ...scanMigrations,
  placeMigration,
  moveMigration,
  oidcProviderMigration,
  revisionPartsMigration,
  lifecycleMigration,
  inventoryMigration,
  inventoryAccountsMigration,
];
