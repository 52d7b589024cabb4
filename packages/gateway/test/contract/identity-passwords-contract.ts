/** Passwords of users, and the policies for them. */
import { describe, expect, test } from "vitest";
import type { PasswordPolicy } from "../../src/ports/password-store.ts";
import { account, otherAccount, referenceTo } from "../test-directory.ts";
import { done, grant, type IdentityUnderTest, missing, race } from "./identity-under-test.ts";

const profile = { password: "Correct-Horse-1", resetRequired: true, createdAt: 7 };
const reused = { kind: "reused" };
const wrong = { kind: "wrong-password" };

export function identityPasswordsContract(open: () => Promise<IdentityUnderTest>): void {
  describe("login profiles", () => {
    test("are one of a user, are changed in part, and hold the user until they go", async () => {
      const directory = await open();
      const { store } = directory;
      const ann = referenceTo(await directory.user("ann"));
      const found = () => store.getLoginProfile(grant, ann);
      const change = (password: string | undefined, now: number, resetRequired?: boolean) =>
        store.changeLoginProfile(grant, ann, {
          password: password === undefined ? undefined : { password, now, remembered: 0 },
          resetRequired,
        });
      expect(await found()).toBeUndefined();
      expect(await change(undefined, 8, true)).toEqual(missing);
      expect(await store.createLoginProfile(grant, ann, profile)).toEqual(done);
      expect(await store.createLoginProfile(grant, ann, profile)).toEqual({ kind: "exists" });
      expect(await found()).toEqual({ createdAt: 7, changedAt: 7, resetRequired: true });
      expect(await change("Battery-Staple-2", 9)).toEqual(done);
      expect(await found()).toEqual({ createdAt: 7, changedAt: 9, resetRequired: true });
      expect(await change(undefined, 10, false)).toEqual(done);
      expect(await found()).toEqual({ createdAt: 7, changedAt: 9, resetRequired: false });
      const requester = { lane: "sign-in", name: "192.0.2.1" } as const;
      expect(await store.verifyPassword(ann, "Battery-Staple-2", requester)).toEqual({ setAt: 9 });
      for (const [user, given] of [
        [ann, profile.password],
        [{ accountId: otherAccount, id: ann.id }, "Battery-Staple-2"],
        [undefined, "Battery-Staple-2"],
      ] as const)
        expect([given, await store.verifyPassword(user, given, requester)]).toEqual([given, "mismatched"]);
      expect(await store.deletePrincipal(grant, ann)).toEqual({
        kind: "conflict",
        reason: "must delete login profile first",
      });
      expect(await store.deleteLoginProfile(grant, ann)).toEqual(done);
      expect(await store.deleteLoginProfile(grant, ann)).toEqual(missing);
      expect(await store.deletePrincipal(grant, ann)).toEqual(done);
    });

    test("are not for roles, groups or nobody, and two writers make one", async () => {
      const directory = await open();
      const { store } = directory;
      const others = [(await directory.role("r")).id, await directory.group("g"), "AIDANOBODY"];
      for (const id of others) expect(await store.createLoginProfile(grant, referenceTo(id), profile)).toEqual(missing);
      const ann = referenceTo(await directory.user("ann"));
      const counts = await race(directory, 2, (by) => by.createLoginProfile(grant, ann, profile));
      expect(counts).toEqual({ done: 1, exists: 1 });
    });

    test("take none of as many passwords as are remembered, and forget the others", async () => {
      const directory = await open();
      const { store } = directory;
      const ann = referenceTo(await directory.user("ann"));
      await store.createLoginProfile(grant, ann, { ...profile, password: "p1" });
      const change = (password: string, remembered: number) =>
        store.changeLoginProfile(grant, ann, {
          password: { password, now: 8, remembered },
          resetRequired: undefined,
        });
      expect(await change("p1", 2)).toEqual(reused);
      expect(await change("p2", 2)).toEqual(done);
      expect(await change("p1", 2)).toEqual(reused);
      expect(await change("p3", 2)).toEqual(done);
      expect(await change("p1", 2)).toEqual(done);
      // Without the rule the former ones are forgotten with the next change.
      expect(await change("p4", 0)).toEqual(done);
      expect(await change("p1", 2)).toEqual(done);
      await store.deleteLoginProfile(grant, ann);
      expect(await store.deletePrincipal(grant, ann)).toEqual(done);
    });

    test("are changed by the user that knows the old password, and by one of many at once", async () => {
      const directory = await open();
      const { store } = directory;
      const ann = referenceTo(await directory.user("ann"));
      const change = (by: typeof store, old: string, password: string, remembered = 0) =>
        by.changeOwnPassword(grant, ann, { old, password, now: 9, remembered });
      expect(await change(store, profile.password, "n")).toEqual(missing);
      await store.createLoginProfile(grant, ann, profile);
      expect(await change(store, "wrong", "n")).toEqual(wrong);
      expect(await change(store, profile.password, profile.password, 1)).toEqual(reused);
      const outcomes = await race(directory, 2, async (by, n) => {
        const changed = await change(by, profile.password, `n${n}`);
        return changed.kind === "wrong-password" || changed.kind === "reused" ? { kind: "missing" } : changed;
      });
      expect(outcomes).toEqual({ done: 1, missing: 1 });
      expect(await store.getLoginProfile(grant, ann)).toEqual({ createdAt: 7, changedAt: 9, resetRequired: false });
    });
  });

  test("password policies are one of an account, replaced as a whole", async () => {
    const { store, second } = await open();
    const policy: PasswordPolicy = {
      minimumLength: 6,
      requireSymbols: true,
      requireNumbers: false,
      requireUppercase: true,
      requireLowercase: false,
      usersMayChange: true,
      maxAge: 90,
      reusePrevention: 24,
      hardExpiry: false,
    };
    expect(await store.findPasswordPolicy(account)).toBeUndefined();
    expect(await store.deletePasswordPolicy(grant, account)).toEqual(missing);
    expect(await store.setPasswordPolicy(grant, account, policy)).toEqual(done);
    expect(await second.findPasswordPolicy(account)).toEqual(policy);
    expect(await store.findPasswordPolicy(otherAccount)).toBeUndefined();
    const other = { ...policy, requireNumbers: true, maxAge: undefined, reusePrevention: undefined };
    expect(await second.setPasswordPolicy(grant, account, { ...other, hardExpiry: undefined })).toEqual(done);
    expect(await store.findPasswordPolicy(account)).toEqual({ ...other, hardExpiry: undefined });
    expect(await store.deletePasswordPolicy(grant, account)).toEqual(done);
    expect(await second.findPasswordPolicy(account)).toBeUndefined();
  });
}
