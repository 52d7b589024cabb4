import { setTimeout as delay } from "node:timers/promises";
import { expect, test } from "vitest";
import { startJobs } from "./start-jobs.ts";

const waiting = { timeout: 30_000, interval: 5 };

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
  await expect.poll(() => runs, waiting).toBeGreaterThan(2);
  await jobs.stop();
  expect(active).toBe(0);
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
  await expect.poll(() => reported.length, waiting).toBeGreaterThan(1);
  await jobs.stop();
  expect(reported[0]).toBe("sweep: Error: disk");
});
