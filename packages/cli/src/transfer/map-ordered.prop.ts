import * as fc from "fast-check";
import { expect, test } from "vitest";
import { ahead, eachOf, mapOrdered } from "./map-ordered.ts";

const numRuns = Number(process.env["TEST_RUNS"] ?? 200) / 2;
const turns = async (count: number): Promise<void> => {
  for (let turn = 0; turn < count; turn += 1) await Promise.resolve();
};
const bounds = fc.record({ concurrency: fc.integer({ min: 1, max: 5 }), window: fc.integer({ min: 1, max: 9 }) });

test("results come in the order of the items, with no more under way or waiting than allowed", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(fc.nat({ max: 40 }), { maxLength: 30 }), bounds, async (delays, limits) => {
      let taken = 0;
      let running = 0;
      let peak = 0;
      let furthest = 0;
      const results: number[] = [];
      async function* source() {
        for (const [index, delay] of delays.entries()) {
          taken += 1;
          furthest = Math.max(furthest, taken - results.length);
          yield { index, delay };
        }
      }
      const work = async ({ index, delay }: { readonly index: number; readonly delay: number }) => {
        running += 1;
        peak = Math.max(peak, running);
        await turns(delay);
        running -= 1;
        return index;
      };
      for await (const result of mapOrdered(source(), limits, work)) results.push(result);
      expect(results).toEqual(delays.map((_, index) => index));
      expect(peak).toBeLessThanOrEqual(limits.concurrency);
      expect(furthest).toBeLessThanOrEqual(limits.window + 1);
    }),
    { numRuns },
  );
});

test("the first failure in order is thrown, after everything under way has ended", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.record({ delay: fc.nat({ max: 40 }), fails: fc.boolean() }), { minLength: 1, maxLength: 20 }),
      bounds,
      async (items, limits) => {
        let running = 0;
        const results: number[] = [];
        const work = async ([index, { delay, fails }]: [number, { delay: number; fails: boolean }]) => {
          running += 1;
          await turns(delay);
          running -= 1;
          if (fails) throw new Error(String(index));
          return index;
        };
        let thrown: unknown;
        try {
          for await (const result of mapOrdered(eachOf(items.entries()), limits, work)) results.push(result);
        } catch (error) {
          thrown = error;
        }
        const first = items.findIndex(({ fails }) => fails);
        expect(running).toBe(0);
        expect(thrown).toEqual(first < 0 ? undefined : new Error(String(first)));
        expect(results).toEqual(items.slice(0, first < 0 ? undefined : first).map((_, index) => index));
      },
    ),
    { numRuns },
  );
});

test("what the source gave before it failed is worked on and handed over", async () => {
  async function* source() {
    yield 1;
    yield 2;
    throw new Error("listing");
  }
  const results: number[] = [];
  const all = async () => {
    for await (const result of mapOrdered(source(), { concurrency: 2, window: 4 }, async (item) => item * 2))
      results.push(result);
  };
  await expect(all()).rejects.toThrow("listing");
  expect(results).toEqual([2, 4]);
});

test("who stops reading stops the source", async () => {
  let closed = false;
  async function* source() {
    try {
      for (let item = 0; ; item += 1) yield item;
    } finally {
      closed = true;
    }
  }
  for await (const item of mapOrdered(source(), { concurrency: 2, window: 4 }, async (one) => one))
    if (item === 3) break;
  expect(closed).toBe(true);
});

test("items are asked for ahead, so many and in order; a failure comes where its item would have", async () => {
  let asked = 0;
  async function* source() {
    for (asked = 1; asked <= 9; asked += 1) yield asked;
    throw new Error("listing");
  }
  const seen: number[] = [];
  const all = async () => {
    for await (const item of ahead(source(), 3)) {
      await turns(50);
      seen.push(item);
      expect(asked).toBe(Math.min(item + 3, 10));
    }
  };
  await expect(all()).rejects.toThrow("listing");
  expect(seen).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9]);
});
