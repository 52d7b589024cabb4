import { setImmediate as nextTurn } from "node:timers/promises";
/** Which caller a key belongs to. A new user or role inherits nothing from a deleted one of the same name. */
import { compileNamed, decide, isAllowed, parsePolicy } from "@s3-credentials/policy";
import { describe, expect, test } from "vitest";
import {
  account,
  canonicalId,
  issueSession,
  type TestDirectory,
  testDirectory,
  referenceTo,
} from "../../../../test/test-directory.ts";
import { testGrant } from "../../../../test/test-grant.ts";
import { usesOfCaches } from "../../../cache/bounded-cache.ts";
import { createPolicyPrograms } from "../../../authz/policy-programs.ts";
import type { RoleRecord } from "../../../ports/identity-records.ts";
import type { Caller } from "../../../ports/principal-directory.ts";
import type { SessionRequest, TemporaryCredentials } from "../../../ports/session-issuer.ts";
import { principalDirectory } from "./principal-directory.ts";

const grant = testGrant();
const ReadOnly = "arn:aws:iam::aws:policy/ReadOnlyAccess";
const everything = JSON.stringify({ Statement: { Effect: "Allow", Action: "*", Resource: "*" } });

test("accounts that somebody invents are not kept", async () => {
  const { principals } = await testDirectory();
  const kept = (): number => usesOfCaches().reduce((sum, { name, size }) => sum + (name === "accounts" ? size : 0), 0);
  const before = kept();
  expect(await principals.resourceAccount("999999999999")).toBeUndefined();
  expect(await principals.resourceAccount("a text of any length")).toBeUndefined();
  expect(kept()).toBe(before);
});

async function keyFor({ store }: TestDirectory, ownerId: string | undefined, accessKeyId: string): Promise<void> {
  const key = { accountId: account, ownerId, accessKeyId, secretAccessKey: "s".repeat(40), createdAt: 1 };
  expect(await store.createAccessKey(grant, key)).toEqual({ kind: "done" });
}

function userSession(userId: string, userName: string): SessionRequest["principal"] {
  const arn = `arn:aws:iam::${account}:user/${userName}`;
  return { kind: "user-session", accountId: account, arn, userId, userName };
}

function roleSession({ arn, id, name }: RoleRecord): SessionRequest["principal"] {
  const session = `arn:aws:sts::${account}:assumed-role/${name}/job`;
  const role = { roleArn: arn, roleId: id, roleName: name, sessionName: "job" };
  return { kind: "role-session", accountId: account, arn: session, ...role };
}

async function issue(
  directory: TestDirectory,
  principal: SessionRequest["principal"],
  change: Partial<SessionRequest> = {},
): Promise<TemporaryCredentials> {
  return issueSession(directory, { principal, expiresAt: directory.clock.time + 900_000, ...change });
}

/** Undefined: the signature would verify, and there is nobody behind it. A text: no signature can verify. */
async function callerOf(
  { principals }: TestDirectory,
  accessKeyId: string,
  sessionToken?: string,
): Promise<Caller | string | undefined> {
  const found = await principals.credential(accessKeyId, sessionToken);
  return found.kind === "found" ? found.caller() : found.kind;
}

const callerOfSession = (directory: TestDirectory, { accessKeyId, sessionToken }: TemporaryCredentials) =>
  callerOf(directory, accessKeyId, sessionToken);

function somebody(caller: Caller | string | undefined): Caller {
  if (caller === undefined || typeof caller === "string") throw new Error(caller ?? "nobody");
  return caller;
}

/** Whether this document on a bucket of the account, as stored, lets the caller in without any policy of its own. */
function isLetIn(document: string, caller: Caller): boolean {
  const policy = compileNamed({
    name: "bucket policy",
    policy: parsePolicy(document, "resource").policy ?? "unreadable",
  });
  const request = { action: "s3:GetObject", resource: "arn:aws:s3:::b/k", resourceAccount: account };
  const layers = { ...caller.layers, resource: { kind: "resource", policy } } as const;
  return isAllowed(decide(layers, { ...request, principal: caller.principal, context: () => undefined }));
}

async function bucketPolicy({ principals }: TestDirectory, aws: string): Promise<string> {
  const Statement = { Effect: "Allow", Principal: { AWS: aws }, Action: "s3:*", Resource: "arn:aws:s3:::b/*" };
  const bound = await principals.bindings.bind(JSON.stringify({ Statement }), nextTurn);
  if (bound.kind !== "bound") throw new Error(bound.principal);
  return bound.policy;
}

describe("a key", () => {
  test("of a user is the user with its policies and tags; the root's has no layers", async () => {
    const directory = await testDirectory();
    const { store } = directory;
    const ann = await directory.user("Ann", { path: "/team/", tags: new Map([["Team", "red"]]), boundary: ReadOnly });
    await store.attachPolicy(grant, referenceTo(ann), ReadOnly);
    await store.putInlinePolicy(grant, referenceTo(ann), "own", everything, 2048);
    await keyFor(directory, ann, "AKIAANN");
    await keyFor(directory, undefined, "AKIAROOT");
    const user = somebody(await callerOf(directory, "AKIAANN"));
    const arn = `arn:aws:iam::${account}:user/team/Ann`;
    expect(user).toMatchObject({
      principal: { kind: "user", accountId: account, canonicalId, arn, userId: ann, userName: "Ann" },
      accessKeyId: "AKIAANN",
      session: undefined,
    });
    expect(user.layers.identity.map(({ name }) => name)).toEqual(["own", ReadOnly]);
    expect([user.layers.boundary].flatMap((one) => (one === "none" ? [] : one.name))).toEqual([ReadOnly]);
    expect(Object.fromEntries(user.context)).toEqual({
      "aws:principalarn": arn,
      "aws:principalaccount": account,
      "aws:principalorgid": expect.stringMatching(/^o-[a-z0-9]{10}$/),
      "aws:principalorgpaths": [expect.stringMatching(/^o-[a-z0-9]{10}\/r-[0-9a-z]{4}\/$/)],
      "aws:principaltype": "User",
      "aws:principalisawsservice": "false",
      "aws:userid": ann,
      "aws:username": "Ann",
      "aws:principaltag/team": "red",
    });
    const root = somebody(await callerOf(directory, "AKIAROOT"));
    expect(root.principal).toEqual({
      kind: "root",
      accountId: account,
      canonicalId,
      arn: `arn:aws:iam::${account}:root`,
    });
    expect(root.layers).toEqual({ guardrails: [], identity: [], boundary: "none", sessions: [] });
    expect(root.context.get("aws:username")).toBeUndefined();
  });

  test("that is inactive or deleted verifies nothing, at once, and lives again when it is made active", async () => {
    const directory = await testDirectory();
    const { store } = directory;
    const ann = await directory.user("ann");
    await keyFor(directory, ann, "AKIAANN");
    await store.setAccessKeyStatus(grant, account, ann, "AKIAANN", "Inactive");
    expect(await callerOf(directory, "AKIAANN")).toBe("inactive");
    await store.setAccessKeyStatus(grant, account, ann, "AKIAANN", "Active");
    expect(somebody(await callerOf(directory, "AKIAANN")).principal).toMatchObject({ userId: ann });
    await store.deleteAccessKey(grant, account, ann, "AKIAANN");
    expect(await callerOf(directory, "AKIAANN")).toBe("unknown");
    for (const strange of ["akiaann", "", "*", "AKIAANN ", "AKIA%"])
      expect(await callerOf(directory, strange)).toBe("unknown");
  });

  test("found before its user was deleted has nobody behind it after", async () => {
    const directory = await testDirectory();
    const { store, principals } = directory;
    const ann = await directory.user("ann");
    await keyFor(directory, ann, "AKIAANN");
    const found = await principals.credential("AKIAANN", undefined);
    await store.deleteAccessKey(grant, account, ann, "AKIAANN");
    await store.deletePrincipal(grant, referenceTo(ann));
    expect(found.kind === "found" && (await found.caller())).toBeUndefined();
  });
});

describe("a session", () => {
  test("of a role is the role with its name, policies and tags, and the session's own beside them", async () => {
    const directory = await testDirectory();
    const role = await directory.role("Reader", {
      path: "/service/",
      tags: new Map([
        ["Team", "red"],
        ["Site", "x"],
      ]),
    });
    await directory.store.attachPolicy(grant, role, ReadOnly);
    const policies = [
      { inline: everything, managed: [ReadOnly] },
      { inline: undefined, managed: [] },
    ];
    const session = { tags: { team: "blue" }, sourceIdentity: "ann", policies };
    const caller = somebody(await callerOfSession(directory, await issue(directory, roleSession(role), session)));
    const arn = `arn:aws:sts::${account}:assumed-role/Reader/job`;
    const roleArn = `arn:aws:iam::${account}:role/service/Reader`;
    expect(caller.principal).toMatchObject({ kind: "role-session", arn, roleArn, roleId: role.id, sessionName: "job" });
    // A session that has no policy of its own limits nothing.
    expect(caller.layers.sessions.map((one) => one.map(({ name }) => name))).toEqual([["session policy", ReadOnly]]);
    expect(caller.layers.identity.map(({ name }) => name)).toEqual([ReadOnly]);
    expect(caller.session?.policyStack).toEqual(policies);
    expect(Object.fromEntries(caller.context)).toMatchObject({
      "aws:principalarn": roleArn,
      "aws:principaltype": "AssumedRole",
      "aws:userid": `${role.id}:job`,
      "aws:sourceidentity": "ann",
      "aws:tokenissuetime": new Date(directory.clock.time).toISOString(),
      "aws:multifactorauthpresent": "false",
      "aws:principaltag/site": "x",
    });
    expect(caller.context.has("aws:username")).toBe(false);
    // Keys compare without case, and the later of two is read: the session's tag wins over the role's.
    const teams = [...caller.context].filter(([key]) => key.toLowerCase() === "aws:principaltag/team");
    expect(teams.at(-1)?.[1]).toBe("blue");
  });

  test("is kept with the weight of its policies, however short its token is", async () => {
    const directory = await testDirectory();
    const { database, secrets, sessions } = directory;
    const ann = await directory.user("ann");
    const program = createPolicyPrograms().named;
    // As much memory as two of them need.
    const principals = principalDirectory({ database, secrets, sessions, program, maxCallers: 1_000_000 });
    const policyOf = (value: string): string => {
      const condition = { StringEquals: { "aws:userid": Array.from({ length: 500 }, () => value) } };
      return JSON.stringify({ Statement: { Effect: "Allow", Action: "*", Resource: "*", Condition: condition } });
    };
    const callers = async (values: string): Promise<readonly (() => Promise<Caller>)[]> => {
      const made: (() => Promise<Caller>)[] = [];
      for (const value of values) {
        const policies = [{ inline: policyOf(value), managed: [] }];
        const { accessKeyId, sessionToken } = await issue(directory, userSession(ann, "ann"), { policies });
        expect(sessionToken.length).toBeLessThan(1000);
        made.push(async () => somebody(await callerOf({ ...directory, principals }, accessKeyId, sessionToken)));
      }
      return made;
    };
    const [first, ...others] = await callers("abcdef");
    if (first === undefined) throw new Error("no session");
    const before = await first();
    expect(await first()).toBe(before);
    for (const other of others) await other();
    expect(await first()).not.toBe(before);
  });

  test("waits for each of its policies to be compiled, in the name of its account", async () => {
    const directory = await testDirectory();
    const { database, secrets, sessions, store } = directory;
    const role = await directory.role("reader");
    await store.putInlinePolicy(grant, role, "own", everything, 2048);
    await store.attachPolicy(grant, role, ReadOnly);
    const issued = await issue(directory, roleSession(role), {
      policies: [{ inline: everything, managed: [ReadOnly] }],
    });
    const compiled: string[] = [];
    const { named } = createPolicyPrograms();
    const program: Parameters<typeof principalDirectory>[0]["program"] = async (name, document, kind, accountId) => {
      await nextTurn();
      compiled.push(`${kind} ${name} of ${accountId}`);
      return named(name, document, kind);
    };
    const principals = principalDirectory({ database, secrets, sessions, program });
    const { layers } = somebody(await callerOf({ ...directory, principals }, issued.accessKeyId, issued.sessionToken));
    expect(layers.identity.map(({ name }) => name)).toEqual(["own", ReadOnly]);
    expect(layers.sessions.map((level) => level.map(({ name }) => name))).toEqual([["session policy", ReadOnly]]);
    expect(compiled.toSorted()).toEqual(
      [
        `identity own of ${account}`,
        `identity ${ReadOnly} of ${account}`,
        `session session policy of ${account}`,
        `session ${ReadOnly} of ${account}`,
      ].toSorted(),
    );
  });

  test("has the policies its role has now, not those of when it was made", async () => {
    const directory = await testDirectory();
    const { store } = directory;
    const role = await directory.role("reader");
    const session = await issue(directory, roleSession(role));
    const layers = async (): Promise<Caller["layers"]> => somebody(await callerOfSession(directory, session)).layers;
    expect((await layers()).identity).toEqual([]);
    await store.putInlinePolicy(grant, role, "own", everything, 2048);
    await store.attachPolicy(grant, role, ReadOnly);
    expect((await layers()).identity.map(({ name }) => name)).toEqual(["own", ReadOnly]);
    await store.detachPolicy(grant, role, ReadOnly);
    await store.deleteInlinePolicy(grant, role, "own");
    await store.changePrincipal(grant, role, { boundary: ReadOnly });
    expect(await layers()).toMatchObject({ identity: [], boundary: { name: ReadOnly } });
    await store.changePrincipal(grant, role, { boundary: null });
    expect((await layers()).boundary).toBe("none");
  });
});

describe("a user that was deleted and made again", () => {
  test("has no keys, no policies, no boundary, no tags of the old one, and is not its sessions", async () => {
    const directory = await testDirectory();
    const { store } = directory;
    const old = await directory.user("ann", { boundary: ReadOnly, tags: new Map([["Team", "red"]]) });
    await keyFor(directory, old, "AKIAOLD");
    await store.putInlinePolicy(grant, referenceTo(old), "own", everything, 2048);
    await store.attachPolicy(grant, referenceTo(old), ReadOnly);
    const session = await issue(directory, userSession(old, "ann"));
    expect(somebody(await callerOfSession(directory, session)).layers.identity).toHaveLength(2);

    await store.deleteAccessKey(grant, account, old, "AKIAOLD");
    await store.deleteInlinePolicy(grant, referenceTo(old), "own");
    await store.detachPolicy(grant, referenceTo(old), ReadOnly);
    expect(await store.deletePrincipal(grant, referenceTo(old))).toEqual({ kind: "done" });
    expect(await callerOfSession(directory, session)).toBeUndefined();

    const young = await directory.user("ann");
    expect(young).not.toBe(old);
    expect(await callerOfSession(directory, session)).toBeUndefined();
    expect(await callerOf(directory, "AKIAOLD")).toBe("unknown");
    expect(await store.listAccessKeys(grant, account, young)).toEqual([]);
    expect(await store.listInlinePolicies(grant, referenceTo(young))).toEqual([]);
    expect(await store.listAttachedPolicies(grant, referenceTo(young))).toEqual([]);
    expect(await store.findUser(account, "ann")).toMatchObject({ boundary: undefined, tags: new Map() });
    // The old id is worth nothing to whoever kept it.
    expect(await store.attachPolicy(grant, referenceTo(old), ReadOnly)).toEqual({ kind: "missing" });
    expect(await store.changePrincipal(grant, referenceTo(old), { boundary: ReadOnly })).toEqual({ kind: "missing" });
    expect(await store.putInlinePolicy(grant, referenceTo(old), "own", everything, 2048)).toEqual({ kind: "missing" });
  });

  test("is not who a bucket policy let in", async () => {
    const directory = await testDirectory();
    const arn = `arn:aws:iam::${account}:user/ann`;
    const old = await directory.user("ann");
    await keyFor(directory, old, "AKIAOLD");
    const stored = await bucketPolicy(directory, arn);
    expect(isLetIn(stored, somebody(await callerOf(directory, "AKIAOLD")))).toBe(true);
    await directory.store.deleteAccessKey(grant, account, old, "AKIAOLD");
    await directory.store.deletePrincipal(grant, referenceTo(old));
    const young = await directory.user("ann");
    await keyFor(directory, young, "AKIAYOUNG");
    const caller = somebody(await callerOf(directory, "AKIAYOUNG"));
    expect(caller.principal).toMatchObject({ arn });
    expect(isLetIn(stored, caller)).toBe(false);
    // Named again, it is.
    expect(isLetIn(await bucketPolicy(directory, arn), caller)).toBe(true);
  });
});

describe("a role that was deleted and made again", () => {
  test("is neither the old one's sessions nor who bucket policies let in", async () => {
    const directory = await testDirectory();
    const { store } = directory;
    const old = await directory.role("reader");
    const session = await issue(directory, roleSession(old));
    const names = [old.arn, `arn:aws:sts::${account}:assumed-role/reader/job`];
    const stored = await Promise.all(names.map((name) => bucketPolicy(directory, name)));
    const before = somebody(await callerOfSession(directory, session));
    expect(stored.map((policy) => isLetIn(policy, before))).toEqual([true, true]);

    await store.deletePrincipal(grant, old);
    expect(await callerOfSession(directory, session)).toBeUndefined();
    const young = await directory.role("reader");
    await store.attachPolicy(grant, young, ReadOnly);
    expect(await callerOfSession(directory, session)).toBeUndefined();
    const after = somebody(await callerOfSession(directory, await issue(directory, roleSession(young))));
    expect(after.principal).toMatchObject({ roleArn: old.arn, arn: names[1] });
    const bare = { ...after, layers: { ...after.layers, identity: [] } };
    expect(stored.map((policy) => isLetIn(policy, bare))).toEqual([false, false]);
    const again = await Promise.all(names.map((name) => bucketPolicy(directory, name)));
    expect(again.map((policy) => isLetIn(policy, bare))).toEqual([true, true]);
  });

  test("trusts only whom it names now", async () => {
    const directory = await testDirectory();
    const { store, principals } = directory;
    const ann = await directory.user("ann");
    const Statement = {
      Effect: "Allow",
      Principal: { AWS: `arn:aws:iam::${account}:user/ann` },
      Action: "sts:AssumeRole",
    };
    const bound = await principals.bindings.bind(JSON.stringify({ Statement }), nextTurn);
    if (bound.kind !== "bound") throw new Error(bound.principal);
    const role = { description: undefined, trust: bound.policy, maxSessionSeconds: 3600 };
    const { id } = await directory.role("reader", { role });
    await store.deletePrincipal(grant, referenceTo(ann));
    await directory.user("ann");
    const trust = (await store.findRole(account, "reader"))?.trust ?? "";
    expect(JSON.parse(trust)).toMatchObject({ Statement: { Principal: { AWS: ann } } });
    expect(await principals.bindings.unbind(trust, nextTurn)).toContain(ann);
    await store.deletePrincipal(grant, referenceTo(id));
    expect((await directory.role("reader")).trust).toBe("{}");
  });
});
