import type { Migration } from "../migration.ts";

/**
 * The organization of all accounts. Names, descriptions and addresses are bytes that a client sent. A policy is attached to the root or to
 * an account; AWS's own policies, which are attached like others, are in the program and not in a table. In a folder of an earlier version
 * the first account becomes the management account.
 */
export const organizationMigrations: readonly Migration[] = [
  {
    name: "0130-organization",
    sql: `
      ALTER TABLE accounts ADD COLUMN name BLOB;
      ALTER TABLE accounts ADD COLUMN email BLOB;
      ALTER TABLE accounts ADD COLUMN state TEXT NOT NULL DEFAULT 'ACTIVE' CHECK (state IN ('ACTIVE', 'CLOSED'));
      ALTER TABLE accounts ADD COLUMN alias TEXT;
      CREATE UNIQUE INDEX accounts_by_alias ON accounts (alias) WHERE alias IS NOT NULL;
      CREATE UNIQUE INDEX accounts_by_email ON accounts (email) WHERE email IS NOT NULL;
      CREATE TABLE organization (
        one INTEGER PRIMARY KEY CHECK (one = 1),
        id TEXT NOT NULL,
        root_id TEXT NOT NULL,
        management_account_id TEXT NOT NULL REFERENCES accounts (id)
      ) STRICT;
      CREATE TABLE organization_policy_types (
        type TEXT PRIMARY KEY CHECK (type IN ('SERVICE_CONTROL_POLICY', 'RESOURCE_CONTROL_POLICY'))
      ) STRICT, WITHOUT ROWID;
      CREATE TABLE organization_policies (
        id TEXT PRIMARY KEY,
        type TEXT NOT NULL CHECK (type IN ('SERVICE_CONTROL_POLICY', 'RESOURCE_CONTROL_POLICY')),
        name BLOB NOT NULL,
        description BLOB NOT NULL,
        document BLOB NOT NULL,
        UNIQUE (type, name)
      ) STRICT, WITHOUT ROWID;
      CREATE TABLE organization_attachments (
        target_id TEXT NOT NULL,
        type TEXT NOT NULL CHECK (type IN ('SERVICE_CONTROL_POLICY', 'RESOURCE_CONTROL_POLICY')),
        policy_id TEXT NOT NULL,
        PRIMARY KEY (target_id, type, policy_id)
      ) STRICT, WITHOUT ROWID;
      CREATE INDEX organization_attachments_by_policy ON organization_attachments (policy_id);
      CREATE TABLE account_requests (
        id TEXT PRIMARY KEY,
        account_name BLOB NOT NULL,
        account_id TEXT,
        state TEXT NOT NULL CHECK (state IN ('SUCCEEDED', 'FAILED')),
        failure_reason TEXT,
        requested_at INTEGER NOT NULL
      ) STRICT, WITHOUT ROWID;
      INSERT INTO organization (one, id, root_id, management_account_id)
        SELECT 1, 'o-' || lower(hex(randomblob(5))), 'r-' || lower(hex(randomblob(2))), id
        FROM accounts ORDER BY created_at, id LIMIT 1;
      INSERT INTO organization_policy_types (type) SELECT 'SERVICE_CONTROL_POLICY' FROM organization;
      INSERT INTO organization_attachments (target_id, type, policy_id)
        SELECT root_id, 'SERVICE_CONTROL_POLICY', 'p-FullAWSAccess' FROM organization;
      INSERT INTO organization_attachments (target_id, type, policy_id)
        SELECT id, 'SERVICE_CONTROL_POLICY', 'p-FullAWSAccess' FROM accounts;
    `,
  },
];
