import { expect, test } from "vitest";
import { AnalysisRefused } from "../ports/policy-analysis.ts";
import { StoreError } from "../ports/store-error.ts";
import { Calls } from "./calls.ts";

interface Api {
  double(value: number): Promise<number>;
  fail(how: "full" | "refused" | "system" | "function"): Promise<never>;
  wait(): Promise<string>;
}

/** Two ends, and how many messages went to the second. */
function pair(): {
  readonly here: Calls<Api, object>;
  readonly there: Calls<object, Api>;
  readonly sent: unknown[];
  readonly go: () => void;
} {
  let go = (): void => {};
  const sent: unknown[] = [];
  const waits = new Promise<string>((resolve) => {
    go = () => resolve("done");
  });
  const api: Api = {
    double: async (value) => 2 * value,
    async fail(how) {
      if (how === "full") throw new StoreError("full", "the disk is full");
      if (how === "function") return (() => 1) as never;
      if (how === "refused") throw new AnalysisRefused("too-costly");
      throw Object.assign(new Error("in use"), { code: "EADDRINUSE", port: 9000 });
    },
    wait: () => waits,
  };
  const there: Calls<object, Api> = new Calls<object, Api>((messages) => here.receive(structuredClone(messages)), api);
  const here: Calls<Api, object> = new Calls<Api, object>((messages) => {
    sent.push(messages);
    there.receive(structuredClone(messages));
  }, {});
  return { here, there, sent, go: () => go() };
}

test("calls of one turn go as one message, each with its own answer", async () => {
  const { here, sent } = pair();
  expect(await Promise.all([1, 2, 3].map((value) => here.call("double", value)))).toEqual([2, 4, 6]);
  expect(sent.length).toBe(1);
});

test("what cannot be sent fails alone", async () => {
  const { here } = pair();
  const bad = here.call("double", (() => 1) as never);
  const good = here.call("double", 4);
  await expect(bad).rejects.toThrow("not plain data");
  expect(await good).toBe(8);
  await expect(here.call("fail", "function")).rejects.toThrow("not plain data");
});

test("a failure keeps what callers look at", async () => {
  const { here } = pair();
  await expect(here.call("fail", "full")).rejects.toEqual(new StoreError("full", "the disk is full"));
  await expect(here.call("fail", "refused")).rejects.toMatchObject({ reason: "too-costly" });
  await expect(here.call("fail", "refused")).rejects.toBeInstanceOf(AnalysisRefused);
  await expect(here.call("fail", "system")).rejects.toMatchObject({
    message: "in use",
    code: "EADDRINUSE",
    port: 9000,
  });
});

test("when the other end is gone, what has no answer fails, and what it asked for still ends", async () => {
  const { here, there, go } = pair();
  const asked = here.call("wait");
  await expect.poll(() => here.call("double", 1)).toBe(2); // so the other one has come, too
  here.end(new Error("gone"));
  await expect(asked).rejects.toThrow("gone");
  await expect(here.call("double", 1)).rejects.toThrow("gone");
  let settled = false;
  const waiting = there.settled().then(() => (settled = true));
  await new Promise((resolve) => setImmediate(resolve));
  expect(settled).toBe(false);
  go();
  expect(await waiting).toBe(true);
});
