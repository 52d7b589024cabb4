import type { Done, IdentityReference, StoreRefusal } from "../../../ports/identity-store.ts";
import { done, mayCreateLoginProfile, missing } from "../../../domain/identity/principal-rules.ts";
import type { Writer } from "../connection.ts";
import { endConsoleSessions } from "./console-session-procedures.ts";
import { moveRevision } from "../revision.ts";
import { loginProfileOf } from "./login-profile-rows.ts";
import { principalOf } from "./principal-rows.ts";

type Result = Done | StoreRefusal;

export interface NewLoginProfile {
  readonly user: IdentityReference;
  /** As `hashPassword` makes it. */
  readonly passwordHash: string;
  readonly resetRequired: boolean;
  readonly createdAt: number;
}

export function createLoginProfile(
  writer: Writer,
  { user, passwordHash, resetRequired, createdAt }: NewLoginProfile,
): Result {
  const outcome = mayCreateLoginProfile(principalOf(writer, user), loginProfileOf(writer, user) !== undefined);
  if (outcome.kind !== "done") return outcome;
  writer.run("INSERT INTO login_profiles (user_id, password, reset_required, created_at) VALUES (?, ?, ?, ?)", [
    user.id,
    Buffer.from(passwordHash, "utf8"),
    resetRequired ? 1 : 0,
    createdAt,
  ]);
  moveRevision(writer);
  return done;
}

export interface LoginProfileChange {
  readonly user: IdentityReference;
  readonly passwordHash: string | undefined;
  readonly resetRequired: boolean | undefined;
}

export function changeLoginProfile(writer: Writer, { user, passwordHash, resetRequired }: LoginProfileChange): Result {
  if (loginProfileOf(writer, user) === undefined) return missing;
  if (passwordHash !== undefined) {
    writer.run("UPDATE login_profiles SET password = ? WHERE user_id = ?", [
      Buffer.from(passwordHash, "utf8"),
      user.id,
    ]);
    endConsoleSessions(writer, user.id);
  }
  if (resetRequired !== undefined)
    writer.run("UPDATE login_profiles SET reset_required = ? WHERE user_id = ?", [resetRequired ? 1 : 0, user.id]);
  moveRevision(writer);
  return done;
}

export function deleteLoginProfile(writer: Writer, user: IdentityReference): Result {
  if (loginProfileOf(writer, user) === undefined) return missing;
  writer.run("DELETE FROM login_profiles WHERE user_id = ?", [user.id]);
  endConsoleSessions(writer, user.id);
  moveRevision(writer);
  return done;
}
