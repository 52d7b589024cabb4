import fc from "fast-check";
import { expect, test } from "vitest";
import { RateLimit } from "./rate-limit.ts";

const numRuns = Number(process.env["TEST_RUNS"] ?? 300);

test("no second has more than two seconds' worth, a long time no more than its own, and a patient caller is never refused", () => {
  const gaps = fc.array(fc.integer({ min: 0, max: 700 }), { minLength: 1, maxLength: 200 });
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 50 }), gaps, (perSecond, waits) => {
      const limit = new RateLimit(perSecond);
      const taken: number[] = [];
      let now = 0;
      for (const wait of waits) {
        now += wait;
        if (limit.take("ann", now)) taken.push(now);
      }
      for (const from of taken) {
        const within = (ms: number) => taken.filter((at) => at >= from && at < from + ms).length;
        expect(within(1000)).toBeLessThanOrEqual(2 * perSecond);
        expect(within(10_000)).toBeLessThanOrEqual(11 * perSecond);
      }
      const patient = new RateLimit(perSecond);
      for (let turn = 0; turn < 100; turn += 1) expect(patient.take("bob", (turn * 1000) / perSecond)).toBe(true);
    }),
    { numRuns },
  );
});
