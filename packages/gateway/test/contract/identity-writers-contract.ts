/**
 * Two writers at once, each with a list of changes, on one directory. Every outcome and what is there at the end must be those of some
 * order of the changes, one after the other, in a model of IAM's rules. A check that races its write has no such order.
 */
import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { IdentityStore } from "../../src/ports/identity.ts";
import { account, referenceTo } from "../test-directory.ts";
import { document, grant, type IdentityUnderTest } from "./identity-under-test.ts";

/** Every run writes to a disk. */
const runs = Math.ceil(Number(process.env["TEST_RUNS"] ?? 1000) / 50);

const who = fc.constantFrom("full", "bare");
const which = fc.constantFrom("p", "q");
const command = fc.oneof(
  fc.record({ do: fc.constant("create key" as const), who }),
  fc.record({ do: fc.constant("delete key" as const), who }),
  fc.record({ do: fc.constant("put inline" as const), who, name: fc.constantFrom("a", "b", "c") }),
  fc.record({ do: fc.constant("delete inline" as const), who, name: fc.constantFrom("a", "b", "c") }),
  fc.record({ do: fc.constantFrom("attach" as const, "detach" as const, "bound by" as const), who, which }),
  fc.record({ do: fc.constantFrom("join" as const, "leave" as const, "delete user" as const), who }),
  fc.record({ do: fc.constantFrom("new version" as const, "delete policy" as const), which }),
  fc.record({ do: fc.constant("delete group" as const) }),
);
type Command = typeof command extends fc.Arbitrary<infer C> ? C : never;

/** What the model knows of a user. `inline`: names. `hasFirst`: the key that it began with, which alone is ever deleted. */
interface User {
  keys: number;
  hasFirst: boolean;
  readonly attached: string[];
  readonly inline: string[];
  isMember: boolean;
  boundary: string | undefined;
}

/** Of the run's two users, two policies (how many versions each has) and one group. */
interface Model {
  readonly users: Record<string, User | undefined>;
  readonly policies: Record<string, number | undefined>;
  hasGroup: boolean;
}

/** `full` has nine policies of the ten that a user may have, and one key of two. */
const fillers = Array.from({ length: 9 }, (_, n) => `filler${n}`);
const inlineSize = 40;
const quota = 100;

function firstModel(): Model {
  const bare = { keys: 0, hasFirst: false, attached: [], inline: [], isMember: false, boundary: undefined };
  const full = { ...bare, keys: 1, hasFirst: true, attached: [...fillers], inline: [] };
  return { users: { bare, full }, policies: { p: 1, q: 1 }, hasGroup: true };
}

/** Changes the model; gives the outcome. */
function apply(model: Model, asked: Command): string {
  const all = Object.values(model.users).filter((user) => user !== undefined);
  switch (asked.do) {
    case "new version": {
      const versions = model.policies[asked.which];
      if (versions === undefined) return "missing";
      if (versions >= 5) return "limit";
      model.policies[asked.which] = versions + 1;
      return "created";
    }
    case "delete policy": {
      const versions = model.policies[asked.which];
      if (versions === undefined) return "missing";
      const isUsed = all.some(({ attached, boundary }) => attached.includes(asked.which) || boundary === asked.which);
      if (isUsed || versions > 1) return "conflict";
      model.policies[asked.which] = undefined;
      return "done";
    }
    case "delete group":
      if (!model.hasGroup) return "missing";
      if (all.some(({ isMember }) => isMember)) return "conflict";
      model.hasGroup = false;
      return "done";
    default:
      return applyToUser(model, asked, model.users[asked.who]);
  }
}

function applyToUser(model: Model, asked: Extract<Command, { who: string }>, user: User | undefined): string {
  if (asked.do === "leave") {
    if (!model.hasGroup) return "missing";
    if (user !== undefined) user.isMember = false;
    return "done";
  }
  if (user === undefined) return "missing";
  switch (asked.do) {
    case "create key":
      if (user.keys >= 2) return "limit";
      user.keys += 1;
      return "done";
    case "delete key":
      if (!user.hasFirst) return "missing";
      user.hasFirst = false;
      user.keys -= 1;
      return "done";
    case "put inline": {
      const others = user.inline.filter((name) => name !== asked.name);
      if ((others.length + 1) * inlineSize > quota) return "limit";
      user.inline.splice(0, user.inline.length, ...others, asked.name);
      return "done";
    }
    case "delete inline":
      return removed(user.inline, asked.name);
    case "attach":
      if (model.policies[asked.which] === undefined) return "missing";
      if (user.attached.includes(asked.which)) return "done";
      if (user.attached.length >= 10) return "limit";
      user.attached.push(asked.which);
      return "done";
    case "detach":
      return removed(user.attached, asked.which);
    case "bound by":
      if (model.policies[asked.which] === undefined) return "missing";
      user.boundary = asked.which;
      return "done";
    case "join":
      if (!model.hasGroup) return "missing";
      user.isMember = true;
      return "done";
    case "delete user":
      if (user.keys + user.inline.length + user.attached.length > 0 || user.isMember) return "conflict";
      model.users[asked.who] = undefined;
      return "done";
  }
}

function removed(list: string[], name: string): string {
  const at = list.indexOf(name);
  if (at === -1) return "missing";
  list.splice(at, 1);
  return "done";
}

interface Done {
  readonly asked: Command;
  readonly kind: string;
}

/** Whether some order of both lists, each in its own order, gives all outcomes and this end. */
function isExplained(model: Model, lists: readonly (readonly Done[])[], end: string): boolean {
  if (lists.every((list) => list.length === 0)) return shown(model) === end;
  return lists.some(([first, ...rest], turn) => {
    if (first === undefined) return false;
    const next = structuredClone(model);
    if (apply(next, first.asked) !== first.kind) return false;
    return isExplained(
      next,
      lists.map((list, at) => (at === turn ? rest : list)),
      end,
    );
  });
}

function shown({ users, policies, hasGroup }: Model): string {
  const user = (one: User | undefined): unknown =>
    one && [one.keys, one.hasFirst, one.attached.toSorted(), one.inline.toSorted(), one.isMember, one.boundary ?? ""];
  return JSON.stringify([user(users["bare"]), user(users["full"]), policies["p"], policies["q"], hasGroup]);
}

/** The users, policies and group of one run in the stores. */
function inStore(run: number) {
  const arnOf = (name: string): string =>
    `arn:aws:iam::${account}:policy/${fillers.includes(name) ? name : `${name}-${run}`}`;
  const user = (name: string) => referenceTo(`AIDA${name.toUpperCase()}${run}`);
  const group = referenceTo(`AGPA${run}`);
  const firstKey = `AKIA${run}X1`;
  let keys = 0;
  const createKey = (store: IdentityStore, name: string) => {
    const accessKeyId = `AKIA${run}X${(keys += 1)}`;
    const key = { accountId: account, ownerId: user(name).id, accessKeyId, secretAccessKey: "s", createdAt: 1 };
    return store.createAccessKey(grant, key);
  };
  return {
    async make(store: IdentityStore): Promise<void> {
      const made = { accountId: account, path: "/", createdAt: 1 };
      const more = { boundary: undefined, tags: new Map<string, string>(), role: undefined };
      const first = [
        ...["bare", "full"].map((name) =>
          store.createPrincipal(grant, { ...made, ...more, id: user(name).id, name: `${name}-${run}` }),
        ),
        ...["p", "q"].map((name) => makePolicy(store, `${name}-${run}`)),
        store.createGroup(grant, { ...made, id: group.id, name: `group-${run}` }),
      ];
      await allDone(first);
      const attached = fillers.map((name) => store.attachPolicy(grant, user("full"), arnOf(name)));
      await allDone([createKey(store, "full"), ...attached]);
    },
    carryOut,
    async read(store: IdentityStore): Promise<Model> {
      const users: Model["users"] = {};
      for (const name of ["bare", "full"]) {
        const found = await store.findUser(account, `${name}-${run}`);
        const arns = await store.listAttachedPolicies(grant, user(name));
        const names = [...fillers, "p", "q"];
        const keysOf = await store.listAccessKeys(grant, account, user(name).id);
        users[name] = found && {
          keys: keysOf.length,
          hasFirst: keysOf.some(({ accessKeyId }) => accessKeyId === firstKey),
          attached: names.filter((one) => arns.includes(arnOf(one))),
          inline: [...(await store.listInlinePolicies(grant, user(name)))],
          isMember: (await store.listGroupsOf(grant, user(name))).length > 0,
          boundary: ["p", "q"].find((one) => found.boundary === arnOf(one)),
        };
      }
      const versions = async (name: string): Promise<number | undefined> =>
        (await store.listPolicyVersions(grant, account, arnOf(name))).length || undefined;
      const hasGroup = (await store.findGroup(account, `group-${run}`)) !== undefined;
      return { users, policies: { p: await versions("p"), q: await versions("q") }, hasGroup };
    },
  };

  async function carryOut(store: IdentityStore, asked: Command): Promise<string> {
    return (await write(store, asked)).kind;
  }

  function write(store: IdentityStore, asked: Command) {
    switch (asked.do) {
      case "create key":
        return createKey(store, asked.who);
      case "delete key":
        return store.deleteAccessKey(grant, account, user(asked.who).id, firstKey);
      case "put inline":
        return store.putInlinePolicy(grant, user(asked.who), asked.name, `"${"x".repeat(inlineSize - 2)}"`, quota);
      case "delete inline":
        return store.deleteInlinePolicy(grant, user(asked.who), asked.name);
      case "attach":
        return store.attachPolicy(grant, user(asked.who), arnOf(asked.which));
      case "detach":
        return store.detachPolicy(grant, user(asked.who), arnOf(asked.which));
      case "bound by":
        return store.changePrincipal(grant, user(asked.who), { boundary: arnOf(asked.which) });
      case "join":
        return store.addGroupMember(grant, group, user(asked.who).id);
      case "leave":
        return store.removeGroupMember(grant, group, user(asked.who).id);
      case "delete user":
        return store.deletePrincipal(grant, user(asked.who));
      case "new version":
        return store.createPolicyVersion(grant, account, arnOf(asked.which), document, false, 2);
      case "delete policy":
        return store.deletePolicy(grant, account, arnOf(asked.which));
      case "delete group":
        return store.deleteGroup(grant, group);
    }
  }
}

async function allDone(writes: readonly Promise<{ readonly kind: string }>[]): Promise<void> {
  expect(new Set((await Promise.all(writes)).map(({ kind }) => kind))).toEqual(new Set(["done"]));
}

function makePolicy(store: IdentityStore, name: string): Promise<{ readonly kind: string }> {
  const fields = { accountId: account, policyId: `ANPA${name}`, path: "/", description: undefined, createdAt: 1 };
  return store.createPolicy(grant, { ...fields, name, document, tags: new Map() });
}

export function identityWritersContract(open: () => Promise<IdentityUnderTest>): void {
  describe("two writers", () => {
    test("do what one after the other would have done, whatever they do at once", async () => {
      const { store, second } = await open();
      await allDone(fillers.map((name) => makePolicy(store, name)));
      let run = 0;
      const list = fc.array(command, { minLength: 1, maxLength: 6 });
      await fc.assert(
        fc.asyncProperty(list, list, async (left, right) => {
          run += 1;
          const there = inStore(run);
          await there.make(store);
          const carryOut = async (by: IdentityStore, asked: readonly Command[]): Promise<readonly Done[]> => {
            const done: Done[] = [];
            for (const one of asked) done.push({ asked: one, kind: await there.carryOut(by, one) });
            return done;
          };
          const lists = await Promise.all([carryOut(store, left), carryOut(second, right)]);
          const end = shown(await there.read(second));
          expect(isExplained(firstModel(), lists, end), JSON.stringify({ lists, end })).toBe(true);
        }),
        { numRuns: runs },
      );
    });
  });
}
