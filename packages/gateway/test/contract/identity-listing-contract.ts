/** A listing in pages, while others create and delete: whoever is there throughout is listed once, in order. */
import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Page, PageQuery } from "../../src/ports/page.ts";
import { account, otherAccount, referenceTo } from "../test-directory.ts";
import { grant, type IdentityUnderTest, policy, ReadOnly } from "./identity-under-test.ts";

/** Every run writes to a disk. */
const runs = Math.ceil(Number(process.env["TEST_RUNS"] ?? 1000) / 40);

interface Listed {
  readonly name: string;
  readonly path: string;
}

/** What can be made, unmade and listed. */
interface Collection {
  add(name: string, path: string): Promise<unknown>;
  remove(name: string): Promise<unknown>;
  page(query: PageQuery): Promise<Page<Listed>>;
}

const kinds = ["user", "role", "group", "policy"] as const;

function collection({ store, ...directory }: IdentityUnderTest, kind: (typeof kinds)[number], tag: string): Collection {
  if (kind === "policy") {
    const arns = new Map<string, string>();
    return {
      add(name, path) {
        arns.set(name, `arn:aws:iam::${account}:policy${path}${name}`);
        const fields = { accountId: account, policyId: `ANPA${tag}${name}`, description: undefined, createdAt: 1 };
        return store.createPolicy(grant, { ...fields, name, path, document: "{}", tags: new Map() });
      },
      remove: (name) => store.deletePolicy(grant, account, arns.get(name) ?? ""),
      page: (query) =>
        store.listPolicies(grant, account, { ...query, scope: "Local", onlyAttached: false, onlyBoundaries: false }),
    };
  }
  if (kind === "group")
    return {
      add: (name, path) => directory.group(name, { path }),
      remove: async (name) => store.deleteGroup(grant, (await store.findGroup(account, name)) ?? referenceTo("")),
      page: (query) => store.listGroups(grant, account, query),
    };
  const find = kind === "user" ? store.findUser.bind(store) : store.findRole.bind(store);
  return {
    add: (name, path) => (kind === "user" ? directory.user(name, { path }) : directory.role(name, { path })),
    remove: async (name) => store.deletePrincipal(grant, (await find(account, name)) ?? referenceTo("")),
    page: (query) => store.listPrincipals(grant, kind, account, query),
  };
}

const names = ["a", "A-1", "a.b", "B", "b+", "b,", "c@x", "C=", "d_", "d", "zz", "Z0"] as const;
const paths = ["/", "/x/", "/x/y/", "/xy/"] as const;
const name = fc.constantFrom(...names);
const path = fc.constantFrom(...paths);
const start = fc.uniqueArray(fc.tuple(name, path), { selector: ([one]) => one, maxLength: names.length });
/** What happens between two pages. */
const between = fc.array(fc.tuple(name, path, fc.boolean()), { maxLength: 3 });

/** Bytes of the name in lower case: the order of the listing. */
const inOrder = (listed: readonly string[]): string[] =>
  listed.toSorted((left, right) => Buffer.compare(Buffer.from(left.toLowerCase()), Buffer.from(right.toLowerCase())));

export function identityListingContract(open: () => Promise<IdentityUnderTest>): void {
  describe("listings", () => {
    test.each(kinds)("of each %s", async (kind) => {
      const directory = await open();
      let run = 0;
      await fc.assert(
        fc.asyncProperty(
          start,
          fc.array(between, { maxLength: 8 }),
          fc.integer({ min: 1, max: 5 }),
          fc.constantFrom("/", "/x/", "/x", "/none/"),
          async (first, changes, limit, pathPrefix) => {
            run += 1;
            const all = collection(directory, kind, String(run));
            const there = new Map<string, string>();
            const ever = new Set<string>();
            const add = async (one: string, at: string): Promise<void> => {
              if (there.has(one)) return;
              await all.add(one, at);
              there.set(one, at);
            };
            for (const [one, at] of first) await add(one, at);
            for (const one of there.keys()) ever.add(one);
            const always = new Set(there.keys());
            const listed: string[] = [];
            const listedAt: string[] = [];
            let after: string | undefined;
            let step = 0;
            do {
              const page = await all.page({ pathPrefix, after, limit, turn: async () => {} });
              expect(page.items.length).toBeLessThanOrEqual(limit);
              if (page.next !== undefined) expect(page.items).toHaveLength(limit);
              for (const item of page.items) {
                expect(there.get(item.name)).toBe(item.path);
                listed.push(item.name);
                listedAt.push(`${item.path}${item.name}`);
              }
              after = page.next;
              for (const [one, at, isAdded] of changes[step] ?? []) {
                if (isAdded) await add(one, at);
                else if (there.delete(one)) {
                  await all.remove(one);
                  always.delete(one);
                }
                ever.add(one);
              }
              step += 1;
            } while (after !== undefined);
            // One that went and came again in the meantime may be listed or not, but not twice. A policy of another path is another one.
            expect(listed).toEqual(inOrder(listed));
            expect(new Set(listedAt).size).toBe(listedAt.length);
            const expected = [...always].filter((one) =>
              first.some(([had, at]) => had === one && at.startsWith(pathPrefix)),
            );
            expect(listed).toEqual(expect.arrayContaining(expected));
            expect([...ever]).toEqual(expect.arrayContaining(listed));
            for (const one of there.keys()) await all.remove(one);
          },
        ),
        { numRuns: runs },
      );
    });

    test.each([
      [1, ["b", "D", "f"], [1, 1, 1]],
      [2, ["b", "D", "f"], [2, 1]],
      [3, ["b", "D", "f"], [3]],
      [4, ["b", "D", "f"], [3]],
      [2, ["b", "D", "f", "g"], [2, 2]],
      [2, [], [0]],
    ])("in pages of %i, %j are pages of %j: none is empty but that of nothing", async (limit, all, sizes) => {
      const directory = await open();
      for (const one of all) await directory.user(one);
      const found: number[] = [];
      let after: string | undefined;
      do {
        const page = await directory.store.listPrincipals(grant, "user", account, {
          pathPrefix: "/",
          after,
          limit,
          turn: async () => {},
        });
        found.push(page.items.length);
        after = page.next;
      } while (after !== undefined);
      expect(found).toEqual(sizes);
    });

    test("a marker is a place, whatever it holds, and never an error", async () => {
      const directory = await open();
      for (const one of ["b", "D", "f"]) await directory.user(one);
      const { store } = directory;
      const after = async (marker: string): Promise<string[]> =>
        (
          await store.listPrincipals(grant, "user", account, {
            pathPrefix: "/",
            after: marker,
            limit: 10,
            turn: async () => {},
          })
        ).items.map((item) => item.name);
      expect(await after("")).toEqual(["b", "D", "f"]);
      expect(await after("b")).toEqual(["D", "f"]);
      expect(await after("c")).toEqual(["D", "f"]);
      expect(await after("d")).toEqual(["f"]);
      expect(await after("D")).toEqual(["f"]);
      expect(await after("zzz")).toEqual([]);
      expect(await after("' OR 1 = 1 --")).toEqual(["b", "D", "f"]);
      await expect(after("a\0")).rejects.toMatchObject({ name: "StoreError" });
    });

    test("AWS's policies and the account's are listed in one order, each once, at any page size", async () => {
      const directory = await open();
      const { store } = directory;
      const own = ["ReadOnlyAccess", "AmazonS3FullAccess", "a", "zz"];
      for (const one of own) await collection(directory, "policy", "").add(one, "/");
      const ann = await directory.user("ann");
      await store.attachPolicy(grant, referenceTo(ann), "arn:aws:iam::aws:policy/ReadOnlyAccess");
      await store.attachPolicy(grant, referenceTo(ann), `arn:aws:iam::${account}:policy/a`);
      const listed = async (
        scope: "All" | "AWS" | "Local",
        onlyAttached: boolean,
        limit: number,
      ): Promise<string[]> => {
        const arns: string[] = [];
        let after: string | undefined;
        do {
          const query = {
            pathPrefix: "/",
            after,
            limit,
            scope,
            onlyAttached,
            onlyBoundaries: false,
            turn: async () => {},
          };
          const page = await store.listPolicies(grant, account, query);
          arns.push(...page.items.map(({ arn }) => arn));
          after = page.next;
        } while (after !== undefined);
        return arns;
      };
      const all = await listed("All", false, 1000);
      const [aws, local] = [await listed("AWS", false, 1000), await listed("Local", false, 1000)];
      expect(local).toHaveLength(own.length);
      expect(new Set(all)).toEqual(new Set([...aws, ...local]));
      expect(all).toHaveLength(aws.length + local.length);
      for (const limit of [1, 2, 3, all.length, all.length + 1]) expect(await listed("All", false, limit)).toEqual(all);
      expect(await listed("All", true, 1)).toEqual([
        `arn:aws:iam::${account}:policy/a`,
        "arn:aws:iam::aws:policy/ReadOnlyAccess",
      ]);
      expect(await listed("Local", true, 1)).toEqual([`arn:aws:iam::${account}:policy/a`]);
    });

    test("the entities of a policy are listed once each, of any page size, with what is asked for", async () => {
      const directory = await open();
      const { store } = directory;
      const arn = await policy(directory, "p");
      const ids = { user: [] as string[], role: [] as string[], group: [] as string[] };
      for (const n of [1, 2, 3, 4]) {
        // Each way to have the policy, and both at once.
        const boundary = n > 2 ? arn : undefined;
        const path = n % 2 === 0 ? "/x/" : "/";
        ids.user.push(await directory.user(`u${n}`, { boundary, path }));
        ids.role.push((await directory.role(`r${n}`, { boundary, path })).id);
        ids.group.push(await directory.group(`g${n}`, { path }));
      }
      const attached = [...ids.user.slice(1), ...ids.role.slice(1), ...ids.group.slice(1)];
      for (const id of attached) await store.attachPolicy(grant, referenceTo(id), arn);
      await store.attachPolicy(grant, referenceTo(ids.user[0] ?? ""), ReadOnly);
      const abroad = await directory.user("u1", { accountId: otherAccount });
      await store.attachPolicy(grant, referenceTo(abroad, otherAccount), ReadOnly);
      const listed = async (fields: Partial<Parameters<typeof store.listPolicyEntities>[3]>, which = arn) => {
        const found: string[] = [];
        let after: string | undefined;
        do {
          const query = { usage: undefined, kind: undefined, pathPrefix: "/", limit: 1000, turn: async () => {} };
          const page = await store.listPolicyEntities(grant, account, which, { ...query, ...fields, after });
          found.push(...page.items.map(({ id }) => id));
          after = page.next;
        } while (after !== undefined);
        return found;
      };
      const bounded = [...ids.user.slice(2), ...ids.role.slice(2)];
      for (const limit of [1, 2, 3, 5, 100]) {
        const have = await listed({ limit });
        expect(have).toHaveLength(9);
        expect(new Set(have)).toEqual(new Set([...attached, ...bounded]));
        expect(new Set(await listed({ limit, usage: "attached" }))).toEqual(new Set(attached));
        expect((await listed({ limit, usage: "boundary" })).toSorted()).toEqual(bounded.toSorted());
        expect((await listed({ limit, kind: "group" })).toSorted()).toEqual(ids.group.slice(1).toSorted());
        const withPath = [1, 3].map((at) => ids.user[at] ?? "").toSorted();
        expect((await listed({ limit, kind: "user", pathPrefix: "/x/" })).toSorted()).toEqual(withPath);
      }
      expect(await listed({}, ReadOnly)).toEqual([ids.user[0]]);
    });
  });
}
