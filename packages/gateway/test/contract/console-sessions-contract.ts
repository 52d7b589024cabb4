import { describe, expect, test } from "vitest";
import type { ConsoleSessionRecord } from "../../src/ports/console-session-store.ts";
import { account, otherAccount, referenceTo } from "../test-directory.ts";
import { done, grant, type IdentityUnderTest } from "./identity-under-test.ts";

const hashOf = (number: number): string => number.toString(16).padStart(64, "0");

function session(
  number: number,
  principalId: string,
  change: Partial<ConsoleSessionRecord> = {},
): ConsoleSessionRecord {
  return {
    idHash: hashOf(number),
    stage: "signed-in",
    kind: "user",
    accountId: account,
    principalId,
    name: "änn",
    arn: "arn:aws:iam::123456789012:user/änn",
    family: undefined,
    keys: { accessKeyId: "ASIA", sessionToken: "sealed" },
    role: undefined,
    createdAt: 5,
    seenAt: 5,
    expiresAt: 1000,
    endsAt: undefined,
    address: "192.0.2.1",
    agent: "browser",
    mfaAt: undefined,
    ...change,
  };
}

export function consoleSessionsContract(open: () => Promise<IdentityUnderTest>): void {
  describe("console sessions", () => {
    test("are found by the hash of their id, move to a new one, and are deleted", async () => {
      const { store, second } = await open();
      const role = {
        arn: "arn:aws:iam::123456789012:role/r",
        displayName: "r",
        color: "#ff0000",
        expiresAt: 900,
        accessKeyId: "ASIB",
        sessionToken: "other",
      };
      await store.createConsoleSession(grant, session(1, "AIDA1"));
      expect(await second.findConsoleSession(hashOf(1))).toEqual(session(1, "AIDA1"));
      expect(await store.findConsoleSession(hashOf(2))).toBeUndefined();
      expect(await store.replaceConsoleSession(hashOf(1), session(2, "AIDA1", { role }))).toBe(true);
      expect(await second.findConsoleSession(hashOf(1))).toBeUndefined();
      expect(await second.findConsoleSession(hashOf(2))).toMatchObject({ role });
      expect(await store.replaceConsoleSession(hashOf(1), session(3, "AIDA1"))).toBe(false);
      expect(await second.findConsoleSession(hashOf(3))).toBeUndefined();
      await store.deleteConsoleSession(hashOf(2));
      expect(await second.findConsoleSession(hashOf(2))).toBeUndefined();
    });

    test("are forgotten when they have expired or were not used, and use is never taken back", async () => {
      const { store } = await open();
      await store.createConsoleSession(grant, session(1, "AIDA1", { expiresAt: 100 }));
      await store.createConsoleSession(grant, session(2, "AIDA1"));
      await store.createConsoleSession(grant, session(3, "AIDA1"));
      await store.touchConsoleSession(hashOf(3), 60);
      await store.touchConsoleSession(hashOf(3), 50);
      expect(await store.findConsoleSession(hashOf(3))).toMatchObject({ seenAt: 60 });
      await store.forgetConsoleSessions(99, 5);
      expect(await store.findConsoleSession(hashOf(1))).toBeDefined();
      await store.forgetConsoleSessions(100, 60);
      const left = await Promise.all([1, 2, 3].map((number) => store.findConsoleSession(hashOf(number))));
      expect(left.map((one) => one !== undefined)).toEqual([false, false, true]);
    });

    test("end with the password and with the user, those of others do not", async () => {
      const directory = await open();
      const { store } = directory;
      const ann = referenceTo(await directory.user("ann"));
      const isThere = async (number: number) => (await store.findConsoleSession(hashOf(number))) !== undefined;
      const profile = { password: "Correct-Horse-1", resetRequired: false, createdAt: 7 };
      await store.createLoginProfile(grant, ann, profile);
      await store.createConsoleSession(grant, session(9, "AIDAOTHER"));
      const late = session(10, ann.id, { passwordSetAt: 7 });
      expect(await store.createConsoleSession(grant, late)).toBe(true);
      const password = { password: "Battery-Staple-2", now: 8, remembered: 0 };
      const ends = [
        () => store.changeLoginProfile(grant, ann, { password, resetRequired: undefined }),
        () => store.deleteLoginProfile(grant, ann),
        () => store.deletePrincipal(grant, ann),
      ];
      for (const [index, end] of ends.entries()) {
        await store.createConsoleSession(grant, session(index, ann.id));
        if (index === 0) {
          expect(await store.changeLoginProfile(grant, ann, { password: undefined, resetRequired: true })).toEqual(
            done,
          );
          expect(await isThere(0)).toBe(true);
        }
        expect(await end()).toEqual(done);
        expect([index, await isThere(index), await isThere(9)]).toEqual([index, false, true]);
        // Begun with the password of before, and opened only now.
        expect(await store.createConsoleSession(grant, late)).toBe(false);
        expect(await isThere(10)).toBe(false);
      }
    });

    test("of one principal are fifty at most, and all but one can be ended", async () => {
      const { store } = await open();
      const isThere = async (number: number) => (await store.findConsoleSession(hashOf(number))) !== undefined;
      const familyOf = (number: number) => (number < 3 ? { family: `console-${number}` } : {});
      await store.createConsoleSession(grant, session(100, "AIDA1", { accountId: otherAccount }));
      for (let number = 0; number <= 50; number += 1)
        await store.createConsoleSession(grant, session(number, "AIDA1", { seenAt: 10 + number, ...familyOf(number) }));
      expect([await isThere(0), await isThere(1), await isThere(50), await isThere(100)]).toEqual([
        false,
        true,
        true,
        true,
      ]);
      const families = await store.deleteOtherConsoleSessions({ accountId: account, id: "AIDA1" }, hashOf(7));
      expect(families.toSorted()).toEqual(["console-1", "console-2"]);
      expect([await isThere(7), await isThere(8), await isThere(100)]).toEqual([true, false, true]);
    });
  });
}
