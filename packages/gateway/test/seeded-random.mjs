// Random choices that can be made once more: by `TEST_SEED`, and the names of who chooses.
import { createHash, randomInt } from "node:crypto";

/** Of this run. A test that uses it prints it when it fails. */
export const testSeed = Number(process.env.TEST_SEED ?? randomInt(2 ** 31));

/**
 * Choices of their own for these names, so that the choices of one writer do not depend on how fast another is: whole numbers
 * from 0 up to, but without, `limit`.
 */
export function seededRandom(...names) {
  let state = createHash("sha256")
    .update(`${testSeed} ${names.join(" ")}`)
    .digest()
    .readUInt32LE();
  return (limit) => {
    // mulberry32
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return Math.floor((((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32) * limit);
  };
}
