import { expect, test } from "vitest";
import { FairTurns } from "./fair-turns.ts";

test("callers take turns, one in each turn of the event loop, however much one of them has asked for", async () => {
  const turns = new FairTurns();
  const order: string[] = [];
  const work = async (caller: string, slices: number): Promise<void> => {
    for (let slice = 0; slice < slices; slice += 1) {
      await turns.take(caller);
      order.push(caller);
    }
  };
  const greedy = Array.from({ length: 20 }, () => work("greedy", 3));
  await new Promise(setImmediate);
  const before = order.length;
  const modest = work("modest", 3);
  const fair = work("fair", 1);
  await modest;
  expect(order.slice(before).filter((caller) => caller === "greedy").length).toBeLessThanOrEqual(4);
  await Promise.all([...greedy, fair]);
  expect(order.length).toBe(64);
});

test("the event loop turns between two slices", async () => {
  const turns = new FairTurns();
  let loops = 0;
  let done = false;
  const count = (): void => {
    loops += 1;
    if (!done) setImmediate(count);
  };
  setImmediate(count);
  await Promise.all(Array.from({ length: 10 }, () => turns.take("one")));
  done = true;
  expect(loops).toBeGreaterThanOrEqual(9);
});
