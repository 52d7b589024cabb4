/** Time, in integer milliseconds. Wall time may jump; monotonic time only grows. */
export interface Clock {
  now(): number;
  monotonic(): number;
}
