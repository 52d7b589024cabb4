import { expect, test } from "vitest";
import { type LifecycleRule, transitionClasses } from "../../ports/lifecycle.ts";
import { storageClasses } from "../../ports/object-version.ts";
import { canBecome, dueTransitions } from "./lifecycle-transitions.ts";

const at = (text: string) => Date.parse(text);
const rule = (more: Partial<LifecycleRule>): LifecycleRule => ({
  id: "r",
  isEnabled: true,
  hasOldForm: false,
  filter: { tags: [] },
  ...more,
});
const KiB = 1024;
const object = {
  key: "k",
  size: 128 * KiB,
  lastModified: at("2026-11-01T12:00:00Z"),
  since: undefined,
  newerNoncurrent: -1,
  isAlone: true,
  storageClass: "STANDARD",
} as const;
const classes = (
  more: Partial<LifecycleRule>,
  version: Partial<Parameters<typeof dueTransitions>[1]>,
  now: string,
): readonly string[] =>
  dueTransitions([rule(more)], { ...object, ...version }, at(now)).map(({ storageClass }) => storageClass);

test("classes go one way, and never back to those that are made by writing alone", () => {
  const ways = storageClasses.map((from) => [from, transitionClasses.filter((to) => canBecome(from, to))]);
  expect(Object.fromEntries(ways)).toEqual({
    STANDARD: ["STANDARD_IA", "INTELLIGENT_TIERING", "ONEZONE_IA", "GLACIER_IR"],
    REDUCED_REDUNDANCY: ["STANDARD_IA", "INTELLIGENT_TIERING", "ONEZONE_IA", "GLACIER_IR"],
    STANDARD_IA: ["INTELLIGENT_TIERING", "ONEZONE_IA", "GLACIER_IR"],
    INTELLIGENT_TIERING: ["ONEZONE_IA", "GLACIER_IR"],
    ONEZONE_IA: [],
    GLACIER_IR: [],
  });
});

test("an object gets the last class that is due, by days or by a date", () => {
  const transitions = [
    { storageClass: "STANDARD_IA", at: { days: 30 } },
    { storageClass: "GLACIER_IR", at: { days: 90 } },
  ] as const;
  expect(classes({ transitions }, {}, "2026-12-01T23:59:59Z")).toEqual([]);
  expect(classes({ transitions }, {}, "2026-12-02T00:00:00Z")).toEqual(["STANDARD_IA"]);
  expect(classes({ transitions }, {}, "2027-03-01T00:00:00Z")).toEqual(["GLACIER_IR", "STANDARD_IA"]);
  expect(classes({ transitions }, { storageClass: "GLACIER_IR" }, "2027-03-01T00:00:00Z")).toEqual([]);
  const dated = [{ storageClass: "ONEZONE_IA", at: { date: at("2026-12-24T00:00:00Z") } }] as const;
  expect(classes({ transitions: dated }, {}, "2026-12-23T23:59:59Z")).toEqual([]);
  expect(classes({ transitions: dated }, {}, "2026-12-24T00:00:00Z")).toEqual(["ONEZONE_IA"]);
  expect(classes({ transitions: dated, isEnabled: false }, {}, "2026-12-24T00:00:00Z")).toEqual([]);
});

test("small objects keep their class unless the rule says of which sizes it is", () => {
  const transitions = [{ storageClass: "INTELLIGENT_TIERING", at: { days: 0 } }] as const;
  const now = "2026-11-02T00:00:00Z";
  expect(classes({ transitions }, {}, now)).toEqual(["INTELLIGENT_TIERING"]);
  expect(classes({ transitions }, { size: 128 * KiB - 1 }, now)).toEqual([]);
  const small = { tags: [], largerThan: 10 };
  expect(classes({ transitions, filter: small }, { size: 11 }, now)).toEqual(["INTELLIGENT_TIERING"]);
  expect(classes({ transitions, filter: small }, { size: 10 }, now)).toEqual([]);
  expect(classes({ transitions }, { size: undefined, storageClass: undefined }, now)).toEqual([]);
});

test("older versions go by when a newer one came, but for the newest of them", () => {
  const noncurrentTransitions = [{ storageClass: "GLACIER_IR", days: 1, newer: 1 }] as const;
  const older = { since: at("2026-11-10T12:00:00Z"), isAlone: false, newerNoncurrent: 1 };
  expect(classes({ noncurrentTransitions }, older, "2026-11-11T23:59:59Z")).toEqual([]);
  expect(classes({ noncurrentTransitions }, older, "2026-11-12T00:00:00Z")).toEqual(["GLACIER_IR"]);
  expect(classes({ noncurrentTransitions }, { ...older, newerNoncurrent: 0 }, "2036-01-01T00:00:00Z")).toEqual([]);
  expect(classes({ noncurrentTransitions }, {}, "2036-01-01T00:00:00Z")).toEqual([]);
});
