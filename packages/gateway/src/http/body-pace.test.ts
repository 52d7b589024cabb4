import { expect, test } from "vitest";
import { BodyPace } from "./body-pace.ts";

/** How many chunks of a size, each after so many milliseconds, are taken before the client is too slow; at most 10,000. */
function chunksTaken(bytes: number, everyMs: number): number {
  const pace = new BodyPace();
  let taken = 0;
  while (taken < 10_000 && pace.received(bytes, everyMs)) taken += 1;
  return taken;
}

test("a byte now and then is cut after a minute, a slow line is not", () => {
  expect(chunksTaken(1, 10_000)).toBe(6);
  expect(chunksTaken(1, 1000)).toBe(60);
  expect(chunksTaken(500, 1000)).toBe(10_000);
  expect(chunksTaken(65_536, 110_000)).toBe(10_000);
  expect(chunksTaken(65_536, 0)).toBe(10_000);
});
