import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type Scenario, simulate } from "../../../test/stores/lease-simulation.ts";

const runs = Number(process.env["TEST_RUNS"] ?? 100);
const usual = { gateways: 3, clockError: 0.01, suspends: false } as const;

/** Whether one of many scenarios goes wrong. They are the same in each run. */
function goesWrong(scenario: Omit<Scenario, "seed">): boolean {
  for (let seed = 0; seed < 2000; seed += 1) if (simulate({ ...scenario, seed }).violations > 0) return true;
  return false;
}

test("no gateway decides by what was before an acknowledged change, whatever is lost, late, paused, suspended or cut", () => {
  fc.assert(
    fc.property(fc.integer(), fc.integer({ min: 1, max: 5 }), fc.boolean(), (seed, gateways, suspends) => {
      expect(simulate({ seed, gateways, suspends, clockError: 0.01 }).violations).toBe(0);
    }),
    { numRuns: runs },
  );
});

test("memory is used although nothing is safe, and changes are acknowledged", () => {
  for (const seed of [1, 2, 3, 4, 5]) {
    const { fromMemory, decisions, waits } = simulate({ ...usual, seed });
    expect(fromMemory).toBeGreaterThan(decisions / 4);
    expect(waits.length).toBeGreaterThan(5);
  }
});

test("a gateway that ends without a word holds changes up for one lease, and those that come later not at all", () => {
  for (const seed of [1, 2, 3, 4, 5]) {
    const { waits, refused, violations } = simulate({ ...usual, seed, isCalm: true });
    expect(violations + refused).toBeLessThanOrEqual(1); // the request that it had when it ended
    const slow = waits.filter((wait) => wait > 200);
    expect(slow.length).toBeGreaterThan(0);
    expect(Math.max(...waits)).toBeLessThan((5000 * 1.01) / 0.99 + 150);
    expect(slow.length).toBeLessThan(waits.length / 2);
  }
});

describe("the simulation finds what is missing", () => {
  for (const without of ["counting from before the request", "refusal of the unconfirmed", "waiting"] as const)
    test(without, () => {
      expect(goesWrong({ ...usual, without })).toBe(true);
    });

  test("the wall clock, when machines are suspended", () => {
    expect(goesWrong({ ...usual, suspends: true, without: "wall clock" })).toBe(true);
  });

  test("clocks within what is allowed", () => {
    expect(goesWrong({ ...usual, clockError: 0.4 })).toBe(true);
  });
});
