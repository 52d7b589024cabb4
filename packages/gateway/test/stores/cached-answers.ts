/** What gateways on one directory answer from memory, held against what is stored, while everything changes that they keep. */
import { join } from "node:path";
import { expect } from "vitest";
import { createPolicyPrograms } from "../../src/authz/policy-programs.ts";
import { createAccessSecrets } from "../../src/domain/keyring/access-secrets.ts";
import { openKeyFile } from "../../src/stores/files/key-file.ts";
import { bucketMoves, movingPlaces } from "../../src/stores/sql/buckets/bucket-moves.ts";
import { bucketRegistry } from "../../src/stores/sql/buckets/bucket-registry.ts";
import type { DirectoryDatabase } from "../../src/stores/sql/identity/directory-database.ts";
import { identityStore } from "../../src/stores/sql/identity/identity-store.ts";
import { principalDirectory } from "../../src/stores/sql/identity/principal-directory.ts";
import { openKeyring } from "../../src/stores/sql/sessions/keyring.ts";
import { createSessions } from "../../src/stores/sql/sessions/sessions.ts";
import { quickPasswordHashes } from "../quick-password-hashes.ts";
import { seededRandom, testSeed } from "../seeded-random.mjs";
import { account, issueSession, referenceTo } from "../test-directory.ts";
import { testGrant } from "../test-grant.ts";

const grant = testGrant();
const userId = "AIDAANN";
const place = "engine/b";

/** With memory of its own. */
async function gatewayOver(
  database: DirectoryDatabase,
  keyFile: Buffer,
  clock: { now(): number; monotonic(): number },
) {
  const secrets = createAccessSecrets(keyFile);
  const keyring = await openKeyring(database, keyFile, clock.now());
  const sessions = createSessions({ database, keyring, clock });
  return {
    database,
    keyring,
    sessions,
    store: identityStore(database, secrets, quickPasswordHashes()),
    principals: principalDirectory({ database, secrets, sessions, program: createPolicyPrograms().named }),
    registry: bucketRegistry(database),
    moves: bucketMoves(database),
    places: movingPlaces(database),
  };
}

type CachingGateway = Awaited<ReturnType<typeof gatewayOver>>;
type Credentials = readonly [accessKeyId: string, sessionToken?: string];

/** Names of the caller's own policies; or why there is no caller. */
async function callerAt({ principals }: CachingGateway, [id, token]: Credentials): Promise<unknown> {
  const found = await principals.credential(id, token);
  const caller = found.kind === "found" ? await found.caller() : undefined;
  return caller?.layers.identity.map(({ name }) => name) ?? found.kind;
}

async function answersOf(gateway: CachingGateway, session: Credentials): Promise<unknown> {
  return {
    user: await callerAt(gateway, ["AKIAANN"]),
    session: await callerAt(gateway, session),
    bucket: await gateway.registry.find("b"),
    place: await gateway.places.stateOf(place),
  };
}

/**
 * Makes changes of every part at random gateways, each while all of them read, and expects after each that every gateway answers as one that
 * keeps nothing. The directory has `account`.
 */
export async function expectNothingOld(
  databases: readonly DirectoryDatabase[],
  folder: string,
  changes: number,
): Promise<void> {
  const clock = { time: 1_700_000_000_000, now: () => clock.time, monotonic: () => clock.time };
  const keyFile = openKeyFile(join(folder, "keyfile"), true);
  const gateways: CachingGateway[] = [];
  for (const database of databases) gateways.push(await gatewayOver(database, keyFile, clock));
  const [first] = gateways;
  if (first === undefined) throw new Error("no gateway");
  const user = { accountId: account, path: "/", createdAt: 5, boundary: undefined, tags: new Map(), role: undefined };
  await first.store.createPrincipal(grant, { ...user, id: userId, name: "ann" });
  const key = { accountId: account, ownerId: userId, secretAccessKey: "s".repeat(40), createdAt: 1 };
  await first.store.createAccessKey(grant, { ...key, accessKeyId: "AKIAANN" });
  await first.registry.create(grant, { id: "b", place, name: "b", owner: account, region: "us-east-1", createdAt: 1 });
  await first.registry.move(grant, "b", "creating", "active");

  let session: Credentials = [""];
  const issue = async ({ sessions }: CachingGateway): Promise<void> => {
    const { accessKeyId, sessionToken } = await issueSession({ clock, sessions }, {});
    session = [accessKeyId, sessionToken];
  };
  await issue(first);
  const block = { blockPublicAcls: true, ignorePublicAcls: true, blockPublicPolicy: true, restrictPublicBuckets: true };
  const move = { bucketId: "b", from: place, to: "other/b", accepted: [], removesSource: false, startedAt: 1 };
  const random = seededRandom("cached answers", databases.length);
  const possible: readonly ((at: CachingGateway, number: number) => Promise<unknown>)[] = [
    ({ store }, number) => store.putInlinePolicy(grant, referenceTo(userId), `p${number}`, "{}", 1_000_000),
    ({ store }, number) =>
      store.setAccessKeyStatus(grant, account, userId, "AKIAANN", number % 2 === 0 ? "Active" : "Inactive"),
    ({ sessions }) => sessions.revoke("principal", userId, (clock.time += 1)),
    (at) => ((clock.time += 1), issue(at)),
    ({ keyring, database }) => keyring.rotateNow((clock.time += 1), database),
    ({ registry }, number) => registry.setPolicy(grant, "b", `{"n":${number}}`),
    ({ registry }, number) =>
      registry.setAccountPublicAccessBlock(grant, account, number % 2 === 0 ? block : undefined),
    ({ moves }, number) => (number % 2 === 0 ? moves.start(grant, move) : moves.forget(grant, "b")),
  ];
  for (let number = 1; number <= changes; number += 1) {
    const at = gateways[random(gateways.length)] ?? first;
    const before = gateways.map((gateway) => answersOf(gateway, session));
    await possible[random(possible.length)]?.(at, number);
    const stored = await answersOf(await gatewayOver(at.database, keyFile, clock), session);
    for (const gateway of gateways)
      expect(await answersOf(gateway, session), `change ${number}, seed ${testSeed}`).toEqual(stored);
    await Promise.all(before);
    // What those that began before the change have kept meanwhile is no older.
    for (const gateway of gateways)
      expect(await answersOf(gateway, session), `after change ${number}, seed ${testSeed}`).toEqual(stored);
  }
}
