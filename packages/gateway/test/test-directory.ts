import { join } from "node:path";
import { onTestFinished } from "vitest";
import { randomIds } from "../src/server/random-ids.ts";
import { type AccessSecrets, createAccessSecrets } from "../src/domain/keyring/access-secrets.ts";
import { rotation } from "../src/domain/keyring/rotation.ts";
import { text } from "../src/stores/sqlite/sql-value.ts";
import { directoryMigrations } from "../src/stores/sqlite/identity/directory-migrations.ts";
import { sqliteIdentityStore } from "../src/stores/sqlite/identity/sqlite-identity-store.ts";
import { sqlitePrincipalDirectory } from "../src/stores/sqlite/identity/sqlite-principal-directory.ts";
import type { IdentityReference, IdentityStore, NewPrincipal, RoleRecord } from "../src/ports/identity-store.ts";
import type { PrincipalDirectory } from "../src/ports/principal-directory.ts";
import { createPolicyPrograms } from "../src/authz/policy-programs.ts";
import { openKeyFile } from "../src/stores/files/key-file.ts";
import { type Keyring, openKeyring } from "../src/stores/sqlite/sessions/keyring.ts";
import { createSessions, type Sessions } from "../src/stores/sqlite/sessions/sessions.ts";
import { openDatabase } from "../src/stores/sqlite/database.ts";
import type { DirectoryDatabase, DirectoryProcedures } from "../src/stores/sqlite/identity/directory-database.ts";
import { temporaryFolder } from "./temporary-folder.ts";
import { testGrant } from "./test-grant.ts";

export const account = "111122223333";
export const otherAccount = "444455556666";
export const canonicalId = "a".repeat(64);

/** A user, role or group of `account`, or of another. */
export function referenceTo(id: string, accountId = account): IdentityReference {
  return { accountId, id };
}

/** A real directory.db with everything that uses it, and a clock that the test moves. */
export interface TestDirectory {
  readonly folder: string;
  readonly database: DirectoryDatabase;
  readonly secrets: AccessSecrets;
  readonly keyring: Keyring;
  readonly sessions: Sessions;
  readonly store: IdentityStore;
  readonly principals: PrincipalDirectory;
  readonly clock: { now: () => number; monotonic: () => number; time: number };
  /** Returns its unique id. */
  user(name: string, fields?: Partial<NewPrincipal>): Promise<string>;
  role(name: string, fields?: Partial<NewPrincipal>): Promise<RoleRecord>;
}

export function openTestDatabase(folder: string): Promise<DirectoryDatabase> {
  return openDatabase<DirectoryProcedures>({
    path: join(folder, "directory.db"),
    migrations: directoryMigrations,
    procedures: new URL("../bundle/directory-procedures.js", import.meta.url),
  });
}

/** Lets the keyring get a new key that does not seal yet; gives its id. */
export async function waitingKey({ keyring, clock, database }: TestDirectory): Promise<string> {
  clock.time += rotation.age;
  await keyring.rotate(clock.time);
  const id = database.reader.get("SELECT id FROM keyring WHERE state = 'distributed'", [], ([found]) => text(found));
  if (id === undefined) throw new Error("no key is waiting");
  return id;
}

export async function testDirectory(where?: string): Promise<TestDirectory> {
  const folder = where ?? (await temporaryFolder());
  const database = await openTestDatabase(folder);
  onTestFinished(() => database.close());
  const clock = { time: 1_700_000_000_000, now: () => clock.time, monotonic: () => clock.time };
  const keyFile = openKeyFile(join(folder, "keyfile"), true);
  const secrets = createAccessSecrets(keyFile);
  const keyring = await openKeyring(database, keyFile, clock.time);
  const sessions = createSessions({ database, keyring, clock });
  const store = sqliteIdentityStore(database, secrets);
  if ((await store.findAccount(account)) === undefined) {
    await database.write("createAccount", { id: account, canonicalId, createdAt: 1 });
    await database.write("createAccount", { id: otherAccount, canonicalId: "b".repeat(64), createdAt: 2 });
  }
  const grant = testGrant();
  const create = async (principal: NewPrincipal): Promise<void> => {
    const made = await store.createPrincipal(grant, principal);
    if (made.kind !== "done") throw new Error(`${principal.name}: ${made.kind}`);
  };
  const fields = { accountId: account, path: "/", createdAt: 5, boundary: undefined, tags: new Map() };
  return {
    folder,
    database,
    secrets,
    keyring,
    sessions,
    store,
    principals: sqlitePrincipalDirectory({ database, secrets, sessions, program: createPolicyPrograms().named }),
    clock,
    async user(name, more = {}) {
      const id = randomIds.uniqueId("AIDA");
      await create({ ...fields, role: undefined, id, name, ...more });
      return id;
    },
    async role(name, more = {}) {
      const role = { description: undefined, trust: "{}", maxSessionSeconds: 3600 };
      await create({ ...fields, role, id: randomIds.uniqueId("AROA"), name, ...more });
      const made = await store.findRole(more.accountId ?? account, name);
      if (made === undefined) throw new Error("the role was not made");
      return made;
    },
  };
}
