import { expect, test } from "vitest";
import { type HashLane, HashQueue } from "./hash-queue.ts";

const limits = { perRequester: 3, requesters: 2 };

/** A queue whose hashes end when the test says so, and the order in which they began. */
function queueUnderTest() {
  const queue = new HashQueue({ "sign-in": limits, administration: { perRequester: 100, requesters: 100 } });
  const begun: string[] = [];
  const ends: (() => void)[] = [];
  const settled = () => new Promise(setImmediate);
  return {
    queue,
    begun,
    ask: (lane: HashLane, name: string) =>
      queue.run({ lane, name }, () => {
        begun.push(name);
        return new Promise<string>((resolve) => ends.push(() => resolve(name)));
      }),
    finishAll: async () => {
      for (let end = ends.shift(); end !== undefined; end = ends.shift()) {
        end();
        await settled();
      }
    },
  };
}

test("one hash at a time; each requester in turn, and administration every other time", async () => {
  const { ask, begun, finishAll } = queueUnderTest();
  const asked = [
    ...["greedy", "greedy", "greedy", "modest"].map((name) => ask("sign-in", name)),
    ...["admin", "admin"].map((name) => ask("administration", name)),
  ];
  expect(begun).toEqual(["greedy"]);
  await finishAll();
  expect(begun).toEqual(["greedy", "greedy", "admin", "modest", "admin", "greedy"]);
  expect(await Promise.all(asked)).toEqual(
    ["greedy", "greedy", "greedy", "modest", "admin", "admin"].map((value) => ({ value })),
  );
});

test("who waits with too many hashes is refused, and takes no other's place", async () => {
  const { ask, begun, finishAll, queue } = queueUnderTest();
  const kept = Array.from({ length: 4 }, () => ask("sign-in", "greedy"));
  expect(await ask("sign-in", "greedy")).toBeUndefined();
  const modest = ask("sign-in", "modest");
  expect(await ask("sign-in", "third")).toBeUndefined();
  const admin = ask("administration", "admin");
  await finishAll();
  expect((await Promise.all([...kept, modest, admin])).every((one) => one !== undefined)).toBe(true);
  expect([begun.length, queue.done]).toEqual([6, 6]);
});

test("a hash that fails makes place for the next", async () => {
  const { queue } = queueUnderTest();
  const requester = { lane: "sign-in", name: "a" } as const;
  const failed = queue.run(requester, () => Promise.reject(new Error("no memory")));
  const next = queue.run(requester, async () => "next");
  await expect(failed).rejects.toThrow("no memory");
  expect(await next).toEqual({ value: "next" });
});
