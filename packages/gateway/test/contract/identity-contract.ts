/** What every identity store must do. Numbers: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html */
import { describe, expect, test } from "vitest";
import { account, otherAccount, referenceTo } from "../test-directory.ts";
import { consoleSessionsContract } from "./console-sessions-contract.ts";
import { identityAccountsContract } from "./identity-accounts-contract.ts";
import { identityGroupsContract } from "./identity-groups-contract.ts";
import { identityListingContract } from "./identity-listing-contract.ts";
import { lastUsedContract } from "./last-used-contract.ts";
import { identityMfaContract } from "./identity-mfa-contract.ts";
import { identityPasswordsContract } from "./identity-passwords-contract.ts";
import { identityWritersContract } from "./identity-writers-contract.ts";
import {
  arnOf,
  document,
  done,
  grant,
  type IdentityUnderTest,
  key,
  type MakeIdentity,
  missing,
  policy,
  race,
  ReadOnly,
  underTest,
} from "./identity-under-test.ts";

export function identityContract(make: MakeIdentity): void {
  const open = (): Promise<IdentityUnderTest> => underTest(make);
  consoleSessionsContract(open);
  identityAccountsContract(open);
  identityGroupsContract(open);
  identityListingContract(open);
  identityMfaContract(open);
  lastUsedContract(open);
  identityPasswordsContract(open);
  identityWritersContract(open);

  describe("access keys", () => {
    test("are two for each user and for the root, active or not; a deleted one makes room", async () => {
      const directory = await open();
      const { store } = directory;
      const limit = { kind: "limit", what: "AccessKeysPerUser", quota: 2 };
      for (const ownerId of [await directory.user("ann"), undefined, await directory.user("bob")]) {
        const name = (which: string): string => `AKIA${ownerId ?? "ROOT"}${which}`;
        expect([await key(directory, ownerId, name("A")), await key(directory, ownerId, name("B"))]).toEqual([
          done,
          done,
        ]);
        expect(await key(directory, ownerId, name("C"))).toEqual(limit);
        await store.setAccessKeyStatus(grant, account, ownerId, name("A"), "Inactive");
        expect(await key(directory, ownerId, name("C"))).toEqual(limit);
        expect(await store.deleteAccessKey(grant, account, ownerId, name("A"))).toEqual(done);
        expect(await key(directory, ownerId, name("C"))).toEqual(done);
        expect((await store.listAccessKeys(grant, account, ownerId)).map((one) => one.accessKeyId)).toEqual([
          name("B"),
          name("C"),
        ]);
      }
    });

    test("belong to users of their own account only", async () => {
      const directory = await open();
      const ann = await directory.user("ann");
      const { id: reader } = await directory.role("reader");
      expect(await key(directory, reader, "AKIAROLE")).toEqual(missing);
      expect(await key(directory, "AIDANOBODY", "AKIANOBODY")).toEqual(missing);
      expect(await key(directory, ann, "AKIAABROAD", otherAccount)).toEqual(missing);
      expect(await key(directory, ann, "AKIAHOME")).toEqual(done);
    });

    test("are changed and deleted by their owner's name only", async () => {
      const directory = await open();
      const { store } = directory;
      const [ann, bob] = [await directory.user("ann"), await directory.user("bob")];
      await key(directory, ann, "AKIAANN");
      await key(directory, undefined, "AKIAROOT");
      for (const [owner, ownerId, id] of [
        [account, bob, "AKIAANN"],
        [account, undefined, "AKIAANN"],
        [otherAccount, ann, "AKIAANN"],
        [account, ann, "AKIAROOT"],
        [otherAccount, undefined, "AKIAROOT"],
        [account, ann, "AKIANONE"],
      ] as const) {
        expect(await store.setAccessKeyStatus(grant, owner, ownerId, id, "Inactive")).toEqual(missing);
        expect(await store.deleteAccessKey(grant, owner, ownerId, id)).toEqual(missing);
      }
      expect(await store.listAccessKeys(grant, account, ann)).toEqual([
        { accessKeyId: "AKIAANN", status: "Active", createdAt: 1 },
      ]);
      expect(await store.listAccessKeys(grant, account, undefined)).toEqual([
        { accessKeyId: "AKIAROOT", status: "Active", createdAt: 1 },
      ]);
    });

    test("never have one id twice, in whatever account", async () => {
      const directory = await open();
      await key(directory, await directory.user("ann"), "AKIAONCE");
      const again = [
        key(directory, await directory.user("bob"), "AKIAONCE"),
        key(directory, undefined, "AKIAONCE", otherAccount),
      ];
      const conflict = expect.objectContaining({ name: "StoreError", kind: "conflict" }) as unknown;
      expect(await Promise.allSettled(again)).toEqual(again.map(() => ({ status: "rejected", reason: conflict })));
    });
  });

  describe("policies of a user or role", () => {
    test.each(["user", "role"] as const)("are ten managed ones for a %s", async (kind) => {
      const directory = await open();
      const { store } = directory;
      const identity = kind === "user" ? await directory.user("h") : (await directory.role("h")).id;
      const arns = await Promise.all(Array.from({ length: 11 }, (_, index) => policy(directory, `p${index}`)));
      for (const arn of arns.slice(0, 10))
        expect(await store.attachPolicy(grant, referenceTo(identity), arn)).toEqual(done);
      const limit = { kind: "limit", what: kind === "user" ? "PoliciesPerUser" : "PoliciesPerRole", quota: 10 };
      expect(await store.attachPolicy(grant, referenceTo(identity), arns[10] ?? "")).toEqual(limit);
      expect(await store.attachPolicy(grant, referenceTo(identity), ReadOnly)).toEqual(limit);
      // One that is attached already is attached.
      expect(await store.attachPolicy(grant, referenceTo(identity), arns[0] ?? "")).toEqual(done);
      expect(await store.detachPolicy(grant, referenceTo(identity), arns[3] ?? "")).toEqual(done);
      expect(await store.attachPolicy(grant, referenceTo(identity), ReadOnly)).toEqual(done);
      expect(await store.listAttachedPolicies(grant, referenceTo(identity))).toHaveLength(10);
    });

    test("are AWS's or the account's own, and there", async () => {
      const directory = await open();
      const { store } = directory;
      const ann = await directory.user("ann");
      const abroad = await policy(directory, "abroad", otherAccount);
      for (const arn of [abroad, arnOf("none"), "arn:aws:iam::aws:policy/None", "", "*", ann]) {
        expect(await store.attachPolicy(grant, referenceTo(ann), arn)).toEqual(missing);
        expect(await store.detachPolicy(grant, referenceTo(ann), arn)).toEqual(missing);
        expect(await store.changePrincipal(grant, referenceTo(ann), { boundary: arn })).toEqual(missing);
      }
      expect(await store.attachPolicy(grant, referenceTo("AIDANOBODY"), ReadOnly)).toEqual(missing);
      expect(await store.putInlinePolicy(grant, referenceTo("AIDANOBODY"), "p", document, 2048)).toEqual(missing);
      expect((await store.findUser(account, "ann"))?.boundary).toBeUndefined();
    });

    test("have a size together when they are inline, white space not counted", async () => {
      const directory = await open();
      const { store } = directory;
      const ann = await directory.user("ann");
      const put = (name: string, text: string, quota = 100): Promise<unknown> =>
        store.putInlinePolicy(grant, referenceTo(ann), name, text, quota);
      const sized = (size: number): string => `"${"x".repeat(size - 2)}"`;
      expect(await put("a", sized(60))).toEqual(done);
      expect(await put("b", sized(41))).toEqual({ kind: "limit", what: "inline policy size", quota: 100 });
      expect(await put("b", ` \n${sized(40)}${" ".repeat(500)}`)).toEqual(done);
      expect(await put("c", "0")).toMatchObject({ kind: "limit" });
      // Put again, in whatever case, a policy counts once.
      expect(await put("A", sized(61))).toMatchObject({ kind: "limit" });
      expect(await put("A", sized(60))).toEqual(done);
      expect(await store.listInlinePolicies(grant, referenceTo(ann))).toEqual(["A", "b"]);
      expect(await store.getInlinePolicy(grant, referenceTo(ann), "a")).toEqual({ name: "A", document: sized(60) });
      expect(await store.deleteInlinePolicy(grant, referenceTo(ann), "B")).toEqual(done);
      expect(await store.deleteInlinePolicy(grant, referenceTo(ann), "b")).toEqual(missing);
      expect(await put("c", sized(40))).toEqual(done);
      // What somebody else has does not count.
      expect(
        await store.putInlinePolicy(grant, referenceTo(await directory.user("bob")), "a", sized(100), 100),
      ).toEqual(done);
    });

    test("are tagged fifty times at most", async () => {
      const directory = await open();
      const { store } = directory;
      const ann = await directory.user("ann");
      const tags = (from: number, to: number): ReadonlyMap<string, string> =>
        new Map(Array.from({ length: to - from }, (_, index) => [`t${from + index}`, "v"]));
      expect(await store.changePrincipal(grant, referenceTo(ann), { tagsAdded: tags(0, 30) })).toEqual(done);
      expect(await store.changePrincipal(grant, referenceTo(ann), { tagsAdded: tags(20, 51) })).toMatchObject({
        kind: "limit",
        what: "TagsPerUser",
        quota: 50,
      });
      expect((await store.findUser(account, "ann"))?.tags.size).toBe(30);
      expect(
        await store.changePrincipal(grant, referenceTo(ann), { tagsAdded: tags(20, 51), tagsRemoved: ["t0"] }),
      ).toEqual(done);
      expect((await store.findUser(account, "ann"))?.tags.size).toBe(50);
    });
  });

  describe("tags of a policy", () => {
    test("are its account's to change, fifty at most, in the case they were last written with", async () => {
      const directory = await open();
      const { store } = directory;
      const arn = await policy(directory, "p");
      const tags = async (): Promise<unknown> => [...((await store.findManagedPolicy(account, arn))?.tags ?? [])];
      expect(await tags()).toEqual([]);
      const made = { accountId: account, policyId: "ANPAT", name: "t", path: "/", description: undefined, document };
      expect(await store.createPolicy(grant, { ...made, createdAt: 1, tags: new Map([["a\0", "é"]]) })).toEqual(done);
      expect((await store.findManagedPolicy(account, arnOf("t")))?.tags).toEqual(new Map([["a\0", "é"]]));
      const add = (from: number, to: number): ReadonlyMap<string, string> =>
        new Map(Array.from({ length: to - from }, (_, index) => [`t${from + index}`, "v"]));
      expect(await store.changePolicyTags(grant, account, arn, { tagsAdded: add(0, 30) })).toEqual(done);
      expect(await store.changePolicyTags(grant, account, arn, { tagsAdded: add(20, 51) })).toEqual({
        kind: "limit",
        what: "TagsPerPolicy",
        quota: 50,
      });
      expect(await store.changePolicyTags(grant, account, arn, { tagsRemoved: [...add(0, 30).keys()] })).toEqual(done);
      expect(await store.changePolicyTags(grant, account, arn, { tagsAdded: new Map([["Team", "x"]]) })).toEqual(done);
      expect(await store.changePolicyTags(grant, account, arn, { tagsAdded: new Map([["TEAM", "y"]]) })).toEqual(done);
      expect(await tags()).toEqual([["TEAM", "y"]]);
      for (const [owner, which] of [
        [otherAccount, arn],
        [account, ReadOnly],
        [account, arnOf("none")],
      ] as const)
        expect(await store.changePolicyTags(grant, owner, which, { tagsRemoved: ["team"] })).toEqual(missing);
      expect(await store.changePolicyTags(grant, account, arn, { tagsRemoved: ["team"] })).toEqual(done);
      expect(await tags()).toEqual([]);
      expect((await store.findManagedPolicy(account, ReadOnly))?.tags.size).toBe(0);
    });
  });

  describe("versions of a policy", () => {
    test("are five; the default one stays, and numbers never come again", async () => {
      const directory = await open();
      const { store } = directory;
      const arn = await policy(directory, "p");
      const version = (setAsDefault: boolean): Promise<unknown> =>
        store.createPolicyVersion(grant, account, arn, document, setAsDefault, 2);
      for (const number of [2, 3, 4, 5])
        expect(await version(false)).toEqual({ kind: "created", versionId: `v${number}` });
      expect(await version(true)).toEqual({ kind: "limit", what: "PolicyVersionsPerPolicy", quota: 5 });
      expect(await store.deletePolicyVersion(grant, account, arn, "v1")).toMatchObject({ kind: "conflict" });
      expect(await store.deletePolicyVersion(grant, account, arn, "v5")).toEqual(done);
      expect(await version(true)).toEqual({ kind: "created", versionId: "v6" });
      expect(await store.deletePolicyVersion(grant, account, arn, "v6")).toMatchObject({ kind: "conflict" });
      expect(await store.deletePolicyVersion(grant, account, arn, "v1")).toEqual(done);
      expect((await store.findManagedPolicy(account, arn))?.defaultVersionId).toBe("v6");
      expect(await store.setDefaultPolicyVersion(grant, account, arn, "v3")).toEqual(done);
      expect(await store.findManagedPolicy(account, arn)).toMatchObject({ defaultVersionId: "v3", updatedAt: 2 });
      for (const id of ["v1", "v5", "v7", "6", "V6", "v06", ""]) {
        expect(await store.setDefaultPolicyVersion(grant, account, arn, id)).toEqual(missing);
        expect(await store.deletePolicyVersion(grant, account, arn, id)).toEqual(missing);
      }
    });

    test("of AWS's policies cannot be changed, nor can the policies be deleted", async () => {
      const { store } = await open();
      expect(await store.createPolicyVersion(grant, account, ReadOnly, document, true, 1)).toEqual(missing);
      expect(await store.setDefaultPolicyVersion(grant, account, ReadOnly, "v1")).toEqual(missing);
      expect(await store.deletePolicyVersion(grant, account, ReadOnly, "v1")).toEqual(missing);
      expect(await store.deletePolicy(grant, account, ReadOnly)).toEqual(missing);
    });
  });

  describe("deleting", () => {
    test.each(["user", "role"] as const)("a %s asks for everything that belongs to it to go first", async (kind) => {
      const directory = await open();
      const { store } = directory;
      const arn = await policy(directory, "p");
      const identity = kind === "user" ? await directory.user("h") : (await directory.role("h")).id;
      if (kind === "user") await key(directory, identity, "AKIAONE");
      await store.putInlinePolicy(grant, referenceTo(identity), "inline", document, 2048);
      await store.attachPolicy(grant, referenceTo(identity), arn);
      await store.changePrincipal(grant, referenceTo(identity), {
        boundary: ReadOnly,
        tagsAdded: new Map([["a", "b"]]),
      });
      const refused = async (reason: string): Promise<void> => {
        expect(await store.deletePrincipal(grant, referenceTo(identity))).toEqual({ kind: "conflict", reason });
      };
      if (kind === "user") {
        await refused("must delete access keys first");
        await store.setAccessKeyStatus(grant, account, identity, "AKIAONE", "Inactive");
        await refused("must delete access keys first");
        await store.deleteAccessKey(grant, account, identity, "AKIAONE");
      }
      await refused("must delete policies first");
      await store.deleteInlinePolicy(grant, referenceTo(identity), "inline");
      await refused("must detach all policies first");
      await store.detachPolicy(grant, referenceTo(identity), arn);
      // A boundary and tags are the principal's own and go with it.
      expect(await store.deletePrincipal(grant, referenceTo(identity))).toEqual(done);
      expect(await store.deletePrincipal(grant, referenceTo(identity))).toEqual(missing);
    });

    test("a policy asks for its attachments, its use as a boundary and its other versions to go first", async () => {
      const directory = await open();
      const { store } = directory;
      const arn = await policy(directory, "p");
      const ann = await directory.user("ann");
      const { id: reader } = await directory.role("reader", { boundary: arn });
      await store.attachPolicy(grant, referenceTo(ann), arn);
      await store.createPolicyVersion(grant, account, arn, document, true, 2);
      const attached = { kind: "conflict", reason: "Cannot delete a policy attached to entities." };
      expect(await store.deletePolicy(grant, account, arn)).toEqual(attached);
      await store.detachPolicy(grant, referenceTo(ann), arn);
      expect(await store.findManagedPolicy(account, arn)).toMatchObject({ attachmentCount: 0, boundaryCount: 1 });
      expect(await store.deletePolicy(grant, account, arn)).toEqual(attached);
      await store.changePrincipal(grant, referenceTo(reader), { boundary: null });
      expect(await store.deletePolicy(grant, account, arn)).toMatchObject({
        kind: "conflict",
        reason: expect.stringContaining("more than one version"),
      });
      await store.deletePolicyVersion(grant, account, arn, "v1");
      expect(await store.deletePolicy(grant, account, arn)).toEqual(done);
      expect(await store.listPolicyVersions(grant, account, arn)).toEqual([]);
      expect(await store.deletePolicy(grant, account, arn)).toEqual(missing);
    });
  });

  describe("names", () => {
    test("are one whatever their case, for each kind in each account, and kept as they were written", async () => {
      const directory = await open();
      const { store } = directory;
      await directory.user("Ann", { path: "/a/" });
      for (const name of ["Ann", "ann", "ANN"])
        await expect(directory.user(name, { path: "/b/" })).rejects.toThrow("exists");
      await directory.role("ann");
      await directory.user("ANN", { accountId: otherAccount });
      expect((await store.findUser(account, "aNN"))?.arn).toBe(`arn:aws:iam::${account}:user/a/Ann`);
      expect((await store.findUser(otherAccount, "ann"))?.name).toBe("ANN");
      expect(await store.findUser("000000000000", "ann")).toBeUndefined();
      await policy(directory, "P");
      const again = {
        accountId: account,
        policyId: "ANPAX",
        path: "/x/",
        description: undefined,
        document,
        createdAt: 1,
      };
      expect(await store.createPolicy(grant, { ...again, name: "p", tags: new Map() })).toEqual({ kind: "exists" });
      // ARNs have a case.
      expect(await store.findManagedPolicy(account, arnOf("p"))).toBeUndefined();
      expect(await store.findRoleByArn(`arn:aws:iam::${account}:role/Ann`)).toBeUndefined();
      expect((await store.findRoleByArn(`arn:aws:iam::${account}:role/ann`))?.name).toBe("ann");
      for (const arn of ["", "*", `arn:aws:iam::${account}:role/`, `arn:aws:iam::${account}:user/ann`, account])
        expect(await store.findRoleByArn(arn)).toBeUndefined();
    });

    test("and paths are as long as IAM lets them be", async () => {
      const directory = await open();
      const name = "n".repeat(64);
      const path = `/${"p".repeat(510)}/`;
      const id = await directory.user(name, { path });
      expect(await directory.store.findUser(account, name)).toMatchObject({ id, name, path });
    });

    test("that a store would change are refused, not stored", async () => {
      const directory = await open();
      for (const name of ["a\0b", "\ud800"]) {
        await expect(directory.user(name)).rejects.toMatchObject({ name: "StoreError", kind: "corrupt" });
        await expect(directory.store.findUser(account, name)).rejects.toMatchObject({ kind: "corrupt" });
      }
      // Documents, descriptions and tags are bytes and may hold what JSON may.
      const ann = await directory.user("ann", { tags: new Map([["k\0", "é☂"]]) });
      expect((await directory.store.findUser(account, "ann"))?.tags).toEqual(new Map([["k\0", "é☂"]]));
      await directory.store.putInlinePolicy(grant, referenceTo(ann), "p", '"\0é"', 100);
      expect(await directory.store.getInlinePolicy(grant, referenceTo(ann), "p")).toEqual({
        name: "p",
        document: '"\0é"',
      });
    });
  });
  describe("two writers", () => {
    test("make one user of a name", async () => {
      const both = await open();
      const user = {
        accountId: account,
        path: "/",
        createdAt: 1,
        boundary: undefined,
        tags: new Map(),
        role: undefined,
      };
      const counts = await race(both, 20, (store, index) =>
        store.createPrincipal(grant, { ...user, id: `AIDA${index}`, name: index % 3 === 0 ? "ANN" : "ann" }),
      );
      expect(counts).toEqual({ done: 1, exists: 19 });
    });

    test("make as many of a kind as an account may have, whatever other accounts and kinds have", async () => {
      const quotas = { users: 4, groups: 2, roles: 3, policies: 2 };
      const both = await underTest(make, quotas);
      expect(both.store.quotas).toEqual(quotas);
      const base = { accountId: account, path: "/", createdAt: 1, boundary: undefined, tags: new Map() };
      const role = { description: undefined, trust: "{}", maxSessionSeconds: 3600 };
      const policyOf = { accountId: account, path: "/", description: undefined, document, tags: new Map() };
      const makers: Readonly<Record<string, Parameters<typeof race>[2]>> = {
        users: (store, n) => store.createPrincipal(grant, { ...base, role: undefined, id: `AIDA${n}`, name: `n${n}` }),
        roles: (store, n) => store.createPrincipal(grant, { ...base, role, id: `AROA${n}`, name: `n${n}` }),
        groups: (store, n) =>
          store.createGroup(grant, { accountId: account, path: "/", createdAt: 1, id: `AGPA${n}`, name: `n${n}` }),
        policies: (store, n) =>
          store.createPolicy(grant, { ...policyOf, policyId: `ANPA${n}`, name: `n${n}`, createdAt: 1 }),
      };
      await both.user("elsewhere", { accountId: otherAccount });
      for (const [of, quota] of Object.entries(quotas))
        expect([of, await race(both, 6, makers[of] ?? (() => Promise.reject(new Error(of))))]).toEqual([
          of,
          { done: quota, limit: 6 - quota },
        ]);
      const device = { accountId: account, path: "/", createdAt: 1, tags: new Map(), seed: Buffer.alloc(20) };
      const devices = await race(both, 6, (store, n) => store.createMfaDevice(grant, { ...device, name: `n${n}` }));
      expect(devices).toEqual({ done: quotas.users, limit: 2 });
      const [user] = (await both.store.listPrincipals(grant, "user", account, { pathPrefix: "/", after: undefined, limit: 1, turn: async () => {} })).items; // prettier-ignore
      await both.store.deletePrincipal(grant, referenceTo(user?.id ?? ""));
      await both.user("instead");
      await expect(both.user("more")).rejects.toThrow("limit");
      await expect(both.user("instead")).rejects.toThrow("exists");
    });

    test("make two keys for a user", async () => {
      const both = await open();
      const ann = await both.user("ann");
      const key = { accountId: account, ownerId: ann, secretAccessKey: "s", createdAt: 1 };
      const counts = await race(both, 20, (store, index) =>
        store.createAccessKey(grant, { ...key, accessKeyId: `AKIA${index}` }),
      );
      expect(counts).toEqual({ done: 2, limit: 18 });
      expect(await both.second.listAccessKeys(grant, account, ann)).toHaveLength(2);
    });

    test("keep inline policies together within their size", async () => {
      const both = await open();
      const ann = await both.user("ann");
      const counts = await race(both, 12, (store, index) =>
        store.putInlinePolicy(grant, referenceTo(ann), `p${index}`, '"12345678"', 50),
      );
      expect(counts).toEqual({ done: 5, limit: 7 });
      expect(await both.second.listInlinePolicies(grant, referenceTo(ann))).toHaveLength(5);
    });

    test("keep both of two tags set at once", async () => {
      const both = await open();
      const ann = await both.user("ann");
      const counts = await race(both, 50, (store, index) =>
        store.changePrincipal(grant, referenceTo(ann), { tagsAdded: new Map([[`t${index}`, "v"]]) }),
      );
      expect(counts).toEqual({ done: 50 });
      expect((await both.second.findUser(account, "ann"))?.tags.size).toBe(50);
      const arn = await policy(both, "p");
      const ofPolicy = await race(both, 50, (store, index) =>
        store.changePolicyTags(grant, account, arn, { tagsAdded: new Map([[`t${index}`, "v"]]) }),
      );
      expect(ofPolicy).toEqual({ done: 50 });
      expect((await both.second.findManagedPolicy(account, arn))?.tags.size).toBe(50);
    });

    test("never leave a policy attached that was deleted, nor a user deleted that has one", async () => {
      const both = await open();
      const { store: here, second: there } = both;
      for (let round = 0; round < 10; round += 1) {
        const ann = await both.user(`ann${round}`);
        const arn = `arn:aws:iam::${account}:policy/p${round}`;
        const policy = { accountId: account, policyId: `ANPA${round}`, name: `p${round}`, path: "/", createdAt: 1 };
        await here.createPolicy(grant, { ...policy, description: undefined, document: "{}", tags: new Map() });
        const [deleted, attached, gone] = await Promise.all([
          there.deletePolicy(grant, account, arn),
          here.attachPolicy(grant, referenceTo(ann), arn),
          there.deletePrincipal(grant, referenceTo(ann)),
        ]);
        const kinds = [deleted.kind, attached.kind, gone.kind];
        // Attached first: neither can go. Otherwise there is nothing to attach, or nobody to attach it to.
        if (attached.kind === "done") expect(kinds).toEqual(["conflict", "done", "conflict"]);
        else expect(attached.kind).toBe("missing");
        const found = await there.findManagedPolicy(account, arn);
        expect(found?.attachmentCount ?? 0).toBe(attached.kind === "done" ? 1 : 0);
      }
    });
  });
}
