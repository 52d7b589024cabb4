/** When a session begins and ends, and what its secret is made from. */
import { createHash, randomBytes } from "node:crypto";
import { join } from "node:path";
import { deflateRawSync } from "node:zlib";
import { describe, expect, test } from "vitest";
import {
  account,
  issueSession,
  type TestDirectory,
  testDirectory,
  waitingKey,
} from "../../../../test/test-directory.ts";
import { testGrant } from "../../../../test/test-grant.ts";
import type { SessionRequest, TemporaryCredentials } from "../../../ports/session-issuer.ts";
import { openConnection } from "../../sqlite/connection.ts";
import { deriveKey, seal } from "../../../domain/keyring/sealed-box.ts";
import { openKeyring } from "./keyring.ts";

const grant = testGrant();

async function issue(
  directory: TestDirectory,
  userId: string,
  change: Partial<SessionRequest> = {},
): Promise<TemporaryCredentials> {
  const arn = `arn:aws:iam::${account}:user/ann`;
  const principal = { kind: "user-session", accountId: account, arn, userId, userName: "ann" } as const;
  return issueSession(directory, { principal, expiresAt: directory.clock.time + 900_000, ...change });
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
      const session = await issue(directory, id, { expiresAt: start + life });
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
    const session = await issue(directory, id);
    const other = await issue(directory, id);
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
    const session = await issue(directory, id);
    const kinds = async (accessKeyId: string, token: string | undefined): Promise<string> =>
      (await directory.principals.credential(accessKeyId, token)).kind;
    expect(await kinds(session.accessKeyId, undefined)).toBe("unknown");
    expect(await kinds(session.accessKeyId, "")).toBe("invalid-token");
    expect(await kinds(session.accessKeyId, (await issue(directory, id)).sessionToken)).toBe("invalid-token");
    expect(await kinds("AKIALASTINGLASTINGLA", undefined)).toBe("found");
    for (const token of [session.sessionToken, ""])
      expect(await kinds("AKIALASTINGLASTINGLA", token)).toBe("invalid-token");
    expect(await kinds("AKIANOSUCHKEYNOSUCHK", session.sessionToken)).toBe("unknown");
  });
});

describe("a token of version 1", () => {
  /** As the releases before version 2 sealed it. */
  async function sealedThen({ keyring }: TestDirectory, record: unknown) {
    const { id, key } = await keyring.sealing();
    const sessionId = randomBytes(16);
    const digest = createHash("sha256").update("access key id").update(sessionId).digest();
    const letters = Array.from(digest.subarray(0, 16), (byte) => "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"[byte & 31]);
    const accessKeyId = `ASIA${letters.join("")}`;
    const packed = deflateRawSync(Buffer.from(JSON.stringify(record)));
    const label = `session 1 ${sessionId.toString("hex")} ${accessKeyId}`;
    const box = seal(deriveKey(key, "session", sessionId), label, packed);
    const token = Buffer.concat([Buffer.from([1]), Buffer.from(id, "hex"), sessionId, box]);
    return { accessKeyId, sessionToken: token.toString("base64") };
  }

  test("opens until its end, with the rights and names it had", async () => {
    const directory = await testDirectory();
    const { clock, principals } = directory;
    const { id } = await directory.role("reader");
    const ann = await directory.user("ann");
    const life = { f: clock.time, e: clock.time + 1000 };
    const role = await sealedThen(directory, {
      p: ["r", id, "job"],
      d: "ann",
      t: { team: "red" },
      x: ["team"],
      ...life,
    });
    const user = await sealedThen(directory, { p: ["u", ann, "own"], s: [{ i: "{}" }], ...life });
    const callerOf = async ({ accessKeyId, sessionToken }: typeof role) => {
      const found = await principals.credential(accessKeyId, sessionToken);
      return found.kind === "found" ? found.caller() : found.kind;
    };
    const tags = { tags: { team: "red" }, transitiveTagKeys: ["team"] };
    expect(await callerOf(role)).toMatchObject({
      principal: { kind: "role-session", roleId: id, sessionName: "job" },
      session: { sourceIdentity: "ann", ...tags, token: false, origin: undefined },
    });
    expect(await callerOf(user)).toMatchObject({
      principal: { kind: "user-session", userId: ann },
      session: { policyStack: [{ inline: "{}", managed: [] }], token: false, mfaAt: undefined },
    });
    await directory.sessions.revoke("principal", id, clock.time);
    expect(await callerOf(role)).toBe("invalid-token");
    clock.time += 1000;
    expect(await callerOf(user)).toBe("expired");
  });
});

describe("the secret of a session", () => {
  test("has nothing of the user's own, nor of another session's of the same user", async () => {
    const directory = await testDirectory();
    const id = await directory.user("ann");
    const lasting = "u".repeat(40);
    const key = { accountId: account, ownerId: id, secretAccessKey: lasting, createdAt: 1 };
    await directory.store.createAccessKey(grant, { ...key, accessKeyId: "AKIALASTINGLASTINGLA" });
    const before = await issue(directory, id);
    await directory.store.deleteAccessKey(grant, account, id, "AKIALASTINGLASTINGLA");
    await directory.store.createAccessKey(grant, {
      ...key,
      secretAccessKey: "v".repeat(40),
      accessKeyId: "AKIALASTINGLASTINGLB",
    });
    // The session goes on with the same secret: the user's is no part of it.
    const opened = await directory.sessions.open(before.accessKeyId, before.sessionToken);
    expect(opened).toMatchObject({ secretAccessKey: before.secretAccessKey });
    const secrets = await Promise.all(
      Array.from({ length: 200 }, async () => (await issue(directory, id)).secretAccessKey),
    );
    expect(new Set(secrets).size).toBe(secrets.length);
    for (const secret of secrets) expect(secret).toMatch(/^[A-Za-z0-9+/]{40}$/);
  });

  test("cannot be read in the token or made from it and the key ids alone", async () => {
    const directory = await testDirectory();
    const { accessKeyId, secretAccessKey, sessionToken } = await issue(directory, await directory.user("ann"));
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
    const session = await issue(here, await here.user("ann"));
    const there = await testDirectory(here.folder);
    const opened = await there.sessions.open(session.accessKeyId, session.sessionToken);
    expect(opened).toMatchObject({ kind: "opened", secretAccessKey: session.secretAccessKey });
    // A key promoted there seals here at once, and what it seals opens there.
    const next = await waitingKey(there);
    await there.database.write("promoteKeyringKey", { id: next, now: 2 });
    there.clock.time = here.clock.time;
    expect((await here.keyring.sealing()).id).toBe(next);
    const young = await issue(here, await here.user("bob"));
    expect(await there.sessions.open(young.accessKeyId, young.sessionToken)).toMatchObject({ kind: "opened" });
    expect(await here.sessions.open(session.accessKeyId, session.sessionToken)).toMatchObject({ kind: "opened" });
  });
});

describe("the keyring", () => {
  test("never drops the sealing key or a waiting key, however often the drop is asked for", async () => {
    const directory = await testDirectory();
    const { keyring } = directory;
    const sealing = (await keyring.sealing()).id;
    const retire = (stoppedBefore: number): Promise<unknown> =>
      directory.database.write("dropRetiredKeys", { stoppedBefore });
    const waiting = await waitingKey(directory);
    await retire(Number.MAX_SAFE_INTEGER);
    expect((await keyring.sealing()).id).toBe(sealing);
    expect((await keyring.find(waiting))?.id).toBe(waiting);
    await directory.database.write("promoteKeyringKey", { id: waiting, now: 10 });
    await retire(10); // stopped at 10, not before it
    expect((await keyring.find(sealing))?.id).toBe(sealing);
    await retire(11);
    expect(await keyring.find(sealing)).toBeUndefined();
  });

  test("with another key file is refused, and says why; with its own it opens as before", async () => {
    const directory = await testDirectory();
    const session = await issue(directory, await directory.user("ann"));
    const before = await directory.database.reader.all("SELECT id FROM keyring", [], ([id]) => id);
    for (const wrong of [randomBytes(32), Buffer.alloc(32), Buffer.alloc(0)])
      await expect(openKeyring(directory.database, wrong, 1)).rejects.toMatchObject({
        name: "StoreError",
        kind: "corrupt",
        message: "the keyring does not open with this key file",
      });
    // Nothing was added that the right key file could not open.
    expect(await directory.database.reader.all("SELECT id FROM keyring", [], ([id]) => id)).toEqual(before);
    expect(await outcome(await testDirectory(directory.folder), session)).toBe("found");
  });

  test.each([
    ["a wrapped key cut short", "UPDATE keyring SET wrapped = x'00'"],
    ["a wrapped key of something else", "UPDATE keyring SET wrapped = zeroblob(60)"],
    ["a key under another's id", "UPDATE keyring SET id = 'abcdef01'"],
  ])("unreadable (%s): opens nothing and seals nothing", async (_what, sql) => {
    const directory = await testDirectory();
    const session = await issue(directory, await directory.user("ann"));
    expect(tamper(directory, sql)).toBe(1);
    await expect(testDirectory(directory.folder)).rejects.toMatchObject({ kind: "corrupt" });
    // One that is open learns of it with the next change of what opens and revokes sessions.
    await directory.sessions.revoke("principal", "AIDANOBODY", 1);
    const opened = directory.sessions.open(session.accessKeyId, session.sessionToken);
    await expect(opened).rejects.toMatchObject({ kind: "corrupt" });
    await expect(issue(directory, "AIDAX")).rejects.toMatchObject({ kind: "corrupt" });
  });

  test("without any key opens nothing; a start makes a new one, and the old sessions stay lost", async () => {
    const directory = await testDirectory();
    const session = await issue(directory, await directory.user("ann"));
    tamper(directory, "DELETE FROM keyring");
    const again = await testDirectory(directory.folder);
    expect(await outcome(again, session)).toBe("invalid-token");
    expect(await outcome(again, await issue(again, "AIDAX"))).toBe("found");
  });
});
