/** Two stores on one directory.db write at once: a limit is a limit, a name is one, and nothing is lost. */
import { describe, expect, test } from "vitest";
import { account, type TestDirectory, testDirectory } from "../../../../test/test-directory.ts";
import { testGrant } from "../../../../test/test-grant.ts";
import type { Done, IdentityStore, StoreRefusal } from "../../../ports/identity-store.ts";

const grant = testGrant();
const aws = (name: string): string => `arn:aws:iam::aws:policy/${name}`;

type Outcome = Done | StoreRefusal;

async function pair(): Promise<readonly [TestDirectory, TestDirectory]> {
  const here = await testDirectory();
  return [here, await testDirectory(here.folder)];
}

/** The outcomes of `count` writes, of which every other goes through the other store, all at once. */
async function race(
  [here, there]: readonly [TestDirectory, TestDirectory],
  count: number,
  write: (store: IdentityStore, index: number) => Promise<Outcome>,
): Promise<Readonly<Record<string, number>>> {
  const all = Array.from({ length: count }, (_, index) => write((index % 2 === 0 ? here : there).store, index));
  const counts: Record<string, number> = {};
  for (const { kind } of await Promise.all(all)) counts[kind] = (counts[kind] ?? 0) + 1;
  return counts;
}

describe("two writers", () => {
  test("make one user of a name", async () => {
    const both = await pair();
    const user = { accountId: account, path: "/", createdAt: 1, boundary: undefined, tags: new Map(), role: undefined };
    const counts = await race(both, 20, (store, index) =>
      store.createPrincipal(grant, { ...user, id: `AIDA${index}`, name: index % 3 === 0 ? "ANN" : "ann" }),
    );
    expect(counts).toEqual({ done: 1, exists: 19 });
  });

  test("make two keys for a user", async () => {
    const both = await pair();
    const ann = await both[0].user("ann");
    const key = { accountId: account, ownerId: ann, secretAccessKey: "s", createdAt: 1 };
    const counts = await race(both, 20, (store, index) =>
      store.createAccessKey(grant, { ...key, accessKeyId: `AKIA${index}` }),
    );
    expect(counts).toEqual({ done: 2, limit: 18 });
    expect(await both[1].store.listAccessKeys(grant, account, ann)).toHaveLength(2);
  });

  test("keep inline policies together within their size", async () => {
    const both = await pair();
    const ann = await both[0].user("ann");
    const counts = await race(both, 12, (store, index) =>
      store.putInlinePolicy(grant, ann, `p${index}`, '"12345678"', 50),
    );
    expect(counts).toEqual({ done: 5, limit: 7 });
    expect(await both[1].store.listInlinePolicies(grant, ann)).toHaveLength(5);
  });

  test("keep both of two tags set at once", async () => {
    const both = await pair();
    const ann = await both[0].user("ann");
    const counts = await race(both, 50, (store, index) =>
      store.changePrincipal(grant, ann, { tagsAdded: new Map([[`t${index}`, "v"]]) }),
    );
    expect(counts).toEqual({ done: 50 });
    expect((await both[1].store.findUser(account, "ann"))?.tags.size).toBe(50);
  });

  test("never leave a policy attached that was deleted, nor a user deleted that has one", async () => {
    const both = await pair();
    const [here, there] = both;
    for (let round = 0; round < 10; round += 1) {
      const ann = await here.user(`ann${round}`);
      const arn = `arn:aws:iam::${account}:policy/p${round}`;
      const policy = { accountId: account, policyId: `ANPA${round}`, name: `p${round}`, path: "/", createdAt: 1 };
      await here.store.createPolicy(grant, { ...policy, description: undefined, document: "{}" });
      const [deleted, attached, gone] = await Promise.all([
        there.store.deletePolicy(grant, arn),
        here.store.attachPolicy(grant, ann, arn),
        there.store.deletePrincipal(grant, ann),
      ]);
      const kinds = [deleted.kind, attached.kind, gone.kind];
      // Attached first: neither can go. Otherwise there is nothing to attach, or nobody to attach it to.
      if (attached.kind === "done") expect(kinds).toEqual(["conflict", "done", "conflict"]);
      else expect(attached.kind).toBe("missing");
      const found = await there.store.findManagedPolicy(arn);
      expect(found?.attachmentCount ?? 0).toBe(attached.kind === "done" ? 1 : 0);
    }
  });

  test("see each other's changes at once, in what a caller may do too", async () => {
    const [here, there] = await pair();
    const ann = await here.user("ann");
    const key = { accountId: account, ownerId: ann, secretAccessKey: "s".repeat(40), createdAt: 1 };
    await here.store.createAccessKey(grant, { ...key, accessKeyId: "AKIAANN" });
    const names = async ({ principals }: TestDirectory): Promise<unknown> => {
      const found = await principals.credential("AKIAANN", undefined);
      const caller = found.kind === "found" ? await found.caller() : undefined;
      return caller?.layers.identity.map(({ name }) => name) ?? found.kind;
    };
    expect([await names(here), await names(there)]).toEqual([[], []]);
    await there.store.attachPolicy(grant, ann, aws("ReadOnlyAccess"));
    expect([await names(here), await names(there)]).toEqual([[aws("ReadOnlyAccess")], [aws("ReadOnlyAccess")]]);
    await here.store.setAccessKeyStatus(grant, account, ann, "AKIAANN", "Inactive");
    expect([await names(here), await names(there)]).toEqual(["inactive", "inactive"]);
  });
});
