/** What is kept of uses of credentials, and credential reports, on PostgreSQL. */
import type { CredentialReportStore, LastUsedStore } from "../../src/ports/last-used.ts";
import type { Postgres } from "./postgres-identity-store.ts";
import type { Queries } from "./postgres-rows.ts";

export async function forgetUse(db: Queries, subject: string): Promise<void> {
  await db.all("DELETE FROM last_used WHERE subject = $1", [subject]);
}

export function postgresLastUsed(db: Postgres): LastUsedStore & CredentialReportStore {
  return {
    async lastUse(subject) {
      const [row] = await db.all("SELECT * FROM last_used WHERE subject = $1", [subject]);
      return row && { at: Number(row["used_at"]), service: String(row["service"]), region: String(row["region"]) };
    },
    recordUses: (uses) =>
      db.change(async (tx) => {
        const sql =
          "INSERT INTO last_used SELECT $1::text, $2::bigint, $3::text, $4::text WHERE EXISTS (SELECT 1 FROM access_keys WHERE id = $1) OR EXISTS (SELECT 1 FROM principals WHERE id = $1) ON CONFLICT (subject) DO UPDATE SET used_at = excluded.used_at, service = excluded.service, region = excluded.region WHERE excluded.used_at > last_used.used_at";
        for (const { subject, at, service, region } of uses) await tx.all(sql, [subject, at, service, region]);
      }),
    async findAccessKey(accountId, accessKeyId) {
      const sql = "SELECT * FROM access_keys WHERE id = $1 AND account_id = $2";
      const [row] = await db.all(sql, [accessKeyId, accountId]);
      return (
        row && {
          accessKeyId,
          ownerId: (row["owner_id"] as string | null) ?? undefined,
          status: row["status"] === "Active" ? "Active" : "Inactive",
          createdAt: Number(row["created_at"]),
        }
      );
    },
    async accountCreatedAt(accountId) {
      const [row] = await db.all("SELECT created_at FROM accounts WHERE id = $1", [accountId]);
      return Number(row?.["created_at"] ?? 0);
    },
    async findCredentialReport(accountId) {
      const [row] = await db.all("SELECT * FROM credential_reports WHERE account_id = $1", [accountId]);
      return row && { generatedAt: Number(row["generated_at"]), content: String(row["content"]) };
    },
    async saveCredentialReport(accountId, { generatedAt, content }) {
      const sql =
        "INSERT INTO credential_reports VALUES ($1, $2, $3) ON CONFLICT (account_id) DO UPDATE SET generated_at = excluded.generated_at, content = excluded.content";
      await db.all(sql, [accountId, generatedAt, content]);
    },
  };
}
