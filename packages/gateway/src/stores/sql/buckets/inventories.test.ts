import { expect, onTestFinished, test } from "vitest";
import { active } from "../../../../test/bucket-registry-contract.ts";
import { openDirectory } from "../../../../test/stores/stores-database.ts";
import { temporaryFolder } from "../../../../test/temporary-folder.ts";
import { testGrant } from "../../../../test/test-grant.ts";
import { type InventoryConfiguration, maxInventories } from "../../../ports/inventory.ts";
import { bucketRegistry } from "./bucket-registry.ts";
import { inventoryRuns, inventoryStore } from "./inventories.ts";

const grant = testGrant();
const daily: InventoryConfiguration = {
  id: "daily",
  isEnabled: true,
  versions: "All",
  frequency: "Daily",
  prefix: "ä",
  fields: ["Size"],
  destination: { bucket: "reports" },
};
/** A Saturday. */
const saturday = Date.parse("2026-11-28T12:00:00Z");
const day = 24 * 60 * 60 * 1000;

async function open() {
  const database = await openDirectory(await temporaryFolder());
  onTestFinished(() => database.close());
  const registry = bucketRegistry(database);
  const bucketId = await active(registry, "one");
  return { registry, bucketId, store: inventoryStore(database), runs: inventoryRuns(database) };
}

test("what was put is found and listed by id, replaced and removed, and goes with its bucket", async () => {
  const { registry, bucketId, store } = await open();
  const weekly = { ...daily, id: "weekly", frequency: "Weekly" } as const;
  for (const one of [weekly, daily]) expect(await store.put(grant, bucketId, one)).toBe("put");
  expect(await store.list(grant, bucketId, "", 10)).toEqual([daily, weekly]);
  expect(await store.list(grant, bucketId, "daily", 10)).toEqual([weekly]);
  const changed = { ...daily, versions: "Current", isEnabled: false } as const;
  await store.put(grant, bucketId, changed);
  expect(await store.find(grant, bucketId, "daily")).toEqual(changed);
  expect([await store.remove(grant, bucketId, "daily"), await store.remove(grant, bucketId, "daily")]).toEqual([
    true,
    false,
  ]);
  await registry.move(grant, bucketId, "active", "deleting");
  await registry.remove(grant, bucketId);
  expect(await store.list(grant, bucketId, "", 10)).toEqual([]);
  await expect(store.put(grant, bucketId, daily)).rejects.toMatchObject({ kind: "conflict" });
});

test("a bucket has so many and no more", async () => {
  const { bucketId, store } = await open();
  const puts = Array.from({ length: maxInventories }, (_, n) => store.put(grant, bucketId, { ...daily, id: `i${n}` }));
  expect(new Set(await Promise.all(puts))).toEqual(new Set(["put"]));
  expect(await store.put(grant, bucketId, daily)).toBe("too-many");
  expect(await store.put(grant, bucketId, { ...daily, id: "i7" })).toBe("put");
});

test("a daily report is due once a day, a weekly one from each Sunday on, and one that is switched off never", async () => {
  const { bucketId, store, runs } = await open();
  await store.put(grant, bucketId, daily);
  await store.put(grant, bucketId, { ...daily, id: "weekly", frequency: "Weekly" });
  await store.put(grant, bucketId, { ...daily, id: "off", isEnabled: false });
  const dueAt = async (now: number) => (await runs.due(now, 10)).map(({ id }) => id);
  const finishAll = async (now: number): Promise<void> => {
    for (const due of await runs.due(now, 10)) await runs.finish(due, now);
  };
  expect(await dueAt(saturday)).toEqual(["daily", "weekly"]);
  await finishAll(saturday);
  await store.put(grant, bucketId, { ...daily, fields: [] });
  expect(await dueAt(saturday + day / 3)).toEqual([]);
  expect(await dueAt(saturday + day)).toEqual(["daily", "weekly"]);
  await finishAll(saturday + day);
  for (const [days, ids] of [
    [2, ["daily"]],
    [7, ["daily"]],
    [8, ["daily", "weekly"]],
  ] as const)
    expect(await dueAt(saturday + days * day)).toEqual(ids);
});

test("an account with many inventories is one among the others, however many are due", async () => {
  const { registry, bucketId, store, runs } = await open();
  for (let n = 0; n < 20; n += 1) await store.put(grant, bucketId, { ...daily, id: `i${n}` });
  const others = await active(registry, "two", "444455556666");
  await store.put(grant, others, daily);
  const due = await runs.due(saturday, 2);
  expect(due.map((one) => one.bucketId).toSorted()).toEqual([bucketId, bucketId, others].toSorted());
  expect(due.find((one) => one.bucketId === others)?.accountId).toBe("444455556666");
  // Those that were refused and wait for their next try are not before those that were not tried.
  for (const one of due) await runs.claim(one, saturday + 1000);
  const next = await runs.due(saturday, 2);
  expect(next.map((one) => one.bucketId)).toEqual([bucketId, bucketId]);
  const tried = due.map(({ id }) => id);
  for (const { id } of next) expect(tried).not.toContain(id);
});

test("a report is made by whoever claimed it, until the claim is over", async () => {
  const { bucketId, store, runs } = await open();
  await store.put(grant, bucketId, daily);
  const [due] = await runs.due(saturday, 10);
  if (due === undefined) throw new Error("nothing is due");
  const until = saturday + 1000;
  expect([await runs.claim(due, until), await runs.claim(due, until)]).toEqual([true, false]);
  expect(await runs.due(saturday, 10)).toEqual([]);
  const [left] = await runs.due(until, 10);
  expect({ ...left, read: undefined }).toEqual({ ...due, read: undefined, claimedUntil: until });
  expect(left?.read()).toEqual(daily);
  expect(left && (await runs.claim(left, until + 1000))).toBe(true);
  // Whoever lost its claim finishes nothing.
  await runs.finish({ ...due, claimedUntil: until }, saturday);
  expect(await runs.due(until + 1000, 10)).toHaveLength(1);
  await store.put(grant, bucketId, { ...daily, isEnabled: false });
  expect(await runs.claim({ ...due, claimedUntil: until + 1000 }, until + 2000)).toBe(false);
});
