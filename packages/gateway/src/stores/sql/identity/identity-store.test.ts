import { expect, test } from "vitest";
import { identityContract } from "../../../../test/contract/identity-contract.ts";
import { quickPasswordHashes } from "../../../../test/quick-password-hashes.ts";
import {
  account,
  referenceTo,
  type TestDirectory,
  testDirectory,
  reuseTestDirectories,
} from "../../../../test/test-directory.ts";
import { testGrant } from "../../../../test/test-grant.ts";
import type { WatchfulReader } from "../database.ts";
import { PasswordHashes } from "../../../domain/identity/password-hashes.ts";
import { identityStore } from "./identity-store.ts";
import { loginProfileStore } from "./login-profile-store.ts";

reuseTestDirectories();

identityContract(async (quotas) => {
  const here = await testDirectory();
  const there = await testDirectory(here.folder);
  if (quotas === undefined) return [here.store, there.store];
  const limited = ({ database, secrets }: TestDirectory) =>
    identityStore(database, secrets, quickPasswordHashes(), quotas);
  return [limited(here), limited(there)];
});

test("a listing of policies or of their entities reads a slice in each turn, not all rows", async () => {
  const { database, secrets, store } = await testDirectory();
  const grant = testGrant();
  const policy = { accountId: account, path: "/", description: undefined, document: "{}", createdAt: 1 };
  const user = { accountId: account, path: "/", createdAt: 1, boundary: undefined, tags: new Map(), role: undefined };
  const arn = `arn:aws:iam::${account}:policy/p0`;
  const count = 120;
  const all = Array.from({ length: count }, (_, n) => n);
  await Promise.all(
    all.map((n) => store.createPolicy(grant, { ...policy, policyId: `ANPA${n}`, name: `p${n}`, tags: new Map() })),
  );
  await Promise.all(all.map((n) => store.createPrincipal(grant, { ...user, id: `AIDA${n}`, name: `u${n}` })));
  await Promise.all(all.map((n) => store.attachPolicy(grant, referenceTo(`AIDA${n}`), arn)));
  let inTurn = 0;
  let most = 0;
  const reader: WatchfulReader = {
    ...database.reader,
    all: async (sql, params, row) => {
      const found = await database.reader.all(sql, params, row);
      inTurn += found.length;
      most = Math.max(most, inTurn);
      return found;
    },
  };
  const counted = identityStore({ ...database, reader }, secrets, quickPasswordHashes());
  const query = { pathPrefix: "/", after: undefined, limit: 1000, turn: async () => void (inTurn = 0) };
  const policies = { ...query, scope: "Local", onlyAttached: false, onlyBoundaries: false } as const;
  expect((await counted.listPolicies(grant, account, policies)).items).toHaveLength(count);
  const entities = { ...query, usage: undefined, kind: undefined };
  expect((await counted.listPolicyEntities(grant, account, arn, entities)).items).toHaveLength(count);
  expect(most).toBe(50);
});

test("a password that is changed while its hash waits is the user's no more", async () => {
  const directory = await testDirectory();
  const { database, store } = directory;
  const grant = testGrant();
  const ann = referenceTo(await directory.user("ann"));
  await store.createLoginProfile(grant, ann, { password: "Correct-Horse-1", resetRequired: false, createdAt: 1 });
  const change = { password: "Battery-Staple-2", now: 2, remembered: 0 };
  class Late extends PasswordHashes {
    override async matches(...given: Parameters<PasswordHashes["matches"]>): Promise<boolean | undefined> {
      const matched = await super.matches(...given);
      await store.changeLoginProfile(grant, ann, { password: change, resetRequired: undefined });
      return matched;
    }
  }
  const late = loginProfileStore(database, new Late({ N: 16, r: 1, p: 1 }));
  const requester = { lane: "sign-in", name: "192.0.2.1" } as const;
  expect(await late.verifyPassword(ann, "Correct-Horse-1", requester)).toBe("mismatched");
  expect(await store.verifyPassword(ann, "Battery-Staple-2", requester)).toEqual({ setAt: 2 });
});
