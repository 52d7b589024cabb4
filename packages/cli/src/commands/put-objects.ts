import { stat } from "node:fs/promises";
import { s3Client } from "../service/clients.ts";
import { connectionOf } from "../service/connection.ts";
import { BodyBuffers } from "../transfer/body-buffers.ts";
import { bufferedPrint } from "../transfer/buffered-print.ts";
import { concurrencyOf, concurrencyOption } from "../transfer/concurrency.ts";
import { KeyedMutex } from "../transfer/keyed-mutex.ts";
import { limits } from "../transfer/limits.ts";
import { findSources, type LocalFile, localFiles, type Source } from "../transfer/local-files.ts";
import { ObjectCalls } from "../transfer/object-calls.ts";
import { shownKey } from "../output/terminal-text.ts";
import { Semaphore } from "../transfer/semaphore.ts";
import { failureOf, type Outcome, transferAll } from "../transfer/transfer-all.ts";
import { uploadFile } from "../transfer/upload-file.ts";
import type { Context } from "../command-line/context.ts";
import { interruptedExit } from "../command-line/failures.ts";
import {
  type Command,
  type CommandDefinition,
  hasOption,
  type Invocation,
  textOption,
  positional,
} from "../command-line/definition.ts";

const definition = {
  name: "put-objects",
  summary: "Upload files, and everything below folders",
  arguments: [
    { name: "BUCKET", summary: "name of the bucket" },
    { name: "OBJECTS", summary: "files and folders; a folder's name is the first part of its keys", repeatable: true },
  ],
  options: [
    { name: "prefix", value: "PREFIX", summary: "put this in front of every key; a / is added when it has none" },
    { name: "silent", short: "s", summary: "no progress bar" },
    { name: "dry-run", summary: "print what would be uploaded to which key, without any call" },
    concurrencyOption,
  ],
  service: true,
  handlesInterrupt: true,
  example: "s3-credentials put-objects my-bucket site/ robots.txt --prefix www",
} as const satisfies CommandDefinition;

async function run(context: Context, invocation: Invocation): Promise<number> {
  const { options, positionals } = invocation;
  const bucket = positional(invocation, 0);
  const concurrency = concurrencyOf(options);
  const prefix = prefixOf(textOption(options, "prefix"));
  const sources = await findSources(positionals.slice(1));
  for (const warning of sharedKeys(sources)) context.say(`Warning: ${warning}`);
  if (hasOption(options, "dry-run")) return dryRun(context, sources, bucket, prefix);
  const s3 = await s3Client(await connectionOf(context, options));
  const shared = {
    s3,
    bucket,
    calls: new ObjectCalls(s3, bucket),
    requests: new Semaphore(concurrency),
    buffers: new BodyBuffers(limits.buffered),
  };
  const keys = new KeyedMutex();
  return transferAll(context, {
    label: "Uploading",
    silent: hasOption(options, "silent"),
    concurrency,
    items: oneKeyAtATime(localFiles(sources), keys),
    measure: (signal) => measure(sources, signal),
    work: async ({ file, release }, { signal, progress }): Promise<Outcome> => {
      if (file.kind !== "file") return outcomeOf(file);
      const what = `Failed: ${shownKey(file.path)}`;
      try {
        await uploadFile({ ...shared, progress }, file.path, prefix + file.key, signal);
        return { kind: "done" };
      } catch (error) {
        return failureOf(error, what, signal);
      } finally {
        release();
      }
    },
  });
}

function prefixOf(given: string | undefined): string {
  if (given === undefined || given === "") return "";
  return given.endsWith("/") ? given : `${given}/`;
}

function outcomeOf(file: Exclude<LocalFile, { readonly kind: "file" }>): Outcome {
  const what = `${shownKey(file.path)}: ${file.reason}`;
  return file.kind === "skipped"
    ? { kind: "note", line: `Skipped: ${what}` }
    : { kind: "failed", line: `Failed: ${what}` };
}

interface Item {
  readonly file: LocalFile;
  readonly release: () => void;
}

/** Of two files for one key the later one must be what stays, so it waits for the earlier one. */
async function* oneKeyAtATime(files: AsyncIterable<LocalFile>, keys: KeyedMutex): AsyncGenerator<Item> {
  for await (const file of files) {
    if (file.kind === "file") await keys.free(file.key);
    yield { file, release: file.kind === "file" ? keys.take(file.key) : () => {} };
  }
}

/** Different files or folders that would have the same keys. */
function sharedKeys(sources: readonly Source[]): readonly string[] {
  const seen = new Map<string, string>();
  const warnings: string[] = [];
  for (const { key, path } of sources) {
    const earlier = seen.get(key);
    if (earlier !== undefined && earlier !== path)
      warnings.push(`${shownKey(earlier)} and ${shownKey(path)} go to the same keys; the last one stays`);
    seen.set(key, path);
  }
  return warnings;
}

async function dryRun(context: Context, sources: readonly Source[], bucket: string, prefix: string): Promise<number> {
  let code = 0;
  const { print, flush } = bufferedPrint(context.print);
  for await (const file of localFiles(sources)) {
    if (file.kind === "file") {
      if (context.signal.aborted) return interruptedExit;
      await print(`${context.shown(file.path)} => ${context.shown(`s3://${bucket}/${prefix}${file.key}`)}\n`);
    } else {
      const outcome = outcomeOf(file);
      if (outcome.kind === "failed") code = 1;
      if (outcome.kind !== "done") context.say(outcome.line);
    }
  }
  await flush();
  return code;
}

async function measure(sources: readonly Source[], signal: AbortSignal) {
  let bytes = 0;
  let files = 0;
  for await (const file of localFiles(sources)) {
    if (signal.aborted) break;
    if (file.kind !== "file") continue;
    files += 1;
    bytes += (await stat(file.path).catch(() => undefined))?.size ?? 0;
  }
  return { bytes, files };
}

export const putObjects: Command = { definition, run };
