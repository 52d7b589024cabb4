import type { CredentialReportStore, LastUse, LastUsedStore } from "../../../ports/last-used.ts";
import type { Reader, Writer } from "../connection.ts";
import { integer, oneOf, optional, text, utf8 } from "../sql-value.ts";
import type { DirectoryDatabase } from "./directory-database.ts";

/**
 * What uses of credentials are kept as. The rows change no right, so the revision stays; but each write lets the caches of the directory
 * read again, so they come in batches, once a minute.
 */
export function recordUses(writer: Writer, uses: readonly (LastUse & { readonly subject: string })[]): void {
  const sql =
    "INSERT INTO last_used (subject, used_at, service, region) SELECT ?, ?, ?, ? WHERE EXISTS (SELECT 1 FROM access_keys WHERE id = ?) OR EXISTS (SELECT 1 FROM principals WHERE id = ?) ON CONFLICT (subject) DO UPDATE SET used_at = excluded.used_at, service = excluded.service, region = excluded.region WHERE excluded.used_at > last_used.used_at";
  for (const { subject, at, service, region } of uses)
    writer.run(sql, [subject, at, Buffer.from(service), Buffer.from(region), subject, subject]);
}

/** With the key or principal itself. */
export function forgetUse(writer: Writer, subject: string): void {
  writer.run("DELETE FROM last_used WHERE subject = ?", [subject]);
}

export function saveCredentialReport(
  writer: Writer,
  { accountId, generatedAt, content }: { accountId: string; generatedAt: number; content: Uint8Array },
): void {
  writer.run("DELETE FROM credential_reports WHERE account_id = ?", [accountId]);
  writer.run("INSERT INTO credential_reports (account_id, generated_at, content) VALUES (?, ?, ?)", [
    accountId,
    generatedAt,
    content,
  ]);
}

function lastUseOf(reader: Reader, subject: string): LastUse | undefined {
  const sql = "SELECT used_at, service, region FROM last_used WHERE subject = ?";
  return reader.get(sql, [subject], ([at, service, region]) => ({
    at: integer(at),
    service: utf8(service),
    region: utf8(region),
  }));
}

export function lastUsedStore(database: DirectoryDatabase): LastUsedStore & CredentialReportStore {
  const { reader } = database;
  return {
    lastUse: async (subject) => lastUseOf(reader, subject),
    recordUses: (uses) => database.write("recordUses", uses),
    async findAccessKey(accountId, accessKeyId) {
      const sql = "SELECT owner_id, status, created_at FROM access_keys WHERE id = ? AND account_id = ?";
      return reader.get(sql, [accessKeyId, accountId], ([owner, status, created]) => ({
        accessKeyId,
        ownerId: optional(text, owner),
        status: oneOf(["Active", "Inactive"], status),
        createdAt: integer(created),
      }));
    },
    async accountCreatedAt(accountId) {
      const sql = "SELECT created_at FROM accounts WHERE id = ?";
      return reader.get(sql, [accountId], ([created]) => integer(created)) ?? 0;
    },
    async findCredentialReport(accountId) {
      const sql = "SELECT generated_at, content FROM credential_reports WHERE account_id = ?";
      return reader.get(sql, [accountId], ([at, content]) => ({ generatedAt: integer(at), content: utf8(content) }));
    },
    saveCredentialReport: (accountId, { generatedAt, content }) =>
      database.write("saveCredentialReport", { accountId, generatedAt, content: Buffer.from(content) }),
  };
}
