import type { GetObjectCommandInput, GetObjectCommandOutput, S3Client } from "@aws-sdk/client-s3";
import {
  type CombinableAlgorithm,
  combineChecksums,
  createChecksum,
  type PartChecksum,
} from "@s3-credentials/protocol";
import { chmod, type FileHandle, open, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import { addAbortSignal, Readable } from "node:stream";
import { setTimeout as sleep } from "node:timers/promises";
import { CommandError } from "../command-line/failures.ts";
import { type Part, partsOf, type Promised, promisedOf } from "./download-parts.ts";
import { eachOf, mapOrdered } from "./map-ordered.ts";
import { type Target, temporaryName } from "./output-folder.ts";
import type { Semaphore } from "./semaphore.ts";

/** What all downloads of a run share. */
export interface Downloads {
  readonly s3: S3Client;
  readonly bucket: string;
  /** Requests under way at once. */
  readonly requests: Semaphore;
  /** Bytes that have arrived; negative when some are fetched again. */
  readonly progress: (bytes: number) => void;
}

/** A body that breaks off is asked for so often in all; calls that have no answer the SDK repeats itself. */
const attempts = 4;

/** Requests for parts of one object under way at once; `requests` bounds those of all. */
const partsAtOnce = 16;

/**
 * Downloads an object to a file beside its target, which is renamed once it is whole: of the promised size and, where the
 * service keeps a checksum, with that checksum. https://docs.aws.amazon.com/AmazonS3/latest/userguide/checking-object-integrity.html
 */
export async function downloadObject(
  downloads: Downloads,
  key: string,
  target: Target,
  signal: AbortSignal,
): Promise<void> {
  const temporary = join(target.folder, temporaryName());
  let file: FileHandle | undefined;
  let first: Answer | undefined;
  // The first answer has the size of the object, and all of a small one. A missing object leaves no file.
  const fetchFirst = async (): Promise<readonly Part[]> => {
    const answer = await getObject(downloads, { Key: key, ...sameObject(first) }, signal);
    first ??= answer;
    const parts = partsOf(answer.promised);
    try {
      file ??= await open(temporary, "wx", target.mode ?? 0o666);
      if (parts === undefined) await store(downloads, answer.body, file, 0);
    } finally {
      answer.body.destroy();
    }
    return parts ?? [];
  };
  try {
    const parts = await repeated(downloads, signal, fetchFirst);
    if (file === undefined || first === undefined) return;
    if (parts.length > 0) await fetchParts(downloads, { key, first, parts }, file, signal);
    const { size } = await file.stat();
    demandSize(size, first.promised.size);
    await file.close();
    // The mode given to `open` is cut by the process's mask.
    if (target.mode !== undefined) await chmod(temporary, target.mode);
    signal.throwIfAborted();
    await rename(temporary, target.path);
  } catch (error) {
    await file?.close().catch(() => {});
    if (file !== undefined) await rm(temporary, { force: true });
    throw error;
  }
}

interface Answer {
  readonly output: GetObjectCommandOutput;
  readonly body: Readable;
  readonly promised: Promised;
}

/** The SDK compares the content with the checksum of the answer, if that has one, while it is read. */
async function getObject(
  { s3, bucket }: Downloads,
  input: Omit<GetObjectCommandInput, "Bucket">,
  signal: AbortSignal,
): Promise<Answer> {
  signal.throwIfAborted();
  const { GetObjectCommand } = await import("@aws-sdk/client-s3");
  const output = await s3.send(new GetObjectCommand({ Bucket: bucket, ChecksumMode: "ENABLED", ...input }), {
    abortSignal: signal,
  });
  if (!(output.Body instanceof Readable)) throw new CommandError("the service's answer has no content");
  // Until somebody reads it, a body that breaks off would end the process.
  output.Body.on("error", () => {});
  return { output, body: addAbortSignal(signal, output.Body), promised: promisedOf(output) };
}

async function fetchParts(
  downloads: Downloads,
  { key, first, parts }: { readonly key: string; readonly first: Answer; readonly parts: readonly Part[] },
  file: FileHandle,
  signal: AbortSignal,
): Promise<void> {
  const { checksum, size } = first.promised;
  const algorithm = checksum?.kind === "whole" ? checksum.algorithm : undefined;
  const fetch = (part: Part) =>
    repeated(downloads, signal, async () => {
      const { body, output } = await getObject(downloads, { Key: key, ...sameObject(first), ...part }, signal);
      const start = /^bytes (\d+)-/.exec(output.ContentRange ?? "")?.[1];
      if (start === undefined) {
        body.destroy();
        throw new CommandError("the service does not give parts of an object");
      }
      return store(downloads, body, file, Number(start), algorithm);
    });
  const sums: PartChecksum[] = [];
  for await (const sum of mapOrdered(eachOf(parts), { concurrency: partsAtOnce, window: partsAtOnce }, fetch)) {
    sums.push(sum);
  }
  const came = sums.reduce((total, part) => total + part.size, 0);
  demandSize(came, size);
  if (checksum?.kind === "whole" && combineChecksums(checksum.algorithm, sums) !== checksum.value)
    throw new CommandError("the downloaded bytes have another checksum than the object; download it again");
}

function demandSize(came: number, promised: number | undefined): void {
  if (promised !== undefined && came !== promised)
    throw new CommandError(`${came} of ${promised} bytes arrived; download it again`);
}

/** All answers must be of one object, though somebody puts another in its place. */
function sameObject(first: Answer | undefined): { readonly IfMatch?: string } {
  return first?.output.ETag === undefined ? {} : { IfMatch: first.output.ETag };
}

/** Writes a body at a place of the file; its checksum and size. */
async function store(
  { progress }: Downloads,
  body: Readable,
  file: FileHandle,
  start: number,
  algorithm?: CombinableAlgorithm,
): Promise<PartChecksum> {
  const sum = algorithm === undefined ? undefined : createChecksum(algorithm);
  let size = 0;
  try {
    for await (const chunk of bytesOf(body)) {
      await file.write(chunk, 0, chunk.length, start + size);
      sum?.update(chunk);
      size += chunk.length;
      progress(chunk.length);
    }
  } catch (error) {
    progress(-size);
    throw error;
  }
  return { value: sum === undefined ? "" : sum.digest().toString("base64"), size };
}

/** A body that broke off, or whose checksum is wrong: asking again may help. */
class BrokenBody extends Error {}

async function* bytesOf(body: Readable): AsyncGenerator<Buffer> {
  try {
    yield* body as AsyncIterable<Buffer>;
  } catch (error) {
    throw new BrokenBody("", { cause: error });
  }
}

/** Holds a request's place while it works; again, after a pause, when a body broke off. */
async function repeated<Result>(
  { requests }: Downloads,
  signal: AbortSignal,
  work: () => Promise<Result>,
): Promise<Result> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await requests.use(1, work);
    } catch (error) {
      if (!(error instanceof BrokenBody)) throw error;
      if (attempt === attempts || signal.aborted) throw error.cause;
      await sleep(100 * 2 ** attempt, undefined, { signal });
    }
  }
}
