import * as fc from "fast-check";
import { expect, test } from "vitest";
import { BodyBuffers } from "./body-buffers.ts";
import { Semaphore } from "./semaphore.ts";

const numRuns = Number(process.env["TEST_RUNS"] ?? 200) / 2;
const turns = async (count: number): Promise<void> => {
  for (let turn = 0; turn < count; turn += 1) await Promise.resolve();
};
const jobs = fc.array(fc.record({ amount: fc.nat({ max: 20 }), delay: fc.nat({ max: 10 }), fails: fc.boolean() }), {
  maxLength: 30,
});

test("never more than there is; everyone has a turn, also after failures", async () => {
  await fc.assert(
    fc.asyncProperty(jobs, fc.integer({ min: 1, max: 12 }), async (list, total) => {
      const slots = new Semaphore(total);
      let held = 0;
      let ran = 0;
      await Promise.allSettled(
        list.map(({ amount, delay, fails }) =>
          slots.use(amount, async () => {
            held += Math.min(amount, total);
            ran += 1;
            expect(held).toBeLessThanOrEqual(total);
            await turns(delay);
            held -= Math.min(amount, total);
            if (fails) throw new Error("failed");
          }),
        ),
      );
      expect({ held, ran }).toEqual({ held: 0, ran: list.length });
    }),
    { numRuns },
  );
});

test("a buffer is of the size asked for and one's own while one has it", async () => {
  const mebibyte = 1024 * 1024;
  const buffers = new BodyBuffers(8 * mebibyte);
  const seen = new Set<ArrayBufferLike>();
  const sizes = [3, 1.5, 8, 0.5, 3, 3, 1, 2, 8, 16, 3].map((size) => size * mebibyte);
  await Promise.all(
    sizes.map((size, index) =>
      buffers.use(size, async (body) => {
        expect(body.length).toBe(size);
        seen.add(body.buffer);
        body.fill(index + 1);
        await turns(20);
        expect(body.every((byte) => byte === index + 1)).toBe(true);
      }),
    ),
  );
  expect(seen.size).toBeLessThan(sizes.length);
});
