import { createReadStream, type Stats } from "node:fs";
import { stat } from "node:fs/promises";
import type { Readable } from "node:stream";
import { guessContentType } from "../input/content-type.ts";
import { CommandError, UsageError } from "../output/failures.ts";
import { progressBar } from "../output/progress-bar.ts";
import { s3Client } from "../service/clients.ts";
import { connectionOf } from "../service/connection.ts";
import type { Context } from "./context.ts";
import { type Command, type CommandDefinition, hasOption, type Invocation, textOption, word } from "./definition.ts";

const definition = {
  name: "put-object",
  summary: "Upload a file, or standard input, to a key",
  arguments: [
    { name: "BUCKET", summary: "name of the bucket" },
    { name: "KEY", summary: "key of the object" },
    { name: "PATH", summary: "file to upload, - for standard input" },
  ],
  options: [
    { name: "content-type", value: "TYPE", summary: "content type; else guessed from the name of the file" },
    { name: "silent", short: "s", summary: "no progress bar" },
  ],
  service: true,
  handlesInterrupt: true,
  example: "s3-credentials put-object my-bucket photos/cat.jpg cat.jpg",
} as const satisfies CommandDefinition;

/** https://docs.aws.amazon.com/AmazonS3/latest/userguide/qfacts.html: at most 10,000 parts of 5 MiB to 5 GiB. */
const partLimits = { count: 10_000, smallest: 8 * 1024 * 1024, unknownLength: 16 * 1024 * 1024 } as const;

interface Source {
  readonly body: Readable;
  readonly size?: number;
}

async function run(context: Context, invocation: Invocation): Promise<number> {
  const { options } = invocation;
  const path = word(invocation, 2);
  const connection = await connectionOf(context, options);
  const source = await openSource(context, path);
  const contentType = textOption(options, "content-type") ?? (path === "-" ? undefined : guessContentType(path));
  const s3 = await s3Client(connection);
  const { Upload } = await import("@aws-sdk/lib-storage");
  const upload = new Upload({
    client: s3,
    params: {
      Bucket: word(invocation, 0),
      Key: word(invocation, 1),
      Body: source.body,
      ...(contentType === undefined ? {} : { ContentType: contentType }),
    },
    partSize: partSize(source.size),
  });
  const bar = progressBar(context.stderr, "Uploading", source.size, !hasOption(options, "silent"));
  upload.on("httpUploadProgress", ({ loaded }) => bar.update(loaded ?? 0));
  const abort = (): void => void upload.abort();
  context.signal.addEventListener("abort", abort);
  try {
    await upload.done();
  } catch (error) {
    if (context.signal.aborted) throw new CommandError("interrupted; nothing was stored");
    throw error;
  } finally {
    context.signal.removeEventListener("abort", abort);
    bar.end();
  }
  return 0;
}

async function openSource(context: Context, path: string): Promise<Source> {
  if (path === "-") return { body: context.takeStdin("put-object") };
  let found: Stats;
  try {
    found = await stat(path);
  } catch (error) {
    const code = error instanceof Error && "code" in error ? String(error.code) : "unreadable";
    throw new UsageError(`cannot read ${path} (${code}); nothing was uploaded`);
  }
  if (found.isDirectory()) throw new UsageError(`${path} is a directory; put-object uploads one file`);
  const body = createReadStream(path);
  return found.isFile() ? { body, size: found.size } : { body };
}

function partSize(size: number | undefined): number {
  if (size === undefined) return partLimits.unknownLength;
  return Math.max(partLimits.smallest, Math.ceil(size / partLimits.count));
}

export const putObject: Command = { definition, run };
