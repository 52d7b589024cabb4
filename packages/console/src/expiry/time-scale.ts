/**
 * One axis for keys that are years old and sessions that end in minutes: now is in the middle, and the distance from it grows with the
 * logarithm of the time.
 */
const minute = 60_000;
const hour = 60 * minute;
const day = 24 * hour;

/** Beyond these the axis ends: three years back, two days ahead. */
const [oldest, latest] = [3 * 365 * day, 2 * day];
/** Where now is, in percent of the width. */
const middle = 62;
/** Times much shorter than this are drawn as now. */
const unit = 10 * minute;

const distance = (span: number): number => Math.log1p(span / unit);

/** Place of a moment in percent of the width; both in milliseconds. */
export function placeOnAxis(moment: number, now: number): number {
  const span = moment - now;
  if (span < 0) return middle * (1 - Math.min(1, distance(-span) / distance(oldest)));
  return middle + (100 - middle) * Math.min(1, distance(span) / distance(latest));
}

/** Marks of the axis, in milliseconds from now. Few enough that their words do not meet on a phone. */
export const axisMarks: readonly (readonly [fromNow: number, words: string])[] = [
  [-90 * day, "90 d"],
  [-7 * day, "7 d"],
  [-6 * hour, "6 h"],
  [0, "now"],
  [2 * hour, "2 h"],
  [24 * hour, "24 h"],
];
