import { join } from "node:path";
import { afterAll, beforeAll, expect, onTestFinished, test } from "vitest";
import { expectNothingOld } from "../../../test/stores/cached-answers.ts";
import { type PostgresLink, linkTo } from "../../../test/stores/postgres-link.ts";
import { type PostgresDirectory, openDirectoryAt, postgresDirectory } from "../../../test/stores/postgres-directory.ts";
import { quickPasswordHashes } from "../../../test/quick-password-hashes.ts";
import { seededRandom, testSeed } from "../../../test/seeded-random.mjs";
import { temporaryFolder } from "../../../test/temporary-folder.ts";
import { account, referenceTo } from "../../../test/test-directory.ts";
import { testGrant } from "../../../test/test-grant.ts";
import { createPolicyPrograms } from "../../authz/policy-programs.ts";
import { createAccessSecrets } from "../../domain/keyring/access-secrets.ts";
import type { IdentityStore } from "../../ports/identity.ts";
import type { PrincipalDirectory } from "../../ports/principal-directory.ts";
import { StoreError } from "../../ports/store-error.ts";
import { openKeyFile } from "../files/key-file.ts";
import { identityStore } from "../sql/identity/identity-store.ts";
import { principalDirectory } from "../sql/identity/principal-directory.ts";
import { openKeyring } from "../sql/sessions/keyring.ts";
import { createSessions } from "../sql/sessions/sessions.ts";

/** Changes of each run. */
const changes = process.env["TEST_RUNS"] === undefined ? 4 : 60;
const grant = testGrant();
const clock = { now: () => Date.now(), monotonic: () => performance.now() };

let directory: PostgresDirectory;
beforeAll(async () => {
  directory = await postgresDirectory();
});
afterAll(() => directory.close());

interface Gateway {
  readonly link: PostgresLink;
  readonly store: IdentityStore;
  readonly principals: PrincipalDirectory;
}

/** With a lease of so many milliseconds, and a link that a test can harm. */
async function gateway(keys: string, lease: number): Promise<Gateway> {
  const link = await linkTo(directory.server.address);
  const limits = { connect: 500, statement: 500, lock: 500, idleInTransaction: 500, answer: 500 };
  const database = await openDirectoryAt(link.address, { lease: { length: lease, clock }, limits });
  onTestFinished(async () => {
    link.mend();
    await database.close();
    await link.close();
  });
  const keyFile = openKeyFile(keys, true);
  const secrets = createAccessSecrets(keyFile);
  const sessions = createSessions({ database, clock, keyring: await openKeyring(database, keyFile, clock.now()) });
  return {
    link,
    store: identityStore(database, secrets, quickPasswordHashes()),
    principals: principalDirectory({ database, secrets, sessions, program: createPolicyPrograms().named }),
  };
}

/** The number of the newest policy that the caller has there. Undefined: it is refused because the database does not answer. */
async function newestAt({ principals }: Gateway): Promise<number | undefined> {
  try {
    const found = await principals.credential("AKIAANN", undefined);
    const caller = found.kind === "found" ? await found.caller() : undefined;
    if (caller === undefined) throw new Error(found.kind);
    return Math.max(0, ...caller.layers.identity.map(({ name }) => Number(name)));
  } catch (error) {
    if (error instanceof StoreError && error.kind === "unavailable") return undefined;
    throw error;
  }
}

test("no caller is ever what it was before an acknowledged change, on two gateways whose links fail", async () => {
  await directory.databases();
  const keys = join(await temporaryFolder(), "keyfile");
  const both = [await gateway(keys, 400), await gateway(keys, 400)] as const;
  const [first] = both;
  const id = "AIDAANN";
  const user = { accountId: account, path: "/", createdAt: 5, boundary: undefined, tags: new Map(), role: undefined };
  await first.store.createPrincipal(grant, { ...user, id, name: "ann" });
  const key = { accountId: account, ownerId: id, secretAccessKey: "s".repeat(40), createdAt: 1 };
  await first.store.createAccessKey(grant, { ...key, accessKeyId: "AKIAANN" });

  const random = seededRandom("caches on PostgreSQL");
  let acknowledged = 0;
  let answers = 0;
  const isDone = new AbortController();
  const look = async (one: Gateway): Promise<void> => {
    const before = acknowledged;
    const found = await newestAt(one);
    if (found === undefined) return;
    answers += 1;
    expect(found, `seed ${testSeed}`).toBeGreaterThanOrEqual(before);
  };
  const read = async (one: Gateway): Promise<void> => {
    while (!isDone.signal.aborted) {
      await look(one);
      await new Promise((resolve) => setTimeout(resolve, random(20)));
    }
  };
  const write = async (): Promise<void> => {
    for (let number = 1; number <= changes; number += 1) {
      const [writer, other] = random(2) === 0 ? both : [both[1], both[0]];
      await Promise.all(both.map(look)); // what they find is in their memory when the link fails
      if (random(2) === 0) other.link[random(2) === 0 ? "cut" : "freeze"]();
      await writer.store.putInlinePolicy(grant, referenceTo(id), `${number}`, "{}", 1_000_000).then(
        () => (acknowledged = number),
        () => {}, // its outcome is not known, so it counts as neither
      );
      await Promise.all(both.map(look));
      for (const { link } of both) link.mend();
    }
    isDone.abort();
  };
  await Promise.all([write(), ...both.map(read)]);
  expect(answers).toBeGreaterThan(changes);
  expect(acknowledged).toBeGreaterThan(0);
});

test("nothing that is kept is older than the last change, whatever it is of, on two gateways", async () => {
  const databases = await directory.databases();
  await expectNothingOld(databases, await temporaryFolder(), 10 * changes);
});
