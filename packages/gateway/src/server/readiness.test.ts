import { expect, onTestFinished, test } from "vitest";
import { type Check, Readiness } from "./readiness.ts";

const well: Check = { name: "well", run: async () => {} };
const away = (name: string, group?: string): Check => ({
  name,
  run: () => Promise.reject(new Error("it is away")),
  ...(group === undefined ? {} : { group }),
});

async function started(...checks: readonly Check[]): Promise<Readiness> {
  const readiness = new Readiness(20);
  await readiness.start(checks);
  onTestFinished(() => readiness.stop());
  return readiness;
}

test("is not ready before it has looked, nor from when it drains", async () => {
  expect(new Readiness().report()).toEqual({ status: "starting", checks: {} });
  const readiness = await started(well);
  expect(readiness.report()).toEqual({ status: "ready", checks: { well: { ok: true } } });
  readiness.drain();
  expect(readiness.report().status).toBe("draining");
});

test("fails when one part does, and says why", async () => {
  const readiness = await started(well, away("database"));
  expect(readiness.report()).toEqual({
    status: "failing",
    checks: { well: { ok: true }, database: { ok: false, why: "it is away" } },
  });
});

test("of parts that stand in for each other one is enough", async () => {
  const ok: Check = { name: "engine b", group: "engines", run: async () => {} };
  expect((await started(away("engine a", "engines"), ok)).report().status).toBe("ready");
  expect((await started(away("engine a", "engines"), away("engine b", "engines"))).report().status).toBe("failing");
});

test("a part that throws, and one that never answers, are away", async () => {
  const throws: Check = {
    name: "throws",
    run: () => {
      throw new Error("unusable");
    },
  };
  const hangs: Check = { name: "hangs", run: () => new Promise(() => {}) };
  const { checks } = (await started(throws, hangs)).report();
  expect(checks).toEqual({
    throws: { ok: false, why: "unusable" },
    hangs: { ok: false, why: "no answer within 0.02 seconds" },
  });
});
