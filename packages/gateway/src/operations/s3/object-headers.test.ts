import { expect, test } from "vitest";
import { madeVersionHeader } from "./object-headers.ts";

test("a version that was made is named, where `null` can be its name", () => {
  const header = (versioning: "off" | "enabled" | "suspended", versionId: string) =>
    madeVersionHeader({ versioning }, { versionId });
  expect(header("off", "null")).toEqual({});
  expect(header("suspended", "null")).toEqual({ "x-amz-version-id": "null" });
  expect(header("enabled", "id")).toEqual({ "x-amz-version-id": "id" });
  // An engine did not say which it was.
  expect(header("enabled", "null")).toEqual({});
});
