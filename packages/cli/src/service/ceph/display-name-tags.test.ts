import { describe, expect, test } from "vitest";
import { toolTags } from "../tool-tags.ts";
import { displayNameOf, tagsOf } from "./display-name-tags.ts";

describe("tags in a display name", () => {
  const creator = [toolTags.creator, "arn:aws:iam:::user/admin"] as const;

  test("are read back as they were, the creator first", () => {
    const tags = new Map([["team", "a = b"], ["empty", ""], creator, [toolTags.purpose, "read-only my-bucket/a/"]]);
    const text = displayNameOf(tags);
    expect(text).toBe(
      "s3-credentials:creator = arn:aws:iam:::user/admin; team = a = b; empty = ; s3-credentials:purpose = read-only my-bucket/a/",
    );
    expect(tagsOf(text ?? "")).toEqual(tags);
  });

  test.each([
    ["a key", "a = b", "c"],
    ["a key", "a; b", "c"],
    ["a value", "a", "b; c = d"],
  ])("%s that would be read as something else has no form", (_, key, value) => {
    expect(displayNameOf(new Map([creator, [key, value]]))).toBeUndefined();
  });

  test("there are none without the tool's own, in either direction", () => {
    expect(displayNameOf(new Map([["team", "a"]]))).toBeUndefined();
    expect(tagsOf("Jane Doe; team = a")).toEqual(new Map());
  });
});
