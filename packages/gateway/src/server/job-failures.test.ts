import { expect, test } from "vitest";
import { JobFailures } from "./job-failures.ts";

test("a job that fails in the same way is in the log once a minute, with how often it failed meanwhile", () => {
  const failures = new JobFailures();
  const say = (job: string, reason: string, seconds: number) => failures.failed(job, reason, seconds * 1000);
  expect(say("scans", "away", 0)).toEqual({ repeated: 0 });
  expect(say("scans", "away", 1)).toBe("leave out");
  expect(say("inventories", "away", 1)).toEqual({ repeated: 0 });
  expect(say("scans", "away", 59)).toBe("leave out");
  expect(say("scans", "away", 60)).toEqual({ repeated: 2 });
  expect(say("scans", "away", 61)).toBe("leave out");
  expect(say("scans", "full", 62)).toEqual({ repeated: 1 });
  expect(say("scans", "away", 63)).toEqual({ repeated: 0 });
  // A clock that was set back hides nothing.
  expect(say("scans", "away", 10)).toEqual({ repeated: 0 });
});
