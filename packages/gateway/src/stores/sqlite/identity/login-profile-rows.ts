import type { LoginProfileRecord } from "../../../ports/identity-store.ts";
import type { Reader } from "../connection.ts";
import { flag, integer } from "../sql-value.ts";

/** What is known of a user's password, without the password's hash. */
export function loginProfileOf(reader: Reader, userId: string): LoginProfileRecord | undefined {
  const sql = "SELECT created_at, reset_required FROM login_profiles WHERE user_id = ?";
  return reader.get(sql, [userId], ([created, reset]) => ({
    createdAt: integer(created),
    resetRequired: flag(reset),
  }));
}
