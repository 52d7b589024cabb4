import { setTimeout as delay } from "node:timers/promises";
import { expect, test } from "vitest";
import { startJobs } from "./start-jobs.ts";

test("a job runs at once and again, one run at a time, until stopped", async () => {
  let runs = 0;
  let active = 0;
  let most = 0;
  const run = async (): Promise<void> => {
    runs += 1;
    active += 1;
    most = Math.max(most, active);
    await delay(5);
    active -= 1;
  };
  const jobs = startJobs([{ name: "a", every: 1, run }], () => {});
  expect(runs).toBe(1);
  await delay(100);
  await jobs.stop();
  expect(active).toBe(0);
  expect(runs).toBeGreaterThan(2);
  expect(most).toBe(1);
  const before = runs;
  await delay(30);
  expect(runs).toBe(before);
});

test("a run that fails is reported, and the next one runs", async () => {
  const reported: string[] = [];
  const fail = (): Promise<never> => Promise.reject(new Error("disk"));
  const jobs = startJobs([{ name: "sweep", every: 1, run: fail }], (name, error) =>
    reported.push(`${name}: ${String(error)}`),
  );
  await delay(50);
  await jobs.stop();
  expect(reported.length).toBeGreaterThan(1);
  expect(reported[0]).toBe("sweep: Error: disk");
});
