import { expect, test } from "vitest";
import { dueVersions } from "../src/bucket/lifecycle-due.ts";
import type { LifecycleRule } from "../src/bucket/lifecycle-rule.ts";

const items = [
  { key: "a", modified: "2026-09-03T00:00:00Z", size: 5, isDeleteMarker: false },
  { key: "a", modified: "2026-09-02T00:00:00Z", size: 0, isDeleteMarker: true },
  { key: "a", modified: "2026-09-01T00:00:00Z", size: 5, isDeleteMarker: false },
];

test.each<[NonNullable<LifecycleRule["Filter"]>, readonly boolean[]]>([
  [{ Prefix: "" }, [true, false]],
  [{ ObjectSizeGreaterThan: 1 }, [false]],
  [{ ObjectSizeLessThan: 9 }, [false]],
  [{ Tag: { Key: "k", Value: "v" } }, [false]],
])("a rule that asks for a size or a tag is about no delete marker: %j", (Filter, markers) => {
  const rule = { ID: "r", Status: "Enabled", Filter, NoncurrentVersionExpiration: { NoncurrentDays: 1 } } as const;
  const due = dueVersions(items, [rule], Date.parse("2026-12-01T00:00:00Z"));
  expect(due.map(({ isDeleteMarker }) => isDeleteMarker)).toEqual(markers);
});
