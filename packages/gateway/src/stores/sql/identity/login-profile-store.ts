import type { PasswordHashes } from "../../../domain/identity/password-hashes.ts";
import type { IdentityReference } from "../../../ports/identity-records.ts";
import type {
  LoginProfileStore,
  NewPassword,
  PasswordPolicyStore,
  PasswordRequester,
  Reused,
} from "../../../ports/password-store.ts";
import { StoreError } from "../../../ports/store-error.ts";
import type { DirectoryDatabase } from "./directory-database.ts";
import type { ChangedPassword } from "./login-profile-procedures.ts";
import { formerHashesOf, loginProfileOf, passwordHashOf, passwordPolicyOf } from "./login-profile-rows.ts";

/** The passwords that a user sets itself wait for each other, and not before those that administrators set. */
function ownRequester({ accountId, id }: IdentityReference): PasswordRequester {
  return { lane: "administration", name: `${accountId} ${id}` };
}

/** The reference alone: what goes to the writer thread is copied. */
function referenceTo({ accountId, id }: IdentityReference): IdentityReference {
  return { accountId, id };
}

export function loginProfileStore(
  database: DirectoryDatabase,
  hashes: PasswordHashes,
): LoginProfileStore & PasswordPolicyStore {
  const { reader } = database;
  const changed = async (
    requester: PasswordRequester,
    user: IdentityReference,
    replaced: string,
    { password, now, remembered }: NewPassword,
  ): Promise<ChangedPassword | Reused> => {
    const former = [replaced, ...(await formerHashesOf(reader, user.id))].slice(0, remembered);
    const passwordHash = await hashes.hashUnused(password, former, requester);
    return passwordHash === undefined ? { kind: "reused" } : { passwordHash, replaced, now, remembered };
  };
  return {
    async createLoginProfile(_grant, user, { password, ...profile }) {
      // Decided again by the writer; asked here so that no work goes into a hash that nobody keeps.
      if ((await loginProfileOf(reader, user)) !== undefined) return { kind: "exists" };
      const passwordHash = await hashes.hash(password, user.accountId);
      return database.write("createLoginProfile", { user: referenceTo(user), ...profile, passwordHash });
    },
    getLoginProfile: async (_grant, user) => loginProfileOf(reader, user),
    async changeLoginProfile(_grant, user, { password, resetRequired }) {
      const replaced = await passwordHashOf(reader, user);
      if (replaced === undefined) return { kind: "missing" };
      const requester = { lane: "administration", name: user.accountId } as const;
      const next = password === undefined ? undefined : await changed(requester, user, replaced, password);
      if (next !== undefined && "kind" in next) return next;
      return database.write("changeLoginProfile", { user: referenceTo(user), password: next, resetRequired });
    },
    async changeOwnPassword(_grant, user, { old, ...change }) {
      const replaced = await passwordHashOf(reader, user);
      if (replaced === undefined) return { kind: "missing" };
      const matched = await hashes.matches(old, replaced, ownRequester(user));
      if (matched === undefined)
        throw new StoreError("unavailable", "too many passwords of this user wait to be hashed");
      if (!matched) return { kind: "wrong-password" };
      const password = await changed(ownRequester(user), user, replaced, change);
      if ("kind" in password) return password;
      try {
        return await database.write("changeLoginProfile", { user: referenceTo(user), password, resetRequired: false });
      } catch (error) {
        // Changed meanwhile: the old password is not the password any more.
        if (error instanceof StoreError && error.kind === "conflict") return { kind: "wrong-password" };
        throw error;
      }
    },
    deleteLoginProfile: (_grant, user) => database.write("deleteLoginProfile", referenceTo(user)),
    async verifyPassword(user, password, requester) {
      const hash = user === undefined ? undefined : await passwordHashOf(reader, user);
      const matched = await hashes.matches(password, hash, requester);
      if (matched === undefined) return "busy";
      if (!matched || user === undefined) return "mismatched";
      // Hashes wait in a queue: a password that was changed meanwhile is the password no more.
      const profile = await loginProfileOf(reader, user);
      if (profile === undefined || (await passwordHashOf(reader, user)) !== hash) return "mismatched";
      return { setAt: profile.changedAt };
    },
    findPasswordPolicy: async (accountId) => passwordPolicyOf(reader, accountId),
    setPasswordPolicy: (_grant, accountId, policy) => database.write("setPasswordPolicy", { accountId, policy }),
    deletePasswordPolicy: (_grant, accountId) => database.write("deletePasswordPolicy", accountId),
  };
}
