import { expect, test } from "vitest";
import { newEventId } from "./event-id.ts";

test("ids are UUIDs of version 7, each another, and go with the time", () => {
  const now = Date.UTC(2026, 10, 30);
  const ids = Array.from({ length: 2000 }, (_, at) => newEventId(now + Math.floor(at / 500)));
  for (const id of ids) expect(id).toMatch(/^[\da-f]{8}-[\da-f]{4}-7[\da-f]{3}-[89ab][\da-f]{3}-[\da-f]{12}$/);
  expect(new Set(ids).size).toBe(ids.length);
  const times = ids.map((id) => Number.parseInt(id.slice(0, 13).replace("-", ""), 16));
  expect(times).toEqual(ids.map((_, at) => now + Math.floor(at / 500)));
});
