/** A day on a clock. */
export const dayMs = 24 * 60 * 60 * 1000;

/** Time, in integer milliseconds. Wall time may jump; monotonic time only grows. */
export interface Clock {
  now(): number;
  monotonic(): number;
}
