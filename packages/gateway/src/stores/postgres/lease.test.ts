import { expect, test } from "vitest";
import { type Instant, Lease, stateOfOthers } from "./lease.ts";

const at = (monotonic: number, wall = monotonic): Instant => ({ monotonic, wall });

/** At 0, by a database whose revision is 7. */
function granted(): Lease {
  const lease = new Lease({ length: 1000, drift: 0.01 });
  expect(lease.answer(lease.renewal(at(0)), { revision: 7, isGranted: false })).toBe(true);
  expect(lease.answer(lease.renewal(at(0)), { revision: 7, isGranted: true })).toBe(false);
  return lease;
}

/** Whether the number stays when it is asked for twice. */
function usesMemory(lease: Lease, now: Instant): boolean {
  return lease.changes(now) === lease.changes(now);
}

test("lasts its length, less what a clock may go wrong, from when it was asked for", () => {
  const lease = granted();
  expect([usesMemory(lease, at(989)), usesMemory(lease, at(990))]).toEqual([true, false]);
});

test("ends by the wall clock too, and is never made longer by it", () => {
  expect(usesMemory(granted(), at(10, 990))).toBe(false);
  expect(usesMemory(granted(), at(990, -5000))).toBe(false);
});

test("what was kept counts as old when a revision is learned, also a lower one of a database that was restored", () => {
  const lease = granted();
  const before = lease.changes(at(1));
  lease.learn(7);
  lease.learn(6); // late
  expect(lease.changes(at(1))).toBe(before);
  lease.learn(8);
  const after = lease.changes(at(1));
  expect(after).not.toBe(before);
  expect(lease.answer(lease.renewal(at(2)), { revision: 3, isGranted: false })).toBe(true);
  expect(lease.changes(at(3))).not.toBe(after);
  expect(lease.renewal(at(3)).confirms).toBe(3);
});

test("an answer that comes after the end grants nothing", () => {
  const lease = granted();
  const renewal = lease.renewal(at(1));
  lease.end();
  lease.answer(renewal, { revision: 7, isGranted: true });
  expect(usesMemory(lease, at(2))).toBe(false);
});

test("a change waits for who has not confirmed it, as long as the longest lease and what a clock may go wrong", () => {
  const committed = { revision: 7, at: 0 };
  const state = (lowestConfirmed: number, now: number) =>
    stateOfOthers(committed, { lowestConfirmed, leaseLength: 1000 }, now, 0.01);
  expect(stateOfOthers(committed, undefined, 0, 0.01)).toBe("confirmed");
  expect([state(7, 0), state(6, 0), state(6, 1009), state(6, 1010)]).toEqual([
    "confirmed",
    "waiting",
    "waiting",
    "expired",
  ]);
});
