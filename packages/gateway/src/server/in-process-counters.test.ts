import { expect, test } from "vitest";
import { inProcessCounters } from "./in-process-counters.ts";

function counters(max?: number) {
  const clock = { time: 1000, now: () => clock.time };
  return { clock, counters: inProcessCounters(clock, max) };
}

test("as many events as the limit in a window, of each key on its own", async () => {
  const { clock, counters: shared } = counters();
  const limit = { max: 3, window: 60_000 };
  const tries = await Promise.all(Array.from({ length: 5 }, () => shared.count("ann", limit)));
  expect(tries).toEqual([true, true, true, false, false]);
  expect(await shared.count("bob", limit)).toBe(true);
  clock.time += 59_999;
  expect(await shared.count("ann", limit)).toBe(false);
  clock.time += 1;
  expect(await shared.count("ann", limit)).toBe(true);
  await shared.reset("ann");
  for (let n = 0; n < 3; n += 1) expect(await shared.count("ann", limit)).toBe(true);
  expect(await shared.count("ann", { max: 0, window: 1 })).toBe(false);
});

test("a claim succeeds once until it expires, whoever asks at the same time", async () => {
  const { clock, counters: shared } = counters();
  const claims = await Promise.all(Array.from({ length: 4 }, () => shared.claim("code", 2000)));
  expect(claims).toEqual([true, false, false, false]);
  await shared.reset("code"); // the events of that key, not the claim
  expect(await shared.claim("code", 2000)).toBe(false);
  clock.time = 2000;
  expect(await shared.claim("code", 2000)).toBe(false); // a code that has expired
  expect(await shared.claim("code", 3000)).toBe(true);
});

test("a flood of keys takes no more memory than the limit, and passes no limit", async () => {
  const { clock, counters: shared } = counters(10);
  const limit = { max: 5, window: 1000 };
  const first = await Promise.all(Array.from({ length: 30 }, (_, n) => shared.count(`k${n}`, limit)));
  expect(first.filter((counted) => counted)).toHaveLength(10);
  expect(await shared.claim("code", 5000)).toBe(false);
  expect(await shared.count("k0", limit)).toBe(true);
  clock.time += 1000;
  expect(await shared.claim("code", 5000)).toBe(true);
});
