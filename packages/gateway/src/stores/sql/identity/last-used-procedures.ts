import type { LastUse } from "../../../ports/last-used.ts";
import type { Writer } from "../database.ts";

/** What uses of credentials are kept as. They come in batches, once a minute. */
export async function recordUses(
  writer: Writer,
  uses: readonly (LastUse & { readonly subject: string })[],
): Promise<void> {
  const sql =
    "INSERT INTO last_used (subject, used_at, service, region) SELECT ?, ?, ?, ? WHERE EXISTS (SELECT 1 FROM access_keys WHERE id = ?) OR EXISTS (SELECT 1 FROM principals WHERE id = ?) ON CONFLICT (subject) DO UPDATE SET used_at = excluded.used_at, service = excluded.service, region = excluded.region WHERE excluded.used_at > last_used.used_at";
  for (const { subject, at, service, region } of uses)
    await writer.run(sql, [subject, at, Buffer.from(service), Buffer.from(region), subject, subject]);
}

/** With the key or principal itself. */
export async function forgetUse(writer: Writer, subject: string): Promise<void> {
  await writer.run("DELETE FROM last_used WHERE subject = ?", [subject]);
}

export async function saveCredentialReport(
  writer: Writer,
  { accountId, generatedAt, content }: { accountId: string; generatedAt: number; content: Uint8Array },
): Promise<void> {
  await writer.run("DELETE FROM credential_reports WHERE account_id = ?", [accountId]);
  await writer.run("INSERT INTO credential_reports (account_id, generated_at, content) VALUES (?, ?, ?)", [
    accountId,
    generatedAt,
    content,
  ]);
}
