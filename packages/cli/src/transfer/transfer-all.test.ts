import { PassThrough, Readable } from "node:stream";
import { expect, test } from "vitest";
import type { Context } from "../command-line/context.ts";
import { eachOf } from "./map-ordered.ts";
import { type Outcome, transferAll } from "./transfer-all.ts";

test("an interrupt counts what is done, also behind something long", async () => {
  const interrupt = new AbortController();
  const lines: string[] = [];
  const context: Context = {
    env: {},
    stdout: new PassThrough(),
    stderr: new PassThrough(),
    signal: interrupt.signal,
    print: () => Promise.resolve(),
    shown: (name) => name,
    say: (line) => void lines.push(line),
    takeStdin: () => Readable.from([]),
    readStdin: () => Promise.resolve(Buffer.alloc(0)),
    hide: () => {},
  };
  const code = await transferAll(context, {
    label: "Moving",
    silent: true,
    concurrency: 2,
    items: eachOf(["long", "a", "b", "c"]),
    measure: () => Promise.resolve({ files: 4 }),
    work: (item, { signal }): Promise<Outcome> => {
      if (item === "c") queueMicrotask(() => interrupt.abort());
      if (item !== "long") return Promise.resolve({ kind: "done" });
      return new Promise((_resolve, reject) => signal.addEventListener("abort", () => reject(new Error("aborted"))));
    },
  });
  expect([code, lines]).toEqual([130, ["Interrupted: 3 done; no unfinished file or upload is left"]]);
});
