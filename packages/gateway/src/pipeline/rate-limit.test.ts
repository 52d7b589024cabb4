import { expect, test } from "vitest";
import { RateLimit } from "./rate-limit.ts";

const taken = (limit: RateLimit, caller: string, now: number, times: number) =>
  Array.from({ length: times }, () => limit.take(caller, now)).filter(Boolean).length;

test("a caller has the requests of a second at once, then one for each part of it; others have their own", () => {
  const limit = new RateLimit(5);
  expect(taken(limit, "ann", 0, 10)).toBe(5);
  expect(taken(limit, "bob", 0, 10)).toBe(5);
  expect(taken(limit, "ann", 199, 10)).toBe(0);
  expect(taken(limit, "ann", 200, 10)).toBe(1);
  expect(taken(limit, "ann", 5000, 10)).toBe(5);
});

test("less than one in a second is one in several", () => {
  const limit = new RateLimit(0.5);
  expect([0, 1999, 2000].map((now) => limit.take("ann", now))).toEqual([true, false, true]);
});

test("callers that are remembered have a limit: beyond it new ones are refused until others are forgotten", () => {
  const limit = new RateLimit(1, 100);
  for (let index = 0; index < 100; index += 1) expect(limit.take(`caller ${index}`, 0)).toBe(true);
  expect(limit.take("one more", 0)).toBe(false);
  expect(limit.take("one more", 999)).toBe(false);
  expect(limit.take("one more", 1000)).toBe(true);
  expect(limit.size).toBe(1);
});
