import type { OidcProviderRecord } from "../../../ports/oidc-provider-store.ts";
import type { Reader, Row } from "../database.ts";
import type { Migration } from "../migration.ts";
import { integer, json, tagsOf, text, textList } from "../sql-value.ts";

export const oidcProviderMigration: Migration = {
  name: "0260-oidc-providers",
  sql: `
    CREATE TABLE oidc_providers (
      arn TEXT PRIMARY KEY,
      account_id TEXT NOT NULL REFERENCES accounts (id),
      url TEXT NOT NULL,
      client_ids BLOB NOT NULL,
      thumbprints BLOB NOT NULL,
      tags BLOB NOT NULL,
      created_at INTEGER NOT NULL
    ) STRICT, WITHOUT ROWID;
    CREATE INDEX oidc_providers_by_account ON oidc_providers (account_id, arn);
  `,
};

const columns = "account_id, arn, url, client_ids, thumbprints, tags, created_at";

function rowOf([account, arn, url, clients, thumbprints, tags, created]: Row): OidcProviderRecord {
  return {
    accountId: text(account),
    arn: text(arn),
    url: text(url),
    clientIds: textList(json(clients), "the client ids of an identity provider"),
    thumbprints: textList(json(thumbprints), "the thumbprints of an identity provider"),
    tags: tagsOf(tags, "the tags of an identity provider"),
    createdAt: integer(created),
  };
}

export function oidcProvider(reader: Reader, accountId: string, arn: string): Promise<OidcProviderRecord | undefined> {
  return reader.get(`SELECT ${columns} FROM oidc_providers WHERE account_id = ? AND arn = ?`, [accountId, arn], rowOf);
}

export function oidcProvidersIn(reader: Reader, accountId: string): Promise<readonly OidcProviderRecord[]> {
  return reader.all(`SELECT ${columns} FROM oidc_providers WHERE account_id = ? ORDER BY arn`, [accountId], rowOf);
}
