import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, onTestFinished } from "vitest";
import { randomIds } from "../src/server/random-ids.ts";
import { type AccessSecrets, createAccessSecrets } from "../src/domain/keyring/access-secrets.ts";
import { rotation } from "../src/domain/keyring/rotation.ts";
import { text } from "../src/stores/sql/sql-value.ts";
import { identityStore } from "../src/stores/sql/identity/identity-store.ts";
import { principalDirectory } from "../src/stores/sql/identity/principal-directory.ts";
import type { IdentityReference, RoleRecord } from "../src/ports/identity-records.ts";
import type { NewPrincipal } from "../src/ports/identity-store.ts";
import type { IdentityStore } from "../src/ports/identity.ts";
import type { PrincipalDirectory } from "../src/ports/principal-directory.ts";
import type { SessionRequest, TemporaryCredentials } from "../src/ports/session-issuer.ts";
import { createPolicyPrograms } from "../src/authz/policy-programs.ts";
import { openKeyFile } from "../src/stores/files/key-file.ts";
import { type Keyring, openKeyring } from "../src/stores/sql/sessions/keyring.ts";
import { createSessions, type Sessions } from "../src/stores/sql/sessions/sessions.ts";
import type { DirectoryDatabase } from "../src/stores/sql/identity/directory-database.ts";
import { emptyDirectory, openDirectory } from "./stores/stores-database.ts";
import { quickPasswordHashes } from "./quick-password-hashes.ts";
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

export const openTestDatabase = openDirectory;

/** Lets the keyring get a new key that does not seal yet; gives its id. */
export async function waitingKey({ keyring, clock, database }: TestDirectory): Promise<string> {
  clock.time += rotation.age;
  await keyring.rotate(clock.time);
  const id = await database.reader.get("SELECT id FROM keyring WHERE state = 'distributed'", [], ([found]) =>
    text(found),
  );
  if (id === undefined) throw new Error("no key is waiting");
  return id;
}

/** A folder with the databases that were opened in it; the running test uses the first `used` of them. */
interface ReusedFolder {
  readonly folder: string;
  readonly databases: DirectoryDatabase[];
  used: number;
}

let reused: ReusedFolder[] | undefined;

/**
 * For the whole file: a test gets the folder of an earlier test, emptied, and its open databases. To start their writer threads costs
 * more than most tests. No test of such a file may close a database or change a table.
 */
export function reuseTestDirectories(): void {
  beforeAll(() => void (reused = []));
  afterAll(async () => {
    for (const { folder, databases } of reused ?? []) {
      for (const database of databases) await database.close();
      rmSync(folder, { recursive: true, force: true });
    }
    reused = undefined;
  });
}

async function reusedDatabase(all: ReusedFolder[], where: string | undefined): Promise<[string, DirectoryDatabase]> {
  let found = all.find(({ folder, used }) => (where === undefined ? used === 0 : folder === where));
  if (found === undefined) {
    found = { folder: where ?? mkdtempSync(join(tmpdir(), "gateway-test-")), databases: [], used: 0 };
    all.push(found);
  }
  const given = found;
  if (given.used === 0) onTestFinished(() => empty(given));
  given.used += 1;
  const database = given.databases[given.used - 1] ?? (await openTestDatabase(given.folder));
  given.databases[given.used - 1] = database;
  return [given.folder, database];
}

async function empty(given: ReusedFolder): Promise<void> {
  await emptyDirectory(given.folder);
  rmSync(join(given.folder, "keyfile"));
  given.used = 0;
}

async function ownDatabase(where: string | undefined): Promise<[string, DirectoryDatabase]> {
  const folder = where ?? (await temporaryFolder());
  const database = await openTestDatabase(folder);
  onTestFinished(() => database.close());
  return [folder, database];
}

export async function testDirectory(where?: string): Promise<TestDirectory> {
  const [folder, database] = reused === undefined ? await ownDatabase(where) : await reusedDatabase(reused, where);
  const clock = { time: 1_700_000_000_000, now: () => clock.time, monotonic: () => clock.time };
  const keyFile = openKeyFile(join(folder, "keyfile"), true);
  const secrets = createAccessSecrets(keyFile);
  const keyring = await openKeyring(database, keyFile, clock.time);
  const sessions = createSessions({ database, keyring, clock });
  const store = identityStore(database, secrets, quickPasswordHashes());
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
    principals: principalDirectory({ database, secrets, sessions, program: createPolicyPrograms().named }),
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

/** A session of a user of `account`; `change` says what is otherwise. */
export function sessionRequest(
  { clock }: Pick<TestDirectory, "clock">,
  change: Partial<SessionRequest>,
): SessionRequest {
  const now = clock.now();
  return {
    principal: {
      kind: "user-session",
      accountId: account,
      arn: `arn:aws:iam::${account}:user/ann`,
      userId: "AIDAANN",
      userName: "ann",
    },
    token: false,
    policies: [],
    sourceIdentity: undefined,
    tags: {},
    transitiveTagKeys: [],
    mfaAt: undefined,
    origin: undefined,
    issuerAccounts: [],
    issuedAt: now,
    expiresAt: now + 3_600_000,
    listed: {
      operation: "AssumeRole",
      sessionName: "s",
      issuer: {
        accountId: account,
        id: "AIDAISSUER",
        arn: `arn:aws:iam::${account}:user/issuer`,
        accessKeyId: "AKIAISSUER",
      },
      sourceIp: "127.0.0.1",
    },
    ...change,
  };
}

/** Throws when it is refused. */
export async function issueSession(
  directory: Pick<TestDirectory, "clock" | "sessions">,
  change: Partial<SessionRequest>,
): Promise<TemporaryCredentials> {
  const issued = await directory.sessions.issue(testGrant(), sessionRequest(directory, change));
  if (issued.kind !== "issued") throw new Error(issued.kind);
  return issued;
}
