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
import { identityStore } from "./identity-store.ts";

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
