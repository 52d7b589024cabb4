// Numbers that look random and are the same in every run.

/** Mulberry32: numbers from 0 to below 1. https://gist.github.com/tommyettinger/46a874533244883189143505d203312c */
export function randomFrom(seed) {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** Waiting time until the next of events that come `rate` times a second, s. */
export const untilNext = (random, rate) => (rate === 0 ? Number.POSITIVE_INFINITY : -Math.log(1 - random()) / rate);

/**
 * Ranks from 1 to `count`, rank k in proportion to k^-skew: few principals make most of the requests. By inverting the integral of
 * x^-skew, which is close enough where ranks are many. 0 < skew < 1.
 */
export function zipf(random, count, skew) {
  const power = 1 - skew;
  const whole = (count + 1) ** power - 1;
  return () => Math.floor((random() * whole + 1) ** (1 / power));
}
