import type { PasswordPolicy } from "../../../ports/password-store.ts";
import { done, mayCreateLoginProfile, missing } from "../../../domain/identity/principal-rules.ts";
import type { IdentityReference } from "../../../ports/identity-records.ts";
import type { Done, StoreRefusal } from "../../../ports/identity-store.ts";
import { StoreError } from "../../../ports/store-error.ts";
import type { Writer } from "../database.ts";
import { endConsoleSessions } from "./console-session-procedures.ts";
import { loginProfileOf, passwordHashOf } from "./login-profile-rows.ts";
import { principalOf } from "./principal-rows.ts";

type Result = Done | StoreRefusal;

export interface NewLoginProfile {
  readonly user: IdentityReference;
  readonly passwordHash: string;
  readonly resetRequired: boolean;
  readonly createdAt: number;
}

export async function createLoginProfile(
  writer: Writer,
  { user, passwordHash, resetRequired, createdAt }: NewLoginProfile,
): Promise<Result> {
  const outcome = mayCreateLoginProfile(
    await principalOf(writer, user),
    (await loginProfileOf(writer, user)) !== undefined,
  );
  if (outcome.kind !== "done") return outcome;
  await writer.run("INSERT INTO login_profiles (user_id, password, reset_required, created_at) VALUES (?, ?, ?, ?)", [
    user.id,
    Buffer.from(passwordHash, "utf8"),
    resetRequired ? 1 : 0,
    createdAt,
  ]);
  return done;
}

export interface ChangedPassword {
  readonly passwordHash: string;
  /** The hash that was read before: whatever was compared with it is decided for it alone. */
  readonly replaced: string;
  readonly now: number;
  readonly remembered: number;
}

export interface LoginProfileChange {
  readonly user: IdentityReference;
  readonly password: ChangedPassword | undefined;
  readonly resetRequired: boolean | undefined;
}

export async function changeLoginProfile(
  writer: Writer,
  { user, password, resetRequired }: LoginProfileChange,
): Promise<Result> {
  if ((await loginProfileOf(writer, user)) === undefined) return missing;
  if (password !== undefined) {
    await replacePassword(writer, user, password);
    await endConsoleSessions(writer, user.id);
  }
  if (resetRequired !== undefined)
    await writer.run("UPDATE login_profiles SET reset_required = ? WHERE user_id = ?", [
      resetRequired ? 1 : 0,
      user.id,
    ]);
  return done;
}

/** INVARIANT: the current password and the former ones are never more than `remembered`. */
async function replacePassword(
  writer: Writer,
  user: IdentityReference,
  { passwordHash, replaced, now, remembered }: ChangedPassword,
): Promise<void> {
  if ((await passwordHashOf(writer, user)) !== replaced)
    throw new StoreError("conflict", "the password was changed at the same time");
  const hash = Buffer.from(passwordHash, "utf8");
  await writer.run("UPDATE login_profiles SET password = ?, changed_at = ? WHERE user_id = ?", [hash, now, user.id]);
  await writer.run(
    "INSERT INTO former_passwords (user_id, number, password) SELECT ?, coalesce(max(number), 0) + 1, ? FROM former_passwords WHERE user_id = ?",
    [user.id, Buffer.from(replaced, "utf8"), user.id],
  );
  await writer.run(
    "DELETE FROM former_passwords WHERE user_id = ? AND number NOT IN (SELECT number FROM former_passwords WHERE user_id = ? ORDER BY number DESC LIMIT ?)",
    [user.id, user.id, Math.max(0, remembered - 1)],
  );
}

export async function deleteLoginProfile(writer: Writer, user: IdentityReference): Promise<Result> {
  if ((await loginProfileOf(writer, user)) === undefined) return missing;
  await writer.run("DELETE FROM login_profiles WHERE user_id = ?", [user.id]);
  await writer.run("DELETE FROM former_passwords WHERE user_id = ?", [user.id]);
  await endConsoleSessions(writer, user.id);
  return done;
}

export async function setPasswordPolicy(
  writer: Writer,
  { accountId, policy }: { readonly accountId: string; readonly policy: PasswordPolicy },
): Promise<Done> {
  const bit = (value: boolean): number => (value ? 1 : 0);
  await writer.run("DELETE FROM password_policies WHERE account_id = ?", [accountId]);
  await writer.run(
    "INSERT INTO password_policies (account_id, minimum_length, symbols, numbers, uppercase, lowercase, users_may_change, max_age, reuse_prevention, hard_expiry) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
    [
      accountId,
      policy.minimumLength,
      bit(policy.requireSymbols),
      bit(policy.requireNumbers),
      bit(policy.requireUppercase),
      bit(policy.requireLowercase),
      bit(policy.usersMayChange),
      policy.maxAge ?? null,
      policy.reusePrevention ?? null,
      policy.hardExpiry === undefined ? null : bit(policy.hardExpiry),
    ],
  );
  return done;
}

export async function deletePasswordPolicy(writer: Writer, accountId: string): Promise<Result> {
  if ((await writer.run("DELETE FROM password_policies WHERE account_id = ?", [accountId])) === 0) return missing;
  return done;
}
