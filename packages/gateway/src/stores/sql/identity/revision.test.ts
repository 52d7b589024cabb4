/** Caches are filled against the revision, so it moves with every change, and with nothing else. */
import { describe, expect, test } from "vitest";
import {
  account,
  issueSession,
  type TestDirectory,
  testDirectory,
  reuseTestDirectories,
  waitingKey,
  referenceTo,
} from "../../../../test/test-directory.ts";
import { testGrant } from "../../../../test/test-grant.ts";
import type { NewEvent } from "../../../ports/event-store.ts";
import { readRevision } from "../revision.ts";

const grant = testGrant();
reuseTestDirectories();
const ReadOnly = "arn:aws:iam::aws:policy/ReadOnlyAccess";
const arn = `arn:aws:iam::${account}:policy/p`;

interface Fixture extends TestDirectory {
  readonly ann: string;
  readonly reader: string;
}

async function fixture(): Promise<Fixture> {
  const directory = await testDirectory();
  const { store } = directory;
  const ann = await directory.user("ann");
  const { id: reader } = await directory.role("reader");
  const policy = { accountId: account, policyId: "ANPAP", name: "p", path: "/", description: undefined, createdAt: 1 };
  await store.createPolicy(grant, { ...policy, document: "{}", tags: new Map() });
  await store.createPolicyVersion(grant, account, arn, "{}", false, 1);
  await store.putInlinePolicy(grant, referenceTo(ann), "own", "{}", 100);
  await store.attachPolicy(grant, referenceTo(ann), ReadOnly);
  const key = { accountId: account, ownerId: ann, secretAccessKey: "s", createdAt: 1 };
  await store.createAccessKey(grant, { ...key, accessKeyId: "AKIAONE" });
  return { ...directory, ann, reader };
}

type Step = (fixture: Fixture) => Promise<unknown>;

const principal = {
  accountId: account,
  path: "/",
  createdAt: 1,
  boundary: undefined,
  tags: new Map(),
  role: undefined,
};
const key = { accountId: account, secretAccessKey: "s", createdAt: 1 };
const policy = {
  accountId: account,
  policyId: "ANPAQ",
  path: "/",
  description: undefined,
  document: "{}",
  createdAt: 1,
};

const changes: Readonly<Record<string, Step>> = {
  createPrincipal: ({ store }) => store.createPrincipal(grant, { ...principal, id: "AIDAB", name: "b" }),
  "changePrincipal: boundary": ({ store, ann }) =>
    store.changePrincipal(grant, referenceTo(ann), { boundary: ReadOnly }),
  "changePrincipal: tags": ({ store, ann }) =>
    store.changePrincipal(grant, referenceTo(ann), { tagsAdded: new Map([["a", "b"]]) }),
  "changePrincipal: trust": ({ store, reader }) =>
    store.changePrincipal(grant, referenceTo(reader), { trust: '{"a":1}' }),
  deletePrincipal: ({ store, reader }) => store.deletePrincipal(grant, referenceTo(reader)),
  createAccessKey: ({ store, ann }) => store.createAccessKey(grant, { ...key, ownerId: ann, accessKeyId: "AKIATWO" }),
  setAccessKeyStatus: ({ store, ann }) => store.setAccessKeyStatus(grant, account, ann, "AKIAONE", "Inactive"),
  deleteAccessKey: ({ store, ann }) => store.deleteAccessKey(grant, account, ann, "AKIAONE"),
  putInlinePolicy: ({ store, ann }) => store.putInlinePolicy(grant, referenceTo(ann), "new", "{}", 100),
  deleteInlinePolicy: ({ store, ann }) => store.deleteInlinePolicy(grant, referenceTo(ann), "own"),
  attachPolicy: ({ store, reader }) => store.attachPolicy(grant, referenceTo(reader), ReadOnly),
  detachPolicy: ({ store, ann }) => store.detachPolicy(grant, referenceTo(ann), ReadOnly),
  createPolicy: ({ store }) => store.createPolicy(grant, { ...policy, name: "q", tags: new Map() }),
  createPolicyVersion: ({ store }) => store.createPolicyVersion(grant, account, arn, "{}", true, 2),
  setDefaultPolicyVersion: ({ store }) => store.setDefaultPolicyVersion(grant, account, arn, "v2"),
  deletePolicyVersion: ({ store }) => store.deletePolicyVersion(grant, account, arn, "v2"),
  deletePolicy: async ({ store }) => {
    await store.deletePolicyVersion(grant, account, arn, "v2");
    return store.deletePolicy(grant, account, arn);
  },
  "a new key of the keyring": (directory) => waitingKey(directory),
  "a key that seals": async (directory) =>
    directory.database.write("promoteKeyringKey", { id: await waitingKey(directory), now: 2 }),
  revoke: ({ sessions }) => sessions.revoke("principal", "AIDAX", 1),
  createAccount: ({ database }) =>
    database.write("createAccount", { id: "000000000009", canonicalId: "c", createdAt: 1 }),
};

const refusals: Readonly<Record<string, Step>> = {
  "a name that is taken": ({ store }) => store.createPrincipal(grant, { ...principal, id: "AIDAB", name: "ANN" }),
  "a boundary that is not there": ({ store, ann }) => store.changePrincipal(grant, referenceTo(ann), { boundary: "x" }),
  "deleting what has policies": ({ store, ann }) => store.deletePrincipal(grant, referenceTo(ann)),
  "deleting nobody": ({ store }) => store.deletePrincipal(grant, referenceTo("AIDANOBODY")),
  "a key of nobody": ({ store }) => store.createAccessKey(grant, { ...key, ownerId: "AIDANO", accessKeyId: "AKIAX" }),
  "a key that is not there": ({ store, ann }) => store.deleteAccessKey(grant, account, ann, "AKIAX"),
  "its status": ({ store, ann }) => store.setAccessKeyStatus(grant, account, ann, "AKIAX", "Inactive"),
  "a policy too large": ({ store, ann }) => store.putInlinePolicy(grant, referenceTo(ann), "new", "x".repeat(101), 100),
  "an inline policy not there": ({ store, ann }) => store.deleteInlinePolicy(grant, referenceTo(ann), "x"),
  "attaching what is not there": ({ store, ann }) => store.attachPolicy(grant, referenceTo(ann), "x"),
  "attaching again": ({ store, ann }) => store.attachPolicy(grant, referenceTo(ann), ReadOnly),
  "detaching what is not attached": ({ store, reader }) => store.detachPolicy(grant, referenceTo(reader), ReadOnly),
  "a policy of that name": ({ store }) => store.createPolicy(grant, { ...policy, name: "P", tags: new Map() }),
  "deleting the default version": ({ store }) => store.deletePolicyVersion(grant, account, arn, "v1"),
  "deleting a policy with versions": ({ store }) => store.deletePolicy(grant, account, arn),
  "a key that does not wait to seal": ({ database }) =>
    database.write("promoteKeyringKey", { id: "ffffffff", now: 1 }).catch(() => "refused"),
};

/** Changes of what no cache holds. Each is tried on rows that exist. */
const uncached: Readonly<Record<string, Step>> = {
  "a use of a key": ({ database }) =>
    database.write("recordUses", [{ subject: "AKIAONE", at: 5, service: "s3", region: "us-east-1" }]),
  "a credential report": ({ database }) =>
    database.write("saveCredentialReport", { accountId: account, generatedAt: 1, content: Buffer.from("x") }),
  "tries that are counted": async ({ database }) => {
    const counted = { key: "k", now: 1, max: 5, expiresAt: 9, anybody: true };
    for (let count = 0; count < 2; count += 1) expect(await database.write("countEvent", counted)).toBe(true);
    await database.write("forgetEvents", "k");
  },
  "an event of a change": async ({ database }) => {
    const event = { eventId: "e" } as unknown as NewEvent;
    await database.write("recordChange", { events: [event], stored: [] });
    await database.write("clearOutbox", { stored: ["e"] });
  },
  "a session in the list": (directory) => issueSession(directory, {}),
};

/** By how much the revision moves. */
async function moved(step: Step): Promise<number> {
  const made = await fixture();
  const before = await readRevision(made.database.reader);
  await step(made);
  return (await readRevision(made.database.reader)) - before;
}

describe("the revision", () => {
  test.each(Object.entries(changes))("moves: %s", async (_what, step) => {
    expect(await moved(step)).toBeGreaterThan(0);
  });

  test.each(Object.entries(refusals))("stays: %s", async (_what, step) => {
    expect(await moved(step)).toBe(0);
  });

  test.each(Object.entries(uncached))("stays: %s", async (_what, step) => {
    expect(await moved(step)).toBe(0);
  });

  test("stays when everything is only read", async () => {
    expect(
      await moved(async ({ store, ann, keyring, principals }) => {
        await store.findUser(account, "ann");
        await store.listPrincipals(grant, "user", account, {
          pathPrefix: "/",
          after: undefined,
          limit: 10,
          turn: async () => {},
        });
        await store.listAttachedPolicies(grant, referenceTo(ann));
        await store.listPolicyVersions(grant, account, arn);
        await keyring.sealing();
        await principals.credential("AKIAONE", undefined);
      }),
    ).toBe(0);
  });
});
