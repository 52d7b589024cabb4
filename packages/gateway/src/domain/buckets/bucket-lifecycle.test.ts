import { expect, test } from "vitest";
import { type BucketState, canMove, canSetVersioning, repairedState } from "./bucket-lifecycle.ts";

const states: readonly BucketState[] = ["creating", "active", "deleting"];

test("a bucket is created, used, deleted, and kept when it was not empty; there is no other way", () => {
  const ways = states.flatMap((from) => states.filter((to) => canMove(from, to)).map((to) => `${from} -> ${to}`));
  expect(ways).toEqual(["creating -> active", "active -> deleting", "deleting -> active"]);
});

test("versioning is never switched off again", () => {
  for (const from of ["off", "enabled", "suspended"] as const) {
    expect(canSetVersioning(from, "enabled")).toBe(true);
    expect(canSetVersioning(from, "suspended")).toBe(true);
    expect(canSetVersioning(from, "off")).toBe(from === "off");
  }
});

test("a start removes what nobody has seen and what is empty, and keeps the rest", () => {
  expect(repairedState("creating", false)).toBe("removed");
  expect(repairedState("deleting", true)).toBe("removed");
  expect(repairedState("deleting", false)).toBe("active");
});
