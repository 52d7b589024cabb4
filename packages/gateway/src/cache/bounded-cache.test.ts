import { expect, test } from "vitest";
import { boundedCache, usesOfCaches } from "./bounded-cache.ts";

const byLength = (limit: number) =>
  boundedCache<string, string>(limit, (key, value) => ({ own: key.length + value.length }), "test");

test("what was used longest ago makes room for what is new", () => {
  const cache = byLength(10);
  for (const key of ["a", "b", "c"]) cache.set(key, "12");
  expect(cache.get("a")).toBe("12");
  cache.set("d", "12");
  expect([cache.get("a"), cache.get("b"), cache.get("c"), cache.get("d")]).toEqual(["12", undefined, "12", "12"]);
  expect([cache.weight, cache.size]).toEqual([9, 3]);
});

test("what is used meanwhile is kept, however many others come and go", () => {
  const cache = byLength(100);
  for (const key of ["a", "b", "c"]) cache.set(key, "12");
  for (let number = 0; number < 1000; number += 1) {
    cache.set(`once-${number}`, "12");
    expect([cache.get("a"), cache.get("b"), cache.get("c")]).toEqual(["12", "12", "12"]);
    expect(cache.weight).toBeLessThanOrEqual(100);
  }
  expect([cache.get("once-0"), cache.get("once-999")]).toEqual([undefined, "12"]);
});

test("what is heavier than the limit is given and not kept, and the others stay", () => {
  const cache = byLength(10);
  cache.set("b", "12");
  for (const key of ["a", "b"]) {
    expect(cache.get("b")).toBe("12");
    cache.set(key, "x".repeat(20));
  }
  expect([cache.get("a"), cache.get("b")]).toEqual([undefined, undefined]); // an older value is not kept either
  expect(cache.of("a", () => "x".repeat(20))).toBe("x".repeat(20));
  expect([cache.weight, cache.size]).toEqual([0, 0]);
});

test("a value is made once while it is kept, and weighs once when it is set again", () => {
  const cache = byLength(100);
  let made = 0;
  const read = (): string => cache.of("a", () => `${(made += 1)}`);
  expect([read(), read()]).toEqual(["1", "1"]);
  cache.set("a", "1");
  expect(cache.weight).toBe(2);
  cache.clear();
  expect([read(), cache.weight]).toEqual(["2", 2]);
});

test("what entries share counts once, for as long as one of them is kept", () => {
  const shared = {};
  const cache = boundedCache<string, object>(100, () => ({ own: 1, shared: new Map([[shared, 50]]) }), "test");
  cache.set("a", {});
  cache.set("b", {});
  expect(cache.weight).toBe(52);
  const alone = boundedCache<string, object>(
    60,
    (key) => ({ own: 5, shared: new Map([[key === "c" ? {} : shared, 50]]) }),
    "test",
  );
  for (const key of ["a", "b"]) alone.set(key, {});
  expect([alone.weight, alone.size]).toEqual([60, 2]);
  alone.set("c", {});
  expect([alone.weight, alone.size]).toEqual([55, 1]);
});

test("says by its name how well it does", () => {
  const cache = boundedCache<string, string>(100, () => ({ own: 7 }), "a cache of this test");
  cache.set("a", "1");
  for (const key of ["a", "a", "b"]) cache.get(key);
  const [uses, ...others] = usesOfCaches().filter(({ name }) => name === "a cache of this test");
  expect(uses).toEqual({ name: "a cache of this test", hits: 2, misses: 1, weight: 7, size: 1 });
  expect(others).toEqual([]);
});
