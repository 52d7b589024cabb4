import { expect, test } from "vitest";
import { type Lifetime, lifetimeWords, matterOf, sortLifetimes } from "../src/expiry/lifetimes.ts";
import { axisMarks, placeOnAxis } from "../src/expiry/time-scale.ts";

const hour = 3_600_000;
const now = Date.parse("2026-11-30T12:00:00Z");
const key = (days: number): Lifetime => ({
  id: `key ${days}`,
  kind: "key",
  name: "",
  user: "",
  page: "",
  from: now - days * 24 * hour,
  until: Infinity,
});
const session = (from: number, until: number): Lifetime => ({
  id: `session ${until}`,
  kind: "session",
  name: "",
  user: "",
  page: "",
  from: now + from * hour,
  until: now + until * hour,
});

test("the axis runs one way, from years ago to days ahead, and never leaves its width", () => {
  const moments = [-1e6, ...axisMarks.map(([fromNow]) => fromNow / hour), 1e6];
  const places = moments.map((hours) => placeOnAxis(now + hours * hour, now));
  expect(places).toEqual(places.toSorted((one, other) => one - other));
  expect([places[0], places.at(-1)]).toEqual([0, 100]);
  expect(placeOnAxis(Infinity, now)).toBe(100);
  // Words of 26 px beside each other on a phone of 300 px.
  const marks = places.slice(1, -1);
  expect(Math.min(...marks.slice(1).map((place, at) => place - (marks[at] ?? 0)))).toBeGreaterThan(9);
});

test("what matters comes first: old keys, then sessions by their end", () => {
  const all = [key(3), session(-1, 2), key(91), session(-1, 30), key(200), session(-1, 1)];
  expect(sortLifetimes(all, now).map(({ id }) => id)).toEqual([
    "key 200",
    "key 91",
    "session 1",
    "session 2",
    "key 3",
    "session 30",
  ]);
  expect(all.map((one) => matterOf(one, now))).toEqual(["none", "ending", "old", "none", "old", "ending"]);
});

test("ages and ends in words", () => {
  expect([key(0), key(1), key(200), session(-1, 2)].map((one) => lifetimeWords(one, now))).toEqual([
    "made today, without an end",
    "1 day old, without an end",
    "200 days old, without an end",
    "2 h left of 3 h",
  ]);
});
