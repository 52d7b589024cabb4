import type { LoginProfileRecord, PasswordPolicy } from "../../../ports/password-store.ts";
import type { IdentityReference } from "../../../ports/identity-records.ts";
import type { Reader } from "../database.ts";
import { flag, integer, optional, utf8 } from "../sql-value.ts";

/** What is known of a user's password, without the password's hash. */
export function loginProfileOf(
  reader: Reader,
  { accountId, id }: IdentityReference,
): Promise<LoginProfileRecord | undefined> {
  const sql =
    "SELECT l.created_at, l.changed_at, l.reset_required FROM login_profiles l JOIN principals p ON p.id = l.user_id WHERE l.user_id = ? AND p.account_id = ?";
  return reader.get(sql, [id, accountId], ([created, changed, reset]) => ({
    createdAt: integer(created),
    changedAt: optional(integer, changed) ?? integer(created),
    resetRequired: flag(reset),
  }));
}

/** The hash of the current password. */
export function passwordHashOf(reader: Reader, { accountId, id }: IdentityReference): Promise<string | undefined> {
  const sql =
    "SELECT l.password FROM login_profiles l JOIN principals p ON p.id = l.user_id WHERE l.user_id = ? AND p.account_id = ?";
  return reader.get(sql, [id, accountId], ([hash]) => utf8(hash));
}

/** Hashes of earlier passwords, the latest first. */
export function formerHashesOf(reader: Reader, userId: string): Promise<readonly string[]> {
  const sql = "SELECT password FROM former_passwords WHERE user_id = ? ORDER BY number DESC";
  return reader.all(sql, [userId], ([hash]) => utf8(hash));
}

export function passwordPolicyOf(reader: Reader, accountId: string): Promise<PasswordPolicy | undefined> {
  const sql =
    "SELECT minimum_length, symbols, numbers, uppercase, lowercase, users_may_change, max_age, reuse_prevention, hard_expiry FROM password_policies WHERE account_id = ?";
  return reader.get(
    sql,
    [accountId],
    ([length, symbols, numbers, uppercase, lowercase, usersMayChange, maxAge, reuse, hardExpiry]) => ({
      minimumLength: integer(length),
      requireSymbols: flag(symbols),
      requireNumbers: flag(numbers),
      requireUppercase: flag(uppercase),
      requireLowercase: flag(lowercase),
      usersMayChange: flag(usersMayChange),
      maxAge: optional(integer, maxAge),
      reusePrevention: optional(integer, reuse),
      hardExpiry: optional(flag, hardExpiry),
    }),
  );
}
