import { expect, test } from "vitest";
import { lastTime, rangeOf } from "./define-cloudtrail.ts";

// https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_LookupEvents.html: "before or at the specified time"
test.each([
  ["the second of one event", { StartTime: 5000, EndTime: 5000 }, { from: 5000, to: 5999 }],
  ["a part of a second", { StartTime: 5250, EndTime: 5500 }, { from: 5250, to: 5999 }],
  ["no end", { StartTime: 5000, EndTime: undefined }, { from: 5000, to: lastTime }],
  ["before all events", { StartTime: -9000, EndTime: -5000 }, { from: -1, to: -1 }],
  ["the end of times", { StartTime: undefined, EndTime: 8.64e15 }, { from: 0, to: lastTime }],
])("a range of times has both of its ends: %s", (_what, values, expected) => {
  expect(rangeOf(values)).toEqual(expected);
});
