import type { S3Client } from "@aws-sdk/client-s3";
import { JsonNumber, textField } from "../formats/json.ts";
import { failedWith, serviceFailure } from "../output/errors.ts";
import { CommandError } from "../command-line/failures.ts";
import type { Amount } from "../output/progress-bar.ts";
import { listObjects } from "../service/buckets.ts";
import { s3Client } from "../service/clients.ts";
import { connectionOf } from "../service/connection.ts";
import { concurrencyOf, concurrencyOption } from "../transfer/concurrency.ts";
import { downloadObject } from "../transfer/download-object.ts";
import { globPattern, literalPrefix } from "../transfer/glob-pattern.ts";
import { ObjectCalls } from "../transfer/object-calls.ts";
import { ahead } from "../transfer/map-ordered.ts";
import { OutputFolder, type Place } from "../transfer/output-folder.ts";
import { shownKey } from "../output/terminal-text.ts";
import { withSignal } from "../transfer/scoped-signal.ts";
import { Semaphore } from "../transfer/semaphore.ts";
import { failureOf, type Outcome, transferAll } from "../transfer/transfer-all.ts";
import type { Context } from "../command-line/context.ts";
import {
  type Command,
  type CommandDefinition,
  hasOption,
  type Invocation,
  listOption,
  textOption,
  positional,
} from "../command-line/definition.ts";

const definition = {
  name: "get-objects",
  summary: "Download objects to a folder: those named, those that match a pattern, or all",
  arguments: [
    { name: "BUCKET", summary: "name of the bucket" },
    { name: "KEYS", summary: "keys of objects; with no key and no pattern, all", optional: true, repeatable: true },
  ],
  options: [
    { name: "output", short: "o", value: "DIR", summary: "folder to write to; else the current one" },
    {
      name: "pattern",
      short: "p",
      value: "GLOB",
      repeatable: true,
      summary: "keys like this too, shell style; * matches / as well",
    },
    { name: "no-clobber", summary: "leave files that are there as they are, and say how many; else they are replaced" },
    { name: "silent", short: "s", summary: "no progress bar" },
    concurrencyOption,
  ],
  service: true,
  handlesInterrupt: true,
  example: "s3-credentials get-objects my-bucket --pattern *.jpg --output photos",
} as const satisfies CommandDefinition;

interface Found {
  readonly key: string;
  /** Bytes, when the listing has the size. */
  readonly size?: number;
}

async function run(context: Context, invocation: Invocation): Promise<number> {
  const { options, positionals } = invocation;
  const bucket = positional(invocation, 0);
  const keys = new Set(positionals.slice(1));
  const patterns = listOption(options, "pattern");
  const concurrency = concurrencyOf(options);
  const s3 = await s3Client(await connectionOf(context, options));
  const folder = await OutputFolder.open(textOption(options, "output") ?? ".");
  const calls = new ObjectCalls(s3, bucket);
  const requests = new Semaphore(concurrency);
  const wanted = () => wantedObjects(s3, bucket, keys, patterns);
  const keeps = hasOption(options, "no-clobber");
  let kept = 0;
  const code = await transferAll(context, {
    label: "Downloading",
    silent: hasOption(options, "silent"),
    concurrency,
    // The next page of the listing comes while objects of this one do.
    items: placed(ahead(wanted(), concurrency * 4), folder),
    measure: (signal) => amountOf(wanted(), signal),
    work: async ({ object: { key, size }, place }, { signal, progress }): Promise<Outcome> => {
      if (place.kind === "refused") return { kind: "failed", line: `Refused: ${shownKey(key)}: ${place.reason}` };
      try {
        if (place.kind === "folder") return await folderOutcome({ s3, bucket, requests }, key, size, signal);
        if (keeps && place.target.mode !== undefined) {
          kept += 1;
          return { kind: "done" };
        }
        await downloadObject({ calls, requests, progress }, key, place.target, signal);
        return { kind: "done" };
      } catch (error) {
        return failureOfKey(error, key, signal);
      } finally {
        if (place.kind === "file") place.release();
      }
    },
  });
  if (kept > 0) context.say(`Skipped: ${kept} ${kept === 1 ? "file that is" : "files that are"} there already`);
  return code;
}

function failureOfKey(error: unknown, key: string, signal: AbortSignal): Outcome {
  const { code, status } = serviceFailure(error);
  if (code === "NoSuchKey" || (status === 404 && code !== "NoSuchBucket"))
    return { kind: "failed", line: `Not found: ${shownKey(key)}` };
  const changed = failedWith(error, "PreconditionFailed");
  const reason = changed ? new CommandError("it changed while it was downloaded; download it again") : error;
  return failureOf(reason, `Failed: ${shownKey(key)}`, signal);
}

/** The keys as given, then those listed that match and were not given; all when neither keys nor patterns are. */
async function* wantedObjects(
  s3: S3Client,
  bucket: string,
  keys: ReadonlySet<string>,
  patterns: readonly string[],
): AsyncGenerator<Found> {
  for (const key of keys) yield { key };
  if (keys.size > 0 && patterns.length === 0) return;
  const tests = patterns.map(globPattern);
  const prefix = literalPrefix(patterns);
  for await (const object of listObjects(s3, bucket, prefix === "" ? undefined : prefix)) {
    const key = textField(object, "Key");
    if (keys.has(key) || (tests.length > 0 && !tests.some((matches) => matches(key)))) continue;
    const size = object.get("Size");
    yield size instanceof JsonNumber ? { key, size: Number(size.text) } : { key };
  }
}

interface Item {
  readonly object: Found;
  readonly place: Place;
}

async function* placed(objects: AsyncIterable<Found>, folder: OutputFolder): AsyncGenerator<Item> {
  for await (const object of objects) yield { object, place: await folder.place(object.key) };
}

async function amountOf(objects: AsyncIterable<Found>, signal: AbortSignal): Promise<Amount> {
  let files = 0;
  let bytes: number | undefined = 0;
  for await (const { size } of objects) {
    if (signal.aborted) break;
    files += 1;
    bytes = bytes === undefined || size === undefined ? undefined : bytes + size;
  }
  return bytes === undefined ? { files } : { files, bytes };
}

/** The folder of a marker is there already; content under such a key has no file it could go to. */
async function folderOutcome(
  { s3, bucket, requests }: { readonly s3: S3Client; readonly bucket: string; readonly requests: Semaphore },
  key: string,
  listed: number | undefined,
  signal: AbortSignal,
): Promise<Outcome> {
  const { HeadObjectCommand } = await import("@aws-sdk/client-s3");
  const command = new HeadObjectCommand({ Bucket: bucket, Key: key });
  const head = () => withSignal(signal, (abortSignal) => s3.send(command, { abortSignal }));
  const size = listed ?? (await requests.use(1, head)).ContentLength ?? 0;
  if (size === 0) return { kind: "done" };
  const reason = `it is the name of a folder, and the object has ${size} bytes; get-object saves them`;
  return { kind: "failed", line: `Refused: ${shownKey(key)}: ${reason}` };
}

export const getObjects: Command = { definition, run };
