import { expect, test } from "vitest";
import { type BodySender, createLargeBodies, type LargeBodies } from "./large-bodies.ts";

const large = 64 * 1024 + 1;
const open = new AbortController().signal;
const sender = (callerKey: string, signal = open): BodySender => ({ callerKey, signal });

/** A body that is being parsed until `end` is called. */
function start(bodies: LargeBodies, caller: string, signal = open) {
  const state = { isParsing: false, end: (): void => undefined };
  const gate = new Promise<void>((resolve) => {
    state.end = resolve;
  });
  const done = bodies.parse(large, sender(caller, signal), async () => {
    state.isParsing = true;
    await gate;
    return caller;
  });
  return { done, state };
}

const settle = () => new Promise((resolve) => setImmediate(resolve));

test("two are parsed at once, the next in the order they came", async () => {
  const bodies = createLargeBodies();
  const all = ["a", "b", "c", "d"].map((caller) => start(bodies, caller));
  const parsing = () => all.map(({ state }) => state.isParsing);
  await settle();
  expect(parsing()).toEqual([true, true, false, false]);
  all[1]?.state.end();
  await settle();
  expect(parsing()).toEqual([true, true, true, false]);
  for (const { state } of all) state.end();
  expect(await Promise.all(all.map(({ done }) => done))).toEqual(["a", "b", "c", "d"]);
});

test("a body of 64 KiB does not wait", async () => {
  const bodies = createLargeBodies();
  const held = [start(bodies, "a"), start(bodies, "a")];
  expect(await bodies.parse(large - 1, sender("a"), async () => "parsed")).toBe("parsed");
  for (const { state } of held) state.end();
});

test("eight of one caller wait, thirty-two in all; more are turned away, and a place that is free is given again", async () => {
  const bodies = createLargeBodies();
  const held = [start(bodies, "a"), start(bodies, "a")];
  const waiting = ["a", "b", "c", "d"].flatMap((caller) => {
    const eight = Array.from({ length: 8 }, () => start(bodies, caller));
    return eight;
  });
  expect(await start(bodies, "a").done).toBeUndefined();
  expect(await start(bodies, "e").done).toBeUndefined();
  held[0]?.state.end();
  await settle();
  const again = start(bodies, "b");
  await settle();
  expect(again.state.isParsing).toBe(false);
  for (const { state } of [...held, ...waiting, again]) state.end();
  expect(await again.done).toBe("b");
});

test("nobody keeps a place: a fault gives it back", async () => {
  const bodies = createLargeBodies();
  for (let count = 0; count < 5; count += 1)
    await expect(bodies.parse(large, sender("a"), () => Promise.reject(new Error("fault")))).rejects.toThrow("fault");
  expect(await bodies.parse(large, sender("a"), async () => "parsed")).toBe("parsed");
});

test("a caller with one body waits for one of each other caller", async () => {
  const bodies = createLargeBodies();
  const many = Array.from({ length: 8 }, () => start(bodies, "a"));
  const one = start(bodies, "b");
  many[0]?.state.end();
  await settle();
  expect(one.state.isParsing).toBe(true);
  for (const { state } of [...many, one]) state.end();
  await Promise.all([...many, one].map(({ done }) => done));
});

test("a client that leaves gives up its place in the line", async () => {
  const bodies = createLargeBodies();
  const held = [start(bodies, "a"), start(bodies, "a")];
  const controller = new AbortController();
  const leaving = Array.from({ length: 8 }, () => start(bodies, "b", controller.signal));
  const refused = leaving.map(({ done }) => expect(done).rejects.toMatchObject({ name: "AbortError" }));
  controller.abort();
  await Promise.all(refused);
  const staying = start(bodies, "b");
  for (const { state } of [...held, staying]) state.end();
  expect(await staying.done).toBe("b");
  expect(leaving.map(({ state }) => state.isParsing)).not.toContain(true);
});
