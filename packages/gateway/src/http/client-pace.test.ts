import { expect, test } from "vitest";
import { ClientPace } from "./client-pace.ts";

/** How many chunks of a size, each after so many milliseconds, are moved before the client is too slow; at most 10,000. */
function chunksMoved(bytes: number, everyMs: number): number {
  const pace = new ClientPace();
  let moved = 0;
  while (moved < 10_000 && pace.moved(bytes, everyMs)) moved += 1;
  return moved;
}

test("a byte now and then is cut after a minute, a slow line is not", () => {
  expect(chunksMoved(1, 10_000)).toBe(6);
  expect(chunksMoved(1, 1000)).toBe(60);
  expect(chunksMoved(500, 1000)).toBe(10_000);
  expect(chunksMoved(65_536, 110_000)).toBe(10_000);
  expect(chunksMoved(65_536, 0)).toBe(10_000);
});

test("a client is waited for as long as the bytes it has moved allow", () => {
  const pace = new ClientPace({ graceMs: 1000, minBytesPerSecond: 100 });
  expect(pace.allowanceMs).toBe(1000);
  pace.moved(200, 500);
  expect(pace.allowanceMs).toBe(2500);
  pace.moved(5 * 1024 ** 3, 0);
  expect(pace.allowanceMs).toBe(24 * 60 * 60 * 1000);
});
