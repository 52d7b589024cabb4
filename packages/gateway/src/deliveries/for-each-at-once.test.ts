import { expect, test } from "vitest";
import { forEachAtOnce } from "./for-each-at-once.ts";

test("no more than so many are under way together, and each item has its turn once", async () => {
  let underWay = 0;
  let most = 0;
  const done: number[] = [];
  await forEachAtOnce([1, 2, 3, 4, 5], 2, async (item) => {
    most = Math.max(most, (underWay += 1));
    await Promise.resolve();
    underWay -= 1;
    done.push(item);
  });
  expect([most, done]).toEqual([2, [1, 2, 3, 4, 5]]);
});

test("a failure ends neither the others nor the wait for them", async () => {
  const done: string[] = [];
  let endSlow = (): void => {};
  const slow = new Promise<void>((resolve) => (endSlow = resolve));
  const all = forEachAtOnce(["slow", "fails", "last"], 2, async (item) => {
    if (item === "fails") throw new Error("no disk");
    if (item === "last") endSlow();
    else await slow;
    done.push(item);
  });
  await expect(all).rejects.toThrow("no disk");
  expect(done).toEqual(["last", "slow"]);
});
