import { describe, expect, test } from "vitest";
import { quickPasswordHashes } from "../../../../test/quick-password-hashes.ts";
import { account, testDirectory, referenceTo } from "../../../../test/test-directory.ts";
import { testGrant } from "../../../../test/test-grant.ts";
import { utf8 } from "../sql-value.ts";
import { PasswordHashes } from "../../../domain/identity/password-hashes.ts";

const hashes = quickPasswordHashes();
const requester = { lane: "sign-in", name: "192.0.2.1" } as const;
const passwordMatches = (password: string, hash: string | undefined) => hashes.matches(password, hash, requester);

describe("password hashes", () => {
  test("match their password alone, and are salted", async () => {
    const [one, two] = await Promise.all([hashes.hash("Tr0ub4dor&3", account), hashes.hash("Tr0ub4dor&3", account)]);
    expect(one).not.toBe(two);
    for (const [given, matches] of [
      ["Tr0ub4dor&3", true],
      ["Tr0ub4dor&4", false],
      ["", false],
    ] as const)
      expect([given, await passwordMatches(given, one)]).toEqual([given, matches]);
  });

  test("have the cost of the product", async () => {
    const full = new PasswordHashes();
    const one = await full.hash("Tr0ub4dor&3", account);
    expect(one).toMatch(/^scrypt\$65536\$8\$2\$[A-Za-z0-9+/]{22}==\$[A-Za-z0-9+/]{43}=$/);
    expect(await full.matches("Tr0ub4dor&3", one, requester)).toBe(true);
  });

  test("with other parameters still match", async () => {
    // RFC 7914, section 12: scrypt (P="pleaseletmein", S="SodiumChloride", N=16384, r=8, p=1).
    const salt = Buffer.from("SodiumChloride").toString("base64");
    const key = Buffer.from(
      "7023bdcb3afd7348461c06cd81fd38ebfda8fbba904f8e3ea9b543f6545da1f2d5432955613f0fcf62d49705242a9af9e61e85dc0d651e40dfcf017b45575887",
      "hex",
    ).toString("base64");
    const old = `scrypt$16384$8$1$${salt}$${key}`;
    expect(await passwordMatches("pleaseletmein", old)).toBe(true);
    expect(await passwordMatches("pleaseletmeout", old)).toBe(false);
    // A new password gets the cost of today, and is compared with the old one too.
    expect(await hashes.hashUnused("pleaseletmein", [old], requester)).toBeUndefined();
    expect(await hashes.hashUnused("pleaseletmeout", [old], requester)).toMatch(/^scrypt\$16\$1\$1\$/);
  });

  test.each(["", "scrypt", "scrypt$16384$8$1$$", "scrypt$3$8$1$AAAA$AAAA", "md5$1$1$1$AAAA$AAAA", "plain"])(
    "one that cannot be read matches nothing: %s",
    async (hash) => expect(await passwordMatches("plain", hash)).toBe(false),
  );
});

test("exactly one hash is computed, whether there is a password or not", async () => {
  const stored = await hashes.hash("Correct-Horse-1", account);
  for (const [given, hash] of [
    ["Correct-Horse-1", stored],
    ["wrong", stored],
    ["Correct-Horse-1", undefined],
    ["Correct-Horse-1", "unreadable"],
  ] as const) {
    const before = hashes.done;
    expect(await passwordMatches(given, hash)).toBe(given === "Correct-Horse-1" && hash === stored);
    expect([given, hash, hashes.done - before]).toEqual([given, hash, 1]);
  }
});

test("a new password is compared with all former ones by one hash", async () => {
  const former = [await hashes.hash("p0", account)];
  for (const one of ["p1", "p2", "p3"]) former.unshift((await hashes.hashUnused(one, former, requester)) ?? "");
  for (const [given, isFormer] of [
    ["p0", true],
    ["p2", true],
    ["p4", false],
  ] as const) {
    const before = hashes.done;
    expect((await hashes.hashUnused(given, former, requester)) === undefined).toBe(isFormer);
    expect(hashes.done - before).toBe(1);
  }
});

test("a login profile keeps a hash, and its record shows none of it", async () => {
  const directory = await testDirectory();
  const { store, database } = directory;
  const grant = testGrant();
  const userId = await directory.user("ann");
  const password = "Correct-Horse-1";
  await store.createLoginProfile(grant, referenceTo(userId), { password, resetRequired: true, createdAt: 7 });
  const stored = async (table: string) =>
    (await database.reader.get(`SELECT password FROM ${table}`, [], ([hash]) => utf8(hash))) ?? "";
  const first = await stored("login_profiles");
  expect(first).not.toContain(password);
  expect(await passwordMatches(password, first)).toBe(true);
  const newer = { password: "Battery-Staple-2", now: 8, remembered: 2 };
  await store.changeLoginProfile(grant, referenceTo(userId), { password: newer, resetRequired: undefined });
  expect(await stored("former_passwords")).toBe(first);
  expect(await passwordMatches(newer.password, await stored("login_profiles"))).toBe(true);
  const profile = { createdAt: 7, changedAt: 8, resetRequired: true };
  expect(await store.getLoginProfile(grant, referenceTo(userId))).toEqual(profile);
  expect((await store.findUser(account, "ann"))?.id).toBe(userId);
});
