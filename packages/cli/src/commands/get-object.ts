import { createWriteStream } from "node:fs";
import { realpath, stat } from "node:fs/promises";
import { dirname } from "node:path";
import { pipeline } from "node:stream/promises";
import { CommandError, UsageError } from "../command-line/failures.ts";
import { errorCode } from "../files/file-error.ts";
import { describeError } from "../output/errors.ts";
import { s3Client } from "../service/clients.ts";
import { connectionOf } from "../service/connection.ts";
import { BrokenBody, bytesOf, downloadObject, requestObject } from "../transfer/download-object.ts";
import { ObjectCalls } from "../transfer/object-calls.ts";
import { withSignal } from "../transfer/scoped-signal.ts";
import { Semaphore } from "../transfer/semaphore.ts";
import type { Context } from "../command-line/context.ts";
import {
  type Command,
  type CommandDefinition,
  type Invocation,
  textOption,
  positional,
} from "../command-line/definition.ts";

const definition = {
  name: "get-object",
  summary: "Download an object to standard output or to a file",
  arguments: [
    { name: "BUCKET", summary: "name of the bucket" },
    { name: "KEY", summary: "key of the object" },
  ],
  options: [{ name: "output", short: "o", value: "FILE", summary: "write to this file, - for standard output" }],
  service: true,
  handlesInterrupt: true,
  example: "s3-credentials get-object my-bucket photos/cat.jpg -o cat.jpg",
} as const satisfies CommandDefinition;

/** Ranges of one object that are under way at once. */
const requestsAtOnce = 8;

async function run(context: Context, invocation: Invocation): Promise<number> {
  const { options } = invocation;
  const output = textOption(options, "output");
  const target = output === undefined || output === "-" ? undefined : await resolveTarget(output);
  const s3 = await s3Client(await connectionOf(context, options));
  const source = { calls: new ObjectCalls(s3, positional(invocation, 0)), key: positional(invocation, 1) };
  try {
    if (target !== undefined && !target.special) await toFile(context, source, target);
    else await toStream(context, source, target?.path);
  } catch (error) {
    if (context.signal.aborted) throw new CommandError("interrupted");
    throw error;
  }
  return 0;
}

interface Source {
  readonly calls: ObjectCalls;
  readonly key: string;
}

/** The target becomes the whole object with the right checksum, or stays what it was. */
async function toFile({ signal }: Context, { calls, key }: Source, { path, mode }: Target): Promise<void> {
  const downloads = { calls, requests: new Semaphore(requestsAtOnce), progress: () => {} };
  const target = { path, folder: dirname(path), ...(mode === undefined ? {} : { mode }) };
  try {
    await withSignal(signal, (scoped) => downloadObject(downloads, key, target, scoped));
  } catch (error) {
    if (!(error instanceof Error && "syscall" in error && "path" in error)) throw error;
    throw new CommandError(`cannot write ${path}: ${systemReason(error)}`, { cause: error });
  }
}

/** Without the call and the name of the unfinished file: `no such file or directory (ENOENT)`. */
function systemReason(error: Error): string {
  return describeError(error)
    .replace(/^[A-Z]+: /, "")
    .replace(/, \w+ '.*'(?= \([A-Z]+\))/, "");
}

/** What was written cannot be taken back, so the exit code reports a wrong checksum. */
async function toStream({ signal, stdout }: Context, { calls, key }: Source, path?: string): Promise<void> {
  const bytes = bytesOf(await requestObject(calls, key, {}, signal));
  try {
    if (path === undefined) await pipeline(bytes, stdout, { end: false, signal });
    else await pipeline(bytes, createWriteStream(path), { signal });
  } catch (error) {
    throw error instanceof BrokenBody ? error.cause : error;
  }
}

interface Target {
  readonly path: string;
  /** Permissions of the regular file that is replaced. */
  readonly mode?: number;
  /** A device or a pipe: it is written to, never replaced. */
  readonly special: boolean;
}

async function resolveTarget(output: string): Promise<Target> {
  let path = output;
  try {
    path = await realpath(output);
    const found = await stat(path);
    if (found.isDirectory()) throw new UsageError(`--output ${output} is a directory; name a file`);
    return { path, mode: found.mode & 0o7777, special: !found.isFile() };
  } catch (error) {
    if (errorCode(error) !== "ENOENT") throw error;
    return { path, special: false };
  }
}

export const getObject: Command = { definition, run };
