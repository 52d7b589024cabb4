import { createHmac, timingSafeEqual } from "node:crypto";

/**
 * Time-based one-time passwords with the parameters that every authenticator app uses: HMAC-SHA-1, 30 seconds, six digits.
 * https://www.rfc-editor.org/rfc/rfc6238
 */
const stepMs = 30_000;
const digits = 6;

/** RFC 4226, section 4: 160 bits. */
export const seedBytes = 20;

/** A code may be one step early or late, for the time that it takes to type and send it. */
const usualWindow = 1;
/** Two consecutive codes cannot be guessed. So they may come from a clock that is wrong by an hour, and they show how wrong it is. */
const wideWindow = 120;

/** The step of a time in ms. */
function stepOf(time: number): number {
  return Math.floor(time / stepMs);
}

/** The code of a step. https://www.rfc-editor.org/rfc/rfc4226#section-5.3 */
export function totpCode(seed: Uint8Array, step: number): string {
  const counter = Buffer.alloc(8);
  counter.writeBigUInt64BE(BigInt(step));
  const mac = createHmac("sha1", seed).update(counter).digest();
  const offset = mac.readUInt8(mac.length - 1) & 0x0f;
  return String((mac.readUInt32BE(offset) & 0x7fffffff) % 10 ** digits).padStart(digits, "0");
}

function isCodeOf(seed: Uint8Array, step: number, code: string): boolean {
  const expected = Buffer.from(totpCode(seed, step));
  const given = Buffer.from(code);
  return given.length === expected.length && timingSafeEqual(given, expected);
}

/**
 * The step that a code is of; undefined for a wrong code. `drift`: the steps that the device's clock is ahead. All steps of the window are
 * compared, whichever fits.
 */
export function stepOfCode(seed: Uint8Array, code: string, now: number, drift: number): number | undefined {
  const middle = stepOf(now) + drift;
  let found: number | undefined;
  for (let step = middle - usualWindow; step <= middle + usualWindow; step += 1)
    if (isCodeOf(seed, step, code)) found = step;
  return found;
}

/** The device's clock, shown by two consecutive codes: the step of the second one, and the drift of the clock. */
export interface Synchronized {
  readonly lastStep: number;
  readonly drift: number;
}

/** Undefined when the codes are wrong, or not consecutive. The step nearest to now counts. */
export function synchronize(seed: Uint8Array, codes: readonly [string, string], now: number): Synchronized | undefined {
  const middle = stepOf(now);
  for (let distance = 0; distance <= wideWindow; distance += 1) {
    for (const lastStep of [middle + distance, middle - distance]) {
      if (!isCodeOf(seed, lastStep, codes[1]) || !isCodeOf(seed, lastStep - 1, codes[0])) continue;
      // A code within the usual window shows a clock that is right.
      return { lastStep, drift: Math.abs(lastStep - middle) <= usualWindow ? 0 : lastStep - middle };
    }
  }
  return undefined;
}

const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

/** https://www.rfc-editor.org/rfc/rfc4648#section-6, without padding: the seeds here are whole groups of five bytes. */
export function base32(bytes: Uint8Array): string {
  let bits = 0;
  let value = 0;
  let text = "";
  for (const byte of bytes) {
    value = (value << 8) | byte;
    bits += 8;
    for (; bits >= 5; bits -= 5) text += alphabet[(value >>> (bits - 5)) & 31] ?? "";
    value &= (1 << bits) - 1;
  }
  return bits === 0 ? text : text + (alphabet[(value << (5 - bits)) & 31] ?? "");
}
