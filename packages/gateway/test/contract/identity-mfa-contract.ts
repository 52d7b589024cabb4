/** Virtual MFA devices. Numbers: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html */
import { describe, expect, test } from "vitest";
import { totpCode } from "../../src/domain/identity/totp.ts";
import type { IdentityStore } from "../../src/ports/identity.ts";
import { account, otherAccount, referenceTo } from "../test-directory.ts";
import { done, grant, type IdentityUnderTest, missing, race } from "./identity-under-test.ts";

const seed = Buffer.from("12345678901234567890");
const step = 60_000_000;
const now = step * 30_000;
const wrong = { kind: "wrong-code" };
const arn = (name: string, owner = account, path = "/"): string => `arn:aws:iam::${owner}:mfa${path}${name}`;

function device(store: IdentityStore, name: string, accountId = account, path = "/"): Promise<unknown> {
  return store.createMfaDevice(grant, { accountId, name, path, createdAt: 1, tags: new Map(), seed });
}

/** The codes of `last` and the step before it. */
function codes(ownerId: string | undefined, name: string, last = step) {
  return {
    owner: { accountId: account, ownerId },
    serialNumber: arn(name),
    codes: [totpCode(seed, last - 1), totpCode(seed, last)] as const,
    now,
  };
}

export function identityMfaContract(open: () => Promise<IdentityUnderTest>): void {
  describe("MFA devices", () => {
    test("have one serial number whatever its case, in each account, and are in pages", async () => {
      const { store } = await open();
      expect(await device(store, "Phone", account, "/a/")).toEqual(done);
      expect(await device(store, "phone", account, "/a/")).toEqual({ kind: "exists" });
      expect(await device(store, "phone")).toEqual(done);
      expect(await device(store, "phone", otherAccount)).toEqual(done);
      expect(await store.findMfaDevice(account, arn("PHONE", account, "/A/"))).toEqual({
        accountId: account,
        serialNumber: arn("Phone", account, "/a/"),
        name: "Phone",
        path: "/a/",
        createdAt: 1,
        tags: new Map(),
        assigned: undefined,
      });
      expect(await store.findMfaDevice(otherAccount, arn("phone"))).toBeUndefined();
      await store.enableMfaDevice(grant, codes(undefined, "phone"));
      const page = async (assigned: boolean | undefined, limit: number, after?: string) => {
        const query = { assigned, limit, after, turn: async () => undefined };
        const { items, next } = await store.listMfaDevices(grant, account, query);
        return [items.map(({ serialNumber }) => serialNumber), next];
      };
      const [first, second] = [arn("Phone", account, "/a/"), arn("phone")];
      expect(await page(undefined, 1)).toEqual([[first], first]);
      expect(await page(undefined, 1, first)).toEqual([[second], undefined]);
      expect(await page(true, 10)).toEqual([[second], undefined]);
      expect(await page(false, 10)).toEqual([[first], undefined]);
    });

    test("are given to one user with two consecutive codes, and taken away and deleted by name", async () => {
      const directory = await open();
      const { store } = directory;
      const [ann, bob] = [await directory.user("ann"), await directory.user("bob")];
      await device(store, "phone");
      const wanted = codes(ann, "phone");
      for (const pair of [
        ["000000", wanted.codes[1]],
        [wanted.codes[1], wanted.codes[0]],
      ] as const)
        expect(await store.enableMfaDevice(grant, { ...wanted, codes: pair })).toEqual(wrong);
      expect(await store.enableMfaDevice(grant, codes("AIDANOBODY", "phone"))).toEqual(missing);
      expect(await store.enableMfaDevice(grant, codes((await directory.role("r")).id, "phone"))).toEqual(missing);
      expect(await store.enableMfaDevice(grant, codes(ann, "none"))).toEqual(missing);
      expect(await store.enableMfaDevice(grant, wanted)).toEqual(done);
      expect(await store.enableMfaDevice(grant, codes(bob, "phone", step + 1))).toEqual({ kind: "exists" });
      const own = await store.listMfaDevicesOf(grant, { accountId: account, ownerId: ann });
      expect(own.map(({ assigned }) => assigned)).toEqual([{ ownerId: ann, enabledAt: now }]);
      for (const owner of [
        { accountId: account, ownerId: bob },
        { accountId: account, ownerId: undefined },
        { accountId: otherAccount, ownerId: ann },
      ]) {
        expect(await store.listMfaDevicesOf(grant, owner)).toEqual([]);
        expect(await store.deactivateMfaDevice(grant, owner, arn("phone"))).toEqual(missing);
        expect(await store.useMfaCode(owner, arn("phone"), totpCode(seed, step + 1), now)).toEqual(missing);
        expect(await store.resyncMfaDevice(grant, { ...codes(bob, "phone", step + 1), owner })).toEqual(missing);
      }
      expect(await store.deletePrincipal(grant, referenceTo(ann))).toEqual({
        kind: "conflict",
        reason: "must delete MFA device first",
      });
      expect(await store.deleteMfaDevice(grant, account, arn("phone"))).toMatchObject({ kind: "conflict" });
      expect(await store.deactivateMfaDevice(grant, wanted.owner, arn("PHONE"))).toEqual(done);
      expect(await store.deactivateMfaDevice(grant, wanted.owner, arn("phone"))).toEqual(missing);
      expect(await store.deletePrincipal(grant, referenceTo(ann))).toEqual(done);
      expect(await store.deleteMfaDevice(grant, otherAccount, arn("phone"))).toEqual(missing);
      expect(await store.deleteMfaDevice(grant, account, arn("phone"))).toEqual(done);
      expect(await store.deleteMfaDevice(grant, account, arn("phone"))).toEqual(missing);
    });

    test("are eight at most for a user or the root", async () => {
      const directory = await open();
      const { store } = directory;
      for (const ownerId of [await directory.user("ann"), undefined]) {
        const name = (n: number): string => `${ownerId ?? "root"}-${n}`;
        for (let n = 0; n < 9; n += 1) await device(store, name(n));
        const outcomes = [];
        for (let n = 0; n < 9; n += 1) outcomes.push(await store.enableMfaDevice(grant, codes(ownerId, name(n))));
        expect(outcomes.slice(0, 8)).toEqual(Array.from({ length: 8 }, () => done));
        expect(outcomes[8]).toEqual({ kind: "limit", what: "MfaDevicesInUsePerUser", quota: 8 });
      }
    });

    test("accept a code once, however many ask at once and whichever store they ask", async () => {
      const directory = await open();
      const { store } = directory;
      const ann = await directory.user("ann");
      const owner = { accountId: account, ownerId: ann };
      await device(store, "phone");
      await store.enableMfaDevice(grant, codes(ann, "phone", step - 1));
      const use = (which: IdentityStore, at: number, when = now) =>
        which.useMfaCode(owner, arn("phone"), totpCode(seed, at), when);
      // The codes that enabled it have counted.
      expect(await use(store, step - 1)).toEqual(wrong);
      const outcomes = await Promise.all(
        Array.from({ length: 8 }, (_, n) => use(n % 2 === 0 ? directory.store : directory.second, step)),
      );
      expect(outcomes.map(({ kind }) => kind).toSorted()).toEqual(["done", ...Array<string>(7).fill("wrong-code")]);
      expect(await use(store, step + 1)).toEqual(done);
      // An earlier code, although nobody has used it.
      expect(await use(store, step, now + 30_000)).toEqual(wrong);
      expect(await use(store, step + 5)).toEqual(wrong);
      // Nor do they count again when the device is enabled once more.
      await store.deactivateMfaDevice(grant, owner, arn("phone"));
      expect(await store.enableMfaDevice(grant, codes(ann, "phone", step + 1))).toEqual(wrong);
      expect(await store.enableMfaDevice(grant, codes(ann, "phone", step + 2))).toEqual(done);
    });

    test("are given to one of many who ask at once", async () => {
      const directory = await open();
      await device(directory.store, "phone");
      const users = await Promise.all(Array.from({ length: 6 }, (_, n) => directory.user(`u${n}`)));
      const outcomes = await race(directory, 6, async (store, n) => {
        const enabled = await store.enableMfaDevice(grant, codes(users[n], "phone"));
        return enabled.kind === "wrong-code" ? { kind: "exists" } : enabled;
      });
      expect(outcomes).toEqual({ done: 1, exists: 5 });
    });

    test("are synchronized with a clock that is wrong", async () => {
      const { store } = await open();
      const owner = { accountId: account, ownerId: undefined };
      await device(store, "phone");
      await store.enableMfaDevice(grant, codes(undefined, "phone"));
      const use = (at: number) => store.useMfaCode(owner, arn("phone"), totpCode(seed, at), now);
      expect(await use(step + 41)).toEqual(wrong);
      expect(await store.resyncMfaDevice(grant, codes(undefined, "phone", step + 300))).toEqual(wrong);
      expect(await store.resyncMfaDevice(grant, codes(undefined, "phone", step + 40))).toEqual(done);
      expect(await use(step + 41)).toEqual(done);
      expect(await use(step + 1)).toEqual(wrong);
    });

    test("have at most fifty tags", async () => {
      const { store } = await open();
      await device(store, "phone");
      const tags = (from: number, to: number): ReadonlyMap<string, string> =>
        new Map(Array.from({ length: to - from }, (_, index) => [`t${from + index}`, "v"]));
      const change = (tagsAdded: ReadonlyMap<string, string>, tagsRemoved: readonly string[] = []) =>
        store.changeMfaDeviceTags(grant, account, arn("phone"), { tagsAdded, tagsRemoved });
      expect(await change(tags(0, 30))).toEqual(done);
      expect(await change(tags(20, 51))).toEqual({ kind: "limit", what: "TagsPerVirtualMfaDevice", quota: 50 });
      expect(await change(tags(20, 51), ["T0"])).toEqual(done);
      expect((await store.findMfaDevice(account, arn("phone")))?.tags.size).toBe(50);
      expect(await store.changeMfaDeviceTags(grant, account, arn("none"), {})).toEqual(missing);
    });
  });
}
