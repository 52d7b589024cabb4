import { textField } from "../formats/json.ts";
import { interruptedExit, UsageError } from "../command-line/failures.ts";
import { listObjects } from "../service/buckets.ts";
import { s3Client } from "../service/clients.ts";
import { connectionOf } from "../service/connection.ts";
import { bufferedPrint } from "../transfer/buffered-print.ts";
import { concurrencyOf, concurrencyOption } from "../transfer/concurrency.ts";
import { batchSize, deleteKeys } from "../transfer/delete-keys.ts";
import { eachOf, mapOrdered } from "../transfer/map-ordered.ts";
import { withSignal } from "../transfer/scoped-signal.ts";
import { shownKey } from "../output/terminal-text.ts";
import type { Context } from "../command-line/context.ts";
import {
  type Command,
  type CommandDefinition,
  hasOption,
  type Invocation,
  textOption,
  positional,
} from "../command-line/definition.ts";

const definition = {
  name: "delete-objects",
  summary: "Delete the named objects, or all whose keys start with a prefix",
  arguments: [
    { name: "BUCKET", summary: "name of the bucket" },
    { name: "KEYS", summary: "keys of objects", optional: true, repeatable: true },
  ],
  options: [
    { name: "prefix", value: "PREFIX", summary: "every key that starts with this" },
    { name: "silent", short: "s", summary: "do not say how many were deleted" },
    { name: "dry-run", short: "d", summary: "print the keys, delete nothing" },
    concurrencyOption,
  ],
  service: true,
  handlesInterrupt: true,
  example: "s3-credentials delete-objects my-bucket --prefix old/ --dry-run",
} as const satisfies CommandDefinition;

async function run(context: Context, invocation: Invocation): Promise<number> {
  const { options, positionals } = invocation;
  const bucket = positional(invocation, 0);
  const named = [...new Set(positionals.slice(1))];
  const prefix = textOption(options, "prefix") ?? "";
  if (named.length > 0 && prefix !== "") throw new UsageError("give keys or --prefix, not both");
  if (named.length === 0 && prefix === "") throw new UsageError("say what to delete: keys, or --prefix PREFIX");
  if (named.includes("")) throw new UsageError("a key is empty; nothing was deleted");
  const concurrency = concurrencyOf(options);
  const s3 = await s3Client(await connectionOf(context, options));
  const keys = prefix === "" ? eachOf(named) : keysBelow(listObjects(s3, bucket, prefix));
  if (hasOption(options, "dry-run")) return dryRun(context, keys);

  let deleted = 0;
  let failed = 0;
  // A batch is a thousand deletions: a few requests at once are as fast as a service allows.
  const batchLimits = { concurrency: Math.min(concurrency, 4), window: 8 };
  const remove = async (batch: readonly string[]) => ({
    asked: batch.length,
    failures: await withSignal(context.signal, (signal) => deleteKeys(s3, bucket, batch, signal)),
  });
  try {
    for await (const { asked, failures } of mapOrdered(batches(keys, context.signal), batchLimits, remove)) {
      deleted += asked - failures.length;
      failed += failures.length;
      for (const { key, reason } of failures) context.say(`Not deleted: ${shownKey(key)}: ${reason}`);
    }
  } catch (error) {
    if (!context.signal.aborted) {
      if (deleted > 0) context.say(`Deleted ${counted(deleted)} from ${bucket} before this`);
      throw error;
    }
  }
  if (context.signal.aborted) {
    context.say(`Interrupted: at least ${counted(deleted)} deleted from ${bucket}`);
    return interruptedExit;
  }
  if (!hasOption(options, "silent")) context.say(`Deleted ${counted(deleted)} from ${bucket}`);
  return failed === 0 ? 0 : 1;
}

function counted(count: number): string {
  return `${count} object${count === 1 ? "" : "s"}`;
}

async function* keysBelow(objects: AsyncIterable<Parameters<typeof textField>[0]>): AsyncGenerator<string> {
  for await (const object of objects) yield textField(object, "Key");
}

async function* batches(keys: AsyncIterable<string>, signal: AbortSignal): AsyncGenerator<readonly string[]> {
  let batch: string[] = [];
  for await (const key of keys) {
    if (signal.aborted) return;
    batch.push(key);
    if (batch.length < batchSize) continue;
    yield batch;
    batch = [];
  }
  if (batch.length > 0) yield batch;
}

async function dryRun(context: Context, keys: AsyncIterable<string>): Promise<number> {
  const { print, flush } = bufferedPrint(context.print);
  let heading = "The following keys would be deleted:\n";
  for await (const key of keys) {
    if (context.signal.aborted) break;
    await print(`${heading}${context.shown(key)}\n`);
    heading = "";
  }
  await print(heading);
  await flush();
  return context.signal.aborted ? interruptedExit : 0;
}

export const deleteObjects: Command = { definition, run };
