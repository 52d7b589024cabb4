/** When a session begins and ends, and what its secret is made from. */
import { randomBytes } from "node:crypto";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { account, type TestDirectory, testDirectory, waitingKey } from "../../../../test/test-directory.ts";
import { testGrant } from "../../../../test/test-grant.ts";
import type { SessionRequest, TemporaryCredentials } from "../../../ports/session-issuer.ts";
import { openConnection } from "../connection.ts";
import { deriveKey } from "../../../domain/keyring/sealed-box.ts";
import { openKeyring } from "./keyring.ts";

const grant = testGrant();

function issue(directory: TestDirectory, userId: string, change: Partial<SessionRequest> = {}): TemporaryCredentials {
  const now = directory.clock.time;
  const issued = directory.sessions.issue(grant, {
    principal: {
      kind: "user-session",
      accountId: account,
      arn: `arn:aws:iam::${account}:user/ann`,
      userId,
      userName: "ann",
    },
    policies: [],
    sourceIdentity: undefined,
    tags: {},
    transitiveTagKeys: [],
    issuedAt: now,
    expiresAt: now + 900_000,
    ...change,
  });
  if ("kind" in issued) throw new Error(issued.kind);
  return issued;
}

async function outcome(
  { principals }: TestDirectory,
  { accessKeyId, sessionToken }: TemporaryCredentials,
): Promise<string> {
  return (await principals.credential(accessKeyId, sessionToken)).kind;
}

/** Changes the file behind the store's back; gives the number of rows. */
function tamper({ folder }: TestDirectory, sql: string): number {
  const connection = openConnection(join(folder, "directory.db"));
  try {
    return connection.run(sql, []);
  } finally {
    connection.close();
  }
}

describe("a session", () => {
  test.each([1, 2, 900_000, 36 * 3_600_000])(
    "of %i ms lives to the last of them and not a moment longer",
    async (life) => {
      const directory = await testDirectory();
      const id = await directory.user("ann");
      const start = directory.clock.time;
      const session = issue(directory, id, { expiresAt: start + life });
      const at = async (time: number): Promise<string> => {
        directory.clock.time = start + time;
        return outcome(directory, session);
      };
      expect([await at(0), await at(life - 1)]).toEqual(["found", "found"]);
      expect([await at(life), await at(life + 1), await at(life * 2)]).toEqual(["expired", "expired", "expired"]);
      // Only the clock decides: set back, the session lives again.
      expect(await at(life - 1)).toBe("found");
    },
  );

  test("that has ended: only a caller who has its token learns that it has expired", async () => {
    const directory = await testDirectory();
    const id = await directory.user("ann");
    const session = issue(directory, id);
    const other = issue(directory, id);
    directory.clock.time += 900_000;
    expect(await outcome(directory, session)).toBe("expired");
    expect(await outcome(directory, { ...session, accessKeyId: other.accessKeyId })).toBe("invalid-token");
    expect(await outcome(directory, { ...session, sessionToken: "AQ==" })).toBe("invalid-token");
  });

  test("needs its token, and a lasting key must not have one", async () => {
    const directory = await testDirectory();
    const id = await directory.user("ann");
    const key = { accountId: account, ownerId: id, secretAccessKey: "s".repeat(40), createdAt: 1 };
    await directory.store.createAccessKey(grant, { ...key, accessKeyId: "AKIALASTINGLASTINGLA" });
    const session = issue(directory, id);
    const kinds = async (accessKeyId: string, token: string | undefined): Promise<string> =>
      (await directory.principals.credential(accessKeyId, token)).kind;
    expect(await kinds(session.accessKeyId, undefined)).toBe("unknown");
    expect(await kinds(session.accessKeyId, "")).toBe("invalid-token");
    expect(await kinds(session.accessKeyId, issue(directory, id).sessionToken)).toBe("invalid-token");
    expect(await kinds("AKIALASTINGLASTINGLA", undefined)).toBe("found");
    for (const token of [session.sessionToken, ""])
      expect(await kinds("AKIALASTINGLASTINGLA", token)).toBe("invalid-token");
    expect(await kinds("AKIANOSUCHKEYNOSUCHK", session.sessionToken)).toBe("unknown");
  });
});

describe("the secret of a session", () => {
  test("has nothing of the user's own, nor of another session's of the same user", async () => {
    const directory = await testDirectory();
    const id = await directory.user("ann");
    const lasting = "u".repeat(40);
    const key = { accountId: account, ownerId: id, secretAccessKey: lasting, createdAt: 1 };
    await directory.store.createAccessKey(grant, { ...key, accessKeyId: "AKIALASTINGLASTINGLA" });
    const before = issue(directory, id);
    await directory.store.deleteAccessKey(grant, account, id, "AKIALASTINGLASTINGLA");
    await directory.store.createAccessKey(grant, {
      ...key,
      secretAccessKey: "v".repeat(40),
      accessKeyId: "AKIALASTINGLASTINGLB",
    });
    // The session goes on with the same secret: the user's is no part of it.
    const opened = directory.sessions.open(before.accessKeyId, before.sessionToken);
    expect(opened).toMatchObject({ secretAccessKey: before.secretAccessKey });
    const secrets = Array.from({ length: 200 }, () => issue(directory, id).secretAccessKey);
    expect(new Set(secrets).size).toBe(secrets.length);
    for (const secret of secrets) expect(secret).toMatch(/^[A-Za-z0-9+/]{40}$/);
  });

  test("cannot be read in the token or made from it and the key ids alone", async () => {
    const directory = await testDirectory();
    const { accessKeyId, secretAccessKey, sessionToken } = issue(directory, await directory.user("ann"));
    const token = Buffer.from(sessionToken, "base64");
    expect(token.includes(Buffer.from(secretAccessKey, "base64"))).toBe(false);
    expect(token.includes(secretAccessKey)).toBe(false);
    const sessionId = token.subarray(5, 21);
    const keyId = token.subarray(1, 5).toString("hex");
    for (const known of [Buffer.alloc(32), sessionId, Buffer.from(accessKeyId), token]) {
      const guess = deriveKey(known, `secret ${keyId} ${accessKeyId}`, sessionId);
      expect(guess.subarray(0, 30).toString("base64")).not.toBe(secretAccessKey);
    }
  });

  test("is the same wherever the keyring is: another gateway on the same folder opens it", async () => {
    const here = await testDirectory();
    const session = issue(here, await here.user("ann"));
    const there = await testDirectory(here.folder);
    const opened = there.sessions.open(session.accessKeyId, session.sessionToken);
    expect(opened).toMatchObject({ kind: "opened", secretAccessKey: session.secretAccessKey });
    // A key promoted there seals here at once, and what it seals opens there.
    const next = await waitingKey(there);
    await there.database.write("promoteKeyringKey", { id: next, now: 2 });
    there.clock.time = here.clock.time;
    expect(here.keyring.sealing().id).toBe(next);
    const young = issue(here, await here.user("bob"));
    expect(there.sessions.open(young.accessKeyId, young.sessionToken)).toMatchObject({ kind: "opened" });
    expect(here.sessions.open(session.accessKeyId, session.sessionToken)).toMatchObject({ kind: "opened" });
  });
});

describe("the keyring", () => {
  test("never drops the sealing key or a waiting key, however often the drop is asked for", async () => {
    const directory = await testDirectory();
    const { keyring } = directory;
    const sealing = keyring.sealing().id;
    const retire = (stoppedBefore: number): Promise<unknown> =>
      directory.database.write("dropRetiredKeys", { stoppedBefore });
    const waiting = await waitingKey(directory);
    await retire(Number.MAX_SAFE_INTEGER);
    expect(keyring.sealing().id).toBe(sealing);
    expect(keyring.find(waiting)?.id).toBe(waiting);
    await directory.database.write("promoteKeyringKey", { id: waiting, now: 10 });
    await retire(10); // stopped at 10, not before it
    expect(keyring.find(sealing)?.id).toBe(sealing);
    await retire(11);
    expect(keyring.find(sealing)).toBeUndefined();
  });

  test("with another key file is refused, and says why; with its own it opens as before", async () => {
    const directory = await testDirectory();
    const session = issue(directory, await directory.user("ann"));
    const before = directory.database.reader.all("SELECT id FROM keyring", [], ([id]) => id);
    for (const wrong of [randomBytes(32), Buffer.alloc(32), Buffer.alloc(0)])
      await expect(openKeyring(directory.database, wrong, 1)).rejects.toMatchObject({
        name: "StoreError",
        kind: "corrupt",
        message: "the keyring does not open with this key file",
      });
    // Nothing was added that the right key file could not open.
    expect(directory.database.reader.all("SELECT id FROM keyring", [], ([id]) => id)).toEqual(before);
    expect(await outcome(await testDirectory(directory.folder), session)).toBe("found");
  });

  test.each([
    ["a wrapped key cut short", "UPDATE keyring SET wrapped = x'00'"],
    ["a wrapped key of something else", "UPDATE keyring SET wrapped = zeroblob(60)"],
    ["a key under another's id", "UPDATE keyring SET id = 'abcdef01'"],
  ])("unreadable (%s): opens nothing and seals nothing", async (_what, sql) => {
    const directory = await testDirectory();
    const session = issue(directory, await directory.user("ann"));
    expect(tamper(directory, sql)).toBe(1);
    await expect(testDirectory(directory.folder)).rejects.toMatchObject({ kind: "corrupt" });
    // One that is open learns of it with the next change.
    await directory.user("bob");
    expect(() => directory.sessions.open(session.accessKeyId, session.sessionToken)).toThrow(
      expect.objectContaining({ kind: "corrupt" }),
    );
    expect(() => issue(directory, "AIDAX")).toThrow(expect.objectContaining({ kind: "corrupt" }));
  });

  test("without any key opens nothing; a start makes a new one, and the old sessions stay lost", async () => {
    const directory = await testDirectory();
    const session = issue(directory, await directory.user("ann"));
    tamper(directory, "DELETE FROM keyring");
    const again = await testDirectory(directory.folder);
    expect(await outcome(again, session)).toBe("invalid-token");
    expect(await outcome(again, issue(again, "AIDAX"))).toBe("found");
  });
});
