import { randomBytes } from "node:crypto";
import * as fc from "fast-check";
import { expect, test } from "vitest";
import { FrameSealer, frameSize, openFrames, sealedFrameSize, sealedSize, sealFrames } from "./frames.ts";

const runs = Number(process.env["TEST_RUNS"] ?? 100);
const key = randomBytes(32);
const size = fc.oneof(
  fc.integer({ min: 1, max: 3 * frameSize + 2 }),
  fc.constantFrom(frameSize - 1, frameSize, frameSize + 1, 2 * frameSize, 3 * frameSize),
);

test("chunks of any size are sealed to the same frames, whose size is known before", () => {
  fc.assert(
    fc.property(
      size,
      fc.array(fc.integer({ min: 1, max: 100_000 }), { minLength: 1, maxLength: 20 }),
      (length, cuts) => {
        const bytes = randomBytes(length);
        const sealer = new FrameSealer(key);
        const sealed: Buffer[] = [];
        let [at, turn] = [0, 0];
        while (at < length) {
          const next = at + (cuts[turn++ % cuts.length] ?? 1);
          sealed.push(...sealer.add(bytes.subarray(at, next)));
          at = next;
        }
        const whole = Buffer.concat([...sealed, ...sealer.end()]);
        expect(whole.equals(sealFrames(key, bytes))).toBe(true);
        expect(whole.length).toBe(sealedSize(length));
        expect(openFrames(key, length, 0, whole).equals(bytes)).toBe(true);
      },
    ),
    { numRuns: runs },
  );
});

test("some frames alone open to their bytes", () => {
  fc.assert(
    fc.property(size, fc.nat(2), fc.nat(2), (length, one, other) => {
      const bytes = randomBytes(length);
      const sealed = sealFrames(key, bytes);
      const frames = Math.ceil(length / frameSize);
      const [first, last] = [one % frames, other % frames].toSorted((left, right) => left - right) as [number, number];
      const part = sealed.subarray(first * sealedFrameSize, (last + 1) * sealedFrameSize);
      const plain = bytes.subarray(first * frameSize, (last + 1) * frameSize);
      expect(openFrames(key, length, first, part).equals(plain)).toBe(true);
    }),
    { numRuns: runs },
  );
});

test("no bit may differ; no frame may be missing, moved, repeated or another body's", () => {
  fc.assert(
    fc.property(fc.nat(), fc.nat(), (at, cut) => {
      const length = 2 * frameSize + 100;
      const sealed = sealFrames(key, randomBytes(length));
      const opens = (bytes: Buffer, size = length, with_ = key): void => void openFrames(with_, size, 0, bytes);
      const flipped = Buffer.from(sealed);
      const bit = at % (sealed.length * 8);
      flipped.writeUInt8(flipped.readUInt8(bit >> 3) ^ (1 << (bit & 7)), bit >> 3);
      expect(() => opens(flipped)).toThrow("a frame of an encrypted blob");
      const frame = (number: number): Buffer =>
        sealed.subarray(number * sealedFrameSize, (number + 1) * sealedFrameSize);
      expect(() => opens(Buffer.concat([frame(1), frame(0), frame(2)]))).toThrow("a frame");
      expect(() => opens(Buffer.concat([frame(0), frame(0), frame(2)]))).toThrow("a frame");
      expect(() => opens(Buffer.concat([frame(0), frame(2)]))).toThrow("a frame");
      // Cut short at the end of a frame, with an index that says so too.
      expect(() => opens(sealed.subarray(0, 2 * sealedFrameSize), 2 * frameSize)).toThrow("a frame");
      const short = sealed.subarray(0, 1 + (cut % (sealed.length - 1)));
      if (short.length % sealedFrameSize !== 0) expect(() => opens(short)).toThrow("a frame");
      expect(() => opens(sealed, length, randomBytes(32))).toThrow("a frame");
    }),
    { numRuns: Math.min(runs, 50) },
  );
});
