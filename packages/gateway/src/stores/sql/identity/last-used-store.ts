import type { CredentialReportStore, LastUse, LastUsedStore } from "../../../ports/last-used.ts";
import type { Reader } from "../database.ts";
import { integer, oneOf, optional, text, utf8 } from "../sql-value.ts";
import { inGroups, places } from "../in-groups.ts";
import type { DirectoryDatabase } from "./directory-database.ts";

async function lastUsesOf(reader: Reader, subjects: readonly string[]): Promise<ReadonlyMap<string, LastUse>> {
  const found = new Map<string, LastUse>();
  for (const group of inGroups(subjects)) {
    const sql = `SELECT subject, used_at, service, region FROM last_used WHERE subject IN (${places("?", group)})`;
    await reader.all(sql, group, ([subject, at, service, region]) =>
      found.set(text(subject), { at: integer(at), service: utf8(service), region: utf8(region) }),
    );
  }
  return found;
}

export function lastUsedStore(database: DirectoryDatabase): LastUsedStore & CredentialReportStore {
  const { reader } = database;
  return {
    lastUse: async (subject) => (await lastUsesOf(reader, [subject])).get(subject),
    lastUses: async (subjects) => lastUsesOf(reader, subjects),
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
      return (await reader.get(sql, [accountId], ([created]) => integer(created))) ?? 0;
    },
    async findCredentialReport(accountId) {
      const sql = "SELECT generated_at, content FROM credential_reports WHERE account_id = ?";
      return reader.get(sql, [accountId], ([at, content]) => ({ generatedAt: integer(at), content: utf8(content) }));
    },
    saveCredentialReport: (accountId, { generatedAt, content }) =>
      database.write("saveCredentialReport", { accountId, generatedAt, content: Buffer.from(content) }),
  };
}
