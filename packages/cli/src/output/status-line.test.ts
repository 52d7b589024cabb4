import { PassThrough } from "node:stream";
import { expect, test } from "vitest";
import type { Terminal } from "../command-line/context.ts";
import { statusLine } from "./status-line.ts";

function terminal(isTTY: boolean): { readonly terminal: Terminal; readonly text: () => string } {
  const stream = new PassThrough();
  let text = "";
  stream.on("data", (chunk: Buffer) => (text += chunk.toString()));
  return { terminal: Object.assign(stream, { isTTY, columns: 20 }), text: () => text };
}

test("one line of a terminal is written over, cut to its width, and cleared", async () => {
  const { terminal: stream, text } = terminal(true);
  const show = statusLine(stream);
  show("Waiting: 1s");
  show("a line that is longer than the terminal is wide");
  show("");
  await new Promise(setImmediate);
  expect(text()).toBe(`\rWaiting: 1s\ra line that is long\r${" ".repeat(19)}\r`);
});

test("nothing is written when standard error is not a terminal", async () => {
  const { terminal: stream, text } = terminal(false);
  statusLine(stream)("Waiting");
  await new Promise(setImmediate);
  expect(text()).toBe("");
});
