/** The list of sessions: what it holds, for whom, in what order, and for how long. */
import { expect, test } from "vitest";
import {
  account,
  issueSession,
  otherAccount,
  reuseTestDirectories,
  sessionRequest,
  type TestDirectory,
  testDirectory,
} from "../../../../test/test-directory.ts";
import { testGrant } from "../../../../test/test-grant.ts";
import type { ListedSession, SessionFilter, SessionRequest } from "../../../ports/session-issuer.ts";
import { integer } from "../sql-value.ts";
import { createSessions } from "./sessions.ts";

reuseTestDirectories();
const grant = testGrant();
const hour = 3_600_000;
const turn = async (): Promise<void> => undefined;

function ofRole(roleId: string, accountId = account): SessionRequest["principal"] {
  const arn = `arn:aws:sts::${accountId}:assumed-role/r/s`;
  const role = { roleArn: `arn:aws:iam::${accountId}:role/r`, roleId, roleName: "r", sessionName: "s" };
  return { kind: "role-session", accountId, arn, ...role };
}

async function all(
  { sessions }: TestDirectory,
  accountId: string,
  filter?: SessionFilter,
  limit = 2,
): Promise<readonly ListedSession[]> {
  const found: ListedSession[] = [];
  for (let after: string | undefined, pages = 0; pages < 100; pages += 1) {
    const page = await sessions.listSessions(grant, accountId, { filter, after, limit, turn });
    expect(page?.sessions.length).toBeLessThanOrEqual(limit);
    found.push(...(page?.sessions ?? []));
    after = page?.next;
    if (after === undefined) return found;
  }
  throw new Error("the list does not end");
}

test("is of one account, newest first, whole over its pages, also when many were issued at once", async () => {
  const directory = await testDirectory();
  const { clock } = directory;
  for (let at = 0; at < 7; at += 1) {
    await issueSession(directory, { principal: ofRole("AROAONE") });
    await issueSession(directory, { principal: ofRole("AROATWO", otherAccount) });
    clock.time += at % 3; // several at the same time
  }
  const listed = await all(directory, account);
  expect(listed).toHaveLength(7);
  expect(new Set(listed.map(({ id }) => id)).size).toBe(7);
  expect(listed.map(({ issuedAt }) => issuedAt)).toEqual(
    listed.map(({ issuedAt }) => issuedAt).toSorted((left, right) => right - left),
  );
  expect(new Set(listed.map(({ accountId, principalId }) => `${accountId} ${principalId}`))).toEqual(
    new Set([`${account} AROAONE`]),
  );
  const [first] = await all(directory, otherAccount);
  expect(await directory.sessions.findSession(account, first?.id ?? "")).toBeUndefined();
  expect(await directory.sessions.findSession(otherAccount, first?.id ?? "")).toEqual(first);
});

test("is read in turns, so that others are served meanwhile", async () => {
  const directory = await testDirectory();
  for (let at = 0; at < 25; at += 1) await issueSession(directory, {});
  let turns = 0;
  const query = { filter: undefined, after: undefined, limit: 24, turn: async () => void (turns += 1) };
  expect((await directory.sessions.listSessions(grant, account, query))?.sessions).toHaveLength(24);
  expect(turns).toBe(3);
});

test("is of a role, or of who began a chain, within the account", async () => {
  const directory = await testDirectory();
  const origin = { principalId: "AIDAANN", accessKeyId: "AKIAANN" };
  await issueSession(directory, { origin });
  await issueSession(directory, { principal: ofRole("AROAONE"), origin });
  await issueSession(directory, { principal: ofRole("AROAONE") });
  await issueSession(directory, { principal: ofRole("AROATWO", otherAccount), origin });
  const count = async (by: SessionFilter["by"], id: string) => (await all(directory, account, { by, id }, 1)).length;
  expect([await count("principal", "AROAONE"), await count("origin", "AIDAANN")]).toEqual([2, 2]);
  expect([await count("principal", "AROATWO"), await count("origin", "AIDABOB")]).toEqual([0, 0]);
});

test.each(["", "x", "1", "1.", `1.${"g".repeat(32)}`, `-1.${"0".repeat(32)}`, `1.${"0".repeat(33)}`])(
  "has no page after %j, which it never gave",
  async (after) => {
    const { sessions } = await testDirectory();
    expect(await sessions.listSessions(grant, account, { filter: undefined, after, limit: 1, turn })).toBeUndefined();
  },
);

test("a single session ends although the clock was set back after it was issued", async () => {
  const directory = await testDirectory();
  const { clock, sessions } = directory;
  await issueSession(directory, {});
  clock.time -= hour;
  const [session] = await all(directory, account);
  await sessions.revokeSessions(grant, account, { by: "session", id: session?.id ?? "" }, clock.time);
  expect((await all(directory, account)).map(({ revoked }) => revoked)).toEqual([true]);
});

test("says of each session whether it was revoked, in whatever way", async () => {
  const directory = await testDirectory();
  const { clock, sessions } = directory;
  const origin = { principalId: "AIDAANN", accessKeyId: "AKIAANN" };
  const revoked = async () => (await all(directory, account)).filter((session) => session.revoked).length;
  await issueSession(directory, { origin });
  await issueSession(directory, { principal: ofRole("AROAONE"), origin, sourceIdentity: "ann" });
  await issueSession(directory, { principal: ofRole("AROATWO"), sourceIdentity: "ann" });
  await issueSession(directory, { principal: ofRole("AROATWO") });
  expect(await revoked()).toBe(0);
  await sessions.revokeSessions(grant, otherAccount, { by: "source-identity", id: "ann" }, clock.time);
  expect(await revoked()).toBe(0);
  await sessions.revokeSessions(grant, account, { by: "access-key", id: "AKIAANN" }, clock.time);
  expect(await revoked()).toBe(2);
  await sessions.revokeSessions(grant, account, { by: "source-identity", id: "ann" }, clock.time);
  expect(await revoked()).toBe(3);
  await sessions.revokeSessions(grant, account, { by: "principal", id: "AROATWO" }, clock.time - 1);
  expect(await revoked()).toBe(3);
  await sessions.revokeSessions(grant, account, { by: "principal", id: "AROATWO" }, clock.time);
  expect(await revoked()).toBe(4);
});

test("forgets what has expired, and nothing else, with what it counted", async () => {
  const directory = await testDirectory();
  const { clock, database, sessions } = directory;
  const count = () =>
    database.reader.get("SELECT coalesce(sum(sessions), 0) FROM session_counts", [], ([sum]) => integer(sum));
  for (let at = 0; at < 201; at += 1) await issueSession(directory, { expiresAt: clock.time + hour });
  await issueSession(directory, { expiresAt: clock.time + 2 * hour });
  clock.time += hour - 1;
  await sessions.forgetExpired();
  expect([(await all(directory, account, undefined, 1000)).length, await count()]).toEqual([202, 202]);
  clock.time += 1;
  await sessions.forgetExpired();
  expect([(await all(directory, account)).length, await count()]).toEqual([1, 1]);
  clock.time += hour;
  await sessions.forgetExpired();
  expect([(await all(directory, account)).length, await count()]).toEqual([0, 0]);
});

test("has a limit for each who asks for sessions: others go on, and room comes back", async () => {
  const directory = await testDirectory();
  const { clock, database, keyring } = directory;
  const few = createSessions({ database, keyring, clock, maxOfIssuer: 2 });
  const ask = async (id: string) => {
    const { listed } = sessionRequest(directory, {});
    const request = sessionRequest(directory, { listed: { ...listed, issuer: { ...listed.issuer, id } } });
    return (await few.issue(grant, request)).kind;
  };
  expect([await ask("A"), await ask("A"), await ask("A"), await ask("B")]).toEqual([
    "issued",
    "issued",
    "too-many",
    "issued",
  ]);
  expect(await all(directory, account)).toHaveLength(3);
  clock.time += hour;
  await few.forgetExpired();
  expect(await ask("A")).toBe("issued");
});

// An issuer, and whoever it knows, can make new subjects without end.
test("has one limit for all tokens of a provider that ask for the same role", async () => {
  const directory = await testDirectory();
  const { clock, database, keyring } = directory;
  const few = createSessions({ database, keyring, clock, maxOfIssuer: 2 });
  const arn = `arn:aws:iam::${account}:oidc-provider/issuer.example`;
  const ask = async (subject: string, roleId = "AROAONE") => {
    const issuer = { accountId: account, id: `${arn}:client:${subject}`, arn, accessKeyId: "" };
    const { listed } = sessionRequest(directory, {});
    const note = { ...listed, operation: "AssumeRoleWithWebIdentity", issuer } as const;
    return (await few.issue(grant, sessionRequest(directory, { principal: ofRole(roleId), listed: note }))).kind;
  };
  expect([await ask("a"), await ask("b"), await ask("c"), await ask("c", "AROATWO")]).toEqual([
    "issued",
    "issued",
    "too-many",
    "issued",
  ]);
  clock.time += hour;
  await few.forgetExpired();
  expect([await ask("c"), await ask("d"), await ask("e")]).toEqual(["issued", "issued", "too-many"]);
});

test("holds no secret: neither the token nor the key nor a policy's text is in the file", async () => {
  const directory = await testDirectory();
  const inline = '{"Version":"2012-10-17","Statement":[]}';
  const { secretAccessKey, sessionToken } = await issueSession(directory, {
    policies: [{ inline, managed: ["arn:aws:iam::aws:policy/ReadOnlyAccess"] }],
  });
  const rows = await directory.database.reader.all("SELECT * FROM session_log", [], (columns) =>
    columns.map(String).join("\n"),
  );
  for (const secret of [secretAccessKey, sessionToken, inline]) expect(rows.join("\n")).not.toContain(secret);
  expect((await all(directory, account))[0]).toMatchObject({
    managedPolicies: ["arn:aws:iam::aws:policy/ReadOnlyAccess"],
    inlinePolicies: 1,
  });
});
