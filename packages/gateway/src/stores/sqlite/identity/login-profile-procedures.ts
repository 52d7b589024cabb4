import type { Done, StoreRefusal } from "../../../ports/identity-store.ts";
import { done, mayCreateLoginProfile, missing } from "../../../domain/identity/principal-rules.ts";
import type { Writer } from "../connection.ts";
import { moveRevision } from "../revision.ts";
import { loginProfileOf } from "./login-profile-rows.ts";
import { principalById } from "./principal-rows.ts";

type Result = Done | StoreRefusal;

export interface NewLoginProfile {
  readonly userId: string;
  /** As `hashPassword` makes it. */
  readonly passwordHash: string;
  readonly resetRequired: boolean;
  readonly createdAt: number;
}

export function createLoginProfile(
  writer: Writer,
  { userId, passwordHash, resetRequired, createdAt }: NewLoginProfile,
): Result {
  const outcome = mayCreateLoginProfile(principalById(writer, userId), loginProfileOf(writer, userId) !== undefined);
  if (outcome.kind !== "done") return outcome;
  writer.run("INSERT INTO login_profiles (user_id, password, reset_required, created_at) VALUES (?, ?, ?, ?)", [
    userId,
    Buffer.from(passwordHash, "utf8"),
    resetRequired ? 1 : 0,
    createdAt,
  ]);
  moveRevision(writer);
  return done;
}

export interface LoginProfileChange {
  readonly userId: string;
  readonly passwordHash: string | undefined;
  readonly resetRequired: boolean | undefined;
}

export function changeLoginProfile(
  writer: Writer,
  { userId, passwordHash, resetRequired }: LoginProfileChange,
): Result {
  if (loginProfileOf(writer, userId) === undefined) return missing;
  if (passwordHash !== undefined)
    writer.run("UPDATE login_profiles SET password = ? WHERE user_id = ?", [Buffer.from(passwordHash, "utf8"), userId]);
  if (resetRequired !== undefined)
    writer.run("UPDATE login_profiles SET reset_required = ? WHERE user_id = ?", [resetRequired ? 1 : 0, userId]);
  moveRevision(writer);
  return done;
}

export function deleteLoginProfile(writer: Writer, { userId }: { readonly userId: string }): Result {
  if (writer.run("DELETE FROM login_profiles WHERE user_id = ?", [userId]) === 0) return missing;
  moveRevision(writer);
  return done;
}
