import type { S3Client } from "@aws-sdk/client-s3";
import { createReadStream, type Stats } from "node:fs";
import { stat } from "node:fs/promises";
import type { Readable } from "node:stream";
import { guessContentType } from "../input/content-type.ts";
import { CommandError, UsageError } from "../command-line/failures.ts";
import { during } from "../output/errors.ts";
import { progressBar } from "../output/progress-bar.ts";
import { s3Client } from "../service/clients.ts";
import { connectionOf } from "../service/connection.ts";
import { BodyBuffers } from "../transfer/body-buffers.ts";
import { fileFailure } from "../files/file-error.ts";
import { limits } from "../transfer/limits.ts";
import { ObjectCalls } from "../transfer/object-calls.ts";
import { withSignal } from "../transfer/scoped-signal.ts";
import { Semaphore } from "../transfer/semaphore.ts";
import { demandStored, uploadFile } from "../transfer/upload-file.ts";
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

/** Of what has no known length: 10,000 parts of this size. https://docs.aws.amazon.com/AmazonS3/latest/userguide/qfacts.html */
const streamPartSize = 16 * 1024 * 1024;

/** Parts of one file that are under way at once. */
const requestsAtOnce = 8;

interface Upload {
  readonly s3: S3Client;
  readonly bucket: string;
  readonly key: string;
  readonly contentType: string | undefined;
  readonly signal: AbortSignal;
  /** Bytes that have arrived. */
  readonly progress: (bytes: number) => void;
}

async function run(context: Context, invocation: Invocation): Promise<number> {
  const { options } = invocation;
  const path = positional(invocation, 2);
  const connection = await connectionOf(context, options);
  const found = path === "-" ? undefined : await lookAt(path);
  const size = found?.isFile() === true ? found.size : undefined;
  const bar = progressBar(context.stderr, "Uploading", size, !hasOption(options, "silent"));
  let arrived = 0;
  const upload: Upload = {
    s3: await s3Client(connection),
    bucket: positional(invocation, 0),
    key: positional(invocation, 1),
    contentType: textOption(options, "content-type") ?? (path === "-" ? undefined : guessContentType(path)),
    signal: context.signal,
    progress: (bytes) => {
      arrived += bytes;
      bar.update(arrived);
    },
  };
  try {
    if (size !== undefined) await sendFile(upload, path);
    else await sendStream(upload, path === "-" ? context.takeStdin("put-object") : createReadStream(path));
  } catch (error) {
    if (context.signal.aborted) throw new CommandError("interrupted; nothing was stored");
    throw error instanceof CommandError ? during(path, error) : error;
  } finally {
    bar.end();
  }
  return 0;
}

async function lookAt(path: string): Promise<Stats> {
  let found: Stats;
  try {
    found = await stat(path);
  } catch (error) {
    throw new UsageError(`cannot read ${path}: ${fileFailure(error)}; nothing was uploaded`);
  }
  if (found.isDirectory()) throw new UsageError(`${path} is a directory; put-object uploads one file`);
  return found;
}

async function sendFile({ s3, bucket, key, contentType, signal, progress }: Upload, path: string): Promise<void> {
  const requests = new Semaphore(requestsAtOnce);
  const calls = new ObjectCalls(s3, bucket);
  const uploads = { s3, bucket, calls, requests, buffers: new BodyBuffers(limits.buffered), progress };
  await withSignal(signal, (scoped) => uploadFile(uploads, path, key, scoped, contentType));
}

/** What cannot be read twice, or has no known length. */
async function sendStream({ s3, bucket, key, contentType, signal, progress }: Upload, body: Readable): Promise<void> {
  const { Upload: StreamUpload } = await import("@aws-sdk/lib-storage");
  const upload = new StreamUpload({
    client: s3,
    params: {
      Bucket: bucket,
      Key: key,
      Body: body,
      ...(contentType === undefined ? {} : { ContentType: contentType }),
    },
    partSize: streamPartSize,
  });
  let reported = 0;
  upload.on("httpUploadProgress", ({ loaded = 0 }) => {
    progress(loaded - reported);
    reported = loaded;
  });
  const abort = (): void => void upload.abort();
  signal.addEventListener("abort", abort);
  try {
    demandStored((await upload.done()).ETag);
  } finally {
    signal.removeEventListener("abort", abort);
  }
}

export const putObject: Command = { definition, run };
