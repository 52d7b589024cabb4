import { PassThrough } from "node:stream";
import { setTimeout as sleep } from "node:timers/promises";
import { expect, test } from "vitest";
import type { Terminal } from "../command-line/context.ts";
import { transferBar, transferLine } from "./progress-bar.ts";

function terminal(columns = 120): { readonly stream: Terminal; readonly text: () => string } {
  const chunks: string[] = [];
  const stream = Object.assign(new PassThrough(), { isTTY: true, columns });
  stream.on("data", (chunk: Buffer) => chunks.push(chunk.toString()));
  return { stream, text: () => chunks.join("") };
}

const gibibyte = 2 ** 30;

test("bytes, files, rate and time left", () => {
  expect(
    transferLine("Uploading", { bytes: gibibyte, files: 3 }, { bytes: 4 * gibibyte, files: 10 }, 10 * 2 ** 20),
  ).toBe("Uploading   25%  1.0 GiB of 4.0 GiB  3 of 10 files  10.0 MiB/s  5:08 left");
  expect(transferLine("Downloading", { bytes: 512, files: 1 }, { files: 2 }, 0)).toBe(
    "Downloading   50%  512 B  1 of 2 files  0 B/s",
  );
  expect(transferLine("Uploading", { bytes: 0, files: 1 }, undefined, 0)).toBe("Uploading  0 B  1 file  0 B/s");
  expect(transferLine("Uploading", { bytes: 0, files: 0 }, { bytes: 0, files: 0 }, 0)).toContain("  0%");
  expect(transferLine("U", { bytes: 0, files: 0 }, { bytes: 7200, files: 1 }, 1)).toContain("2:00:00 left");
});

test("one line of the terminal, however narrow; messages appear above it", async () => {
  const { stream, text } = terminal(30);
  const bar = transferBar(stream, "Uploading", true, (line) => stream.write(`${line}\n`));
  bar.expect({ bytes: 100, files: 2 });
  bar.add(50);
  await sleep(450);
  bar.say("Failed: x");
  bar.fileDone();
  bar.end();
  expect(
    text()
      .split("\r")
      .every((line) => line.length <= 40),
  ).toBe(true);
  expect(text()).toMatch(/^\rUploading {3}50%[^\n]*\r +\rFailed: x\n\rUploading[^\n]*\n$/);
});

test("nothing when the output is not a terminal, or when it is not wanted", async () => {
  const said: string[] = [];
  for (const [isTTY, wanted] of [
    [false, true],
    [true, false],
  ] as const) {
    const { stream, text } = terminal();
    const bar = transferBar(Object.assign(stream, { isTTY }), "Uploading", wanted, (line) => said.push(line));
    bar.add(1);
    bar.fileDone();
    bar.say("line");
    await sleep(250);
    bar.end();
    expect(text()).toBe("");
  }
  expect(said).toEqual(["line", "line"]);
});
