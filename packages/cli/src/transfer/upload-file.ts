import type { CompletedPart, S3Client } from "@aws-sdk/client-s3";
import { combineChecksums, createChecksum } from "@s3-credentials/protocol";
import { type FileHandle, open } from "node:fs/promises";
import { guessContentType } from "../input/content-type.ts";
import { during } from "../output/errors.ts";
import { CommandError } from "../command-line/failures.ts";
import type { BodyBuffers } from "./body-buffers.ts";
import { eachOf, mapOrdered } from "./map-ordered.ts";
import { limits, partSize } from "./limits.ts";
import type { ObjectCalls } from "./object-calls.ts";
import { withSignal } from "./scoped-signal.ts";
import type { Semaphore } from "./semaphore.ts";

/** What all uploads of a run share. */
export interface Uploads {
  readonly s3: S3Client;
  readonly bucket: string;
  readonly calls: ObjectCalls;
  /** Requests under way at once. */
  readonly requests: Semaphore;
  readonly buffers: BodyBuffers;
  /** Bytes that have arrived. */
  readonly progress: (bytes: number) => void;
}

/**
 * Uploads a file, in parts when it is large; it becomes an object as a whole or not at all. The content type is what the
 * file's name says unless it is given.
 */
export async function uploadFile(
  uploads: Uploads,
  path: string,
  key: string,
  signal: AbortSignal,
  contentType: string | undefined = guessContentType(path),
): Promise<void> {
  const file = await open(path, "r");
  try {
    const before = await file.stat();
    const object = { key, contentType };
    const source = { file, size: before.size, modified: before.mtimeMs };
    if (before.size <= limits.whole) await putWhole(uploads, source, object, signal);
    else await putInParts(uploads, source, object, signal);
  } finally {
    await file.close();
  }
}

interface OpenFile {
  readonly file: FileHandle;
  /** When it was opened, in bytes and milliseconds. */
  readonly size: number;
  readonly modified: number;
}

/** A file that changes meanwhile must not become an object of old and new parts. */
async function demandUnchanged({ file, size, modified }: OpenFile): Promise<void> {
  const now = await file.stat();
  if (now.size !== size || now.mtimeMs !== modified)
    throw new CommandError("it changed while it was uploaded; upload it again");
}

interface NewObject {
  readonly key: string;
  readonly contentType: string | undefined;
}

/** Every service answers with the ETag of what it stored; a web page in its place, of a portal for example, stored nothing. */
export function demandStored(etag: string | undefined): void {
  if (!etag) throw new CommandError("the answer has no ETag, so nothing was stored; check the endpoint");
}

async function putWhole(
  { s3, calls, requests, buffers, progress }: Uploads,
  source: OpenFile,
  { key, contentType = "application/octet-stream" }: NewObject,
  signal: AbortSignal,
): Promise<void> {
  const checked = await sendsChecksums(s3);
  await buffers.use(source.size, (body) =>
    requests.use(1, async () => {
      signal.throwIfAborted();
      await readPart(source.file, 0, body);
      await demandUnchanged(source);
      const sum = checked ? { "x-amz-sdk-checksum-algorithm": "CRC32", "x-amz-checksum-crc32": crc32Of(body) } : {};
      const answer = await calls.send({ key, body, headers: { "content-type": contentType, ...sum } }, signal);
      answer.body.resume();
      demandStored(answer.headers["etag"]);
    }),
  );
  progress(source.size);
}

/** One part, as the service took it. */
interface SentPart {
  readonly part: CompletedPart;
  readonly size: number;
}

/** https://docs.aws.amazon.com/AmazonS3/latest/userguide/mpuoverview.html */
async function putInParts(
  uploads: Uploads,
  source: OpenFile,
  { key, contentType }: NewObject,
  signal: AbortSignal,
): Promise<void> {
  const { CreateMultipartUploadCommand, AbortMultipartUploadCommand, CompleteMultipartUploadCommand } =
    await import("@aws-sdk/client-s3");
  const { s3, bucket } = uploads;
  const object = { Bucket: bucket, Key: key };
  const checked = await sendsChecksums(s3);
  // The signal does not reach this call and the last one: an upload whose answer is not waited for could stay open.
  const { UploadId } = await uploads.requests.use(1, () => {
    signal.throwIfAborted();
    return s3.send(
      new CreateMultipartUploadCommand({
        ...object,
        ...(contentType === undefined ? {} : { ContentType: contentType }),
        ...(checked ? { ChecksumAlgorithm: "CRC32", ChecksumType: "FULL_OBJECT" } : {}),
      }),
    );
  });
  const upload = { ...object, UploadId };
  try {
    const sent = await sendParts(uploads, source, upload, { checked, signal });
    await demandUnchanged(source);
    signal.throwIfAborted();
    const stored = await s3.send(
      new CompleteMultipartUploadCommand({ ...upload, MultipartUpload: { Parts: sent.map(({ part }) => part) } }),
    );
    if (checked && stored.ChecksumType === "FULL_OBJECT" && stored.ChecksumCRC32 !== undefined) {
      const parts = sent.map((one) => ({ value: one.part.ChecksumCRC32 ?? "", size: one.size }));
      if (combineChecksums("CRC32", parts) !== stored.ChecksumCRC32)
        throw new CommandError("what the service stored has another checksum; upload it again");
    }
  } catch (error) {
    await s3.send(new AbortMultipartUploadCommand(upload)).catch((failure: unknown) => {
      if (isGone(failure)) return;
      throw during(`the unfinished upload ${UploadId ?? ""} of ${key} could not be removed`, failure);
    });
    throw error;
  }
}

async function sendParts(
  { s3, requests, buffers, progress }: Uploads,
  { file, size }: OpenFile,
  upload: { readonly Bucket: string; readonly Key: string; readonly UploadId: string | undefined },
  { checked, signal }: { readonly checked: boolean; readonly signal: AbortSignal },
): Promise<readonly SentPart[]> {
  const { UploadPartCommand } = await import("@aws-sdk/client-s3");
  const length = partSize(size);
  const numbers = Array.from({ length: Math.ceil(size / length) }, (_, index) => index + 1);
  const send = async (number: number): Promise<SentPart> => {
    const start = (number - 1) * length;
    const bytes = Math.min(length, size - start);
    return buffers.use(bytes, (body) =>
      requests.use(1, async () => {
        signal.throwIfAborted();
        await readPart(file, start, body);
        const sum = checked ? { ChecksumCRC32: crc32Of(body) } : {};
        const command = new UploadPartCommand({ ...upload, PartNumber: number, Body: body, ...sum });
        const { ETag } = await withSignal(signal, (abortSignal) => s3.send(command, { abortSignal }));
        progress(bytes);
        return { part: { PartNumber: number, ETag, ...sum }, size: bytes };
      }),
    );
  };
  const ahead = Math.max(1, Math.floor(limits.buffered / length));
  const sent: SentPart[] = [];
  for await (const part of mapOrdered(eachOf(numbers), { concurrency: ahead, window: ahead }, send)) sent.push(part);
  return sent;
}

async function readPart(file: FileHandle, start: number, body: Buffer): Promise<void> {
  for (let filled = 0; filled < body.length;) {
    const { bytesRead } = await file.read(body, filled, body.length - filled, start + filled);
    if (bytesRead === 0) throw new CommandError("it became shorter while it was uploaded; upload it again");
    filled += bytesRead;
  }
}

function isGone(error: unknown): boolean {
  return error instanceof Error && error.name === "NoSuchUpload";
}

/** Whether uploads carry a CRC32, as the SDK does it unless its configuration says only where a checksum is required. */
async function sendsChecksums(s3: S3Client): Promise<boolean> {
  return (await s3.config.requestChecksumCalculation()) === "WHEN_SUPPORTED";
}

/** Base64. */
function crc32Of(bytes: Uint8Array): string {
  const sum = createChecksum("CRC32");
  sum.update(bytes);
  return sum.digest().toString("base64");
}
