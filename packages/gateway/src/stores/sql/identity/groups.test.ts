/** Groups as the store keeps them, and what their policies are to their users when the file is unreadable. */
import { join } from "node:path";
import { decide, type Decision, readRuling } from "@s3-credentials/policy";
import { describe, expect, test } from "vitest";
import {
  account,
  otherAccount,
  type TestDirectory,
  testDirectory,
  referenceTo,
} from "../../../../test/test-directory.ts";
import { temporaryFolder } from "../../../../test/temporary-folder.ts";
import { testGrant } from "../../../../test/test-grant.ts";
import { openConnection } from "../../sqlite/connection.ts";
import { migrate } from "../../sqlite/migrate.ts";
import { readRevision } from "../revision.ts";
import { directoryMigrations } from "./directory-migrations.ts";

const grant = testGrant();
const allowAll = JSON.stringify({ Version: "2012-10-17", Statement: { Effect: "Allow", Action: "*", Resource: "*" } });
const managed = `arn:aws:iam::${account}:policy/p`;
const keyId = "AKIAANNANNANNANNANNA";

/** Changes the file behind the store's back. */
function tamper({ folder }: TestDirectory, sql: string, params: readonly (string | Uint8Array)[]): void {
  const connection = openConnection(join(folder, "directory.db"));
  try {
    connection.exec("PRAGMA foreign_keys = OFF");
    expect(connection.run(sql, params)).toBeGreaterThan(0);
  } finally {
    connection.close();
  }
}

async function group({ store }: TestDirectory, name: string, accountId = account): Promise<string> {
  const id = `AGPA${name.toUpperCase()}`;
  expect(await store.createGroup(grant, { accountId, id, name, path: "/", createdAt: 3 })).toEqual({ kind: "done" });
  return id;
}

/** A user with a key and no policy of its own that allows anything, in a group that allows everything twice. */
async function member(directory: TestDirectory): Promise<{ user: string; staff: string }> {
  const { store } = directory;
  const fields = { accountId: account, policyId: "ANPAP", name: "p", path: "/", description: undefined, createdAt: 1 };
  await store.createPolicy(grant, { ...fields, document: allowAll, tags: new Map() });
  const user = await directory.user("ann");
  const staff = await group(directory, "staff");
  await store.putInlinePolicy(grant, referenceTo(staff), "inline", allowAll, 5120);
  await store.attachPolicy(grant, referenceTo(staff), managed);
  await store.addGroupMember(grant, referenceTo(staff), user);
  const key = { accountId: account, ownerId: user, secretAccessKey: "s".repeat(40), createdAt: 1 };
  await store.createAccessKey(grant, { ...key, accessKeyId: keyId });
  return { user, staff };
}

async function decision({ principals }: TestDirectory): Promise<Decision> {
  const found = await principals.credential(keyId, undefined);
  const caller = found.kind === "found" ? await found.caller() : undefined;
  if (caller === undefined) throw new Error("nobody");
  const { principal, layers } = caller;
  const request = { principal, action: "s3:GetObject", resource: "arn:aws:s3:::b/k", resourceAccount: account };
  const all = { ...layers, resource: "none" } as const;
  return readRuling(all, decide(all, { ...request, context: () => undefined }));
}

describe("a group's policies", () => {
  test("are identity policies of its users, named with the group", async () => {
    const directory = await testDirectory();
    const { user, staff } = await member(directory);
    const allowed = await decision(directory);
    expect(allowed).toMatchObject({ allowed: true, layer: "identity" });
    expect(allowed.statement?.policyName).toBe("policy inline of group staff");
    await directory.store.deleteInlinePolicy(grant, referenceTo(staff), "inline");
    expect((await decision(directory)).statement?.policyName).toBe(`policy ${managed} of group staff`);
    await directory.store.removeGroupMember(grant, referenceTo(staff), user);
    expect((await decision(directory)).allowed).toBe(false);
  });

  const changes: readonly (readonly [string, string, readonly (string | Uint8Array)[]])[] = [
    [
      "an inline one that is cut short",
      "UPDATE group_inline_policies SET document = ?",
      [Buffer.from(allowAll.slice(1))],
    ],
    ["an inline one that is empty", "UPDATE group_inline_policies SET document = ?", [new Uint8Array()]],
    ["a managed one that cannot be read", "UPDATE policy_versions SET document = ?", [Buffer.from("{}")]],
    ["a managed one that is gone", "UPDATE group_attachments SET policy_arn = ?", [`${managed}-gone`]],
    [
      "a managed one of another account",
      "UPDATE group_attachments SET policy_arn = ?",
      [`arn:aws:iam::${otherAccount}:policy/p`],
    ],
  ];
  test.each(changes)("an unreadable policy denies beside policies that allow: %s", async (_name, sql, params) => {
    const directory = await testDirectory();
    const { user } = await member(directory);
    await directory.store.putInlinePolicy(grant, referenceTo(user), "own", allowAll, 2048);
    tamper(directory, sql, params);
    expect(await decision(directory)).toMatchObject({ allowed: false, layer: "identity" });
  });

  test("a membership whose group is gone is a fault, not less policy", async () => {
    const directory = await testDirectory();
    const { user } = await member(directory);
    await directory.store.putInlinePolicy(grant, referenceTo(user), "own", allowAll, 2048);
    tamper(directory, "DELETE FROM groups", []);
    await expect(decision(directory)).rejects.toMatchObject({ kind: "corrupt" });
  });
});

describe("groups", () => {
  test("300 in an account, 10 of a user", async () => {
    const directory = await testDirectory();
    const { store } = directory;
    const user = await directory.user("ann");
    const made = Array.from({ length: 300 }, (_, index) => `g${index}`);
    const ids = await Promise.all(made.map((name) => group(directory, name)));
    const one = { accountId: account, id: "AGPAMORE", name: "more", path: "/", createdAt: 3 };
    expect(await store.createGroup(grant, one)).toEqual({ kind: "limit", what: "GroupsPerAccount", quota: 300 });
    await group(directory, "elsewhere", otherAccount);
    const [first = "", ...rest] = ids;
    for (const id of ids.slice(0, 10))
      expect(await store.addGroupMember(grant, referenceTo(id), user)).toEqual({ kind: "done" });
    expect(await store.addGroupMember(grant, referenceTo(first), user)).toEqual({ kind: "done" });
    const full = { kind: "limit", what: "GroupsPerUser", quota: 10 };
    expect(await store.addGroupMember(grant, referenceTo(rest.at(-1) ?? ""), user)).toEqual(full);
    await store.removeGroupMember(grant, referenceTo(first), user);
    expect(await store.addGroupMember(grant, referenceTo(rest.at(-1) ?? ""), user)).toEqual({ kind: "done" });
    expect(await store.listGroupsOf(grant, referenceTo(user))).toHaveLength(10);
    expect(await store.deleteGroup(grant, referenceTo(first))).toEqual({ kind: "done" });
    expect(await store.createGroup(grant, one)).toEqual({ kind: "done" });
  });

  test("only users of its own account are in it, and no roles", async () => {
    const directory = await testDirectory();
    const { store } = directory;
    const staff = await group(directory, "staff");
    const foreignUser = await directory.user("bob", { accountId: otherAccount });
    const role = await directory.role("r");
    for (const id of [foreignUser, role.id, "AIDANOBODY"])
      expect(await store.addGroupMember(grant, referenceTo(staff), id)).toEqual({ kind: "missing" });
    expect(await store.addGroupMember(grant, referenceTo("AGPANONE"), await directory.user("ann"))).toEqual({
      kind: "missing",
    });
  });

  test("every change moves the revision; a removal that removes nothing does not", async () => {
    const directory = await testDirectory();
    const { store, database } = directory;
    const user = await directory.user("ann");
    let last = await readRevision(database.reader);
    const moved = async (): Promise<boolean> => {
      const before = last;
      last = await readRevision(database.reader);
      return last > before;
    };
    const staff = await group(directory, "staff");
    expect(await moved()).toBe(true);
    await store.addGroupMember(grant, referenceTo(staff), user);
    expect(await moved()).toBe(true);
    await store.putInlinePolicy(grant, referenceTo(staff), "p", allowAll, 5120);
    expect(await moved()).toBe(true);
    await store.changeGroup(grant, referenceTo(staff), { path: "/x/" });
    expect(await moved()).toBe(true);
    await store.removeGroupMember(grant, referenceTo(staff), user);
    expect(await moved()).toBe(true);
    await store.removeGroupMember(grant, referenceTo(staff), user);
    expect(await moved()).toBe(false);
    await store.deleteInlinePolicy(grant, referenceTo(staff), "p");
    await store.deleteGroup(grant, referenceTo(staff));
    expect(await moved()).toBe(true);
  });
});

test("a file from before there were groups gets them, with what is in it", async () => {
  const folder = await temporaryFolder();
  const path = join(folder, "directory.db");
  const before = directoryMigrations.filter(({ name }) => !name.startsWith("003") && name < "0110");
  expect(before.length).toBeLessThanOrEqual(directoryMigrations.length - 3);
  const old = openConnection(path);
  migrate(old, path, before);
  old.run("INSERT INTO accounts (id, canonical_id, created_at) VALUES (?, ?, 1)", [account, "a".repeat(64)]);
  old.close();
  const directory = await testDirectory(folder);
  const staff = await group(directory, "staff");
  const user = await directory.user("ann");
  expect(await directory.store.addGroupMember(grant, referenceTo(staff), user)).toEqual({ kind: "done" });
});
