import type { IdentityReference, LoginProfileRecord } from "../../../ports/identity-store.ts";
import type { Reader } from "../connection.ts";
import { flag, integer, utf8 } from "../sql-value.ts";

/** What is known of a user's password, without the password's hash. */
export function loginProfileOf(reader: Reader, { accountId, id }: IdentityReference): LoginProfileRecord | undefined {
  const sql =
    "SELECT l.created_at, l.reset_required FROM login_profiles l JOIN principals p ON p.id = l.user_id WHERE l.user_id = ? AND p.account_id = ?";
  return reader.get(sql, [id, accountId], ([created, reset]) => ({
    createdAt: integer(created),
    resetRequired: flag(reset),
  }));
}

export function passwordHashOf(reader: Reader, { accountId, id }: IdentityReference): string | undefined {
  const sql =
    "SELECT l.password FROM login_profiles l JOIN principals p ON p.id = l.user_id WHERE l.user_id = ? AND p.account_id = ?";
  return reader.get(sql, [id, accountId], ([hash]) => utf8(hash));
}
