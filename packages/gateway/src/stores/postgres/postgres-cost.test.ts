/** Messages to PostgreSQL, each of which waits for the network. */
import { join } from "node:path";
import { afterAll, beforeAll, expect, onTestFinished, test } from "vitest";
import { quickPasswordHashes } from "../../../test/quick-password-hashes.ts";
import { type PostgresDirectory, openDirectoryAt, postgresDirectory } from "../../../test/stores/postgres-directory.ts";
import { linkTo } from "../../../test/stores/postgres-link.ts";
import { temporaryFolder } from "../../../test/temporary-folder.ts";
import { account, issueSession, referenceTo } from "../../../test/test-directory.ts";
import { testGrant } from "../../../test/test-grant.ts";
import { createPolicyPrograms } from "../../authz/policy-programs.ts";
import { createAccessSecrets } from "../../domain/keyring/access-secrets.ts";
import { openKeyFile } from "../files/key-file.ts";
import { bucketRegistry } from "../sql/buckets/bucket-registry.ts";
import { identityStore } from "../sql/identity/identity-store.ts";
import { integer } from "../sql/sql-value.ts";
import { recordMigrations } from "../sql/record/record-migrations.ts";
import { recordProcedures } from "../sql/record/record-procedures.ts";
import { openPostgres } from "./database.ts";
import { principalDirectory } from "../sql/identity/principal-directory.ts";
import { openKeyring } from "../sql/sessions/keyring.ts";
import { createSessions } from "../sql/sessions/sessions.ts";

let directory: PostgresDirectory;
beforeAll(async () => {
  directory = await postgresDirectory();
});
afterAll(() => directory.close());

const grant = testGrant();

test("a first request, a session and a new user ask little of PostgreSQL, and a known caller nothing", async () => {
  // Other gateways would be looked at as often as it takes until they have confirmed a change.
  for (const other of await directory.databases()) await other.close();
  const link = await linkTo(directory.server.address);
  // No time of the clock passes, so nothing but what is asked for here is sent, and the first lease stays.
  const clock = { time: 1_700_000_000_000, now: () => clock.time, monotonic: () => clock.time };
  const database = await openDirectoryAt(link.address, { lease: { length: 3_600_000, clock }, readers: 1 });
  onTestFinished(async () => {
    await database.close();
    await link.close();
  });
  const keyFile = openKeyFile(join(await temporaryFolder(), "keyfile"), true);
  const secrets = createAccessSecrets(keyFile);
  const sessions = createSessions({ database, clock, keyring: await openKeyring(database, keyFile, clock.now()) });
  const store = identityStore(database, secrets, quickPasswordHashes());
  const principals = principalDirectory({ database, secrets, sessions, program: createPolicyPrograms().named });
  const firstRequest = async (accessKeyId: string): Promise<void> => {
    const found = await principals.credential(accessKeyId, undefined);
    if (found.kind !== "found" || (await found.caller()) === undefined) throw new Error(found.kind);
  };
  const user = { accountId: account, path: "/", createdAt: 5, boundary: undefined, tags: new Map(), role: undefined };
  const key = { accountId: account, secretAccessKey: "s".repeat(40), createdAt: 1 };
  const make = (name: string) => store.createPrincipal(grant, { ...user, id: `AIDA${name}`, name });
  for (const name of ["ann", "bob"]) {
    await make(name);
    await store.createAccessKey(grant, { ...key, ownerId: `AIDA${name}`, accessKeyId: `AKIA${name}` });
  }
  await store.putInlinePolicy(grant, referenceTo("AIDAann"), "p", "{}", 100);

  const cost = async (work: () => Promise<unknown>): Promise<number> => {
    await expect.poll(() => database.reader.changes() === database.reader.changes()).toBe(true);
    const before = link.answers;
    await work();
    return link.answers - before;
  };
  const registry = bucketRegistry(database);
  const bucket = { accountId: account, owner: account, region: "us-east-1", createdAt: 1 };
  const makeBucket = (name: string) => registry.create(grant, { ...bucket, id: name, place: `engine/${name}`, name });
  expect({
    firstRequestInAnAccount: await cost(() => firstRequest("AKIAann")),
    firstRequestOfAnotherKey: await cost(() => firstRequest("AKIAbob")),
    nextRequest: await cost(() => firstRequest("AKIAann")),
    firstSession: await cost(() => issueSession({ clock, sessions }, {})),
    nextSession: await cost(() => issueSession({ clock, sessions }, {})),
    createUser: await cost(() => make("eve")),
    usesOfOneHundred: await cost(() => store.lastUses(Array.from({ length: 100 }, (_, number) => `AIDA${number}`))),
  }).toEqual({
    firstRequestInAnAccount: 16,
    firstRequestOfAnotherKey: 8,
    nextRequest: 0,
    firstSession: 7,
    nextSession: 5,
    createUser: 6,
    usesOfOneHundred: 9,
  });

  await makeBucket("photos");
  await registry.move(grant, "photos", "creating", "active");
  const { accessKeyId, sessionToken } = await issueSession({ clock, sessions }, { issuerAccounts: [account] });
  const known = async (): Promise<void> => {
    await firstRequest("AKIAann");
    const found = await principals.credential(accessKeyId, sessionToken);
    if (found.kind !== "found") throw new Error(found.kind);
    await found.caller();
    expect(await registry.find("photos")).toBeDefined();
  };
  await known();
  const after = async (change: () => Promise<unknown>): Promise<number> => {
    await change();
    return cost(known);
  };
  // Each change makes every gateway read its own part again, and nothing else but the revisions.
  expect({
    aPolicy: await after(() => store.putInlinePolicy(grant, referenceTo("AIDAbob"), "p", "{}", 100)),
    anAccessKey: await after(() =>
      store.createAccessKey(grant, { ...key, ownerId: "AIDAbob", accessKeyId: "AKIAtwo" }),
    ),
    aRevocation: await after(() => sessions.revoke("principal", "AIDAnobody", 1)),
    aBucket: await after(() => makeBucket("more")),
  }).toEqual({ aPolicy: 19, anAccessKey: 7, aRevocation: 10, aBucket: 8 });
});

/** While they are written no other change is, on any gateway: a caller who only reads makes thousands of them in a second. */
test("hundreds of events are few messages", async () => {
  const link = await linkTo(directory.server.address);
  const parts = { migrations: recordMigrations, procedures: recordProcedures };
  const database = await openPostgres({ address: link.address, schema: "record_cost", ...parts });
  onTestFinished(async () => {
    await database.close();
    await link.close();
  });
  const events = Array.from({ length: 201 }, (_, number) => ({
    accountId: account,
    eventId: `${number}`,
    changed: false,
    keys: [],
    body: "{}",
  }));
  await database.write("addEvents", { events: events.slice(0, 1), now: 1 });
  const before = link.answers;
  await database.write("addEvents", { events, now: 1 });
  // Of the transaction: its beginning, the last number, 3 x 64 and 8 and 1 events, how many bytes there are, and its end.
  expect(link.answers - before).toBe(9);
  const found = await database.reader.all("SELECT seq FROM events ORDER BY seq", [], ([seq]) => integer(seq));
  expect(found).toEqual(Array.from({ length: 202 }, (_, at) => 1000 + at));
});
