import { expect } from "vitest";
import type { GroupRecord, RoleRecord } from "../../src/ports/identity-records.ts";
import type { AccountQuotas, Done, NewPrincipal, StoreRefusal } from "../../src/ports/identity-store.ts";
import type { IdentityStore } from "../../src/ports/identity.ts";
import { randomIds } from "../../src/server/random-ids.ts";
import { account } from "../test-directory.ts";
import { testGrant } from "../test-grant.ts";

/** Two stores on the same data, with the accounts `account` and `otherAccount` and nothing else. Closed when the test ends. */
export type MakeIdentity = (quotas?: AccountQuotas) => Promise<readonly [IdentityStore, IdentityStore]>;

export interface IdentityUnderTest {
  readonly store: IdentityStore;
  readonly second: IdentityStore;
  user(name: string, fields?: Partial<NewPrincipal>): Promise<string>;
  role(name: string, fields?: Partial<NewPrincipal>): Promise<RoleRecord>;
  group(name: string, fields?: Partial<Omit<GroupRecord, "kind" | "arn">>): Promise<string>;
}

export async function underTest(make: MakeIdentity, quotas?: AccountQuotas): Promise<IdentityUnderTest> {
  const [store, second] = await make(quotas);
  const fields = { accountId: account, path: "/", createdAt: 5, boundary: undefined, tags: new Map() };
  const create = async (principal: NewPrincipal): Promise<string> => {
    const made = await store.createPrincipal(grant, principal);
    if (made.kind !== "done") throw new Error(`${principal.name}: ${made.kind}`);
    return principal.id;
  };
  return {
    store,
    second,
    user: (name, more = {}) => create({ ...fields, role: undefined, id: randomIds.uniqueId("AIDA"), name, ...more }),
    async group(name, more = {}) {
      const id = randomIds.uniqueId("AGPA");
      const made = await store.createGroup(grant, { accountId: account, path: "/", createdAt: 3, id, name, ...more });
      if (made.kind !== "done") throw new Error(`${name}: ${made.kind}`);
      return id;
    },
    async role(name, more = {}) {
      const role = { description: undefined, trust: "{}", maxSessionSeconds: 3600 };
      await create({ ...fields, role, id: randomIds.uniqueId("AROA"), name, ...more });
      const made = await store.findRole(more.accountId ?? account, name);
      if (made === undefined) throw new Error("the role was not made");
      return made;
    },
  };
}

type Outcome = Done | StoreRefusal;

export const grant = testGrant();
export const done = { kind: "done" };
export const missing = { kind: "missing" };
export const ReadOnly = "arn:aws:iam::aws:policy/ReadOnlyAccess";
export const arnOf = (name: string, owner = account, path = "/"): string =>
  `arn:aws:iam::${owner}:policy${path}${name}`;
export const document = JSON.stringify({ Statement: { Effect: "Allow", Action: "s3:*", Resource: "*" } });

export async function policy({ store }: IdentityUnderTest, name: string, owner = account): Promise<string> {
  const made = await store.createPolicy(grant, {
    accountId: owner,
    policyId: `ANPA${owner}${name}`,
    name,
    path: "/",
    description: undefined,
    document,
    tags: new Map(),
    createdAt: 1,
  });
  expect(made).toEqual(done);
  return arnOf(name, owner);
}

export function key(
  { store }: IdentityUnderTest,
  ownerId: string | undefined,
  name: string,
  owner = account,
): Promise<unknown> {
  const secretAccessKey = "s".repeat(40);
  return store.createAccessKey(grant, { accountId: owner, ownerId, accessKeyId: name, secretAccessKey, createdAt: 1 });
}

/** The outcomes of `count` writes, of which every other goes through the other store, all at once. */
export async function race(
  { store: here, second: there }: IdentityUnderTest,
  count: number,
  write: (store: IdentityStore, index: number) => Promise<Outcome>,
): Promise<Readonly<Record<string, number>>> {
  const all = Array.from({ length: count }, (_, index) => write(index % 2 === 0 ? here : there, index));
  const counts: Record<string, number> = {};
  for (const { kind } of await Promise.all(all)) counts[kind] = (counts[kind] ?? 0) + 1;
  return counts;
}
