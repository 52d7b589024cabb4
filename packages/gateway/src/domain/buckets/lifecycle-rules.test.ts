import { expect, test } from "vitest";
import type { LifecycleRule } from "../../ports/lifecycle.ts";
import { abortOf, afterDays, commonPrefixOf, dueRules, expirationOf, hasTags, isAbout, type PlacedVersion } from "./lifecycle-rules.ts"; // prettier-ignore

const at = (text: string) => Date.parse(text);
const rule = (more: Partial<LifecycleRule> = {}): LifecycleRule => ({
  id: "r",
  isEnabled: true,
  hasOldForm: false,
  filter: { tags: [] },
  ...more,
});

/** https://docs.aws.amazon.com/AmazonS3/latest/userguide/intro-lifecycle-rules.html has the first of them. */
test("days are counted to the next midnight of UTC", () => {
  const after = (text: string, days: number) => new Date(afterDays(at(text), days)).toISOString();
  expect(after("2014-01-15T10:30:00Z", 3)).toBe("2014-01-19T00:00:00.000Z");
  expect(after("2014-01-15T23:59:59.999Z", 1)).toBe("2014-01-17T00:00:00.000Z");
  expect(after("2014-01-15T00:00:00Z", 1)).toBe("2014-01-17T00:00:00.000Z");
  expect(after("2014-01-15T00:00:00Z", 2_147_483_647)).toBe("9999-12-31T00:00:00.000Z");
});

test("a rule is about what its whole filter says, and with tags or sizes not about markers", () => {
  const about = (filter: LifecycleRule["filter"], key: string, size?: number) =>
    isAbout(rule({ filter }), { key, size });
  expect(about({ tags: [] }, "any", 0)).toBe(true);
  expect(about({ tags: [], prefix: "a/" }, "b", 0)).toBe(false);
  expect(about({ tags: [], largerThan: 10, smallerThan: 20 }, "k", 10)).toBe(false);
  expect(about({ tags: [], largerThan: 10, smallerThan: 20 }, "k", 11)).toBe(true);
  expect(about({ tags: [], largerThan: 10, smallerThan: 20 }, "k", 20)).toBe(false);
  expect(about({ tags: [], prefix: "a/" }, "a/marker")).toBe(true);
  expect(about({ tags: [], largerThan: 0 }, "marker")).toBe(false);
  const tagged = { tags: [{ key: "a", value: "1" }] };
  expect(about(tagged, "marker")).toBe(false);
  expect(
    hasTags(rule({ filter: tagged }), [
      { key: "a", value: "1" },
      { key: "b", value: "2" },
    ]),
  ).toBe(true);
  expect(hasTags(rule({ filter: tagged }), [{ key: "a", value: "2" }])).toBe(false);
  expect(isAbout(rule({ isEnabled: false }), { key: "k", size: 0 })).toBe(false);
});

const made = at("2026-11-01T12:00:00Z");
const version = (more: Partial<PlacedVersion> = {}): PlacedVersion => ({
  key: "k",
  size: 1,
  lastModified: made,
  since: undefined,
  newerNoncurrent: -1,
  isAlone: true,
  ...more,
});
const isDue = (more: Partial<LifecycleRule>, which: Partial<PlacedVersion>, now: string) =>
  dueRules([rule(more)], version(which), at(now)).length === 1;

test("current objects end by age or by date", () => {
  const days = { expiration: { days: 2 } };
  expect(isDue(days, {}, "2026-11-03T23:59:59.999Z")).toBe(false);
  expect(isDue(days, {}, "2026-11-04T00:00:00Z")).toBe(true);
  const date = { expiration: { date: at("2026-12-01T00:00:00Z") } };
  expect(isDue(date, {}, "2026-11-30T23:59:59Z")).toBe(false);
  expect(isDue(date, {}, "2026-12-01T00:00:00Z")).toBe(true);
  expect(isDue({ expiration: { expiredMarkers: true } }, {}, "2036-01-01T00:00:00Z")).toBe(false);
});

test("noncurrent versions end by the age of their successor, but for the newest of them that are kept", () => {
  const noncurrent = (newer: number) => ({ noncurrent: { days: 1, newer }, expiration: { days: 1 } });
  const since = at("2026-11-10T12:00:00Z");
  const place = (newerNoncurrent: number) => ({ since, newerNoncurrent, isAlone: false });
  expect(isDue(noncurrent(0), place(0), "2026-11-11T23:59:59Z")).toBe(false);
  expect(isDue(noncurrent(0), place(0), "2026-11-12T00:00:00Z")).toBe(true);
  expect(isDue(noncurrent(2), place(1), "2036-01-01T00:00:00Z")).toBe(false);
  expect(isDue(noncurrent(2), place(2), "2026-11-12T00:00:00Z")).toBe(true);
  expect(isDue({ expiration: { days: 1 } }, place(0), "2036-01-01T00:00:00Z")).toBe(false);
  expect(isDue(noncurrent(0), { ...place(0), size: undefined }, "2026-11-12T00:00:00Z")).toBe(true);
});

test("a delete marker ends when nothing is under it", () => {
  const marker = { size: undefined };
  expect(isDue({ expiration: { expiredMarkers: true } }, marker, "2026-11-01T12:00:01Z")).toBe(true);
  expect(isDue({ expiration: { expiredMarkers: false } }, marker, "2036-01-01T00:00:00Z")).toBe(false);
  expect(isDue({ expiration: { expiredMarkers: true } }, { ...marker, isAlone: false }, "2036-01-01T00:00:00Z")).toBe(
    false,
  );
  expect(isDue({ expiration: { days: 3 } }, marker, "2026-11-04T23:59:59Z")).toBe(false);
  expect(isDue({ expiration: { days: 3 } }, marker, "2026-11-05T00:00:00Z")).toBe(true);
  expect(isDue({ expiration: { date: 0 } }, marker, "2036-01-01T00:00:00Z")).toBe(false);
});

test("the first of several ends counts, and an upload has one too", () => {
  const [late, soon] = [rule({ id: "late", expiration: { days: 9 } }), rule({ id: "soon", expiration: { days: 1 }, filter: { tags: [{ key: "a", value: "b" }] } })]; // prettier-ignore
  const ends = (tags: readonly { key: string; value: string }[]) =>
    expirationOf([late, soon], { key: "k", size: 1, lastModified: made, tags })?.ruleId;
  expect(ends([])).toBe("late");
  expect(ends([{ key: "a", value: "b" }])).toBe("soon");
  const aborting = [
    rule({ id: "a", abortDays: 7 }),
    rule({ id: "b", abortDays: 1, filter: { tags: [], prefix: "up/" } }),
  ];
  expect(abortOf(aborting, { key: "up/x", initiatedAt: made })).toEqual({
    ruleId: "b",
    at: at("2026-11-03T00:00:00Z"),
  });
  expect(abortOf(aborting, { key: "x", initiatedAt: made })?.ruleId).toBe("a");
  expect(abortOf([rule()], { key: "x", initiatedAt: made })).toBeUndefined();
});

test("keys that no rule is about need not be listed", () => {
  const common = (...prefixes: readonly (string | undefined)[]) =>
    commonPrefixOf(
      prefixes.map((prefix) => rule({ filter: { tags: [], ...(prefix === undefined ? {} : { prefix }) } })),
    );
  expect(common("logs/a", "logs/b")).toBe("logs/");
  expect(common("logs/a", undefined)).toBe("");
  expect(common("one")).toBe("one");
  expect(common("\u{1F600}", "\u{1F601}")).toBe("");
  expect(commonPrefixOf([])).toBe("");
});
