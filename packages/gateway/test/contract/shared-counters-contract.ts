/** What every implementation of the shared counters must do. */
import { expect, test } from "vitest";
import type { SharedCounters } from "../../src/ports/shared-counters.ts";

/** Counters of two processes on the same data, and their clock. */
export interface CountersUnderTest {
  readonly here: SharedCounters;
  readonly there: SharedCounters;
  readonly clock: { time: number };
}

export function sharedCountersContract(open: () => Promise<CountersUnderTest>): void {
  test("as many events as the limit in a window, of each key on its own, whichever process counts them", async () => {
    const { here, there, clock } = await open();
    clock.time = 1000;
    const limit = { max: 3, window: 60_000 };
    const tries = Array.from({ length: 8 }, (_, n) => (n % 2 === 0 ? here : there).count("ann", limit));
    expect((await Promise.all(tries)).filter((counted) => counted)).toHaveLength(3);
    expect(await there.count("bob", limit)).toBe(true);
    clock.time += 59_999;
    expect(await here.count("ann", limit)).toBe(false);
    clock.time += 1;
    expect(await there.count("ann", limit)).toBe(true);
    await here.reset("ann");
    for (const one of [here, there, here]) expect(await one.count("ann", limit)).toBe(true);
    expect(await there.count("ann", limit)).toBe(false);
    expect(await here.count("eve", { max: 0, window: 1 })).toBe(false);
  });

  test("a claim succeeds once until it expires, whoever asks at the same time", async () => {
    const { here, there, clock } = await open();
    clock.time = 1000;
    const claims = await Promise.all([here, there, here, there].map((one) => one.claim("code", 2000)));
    expect(claims.filter((claimed) => claimed)).toHaveLength(1);
    await here.reset("code"); // the events of that key, not the claim
    expect(await there.claim("code", 2000)).toBe(false);
    clock.time = 2000;
    expect(await here.claim("code", 2000)).toBe(false); // a code that has expired
    expect(await there.claim("code", 3000)).toBe(true);
  });
}
