import { randomBytes } from "node:crypto";
import { join } from "node:path";
import * as fc from "fast-check";
import { inTurn } from "../in-turn.ts";
import { expect, test } from "vitest";
import {
  account,
  issueSession,
  sessionRequest,
  type TestDirectory,
  testDirectory,
  waitingKey,
} from "../../../../test/test-directory.ts";
import { testGrant } from "../../../../test/test-grant.ts";
import type { SessionRequest, TemporaryCredentials } from "../../../ports/session-issuer.ts";
import { openKeyring } from "./keyring.ts";
import { maxSessionLength } from "../../../domain/sessions/revocations.ts";

const runs = Number(process.env["TEST_RUNS"] ?? 300);
const grant = testGrant();
const hour = 3_600_000;

function changed(change: Partial<SessionRequest> = {}): Partial<SessionRequest> {
  return {
    principal: {
      kind: "role-session",
      accountId: account,
      arn: `arn:aws:sts::${account}:assumed-role/r/s`,
      roleArn: `arn:aws:iam::${account}:role/r`,
      roleId: "AROAROLEROLEROLEROLE",
      roleName: "r",
      sessionName: "s",
    },
    policies: [{ inline: "{}", managed: ["arn:aws:iam::aws:policy/ReadOnlyAccess"] }],
    sourceIdentity: "ann",
    tags: { team: "red" },
    transitiveTagKeys: ["team"],
    ...change,
  };
}

function request(directory: TestDirectory, change: Partial<SessionRequest> = {}): SessionRequest {
  return sessionRequest(directory, changed(change));
}

async function issue(directory: TestDirectory, change: Partial<SessionRequest> = {}): Promise<TemporaryCredentials> {
  return issueSession(directory, changed(change));
}

async function kindOf(directory: TestDirectory, { accessKeyId, sessionToken }: TemporaryCredentials): Promise<string> {
  const opened = await directory.sessions.open(accessKeyId, sessionToken);
  return typeof opened === "string" ? opened : opened.kind;
}

test("a session opens with all that was sealed, and with the secret that was given out", async () => {
  const directory = await testDirectory();
  const { accessKeyId, secretAccessKey, sessionToken } = await issue(directory);
  expect(accessKeyId).toMatch(/^ASIA[A-Z2-7]{16}$/);
  expect(secretAccessKey).toHaveLength(40);
  const { principal: _principal, token: _token, listed: _listed, ...sealed } = request(directory);
  expect(await directory.sessions.open(accessKeyId, sessionToken)).toMatchObject({
    kind: "opened",
    secretAccessKey,
    record: {
      ...sealed,
      principal: { kind: "role-session", roleId: "AROAROLEROLEROLEROLE", sessionName: "s", accountId: account },
    },
  });
  // What is sealed cannot be read in the token.
  expect(Buffer.from(sessionToken, "base64").includes("ann")).toBe(false);
});

test("a token belongs to one key id, and any wrong bit of it is refused", async () => {
  const directory = await testDirectory();
  const [one, other] = [await issue(directory), await issue(directory)];
  expect(one.secretAccessKey).not.toBe(other.secretAccessKey);
  expect(await directory.sessions.open(one.accessKeyId, other.sessionToken)).toBe("invalid");
  expect(await directory.sessions.open("AKIASOURCESOURCESOUR", one.sessionToken)).toBe("invalid");
  const token = Buffer.from(one.sessionToken, "base64");
  await fc.assert(
    fc.asyncProperty(fc.nat({ max: token.length * 8 - 1 }), async (bit) => {
      const flipped = Buffer.from(token);
      flipped.writeUInt8(flipped.readUInt8(bit >> 3) ^ (1 << (bit & 7)), bit >> 3);
      expect(await directory.sessions.open(one.accessKeyId, flipped.toString("base64"))).toBe("invalid");
    }),
    { numRuns: runs * 3 },
  );
  expect(await kindOf(directory, one)).toBe("opened");
});

test("no text throws, and a token has one spelling", async () => {
  const directory = await testDirectory();
  const { accessKeyId, sessionToken } = await issue(directory);
  for (const text of [
    `${sessionToken} `,
    `${sessionToken}=`,
    sessionToken.slice(0, -4),
    ` ${sessionToken}`,
    "",
    "AQ==",
  ])
    expect(await directory.sessions.open(accessKeyId, text)).toBe("invalid");
  await fc.assert(
    fc.asyncProperty(
      fc.string({ unit: "binary", maxLength: 300 }),
      fc.base64String({ maxLength: 300 }),
      async (text, base64) => {
        expect(await directory.sessions.open(accessKeyId, text)).toBe("invalid");
        expect(await directory.sessions.open(accessKeyId, base64)).toBe("invalid");
      },
    ),
    { numRuns: runs },
  );
});

test("a session ends when it said it would", async () => {
  const directory = await testDirectory();
  const session = await issue(directory);
  directory.clock.time += hour - 1;
  expect(await kindOf(directory, session)).toBe("opened");
  directory.clock.time += 1;
  expect(await kindOf(directory, session)).toBe("expired");
});

test("sessions outlive a rotation until the key that sealed them is retired", async () => {
  const directory = await testDirectory();
  const { keyring, clock, database } = directory;
  const lasting = { expiresAt: clock.time + 2000 * hour };
  const old = await issue(directory, lasting);
  const sealedWith = (await keyring.sealing()).id;
  clock.time += 500 * hour;
  const next = await waitingKey(directory);
  expect((await keyring.sealing()).id).toBe(sealedWith);
  await database.write("promoteKeyringKey", { id: next, now: clock.time });
  expect((await keyring.sealing()).id).toBe(next);
  const young = await issue(directory, lasting);
  expect([await kindOf(directory, old), await kindOf(directory, young)]).toEqual(["opened", "opened"]);

  // The old key was made long ago, but sealed until a moment ago.
  await database.write("dropRetiredKeys", { stoppedBefore: clock.time - maxSessionLength });
  expect(await kindOf(directory, old)).toBe("opened");
  clock.time += maxSessionLength + 1;
  await database.write("dropRetiredKeys", { stoppedBefore: clock.time - maxSessionLength });
  expect([await kindOf(directory, old), await kindOf(directory, young)]).toEqual(["invalid", "opened"]);
  expect(await keyring.find(sealedWith)).toBeUndefined();
});

test("a key that is not waiting to seal cannot be promoted, and nothing changes", async () => {
  const directory = await testDirectory();
  const first = (await directory.keyring.sealing()).id;
  const promote = (id: string): Promise<unknown> => directory.database.write("promoteKeyringKey", { id, now: 2 });
  const second = await waitingKey(directory);
  await promote(second);
  for (const id of [first, second, "ffffffff"]) await expect(promote(id)).rejects.toMatchObject({ kind: "conflict" });
  expect((await directory.keyring.sealing()).id).toBe(second);
});

test("the keyring opens with its own key file only, and keys are not readable at rest", async () => {
  const directory = await testDirectory();
  await expect(openKeyring(directory.database, randomBytes(32), 1)).rejects.toMatchObject({ kind: "corrupt" });
  const { key } = await directory.keyring.sealing();
  const wrapped = await directory.database.reader.all("SELECT wrapped FROM keyring", [], ([box]) =>
    Buffer.from(box as never),
  );
  expect(wrapped.map((box) => box.includes(key))).toEqual([false]);
});

test("the sessions of another folder are worth nothing here", async () => {
  const [here, there] = [await testDirectory(), await testDirectory()];
  expect(await kindOf(here, await issue(there))).toBe("invalid");
});

test.each([
  ["principal", "AROAROLEROLEROLEROLE"],
  ["source-identity", `${account}:ann`],
] as const)(
  "revoked by %s: what was issued until then ends, later sessions live, others too",
  async (kind, subject) => {
    const directory = await testDirectory();
    const { clock, sessions, database } = directory;
    const old = await issue(directory);
    const principal = {
      ...request(directory).principal,
      kind: "user-session",
      userId: "AIDAOTHER",
      userName: "o",
    } as const;
    const other = await issue(directory, { principal, sourceIdentity: "bob" });
    await sessions.revoke(kind, subject, clock.time);
    clock.time += 1;
    const later = await issue(directory);
    expect(await inTurn([old, other, later], (one) => kindOf(directory, one))).toEqual(["invalid", "opened", "opened"]);

    const entries = async (): Promise<number> =>
      (await database.reader.all("SELECT 1 FROM revocations", [], () => 1)).length;
    await sessions.revoke(kind, subject, clock.time - 1000); // an earlier time takes nothing back
    clock.time -= 1;
    expect(await kindOf(directory, old)).toBe("invalid");
    await sessions.forgetExpired();
    expect(await entries()).toBe(1);
    clock.time += maxSessionLength + 2;
    await sessions.forgetExpired();
    expect(await entries()).toBe(0);
  },
);

test("one session is revoked by its id alone", async () => {
  const directory = await testDirectory();
  const [one, other] = [await issue(directory), await issue(directory)];
  const opened = await directory.sessions.open(one.accessKeyId, one.sessionToken);
  if (typeof opened === "string") throw new Error(opened);
  await directory.sessions.revoke("session", opened.sessionId, directory.clock.time);
  expect(await inTurn([one, other], (session) => kindOf(directory, session))).toEqual(["invalid", "opened"]);
});

test("the sealed session has a size limit, and its use is reported in percent", async () => {
  const directory = await testDirectory();
  const small = await issue(directory);
  expect(small.packedPolicySize).toBeGreaterThan(0);
  expect(small.packedPolicySize).toBeLessThan(10);
  const noise = randomBytes(8000).toString("base64");
  const refused = await directory.sessions.issue(
    grant,
    request(directory, { policies: [{ inline: noise, managed: [] }] }),
  );
  expect(refused).toMatchObject({ kind: "too-large" });
  expect(refused.kind === "too-large" ? refused.packedPolicySize : 0).toBeGreaterThan(100);
  // What packs well opens again, or is refused at once.
  const repeated = (count: number) => ({ policies: [{ inline: "a".repeat(count), managed: [] }] });
  expect(await kindOf(directory, await issue(directory, repeated(12_000)))).toBe("opened");
  expect(await directory.sessions.issue(grant, request(directory, repeated(20_000)))).toMatchObject({
    kind: "too-large",
  });
});

test("a session has at most eight levels of policies: each costs every request", async () => {
  const directory = await testDirectory();
  const levels = (count: number) => ({
    policies: Array.from({ length: count }, () => ({ inline: "{}", managed: [] })),
  });
  expect((await issue(directory, levels(8))).packedPolicySize).toBeLessThan(10);
  expect(await directory.sessions.issue(grant, request(directory, levels(9)))).toMatchObject({ kind: "too-large" });
});

test("a keyring survives opening again, with the sessions it sealed", async () => {
  const first = await testDirectory();
  const session = await issue(first);
  await first.database.close();
  const second = await testDirectory(first.folder);
  expect(second.folder).toBe(join(first.folder));
  expect(await kindOf(second, session)).toBe("opened");
});
