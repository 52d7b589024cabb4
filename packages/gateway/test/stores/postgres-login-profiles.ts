/** Passwords and their policies of the identity store on PostgreSQL. */
import type { PasswordHashes } from "../../src/domain/identity/password-hashes.ts";
import type { PasswordPolicy } from "../../src/ports/password-store.ts";
import { done, mayCreateLoginProfile, missing } from "../../src/domain/identity/principal-rules.ts";
import type { IdentityReference } from "../../src/ports/identity-store.ts";
import type { LoginProfileStore, NewPassword, PasswordPolicyStore } from "../../src/ports/password-store.ts";
import { StoreError } from "../../src/ports/store-error.ts";
import { endConsoleSessions } from "./postgres-console-sessions.ts";
import { changedOne, type Postgres } from "./postgres-identity-store.ts";
import * as rows from "./postgres-rows.ts";
import type { Queries } from "./postgres-rows.ts";

/** Whether the user of a login profile is of the account in this parameter. */
function ofAccount(parameter: number): string {
  return `user_id IN (SELECT id FROM principals WHERE account_id = $${parameter})`;
}

async function hashOf(db: Queries, { accountId, id }: IdentityReference): Promise<string | undefined> {
  const sql = `SELECT password FROM login_profiles WHERE user_id = $1 AND ${ofAccount(2)}`;
  const [row] = await db.all(sql, [id, accountId]);
  return row && String(row["password"]);
}

async function formerOf(db: Queries, userId: string): Promise<readonly string[]> {
  const sql = "SELECT password FROM former_passwords WHERE user_id = $1 ORDER BY number DESC";
  return (await db.all(sql, [userId])).map((row) => String(row["password"]));
}

async function replace(
  tx: Queries,
  id: string,
  replaced: string,
  hash: string,
  { now, remembered }: NewPassword,
): Promise<void> {
  const sql = "UPDATE login_profiles SET password = $2, changed_at = $3 WHERE user_id = $1 AND password = $4";
  if ((await changedOne(tx, sql, [id, hash, now, replaced])).kind !== "done")
    throw new StoreError("conflict", "the password was changed at the same time");
  await tx.all("INSERT INTO former_passwords (user_id, password) VALUES ($1, $2)", [id, replaced]);
  await endConsoleSessions(tx, id);
  await tx.all(
    "DELETE FROM former_passwords WHERE user_id = $1 AND number NOT IN (SELECT number FROM former_passwords WHERE user_id = $1 ORDER BY number DESC LIMIT $2)",
    [id, Math.max(0, remembered - 1)],
  );
}

function policyFrom(row: rows.Row): PasswordPolicy {
  return JSON.parse(String(row["policy"]), (_key, value: unknown) => value ?? undefined) as PasswordPolicy;
}

export function postgresLoginProfiles(db: Postgres, hashes: PasswordHashes): LoginProfileStore & PasswordPolicyStore {
  const requester = { lane: "administration", name: "test" } as const;
  const unused = async (user: IdentityReference, current: string, { password, remembered }: NewPassword) =>
    hashes.hashUnused(password, [current, ...(await formerOf(db, user.id))].slice(0, remembered), requester);
  return {
    async createLoginProfile(_grant, user, { password, resetRequired, createdAt }) {
      const hash = await hashes.hash(password, user.accountId);
      return db.change(async (tx) => {
        const has = (await rows.loginProfileOf(tx, user)) !== undefined;
        const outcome = mayCreateLoginProfile(await rows.principalOf(tx, user), has);
        if (outcome.kind !== "done") return outcome;
        const values = [user.id, hash, resetRequired, createdAt];
        await tx.all("INSERT INTO login_profiles VALUES ($1, $2, $3, $4, $4)", values);
        return done;
      });
    },
    getLoginProfile: (_grant, user) => rows.loginProfileOf(db, user),
    async changeLoginProfile(_grant, user, { password, resetRequired }) {
      const current = await hashOf(db, user);
      if (current === undefined) return missing;
      const hash = password === undefined ? current : await unused(user, current, password);
      if (hash === undefined) return { kind: "reused" };
      return db.change(async (tx) => {
        if (password !== undefined) await replace(tx, user.id, current, hash, password);
        const sql = "UPDATE login_profiles SET reset_required = coalesce($2, reset_required) WHERE user_id = $1";
        return changedOne(tx, sql, [user.id, resetRequired ?? null]);
      });
    },
    async changeOwnPassword(_grant, user, { old, ...change }) {
      const current = await hashOf(db, user);
      if (current === undefined) return missing;
      if (!(await hashes.matches(old, current, requester))) return { kind: "wrong-password" };
      const hash = await unused(user, current, change);
      if (hash === undefined) return { kind: "reused" };
      try {
        return await db.change(async (tx) => {
          await replace(tx, user.id, current, hash, change);
          return changedOne(tx, "UPDATE login_profiles SET reset_required = false WHERE user_id = $1", [user.id]);
        });
      } catch (error) {
        if (error instanceof StoreError && error.kind === "conflict") return { kind: "wrong-password" };
        throw error;
      }
    },
    deleteLoginProfile: (_grant, { accountId, id }) =>
      db.change(async (tx) => {
        const sql = `DELETE FROM login_profiles WHERE user_id = $1 AND ${ofAccount(2)}`;
        const deleted = await changedOne(tx, sql, [id, accountId]);
        if (deleted.kind !== "done") return deleted;
        await tx.all("DELETE FROM former_passwords WHERE user_id = $1", [id]);
        await endConsoleSessions(tx, id);
        return deleted;
      }),
    async verifyPassword(user, password, who) {
      const matched = await hashes.matches(password, user && (await hashOf(db, user)), who);
      return matched === undefined ? "busy" : matched ? "matched" : "mismatched";
    },
    async findPasswordPolicy(accountId) {
      const [row] = await db.all("SELECT policy FROM password_policies WHERE account_id = $1", [accountId]);
      return row && policyFrom(row);
    },
    async setPasswordPolicy(_grant, accountId, policy) {
      const sql =
        "INSERT INTO password_policies VALUES ($1, $2) ON CONFLICT (account_id) DO UPDATE SET policy = excluded.policy";
      await db.all(sql, [accountId, JSON.stringify(policy)]);
      return done;
    },
    deletePasswordPolicy: (_grant, accountId) =>
      changedOne(db, "DELETE FROM password_policies WHERE account_id = $1", [accountId]),
  };
}
