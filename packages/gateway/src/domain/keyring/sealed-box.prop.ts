import { randomBytes } from "node:crypto";
import * as fc from "fast-check";
import { expect, test } from "vitest";
import { seal, unseal } from "./sealed-box.ts";

const runs = Number(process.env["TEST_RUNS"] ?? 300);
const key = randomBytes(32);

test("a box opens as what it was sealed as, and as nothing else", () => {
  fc.assert(
    fc.property(fc.uint8Array(), fc.string(), fc.string(), (plain, label, other) => {
      const box = seal(key, label, plain);
      expect(unseal(key, label, box)).toEqual(Buffer.from(plain));
      expect(unseal(randomBytes(32), label, box)).toBeUndefined();
      if (!Buffer.from(other).equals(Buffer.from(label))) expect(unseal(key, other, box)).toBeUndefined();
    }),
    { numRuns: runs },
  );
});

test("no bit may differ, and no byte be missing", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 100 }), fc.nat(), fc.nat(), (plain, at, cut) => {
      const box = seal(key, "label", plain);
      const bit = at % (box.length * 8);
      const flipped = Buffer.from(box);
      flipped.writeUInt8(flipped.readUInt8(bit >> 3) ^ (1 << (bit & 7)), bit >> 3);
      expect(unseal(key, "label", flipped)).toBeUndefined();
      expect(unseal(key, "label", box.subarray(0, cut % box.length))).toBeUndefined();
      expect(unseal(key, "label", Buffer.concat([box, Buffer.alloc(1)]))).toBeUndefined();
    }),
    { numRuns: runs },
  );
});
