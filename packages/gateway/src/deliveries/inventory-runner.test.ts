import { expect, onTestFinished, test } from "vitest";
import { active } from "../../test/bucket-registry-contract.ts";
import { openDirectory } from "../../test/stores/stores-database.ts";
import { temporaryFolder } from "../../test/temporary-folder.ts";
import { testGrant } from "../../test/test-grant.ts";
import { refuse } from "../operations/operation.ts";
import type { BucketRecord } from "../ports/bucket-registry.ts";
import type { InventoryConfiguration } from "../ports/inventory.ts";
import { StoreError } from "../ports/store-error.ts";
import { systemClock } from "../server/system-clock.ts";
import { bucketRegistry } from "../stores/sql/buckets/bucket-registry.ts";
import { inventoryRuns, inventoryStore } from "../stores/sql/buckets/inventories.ts";
import { InventoryRunner } from "./inventory-runner.ts";

const daily: InventoryConfiguration = {
  id: "daily",
  isEnabled: true,
  versions: "Current",
  frequency: "Daily",
  fields: [],
  destination: { bucket: "reports" },
};
const [slow, other] = ["111122223333", "444455556666"];

test("nobody's report waits for those of another account, however many and however long they are", async () => {
  const database = await openDirectory(await temporaryFolder());
  onTestFinished(() => database.close());
  const registry = bucketRegistry(database);
  const store = inventoryStore(database);
  const putIn = async (bucketId: string, id: string) => {
    expect(await store.put(testGrant(), bucketId, { ...daily, id })).toBe("put");
  };
  const large = await active(registry, "large", slow);
  for (let n = 0; n < 20; n += 1) await putIn(large, `i${n}`);
  let letGo = (): void => {};
  const long = new Promise<void>((resolve) => (letGo = resolve));
  const asked: string[] = [];
  const never = async (): Promise<never> => Promise.reject(new Error("nobody takes a report here"));
  const runner = new InventoryRunner({
    runs: inventoryRuns(database),
    deliverer: {
      refusalOf: async ({ source }) => {
        asked.push(source.name);
        if (source.owner === slow) await long;
        return refuse("AccessDenied");
      },
      deliver: never,
    },
    plane: { find: never, listObjects: never, listVersions: never },
    canonicalId: never,
    read: async (bucketId) => registry.find(bucketId.replace("id-", "")),
    clock: systemClock,
    warn: () => {},
  });
  await runner.run();
  await expect.poll(() => asked).toEqual(["large"]);
  // What is due from now on has its turn while the others are made, and they are made one after the other.
  await putIn(await active(registry, "small", other), "daily");
  await runner.run();
  await expect.poll(() => asked).toEqual(["large", "small"]);
  const stopped = runner.stop();
  letGo();
  await stopped;
  expect(asked).toEqual(["large", "small"]);
});

test("a configuration that cannot be read holds up no other, is reported, and is looked at again in an hour", async () => {
  const claimed: (readonly [string, number])[] = [];
  const now = 1_000_000;
  const due = ["broken", "whole"].map((id) => ({
    accountId: slow,
    bucketId: "b",
    id,
    claimedUntil: 0,
    read: () => {
      if (id === "broken") throw new StoreError("corrupt", "unreadable");
      return { ...daily, id };
    },
  }));
  const asked: string[] = [];
  const never = async (): Promise<never> => Promise.reject(new Error("nobody takes a report here"));
  let isFirst = true;
  const runner = new InventoryRunner({
    runs: {
      due: async () => (isFirst ? due : []),
      claim: async ({ id }, until) => claimed.push([id, until]) > 0,
      finish: never,
    },
    deliverer: {
      refusalOf: async ({ key }) => {
        asked.push(key);
        return refuse("AccessDenied");
      },
      deliver: never,
    },
    plane: { find: never, listObjects: never, listVersions: never },
    canonicalId: never,
    read: async () => ({ name: "source", owner: slow, state: "active" }) as BucketRecord,
    clock: { now: () => now, monotonic: () => now },
    warn: () => {},
  });
  await runner.run();
  isFirst = false;
  await expect.poll(() => asked).toEqual([expect.stringContaining("/whole/")]);
  await runner.stop();
  const hour = 60 * 60 * 1000;
  expect(claimed.filter(([, until]) => until === now + hour)).toEqual(
    ["broken", "whole"].map((id) => [id, now + hour]),
  );
  await expect(runner.run()).rejects.toThrow("unreadable");
});
