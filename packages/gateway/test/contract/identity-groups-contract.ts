import { describe, expect, test } from "vitest";
import type { GroupRecord } from "../../src/ports/identity-records.ts";
import { account, otherAccount, referenceTo } from "../test-directory.ts";
import {
  document,
  done,
  grant,
  type IdentityUnderTest,
  missing,
  policy,
  race,
  ReadOnly,
} from "./identity-under-test.ts";

const all = { pathPrefix: "/", after: undefined, limit: 1000, turn: async () => {} };

export function identityGroupsContract(open: () => Promise<IdentityUnderTest>): void {
  describe("groups", () => {
    test("are found by name in any case, have a path and an ARN, and are renamed with all that is theirs", async () => {
      const directory = await open();
      const { store } = directory;
      const id = await directory.group("Staff", { path: "/a/" });
      const ann = await directory.user("ann");
      await store.addGroupMember(grant, referenceTo(id), ann);
      const record: GroupRecord = {
        kind: "group",
        accountId: account,
        id,
        name: "Staff",
        path: "/a/",
        arn: `arn:aws:iam::${account}:group/a/Staff`,
        createdAt: 3,
      };
      expect(await store.findGroup(account, "sTAFF")).toEqual(record);
      expect(await store.findGroup(otherAccount, "Staff")).toBeUndefined();
      await expect(directory.group("STAFF", { path: "/b/" })).rejects.toThrow("exists");
      await directory.group("staff", { accountId: otherAccount });
      const crew = await directory.group("crew");
      expect(await store.changeGroup(grant, referenceTo(crew), { name: "STAFF" })).toEqual({ kind: "exists" });
      expect(await store.changeGroup(grant, referenceTo(id), { name: "Team", path: "/c/" })).toEqual(done);
      const renamed = { ...record, name: "Team", path: "/c/", arn: `arn:aws:iam::${account}:group/c/Team` };
      expect(await store.findGroup(account, "team")).toEqual(renamed);
      expect(await store.findGroup(account, "staff")).toBeUndefined();
      expect(await store.listGroupsOf(grant, referenceTo(ann))).toEqual([renamed]);
      expect((await store.listGroups(grant, account, all)).items.map(({ name }) => name)).toEqual(["crew", "Team"]);
    });

    test("have users of their own account, each once, and no roles", async () => {
      const directory = await open();
      const { store } = directory;
      const staff = referenceTo(await directory.group("staff"));
      const foreignUser = await directory.user("bob", { accountId: otherAccount });
      const role = await directory.role("r");
      for (const id of [foreignUser, role.id, "AIDANOBODY", staff.id])
        expect(await store.addGroupMember(grant, staff, id)).toEqual(missing);
      const ann = await directory.user("ann");
      expect(await store.addGroupMember(grant, referenceTo("AGPANONE"), ann)).toEqual(missing);
      expect(await store.addGroupMember(grant, staff, ann)).toEqual(done);
      expect(await store.addGroupMember(grant, staff, ann)).toEqual(done);
      const { items } = await store.listGroupMembers(grant, staff, all);
      expect(items).toEqual([await store.findUser(account, "ann")]);
      expect(await store.removeGroupMember(grant, staff, ann)).toEqual(done);
      expect(await store.removeGroupMember(grant, staff, ann)).toEqual(done);
      expect(await store.removeGroupMember(grant, referenceTo("AGPANONE"), ann)).toEqual(missing);
      expect(await store.listGroupsOf(grant, referenceTo(ann))).toEqual([]);
    });

    test("are ten of a user", async () => {
      const directory = await open();
      const { store } = directory;
      const ann = await directory.user("ann");
      const ids: string[] = [];
      for (let n = 0; n < 11; n += 1) ids.push(await directory.group(`g${n}`));
      const counts = await race(directory, 11, (one, n) => one.addGroupMember(grant, referenceTo(ids[n] ?? ""), ann));
      expect(counts).toEqual({ done: 10, limit: 1 });
      const groups = await store.listGroupsOf(grant, referenceTo(ann));
      expect(groups).toHaveLength(10);
      const last = ids.find((id) => !groups.some((group) => group.id === id)) ?? "";
      const limit = { kind: "limit", what: "GroupsPerUser", quota: 10 };
      expect(await store.addGroupMember(grant, referenceTo(last), ann)).toEqual(limit);
      await store.removeGroupMember(grant, groups[0] ?? referenceTo(""), ann);
      expect(await store.addGroupMember(grant, referenceTo(last), ann)).toEqual(done);
    });

    test("are 300 in an account", async () => {
      const directory = await open();
      const { store } = directory;
      const one = (n: number) => ({ accountId: account, id: `AGPA${n}`, name: `g${n}`, path: "/", createdAt: 1 });
      const counts = await race(directory, 302, (by, n) => by.createGroup(grant, one(n)));
      expect(counts).toEqual({ done: 300, limit: 2 });
      const limit = { kind: "limit", what: "GroupsPerAccount", quota: 300 };
      expect(await store.createGroup(grant, one(400))).toEqual(limit);
      await directory.group("elsewhere", { accountId: otherAccount });
      const { items } = await store.listGroups(grant, account, { ...all, limit: 1 });
      expect(await store.deleteGroup(grant, items[0] ?? referenceTo(""))).toEqual(done);
      expect(await store.createGroup(grant, one(400))).toEqual(done);
    });

    test("hold policies, and go when users and policies are gone", async () => {
      const directory = await open();
      const { store } = directory;
      const arn = await policy(directory, "p");
      const staff = referenceTo(await directory.group("staff"));
      const ann = await directory.user("ann");
      await store.addGroupMember(grant, staff, ann);
      expect(await store.putInlinePolicy(grant, staff, "Inline", document, 5120)).toEqual(done);
      expect(await store.attachPolicy(grant, staff, arn)).toEqual(done);
      expect(await store.getInlinePolicy(grant, staff, "inline")).toEqual({ name: "Inline", document });
      expect(await store.listAttachedPolicies(grant, staff)).toEqual([arn]);
      expect(await store.findManagedPolicy(account, arn)).toMatchObject({ attachmentCount: 1 });
      const refused = async (reason: string): Promise<void> =>
        expect(await store.deleteGroup(grant, staff)).toEqual({ kind: "conflict", reason });
      await refused("must remove users from group first");
      expect(await store.deletePrincipal(grant, referenceTo(ann))).toEqual({
        kind: "conflict",
        reason: "must remove users from group first",
      });
      await store.removeGroupMember(grant, staff, ann);
      await refused("must delete policies first");
      expect(await store.deleteInlinePolicy(grant, staff, "INLINE")).toEqual(done);
      await refused("must detach all policies first");
      expect(await store.detachPolicy(grant, staff, arn)).toEqual(done);
      expect(await store.deleteGroup(grant, staff)).toEqual(done);
      expect(await store.deleteGroup(grant, staff)).toEqual(missing);
      expect(await store.attachPolicy(grant, staff, ReadOnly)).toEqual(missing);
    });
  });
}
