import { once } from "node:events";
import { Worker } from "node:worker_threads";
import { expect, test } from "vitest";

test("a thread of another program is the program's own, although it loads what keeps threads", async () => {
  const program = `const { parentPort } = require("node:worker_threads");
    parentPort.once("message", (message) => parentPort.postMessage(message + " came"));`;
  const thread = new Worker(program, { eval: true });
  const ended = once(thread, "exit");
  // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread, not a window
  thread.postMessage("one");
  expect(await once(thread, "message")).toEqual(["one came"]);
  expect(await ended).toEqual([0]);
});
