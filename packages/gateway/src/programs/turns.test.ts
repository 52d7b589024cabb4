import { expect, test } from "vitest";
import { takeTurns } from "./turns.ts";

function busy(ms: number): void {
  const until = performance.now() + ms;
  while (performance.now() < until);
}

test("others have their turn once this one has had its own, and not before", async () => {
  let others = 0;
  const turn = takeTurns();
  setImmediate(() => (others += 1));
  await turn();
  expect(others).toBe(0);
  busy(12);
  await turn();
  expect(others).toBe(1);
  setImmediate(() => (others += 1));
  await turn();
  expect(others).toBe(1);
});

test("work that takes too much of them is refused", async () => {
  const turn = takeTurns(40);
  for (let had = 0; had < 3; had += 1) {
    busy(12);
    await turn();
  }
  busy(12);
  await expect(turn()).rejects.toMatchObject({ kind: "unavailable" });
});
