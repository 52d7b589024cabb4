import {
  type CombinableAlgorithm,
  combineChecksums,
  createChecksum,
  loadChecksums,
  type PartChecksum,
} from "@s3-credentials/protocol";
import { chmod, type FileHandle, open, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { CommandError } from "../command-line/failures.ts";
import { checksumOfBody, type Part, partsOf, type Promised, promisedOf } from "./download-parts.ts";
import { eachOf, mapOrdered } from "./map-ordered.ts";
import type { ObjectAnswer, ObjectCalls } from "./object-calls.ts";
import { type Target, temporaryName } from "./output-folder.ts";
import type { Semaphore } from "./semaphore.ts";

/** What all downloads of a run share. */
export interface Downloads {
  readonly calls: ObjectCalls;
  /** Requests under way at once. */
  readonly requests: Semaphore;
  /** Bytes that have arrived; negative when some are fetched again. */
  readonly progress: (bytes: number) => void;
}

/** A body that breaks off is asked for so often in all; calls that have no answer the SDK repeats itself. */
const attempts = 4;

/** Bytes. An object up to this is held in memory, and its file is written at once. */
const small = 1024 * 1024;

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
  const fetchFirst = async (): Promise<readonly Part[] | Buffer> => {
    const answer = await requestObject(downloads.calls, key, sameObject(first), signal);
    first ??= answer;
    const parts = partsOf(answer.promised);
    const { size } = answer.promised;
    if (size !== undefined && size <= small) return contentOf(downloads, answer);
    try {
      file ??= await open(temporary, "wx", target.mode ?? 0o666);
      if (parts === undefined) await store(downloads, answer, file, 0);
    } finally {
      answer.body.destroy();
    }
    return parts ?? [];
  };
  try {
    const fetched = await repeated(downloads, signal, fetchFirst);
    if (Buffer.isBuffer(fetched)) {
      demandSize(fetched.length, first?.promised.size);
      await writeFile(temporary, fetched, { flag: "wx", mode: target.mode ?? 0o666 });
    } else if (file !== undefined && first !== undefined) {
      if (fetched.length > 0) await fetchParts(downloads, { key, first, parts: fetched }, file, signal);
      const { size } = await file.stat();
      demandSize(size, first.promised.size);
      await file.close();
    }
    // The mode given before is cut by the process's mask.
    if (target.mode !== undefined) await chmod(temporary, target.mode);
    signal.throwIfAborted();
    await rename(temporary, target.path);
  } catch (error) {
    await file?.close().catch(() => {});
    await rm(temporary, { force: true });
    throw error;
  }
}

interface Answer extends ObjectAnswer {
  readonly promised: Promised;
}

/** With `part` a part of it, if it is still the object of which `etag` is. */
export async function requestObject(
  calls: ObjectCalls,
  key: string,
  condition: { readonly "if-match"?: string },
  signal: AbortSignal,
  part?: Part,
): Promise<Answer> {
  const answer = await calls.send(
    {
      key,
      headers: {
        "x-amz-checksum-mode": "ENABLED",
        ...condition,
        ...(part !== undefined && "range" in part ? { range: part.range } : {}),
      },
      ...(part !== undefined && "partNumber" in part ? { partNumber: part.partNumber } : {}),
    },
    signal,
  );
  // Until somebody reads it, a body that breaks off would end the process.
  answer.body.on("error", () => {});
  demandObject(answer);
  return { ...answer, promised: promisedOf(answer.headers) };
}

/** Every service gives an object with its ETag, and hardly one without a header of S3's: a page of a portal has neither. */
function demandObject({ headers, body }: ObjectAnswer): void {
  const isPage = /^text\/html\b/.test(headers["content-type"] ?? "") && !Object.keys(headers).some(isHeaderOfS3);
  if (headers["etag"] !== undefined && !isPage) return;
  body.destroy();
  throw new CommandError(
    "the answer is not an object; it may be a page of a proxy or sign-in portal in between; check the endpoint",
  );
}

function isHeaderOfS3(name: string): boolean {
  return name.startsWith("x-amz-");
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
      const answer = await requestObject(downloads.calls, key, sameObject(first), signal, part);
      const start = /^bytes (\d+)-/.exec(answer.headers["content-range"] ?? "")?.[1];
      if (start === undefined) {
        answer.body.destroy();
        throw new CommandError("the service does not give parts of an object");
      }
      return store(downloads, answer, file, Number(start), algorithm);
    });
  const sums: PartChecksum[] = [];
  for await (const sum of mapOrdered(eachOf(parts), { concurrency: partsAtOnce, window: partsAtOnce }, fetch)) {
    sums.push(sum);
  }
  const came = sums.reduce((total, part) => total + part.size, 0);
  demandSize(came, size);
  if (checksum?.kind === "whole" && combineChecksums(checksum.algorithm, sums) !== checksum.value)
    throw otherChecksum();
}

function otherChecksum(): CommandError {
  return new CommandError("the downloaded bytes have another checksum than the object; download it again");
}

function demandSize(came: number, promised: number | undefined): void {
  if (promised !== undefined && came !== promised)
    throw new CommandError(`${came} of ${promised} bytes arrived; download it again`);
}

/** All answers must be of one object, though somebody puts another in its place. */
function sameObject(first: Answer | undefined): { readonly "if-match"?: string } {
  const etag = first?.headers["etag"];
  return etag === undefined ? {} : { "if-match": etag };
}

/** Writes a body at a place of the file; its checksum and size. */
async function store(
  { progress }: Downloads,
  answer: ObjectAnswer,
  file: FileHandle,
  start: number,
  algorithm?: CombinableAlgorithm,
): Promise<PartChecksum> {
  const sum = algorithm === undefined ? undefined : createChecksum(algorithm);
  let size = 0;
  try {
    for await (const chunk of bytesOf(answer)) {
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
export class BrokenBody extends Error {}

/** Compares what is read with the checksum of the answer, if that has one. */
export async function* bytesOf({ headers, body }: ObjectAnswer): AsyncGenerator<Buffer> {
  const sum = await promisedSum(headers);
  try {
    for await (const chunk of body as AsyncIterable<Buffer>) {
      sum?.update(chunk);
      yield chunk;
    }
  } catch (error) {
    throw new BrokenBody("", { cause: error });
  }
  sum?.compare();
}

/** All of a small body. */
async function contentOf({ progress }: Downloads, { headers, body }: ObjectAnswer): Promise<Buffer> {
  const chunks: Buffer[] = [];
  try {
    await new Promise<void>((resolve, reject) => {
      body.on("data", (chunk: Buffer) => chunks.push(chunk));
      body.on("end", resolve);
      body.on("error", reject);
      const ended = (): void =>
        reject(new CommandError("the connection ended before the object did; download it again"));
      if (body.closed) ended();
      else body.on("close", ended);
    });
  } catch (error) {
    throw new BrokenBody("", { cause: error });
  }
  const content = Buffer.concat(chunks);
  const sum = await promisedSum(headers);
  sum?.update(content);
  sum?.compare();
  progress(content.length);
  return content;
}

/** The checksum that an answer has of its body. */
async function promisedSum(headers: ObjectAnswer["headers"]) {
  const promised = checksumOfBody(headers);
  if (promised === undefined) return undefined;
  if (promised.algorithm.startsWith("XXHASH")) await loadChecksums();
  const sum = createChecksum(promised.algorithm);
  return {
    update: (bytes: Buffer): void => sum.update(bytes),
    compare(): void {
      if (sum.digest().toString("base64") !== promised.value) throw new BrokenBody("", { cause: otherChecksum() });
    },
  };
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
