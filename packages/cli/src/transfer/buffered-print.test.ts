import { setTimeout as sleep } from "node:timers/promises";
import { expect, test } from "vitest";
import { bufferedPrint } from "./buffered-print.ts";

test("many lines are few writes, and all of them in order", async () => {
  const writes: string[] = [];
  const { print, flush } = bufferedPrint(async (text) => void writes.push(text));
  const lines = Array.from({ length: 20_000 }, (_, index) => `line ${index}\n`);
  for (const line of lines) await print(line);
  await flush();
  expect(writes.join("")).toBe(lines.join(""));
  expect(writes.length).toBeLessThan(10);
});

test("what is there goes out when the producer waits", async () => {
  const writes: string[] = [];
  const { print } = bufferedPrint(async (text) => void writes.push(text));
  await print("a");
  await print("b");
  expect(writes).toEqual([]);
  await sleep(5);
  expect(writes).toEqual(["ab"]);
});

test("a reader that does not read holds the producer back", async () => {
  let read = (): void => {};
  const { print } = bufferedPrint(() => new Promise<void>((resolve) => (read = resolve)));
  let printed = 0;
  const producer = (async () => {
    for (; printed < 1000; printed += 1) await print("x".repeat(1024));
  })();
  await sleep(20);
  expect(printed).toBeLessThan(200);
  const reading = setInterval(() => read(), 1);
  await producer;
  clearInterval(reading);
});

test("a failure of the reader reaches the producer", async () => {
  const { print, flush } = bufferedPrint(() => Promise.reject(new Error("EPIPE")));
  await print("a");
  await sleep(5);
  await expect(flush()).rejects.toThrow("EPIPE");
  await expect(print("x".repeat(100_000))).rejects.toThrow("EPIPE");
});
