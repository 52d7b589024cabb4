import { describe, expect, test } from "vitest";
import { account, otherAccount, referenceTo } from "../test-directory.ts";
import {
  arnOf,
  document,
  done,
  grant,
  type IdentityUnderTest,
  missing,
  policy,
  ReadOnly,
} from "./identity-under-test.ts";

const all = { pathPrefix: "/", after: undefined, limit: 1000, turn: async () => {} };
const attachedTo = { ...all, usage: undefined, kind: undefined };

export function identityAccountsContract(open: () => Promise<IdentityUnderTest>): void {
  describe("accounts", () => {
    test("have an alias, which no other account has", async () => {
      const { store, second } = await open();
      expect(await store.accountAlias(grant, account)).toBeUndefined();
      expect(await store.deleteAccountAlias(grant, account, "finance")).toEqual(missing);
      expect(await store.setAccountAlias(grant, account, "finance")).toEqual(done);
      expect(await store.setAccountAlias(grant, account, "finance")).toEqual(done);
      expect(await second.setAccountAlias(grant, otherAccount, "finance")).toEqual({ kind: "exists" });
      expect(await second.deleteAccountAlias(grant, otherAccount, "finance")).toEqual(missing);
      expect(await store.setAccountAlias(grant, account, "money")).toEqual(done);
      expect(await second.accountAlias(grant, account)).toBe("money");
      expect(await second.findAccountByAlias("money")).toMatchObject({ id: account, alias: "money" });
      expect(await second.findAccountByAlias("finance")).toBeUndefined();
      expect(await second.findAccountByAlias("")).toBeUndefined();
      const { canonicalId = "" } = (await store.findAccount(account)) ?? {};
      expect(await second.findAccountByCanonicalId(canonicalId)).toMatchObject({ id: account, canonicalId });
      expect(await second.findAccountByCanonicalId("")).toBeUndefined();
      expect(await second.setAccountAlias(grant, otherAccount, "finance")).toEqual(done);
      expect(await store.deleteAccountAlias(grant, account, "money")).toEqual(done);
      expect(await store.accountAlias(grant, account)).toBeUndefined();
    });

    test("have their own users, groups, roles and policies counted, more than one slice of them", async () => {
      const directory = await open();
      const { store } = directory;
      const count = (owner: string) => store.countEntities(grant, owner, async () => {});
      const none = { users: 0, groups: 0, roles: 0, policies: 0, policyVersions: 0, mfaDevices: 0, mfaDevicesInUse: 0 };
      expect(await count(account)).toEqual(none);
      await directory.user("ann");
      await directory.user("bob", { accountId: otherAccount });
      await directory.role("reader");
      await directory.group("staff");
      const names = Array.from({ length: 201 }, (_, at) => `p${at}`);
      const arns = await Promise.all(names.map((name) => policy(directory, name)));
      const device = { accountId: account, name: "phone", path: "/", createdAt: 1, tags: new Map() };
      await store.createMfaDevice(grant, { ...device, seed: Buffer.alloc(20) });
      await store.createPolicyVersion(grant, account, arns[200] ?? "", document, false, 2);
      expect(await count(account)).toEqual({
        ...none,
        users: 1,
        groups: 1,
        roles: 1,
        policies: 201,
        policyVersions: 202,
        mfaDevices: 1,
      });
      expect(await count(otherAccount)).toEqual({ ...none, users: 1 });
    });

    test("an id under an account that is not its own is nobody", async () => {
      const directory = await open();
      const { store } = directory;
      const [ann, bob] = [await directory.user("ann"), await directory.user("bob")];
      const staff = await directory.group("staff");
      const profile = { password: "Correct-Horse-1", resetRequired: true, createdAt: 7 };
      const newer = { password: "Battery-Staple-2", now: 8, remembered: 0 };
      for (const id of [ann, staff]) {
        await store.putInlinePolicy(grant, referenceTo(id), "p", document, 2048);
        await store.attachPolicy(grant, referenceTo(id), ReadOnly);
      }
      await store.addGroupMember(grant, referenceTo(staff), ann);
      await store.createLoginProfile(grant, referenceTo(ann), profile);
      const [her, group] = [referenceTo(ann, otherAccount), referenceTo(staff, otherAccount)];
      for (const who of [her, group]) {
        expect(await store.putInlinePolicy(grant, who, "q", document, 2048)).toEqual(missing);
        expect(await store.getInlinePolicy(grant, who, "p")).toBeUndefined();
        expect(await store.listInlinePolicies(grant, who)).toEqual([]);
        expect(await store.deleteInlinePolicy(grant, who, "p")).toEqual(missing);
        expect(await store.attachPolicy(grant, who, ReadOnly)).toEqual(missing);
        expect(await store.detachPolicy(grant, who, ReadOnly)).toEqual(missing);
        expect(await store.listAttachedPolicies(grant, who)).toEqual([]);
      }
      expect(await store.changePrincipal(grant, her, { name: "eve" })).toEqual(missing);
      expect(await store.deletePrincipal(grant, her)).toEqual(missing);
      expect(await store.changeGroup(grant, group, { name: "crew" })).toEqual(missing);
      expect(await store.deleteGroup(grant, group)).toEqual(missing);
      expect(await store.addGroupMember(grant, group, bob)).toEqual(missing);
      expect(await store.removeGroupMember(grant, group, ann)).toEqual(missing);
      expect((await store.listGroupMembers(grant, group, all)).items).toEqual([]);
      expect(await store.listGroupsOf(grant, her)).toEqual([]);
      expect(await store.createLoginProfile(grant, referenceTo(bob, otherAccount), profile)).toEqual(missing);
      expect(await store.getLoginProfile(grant, her)).toBeUndefined();
      expect(await store.changeLoginProfile(grant, her, { password: undefined, resetRequired: false })).toEqual(
        missing,
      );
      expect(await store.deleteLoginProfile(grant, her)).toEqual(missing);
      // All of it is still there.
      expect(await store.listInlinePolicies(grant, referenceTo(ann))).toEqual(["p"]);
      expect(await store.listAttachedPolicies(grant, referenceTo(staff))).toEqual([ReadOnly]);
      expect(await store.getLoginProfile(grant, referenceTo(ann))).toEqual({
        createdAt: 7,
        changedAt: 7,
        resetRequired: true,
      });
      expect(await store.changeOwnPassword(grant, her, { ...newer, old: profile.password })).toEqual(missing);
      expect((await store.listGroupMembers(grant, referenceTo(staff), all)).items).toHaveLength(1);
    });

    test("a policy is its own account's, and AWS's are everyone's with numbers of their own", async () => {
      const directory = await open();
      const { store } = directory;
      const arn = await policy(directory, "p");
      const ann = await directory.user("ann");
      const bob = await directory.user("bob", { accountId: otherAccount, boundary: ReadOnly });
      for (const [who, owner] of [
        [ann, account],
        [bob, otherAccount],
      ] as const)
        expect(await store.attachPolicy(grant, referenceTo(who, owner), ReadOnly)).toEqual(done);
      expect(await store.attachPolicy(grant, referenceTo(ann), arn)).toEqual(done);
      expect(await store.attachPolicy(grant, referenceTo(bob, otherAccount), arn)).toEqual(missing);
      const numbers = async (owner: string): Promise<unknown> => {
        const found = await store.findManagedPolicy(owner, ReadOnly);
        return [found?.attachmentCount, found?.boundaryCount];
      };
      expect([await numbers(account), await numbers(otherAccount)]).toEqual([
        [1, 0],
        [1, 1],
      ]);
      const entities = async (owner: string, which: string): Promise<readonly string[]> =>
        (await store.listPolicyEntities(grant, owner, which, attachedTo)).items.map(({ name }) => name);
      expect([await entities(account, ReadOnly), await entities(otherAccount, ReadOnly)]).toEqual([["ann"], ["bob"]]);
      expect([await entities(account, arn), await entities(otherAccount, arn)]).toEqual([["ann"], []]);
      expect(await store.findManagedPolicy(account, arn)).toMatchObject({ arn, attachmentCount: 1 });
      expect(await store.findManagedPolicy(otherAccount, arn)).toBeUndefined();
      expect(await store.listPolicyVersions(grant, account, arn)).toHaveLength(1);
      expect(await store.listPolicyVersions(grant, otherAccount, arn)).toEqual([]);
      expect(await store.createPolicyVersion(grant, otherAccount, arn, document, true, 2)).toEqual(missing);
      expect(await store.setDefaultPolicyVersion(grant, otherAccount, arn, "v1")).toEqual(missing);
      expect(await store.deletePolicyVersion(grant, otherAccount, arn, "v1")).toEqual(missing);
      expect(await store.deletePolicy(grant, otherAccount, arn)).toEqual(missing);
      const own = { ...all, scope: "Local", onlyAttached: false, onlyBoundaries: false } as const;
      expect((await store.listPolicies(grant, otherAccount, own)).items).toEqual([]);
      expect((await store.listPolicies(grant, account, own)).items.map((one) => one.arn)).toEqual([arnOf("p")]);
    });
  });
}
