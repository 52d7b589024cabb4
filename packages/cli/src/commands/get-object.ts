import { randomBytes } from "node:crypto";
import { createWriteStream } from "node:fs";
import { chmod, realpath, rename, rm, stat } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { Readable, type Writable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { CommandError, UsageError } from "../output/failures.ts";
import { describeError } from "../output/errors.ts";
import { s3Client } from "../service/clients.ts";
import { connectionOf } from "../service/connection.ts";
import type { Context } from "./context.ts";
import { type Command, type CommandDefinition, type Invocation, textOption, word } from "./definition.ts";

const definition = {
  name: "get-object",
  summary: "Download an object to standard output or to a file",
  arguments: [
    { name: "BUCKET", summary: "name of the bucket" },
    { name: "KEY", summary: "key of the object" },
  ],
  options: [{ name: "output", short: "o", value: "FILE", summary: "write to this file" }],
  service: true,
  handlesInterrupt: true,
  example: "s3-credentials get-object my-bucket photos/cat.jpg -o cat.jpg",
} as const satisfies CommandDefinition;

async function run(context: Context, invocation: Invocation): Promise<number> {
  const { options } = invocation;
  const output = textOption(options, "output");
  const target = output === undefined ? undefined : await resolveTarget(output);
  const s3 = await s3Client(await connectionOf(context, options));
  const { GetObjectCommand } = await import("@aws-sdk/client-s3");
  const { Body } = await s3.send(new GetObjectCommand({ Bucket: word(invocation, 0), Key: word(invocation, 1) }), {
    abortSignal: context.signal,
  });
  if (!(Body instanceof Readable)) throw new CommandError("the service's answer has no content");
  try {
    if (target === undefined) await pipeline(Body, context.stdout, { end: false, signal: context.signal });
    else await writeTarget(Body, target, context.signal);
  } catch (error) {
    if (context.signal.aborted) throw new CommandError("interrupted");
    throw error;
  }
  return 0;
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
    if (!(error instanceof Error) || !("code" in error) || error.code !== "ENOENT") throw error;
    return { path, special: false };
  }
}

/** Through a file beside the target, so that the target is the whole object or what it was before. */
async function writeTarget(body: Readable, target: Target, signal: AbortSignal): Promise<void> {
  if (target.special) return pipeline(body, createWriteStream(target.path) satisfies Writable, { signal });
  const temporary = join(
    dirname(target.path),
    `.${basename(target.path).slice(0, 200)}.${randomBytes(6).toString("hex")}.part`,
  );
  const file = createWriteStream(temporary, { flags: "wx" });
  try {
    await pipeline(body, file, { signal });
    if (target.mode !== undefined) await chmod(temporary, target.mode);
    await rename(temporary, target.path);
  } catch (error) {
    body.destroy();
    await rm(temporary, { force: true });
    throw new CommandError(`cannot write ${target.path}: ${describeError(error)}`, { cause: error });
  }
}

export const getObject: Command = { definition, run };
