import { expect, test } from "vitest";
import { randomIds } from "./random-ids.ts";

test.each(["versionId", "uploadId"] as const)("%s: no two are the same, and none looks like an option", (name) => {
  const ids = Array.from({ length: 3000 }, () => randomIds[name]());
  expect(new Set(ids).size).toBe(ids.length);
  expect(ids.filter((id) => !/^\w[\w-]{31}$/.test(id))).toEqual([]);
});
