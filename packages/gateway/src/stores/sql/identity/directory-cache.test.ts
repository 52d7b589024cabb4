import { join } from "node:path";
import { expect, test } from "vitest";
import {
  account,
  issueSession,
  openTestDatabase,
  otherAccount,
  referenceTo,
  testDirectory,
} from "../../../../test/test-directory.ts";
import { testGrant } from "../../../../test/test-grant.ts";
import type { CredentialOutcome } from "../../../ports/principal-directory.ts";
import { createPolicyPrograms } from "../../../authz/policy-programs.ts";
import { openKeyFile } from "../../files/key-file.ts";
import type { Reader, WatchfulReader } from "../database.ts";
import { movingPlaces } from "../buckets/bucket-moves.ts";
import { bucketRegistry } from "../buckets/bucket-registry.ts";
import { type RevisionPart, revisionParts } from "../revision.ts";
import { openKeyring } from "../sessions/keyring.ts";
import { createSessions } from "../sessions/sessions.ts";
import { watchRevision } from "../revision-watch.ts";
import { partsOfTable } from "./cached-tables.ts";
import { createDirectoryCache } from "./directory-cache.ts";
import { principalDirectory } from "./principal-directory.ts";

const grant = testGrant();

test("is read once, and again after a change, also of another process", async () => {
  const { store, database, folder, user } = await fixture();
  const cache = createDirectoryCache<number>("test", watchRevision(database.reader, "identity"), alike);
  let reads = 0;
  const read = (): Promise<number> => cache.of("a", () => ++reads);
  expect([await read(), await read()]).toEqual([1, 1]);
  await store.putInlinePolicy(grant, referenceTo(user), "p", "{}", 100);
  expect([await read(), await read()]).toEqual([2, 2]);
  const other = await openTestDatabase(folder);
  await other.write("createAccount", { id: "000000000009", canonicalId: "c", createdAt: 1 });
  await other.close();
  expect([await read(), await read()]).toEqual([3, 3]);
});

test("stays as it is while sessions are issued and forgotten, because they decide nothing", async () => {
  const directory = await testDirectory();
  const cache = createDirectoryCache<number>("test", watchRevision(directory.database.reader, "sessions"), alike);
  let reads = 0;
  const read = (): Promise<number> => cache.of("a", () => ++reads);
  await read();
  await issueSession(directory, {});
  directory.clock.time += 3_600_000;
  await directory.sessions.forgetExpired();
  expect(await read()).toBe(1);
  await directory.sessions.revoke("principal", "AIDAX", 1);
  expect(await read()).toBe(2);
});

test("each is filled from tables of its part alone", async () => {
  const directory = await testDirectory();
  const { store, database, secrets } = directory;
  const texts: string[] = [];
  const reader: WatchfulReader = {
    changes: () => database.reader.changes(),
    get: (sql, params, row) => (texts.push(sql), database.reader.get(sql, params, row)),
    all: (sql, params, row) => (texts.push(sql), database.reader.all(sql, params, row)),
  };
  const watched = { ...database, reader };
  const openKeys = () => openKeyring(watched, openKeyFile(join(directory.folder, "keyfile"), false), 1);
  const sessions = createSessions({ database: watched, keyring: await openKeys(), clock: directory.clock });
  const principals = principalDirectory({
    database: watched,
    secrets,
    sessions,
    program: createPolicyPrograms().named,
  });
  const ann = await directory.user("ann");
  const { id: roleId, arn: roleArn } = await directory.role("job");
  await store.putInlinePolicy(grant, referenceTo(ann), "p", "{}", 100);
  for (const ownerId of [ann, undefined]) {
    const accessKeyId = ownerId === undefined ? "AKIAROOT" : "AKIAANN";
    await store.createAccessKey(grant, {
      accountId: account,
      ownerId,
      accessKeyId,
      secretAccessKey: "s",
      createdAt: 1,
    });
  }
  const names = { accountId: account, arn: `arn:aws:sts::${account}:assumed-role/job/s`, sessionName: "s" };
  const principal = { kind: "role-session", ...names, roleArn, roleId, roleName: "job" } as const;
  const { accessKeyId, sessionToken } = await issueSession(directory, {
    principal,
    issuerAccounts: [otherAccount],
  });
  const registry = bucketRegistry(watched);
  await registry.create(grant, { id: "b", place: "b", name: "b", owner: account, region: "us-east-1", createdAt: 1 });
  const moving = movingPlaces(watched);

  /** What is read, and whether all of it is of one part. */
  const tablesReadBy = async (part: RevisionPart, read: () => Promise<unknown>): Promise<readonly string[]> => {
    texts.length = 0;
    await read();
    const tables = new Set(texts.flatMap((sql) => sql.match(/(?<=\b(?:FROM|JOIN) )\w+/g) ?? []));
    tables.delete("revision");
    for (const table of tables) expect([table, partsOfTable(table)]).toEqual([table, [part]]);
    return [...tables];
  };
  const session = () => sessions.open(accessKeyId, sessionToken);
  expect(await tablesReadBy("sessions", openKeys)).toEqual(["keyring"]);
  expect(await tablesReadBy("sessions", session)).toEqual(["revocations"]);
  const ofCallers = new Set<string>();
  for (const [id, token] of [["AKIAANN"], ["AKIAROOT"], [accessKeyId, sessionToken]] as const) {
    let found: CredentialOutcome = { kind: "unknown" };
    const find = async () => (found = await principals.credential(id ?? "", token));
    expect(await tablesReadBy("keys", find)).toEqual(token === undefined ? ["access_keys"] : []);
    const call = async () =>
      expect(found.kind === "found" && (await found.caller())).toMatchObject({ principal: { accountId: account } });
    for (const table of await tablesReadBy("identity", call)) ofCallers.add(table);
  }
  for (const table of ["accounts", "principals", "attachments", "inline_policies"]) expect(ofCallers).toContain(table);
  await tablesReadBy("identity", () => principals.resourceAccount(account));
  expect(await tablesReadBy("buckets", () => registry.find("b"))).toContain("buckets");
  expect(await tablesReadBy("buckets", () => moving.stateOf("b"))).toContain("bucket_moves");
});

test("a change of a table of which nothing is known concerns every cache", () => {
  expect([partsOfTable("new_table"), partsOfTable("")]).toEqual([revisionParts, revisionParts]);
});

test("what changed while it was read is read again: nothing of before meets anything of after", async () => {
  const { database } = await fixture();
  let version = 1;
  const moving = { ...database.reader, get: asVersion(() => version) };
  const cache = createDirectoryCache<string>("test", watchRevision(moving, "identity"), alike);
  const reads: number[] = [];
  const value = await cache.of("a", () => {
    reads.push(version);
    if (version === 1) version = 2;
    return `at ${version}`;
  });
  expect([value, reads]).toEqual(["at 2", [1, 2]]);
  expect(await cache.of("a", () => "not read")).toBe("at 2");
});

test("a commit that is read before it is counted is missed by no cache that another one is filled from", async () => {
  const { database } = await fixture();
  let version = 1;
  const watch = watchRevision({ ...database.reader, changes: () => 0, get: asVersion(() => version) }, "identity");
  const accounts = createDirectoryCache<string>("test", watch, alike);
  const callers = createDirectoryCache<string>("test", watch, alike);
  const account = (): Promise<string> => accounts.of("a", () => `account at ${version}`);
  expect(await account()).toBe("account at 1");
  version = 2; // committed, and not counted yet
  expect(await callers.of("c", account)).toBe("account at 2");
});

test("what one call reads is not kept when another one has seen something newer meanwhile", async () => {
  const { database } = await fixture();
  let [version, changes] = [1, 1];
  const moving = { ...database.reader, changes: () => changes, get: asVersion(() => version) };
  const cache = createDirectoryCache<string>("test", watchRevision(moving, "identity"), alike);
  const begun = signal();
  const waited = signal();
  const slow = Promise.resolve(
    cache.of("a", async () => {
      const seen = `at ${version}`;
      begun.give();
      if (version === 1) await waited.given;
      return seen;
    }),
  );
  await begun.given;
  [version, changes] = [2, 2];
  expect(await cache.of("b", () => "b")).toBe("b");
  waited.give();
  expect([await slow, await cache.of("a", () => "not read")]).toEqual(["at 2", "at 2"]);
});

test("nothing of one server is used when another one that lacks it gives its revision to another change", async () => {
  const { database } = await fixture();
  let [version, history, changes] = [19, 1, 1];
  const reader = { ...database.reader, changes: () => changes, history: () => history, get: asVersion(() => version) };
  const cache = createDirectoryCache<string>("test", watchRevision(reader, "identity"), alike);
  expect(await cache.of("a", () => "allowed")).toBe("allowed");
  [version, history, changes] = [18, 2, 2];
  expect(await cache.of("b", () => "kept again")).toBe("kept again");
  expect(await cache.of("b", () => "not read")).toBe("kept again");
  [version, changes] = [19, 3];
  expect(await cache.of("a", () => "denied")).toBe("denied");
});

test("nothing that was kept is used after a read in which another server was reached", async () => {
  const { database } = await fixture();
  let [history, isOther] = [1, false];
  const get = asVersion(() => (isOther && (history = 2), 19));
  const reader = { ...database.reader, changes: () => history + Number(isOther), history: () => history, get };
  const cache = createDirectoryCache<string>("test", watchRevision(reader, "identity"), alike);
  expect(await cache.of("a", () => "allowed")).toBe("allowed");
  isOther = true;
  expect(await cache.of("a", () => "denied")).toBe("denied");
  expect(await cache.of("a", () => "not read")).toBe("denied");
});

test("a directory that never rests is no answer", async () => {
  let version = 0;
  const { database } = await fixture();
  const restless = { ...database.reader, get: asVersion(() => ++version) };
  const cache = createDirectoryCache<string>("test", watchRevision(restless, "identity"), alike);
  await expect(cache.of("a", () => "x")).rejects.toThrow("changes faster");
});

test("what is not there is read each time, so that invented names take no memory", async () => {
  const { database } = await fixture();
  const cache = createDirectoryCache<number>("test", watchRevision(database.reader, "identity"), alike);
  let reads = 0;
  const read = () => cache.of("a", () => (++reads, undefined));
  expect([await read(), await read(), reads]).toEqual([undefined, undefined, 2]);
});

/** Every value weighs the same. */
const alike = () => ({ own: 1 });

test("what is kept has a limit of weight, and the least used goes first", async () => {
  const { database } = await fixture();
  const cache = createDirectoryCache<string>(
    "test",
    watchRevision(database.reader, "identity"),
    (value) => ({ own: value.length }),
    10,
  );
  const read = (key: string, text: string): Promise<string> => cache.of(key, () => text);
  await read("a", "12345");
  await read("b", "12345");
  expect(await read("a", "not read")).toBe("12345");
  await read("c", "12345");
  expect([await read("a", "not read"), await read("b", "read")]).toEqual(["12345", "read"]);
});

function signal(): { readonly given: Promise<void>; readonly give: () => void } {
  let give = (): void => {};
  const given = new Promise<void>((resolve) => (give = resolve));
  return { given, give: () => give() };
}

/** A reader whose directory changes when the test says so. */
function asVersion(version: () => number): Reader["get"] {
  return async (_sql, _params, row) => row([version()]);
}

async function fixture() {
  const directory = await testDirectory();
  return { ...directory, user: await directory.user("ann") };
}
