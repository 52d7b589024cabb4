import type { FileHandle } from "node:fs/promises";
import type { ByteRange, CustomerKey, ObjectEncryption } from "../../ports/data-plane.ts";
import { StoreError } from "../../ports/store-error.ts";
import type { Reader } from "../../stores/sqlite/connection.ts";
import type { BlobFiles } from "./blob-files.ts";
import type { DataKeys } from "./data-keys.ts";
import { frameSize, openFrames, sealedFrameSize, sealedSize } from "./frames.ts";
import { type Segment, cut, inlineBytes, segmentsAt } from "./manifests.ts";
import type { ReadLeases } from "./read-leases.ts";

const readSize = 256 * 1024;
/** Segments looked up at a time: a long object is read page by page. */
export const segmentsPerPage = 64;
/** A reader that never asks for the first byte loses its lease, so that it cannot keep the space for ever. */
const idleLimit = 60_000;

export interface SegmentSource {
  readonly reader: Reader;
  readonly files: BlobFiles;
  readonly leases: ReadLeases;
  readonly keys: Pick<DataKeys, "open">;
}

/** A range of a content, and the first page of its segments. */
export interface Manifest {
  readonly content: number;
  readonly range: ByteRange;
  readonly page: readonly Segment[];
  readonly encryption: ObjectEncryption | undefined;
  readonly customerKey: CustomerKey | undefined;
}

/** Bytes of a version. It has a read lease from now until the one iteration ends, returns or fails. */
export function readSegments(source: SegmentSource, version: number, manifest: Manifest): AsyncIterable<Buffer> {
  let release = source.leases.lease(version);
  let begun = false;
  const idle = setTimeout(() => release(), idleLimit).unref();
  const chunks = chunksOf(source, manifest);
  const iterator: AsyncIterator<Buffer> = {
    next: async () => {
      if (!begun) {
        begun = true;
        clearTimeout(idle);
        const first = release;
        release = source.leases.lease(version); // throws when the bytes were collected meanwhile
        first();
      }
      try {
        const result = await chunks.next();
        if (result.done === true) release();
        return result;
      } catch (cause) {
        release();
        throw cause instanceof StoreError ? cause : new StoreError("corrupt", "a blob file cannot be read", { cause });
      }
    },
    return: async () => {
      clearTimeout(idle);
      await chunks.return(undefined);
      release();
      return { done: true, value: undefined };
    },
  };
  return { [Symbol.asyncIterator]: () => iterator };
}

async function* chunksOf(source: SegmentSource, manifest: Manifest): AsyncGenerator<Buffer, undefined> {
  const { content, range, page } = manifest;
  let { first } = range;
  let segments = page;
  while (first <= range.last) {
    for (const segment of segments) {
      const part = cut(segment, { first, last: range.last });
      if (part?.firstByte !== first) throw shortBlob();
      const key = source.keys.open(part.dataKey, manifest.encryption, manifest.customerKey);
      if (part.file === undefined) yield inlinePart(source.reader, part, key);
      else if (key === undefined) yield* filePart(source.files, part.file, part);
      else yield* sealedPart(source.files, part.file, part, key);
      first += part.length;
    }
    if (first <= range.last)
      segments = segmentsAt(source.reader, content, { first, last: range.last }, segmentsPerPage);
    if (segments.length === 0) throw shortBlob();
  }
  return undefined;
}

function inlinePart(reader: Reader, segment: Segment, key: Buffer | undefined): Buffer {
  const stored = inlineBytes(reader, segment.body);
  if (stored === undefined) throw shortBlob();
  return openInline(stored, segment, key);
}

/** The plain bytes of a segment whose body is in the index. */
export function openInline(stored: Buffer, { bodySize, start, length }: Segment, key: Buffer | undefined): Buffer {
  const plain = key === undefined ? stored : openFrames(key, bodySize, 0, stored);
  const bytes = plain.subarray(start, start + length);
  if (bytes.length !== length) throw shortBlob();
  return bytes;
}

async function* filePart(files: BlobFiles, name: string, segment: Segment): AsyncGenerator<Buffer> {
  const file = await opened(files, name);
  try {
    let at = segment.start;
    const end = segment.start + segment.length;
    while (at < end) {
      const buffer = Buffer.allocUnsafeSlow(Math.min(readSize, end - at));
      const { bytesRead } = await file.read(buffer, 0, buffer.length, at);
      if (bytesRead === 0) throw shortBlob();
      at += bytesRead;
      yield buffer.subarray(0, bytesRead);
    }
  } finally {
    await file.close();
  }
}

const framesPerRead = 4;

/** Reads the frames that the segment touches, whole. */
async function* sealedPart(files: BlobFiles, name: string, segment: Segment, key: Buffer): AsyncGenerator<Buffer> {
  const { start, length, bodySize } = segment;
  const end = start + length;
  const whole = sealedSize(bodySize);
  const file = await opened(files, name);
  try {
    const frames = Math.ceil(end / frameSize);
    for (let frame = Math.floor(start / frameSize); frame < frames; frame += framesPerRead) {
      const at = frame * sealedFrameSize;
      const until = Math.min(Math.min(frame + framesPerRead, frames) * sealedFrameSize, whole);
      const sealed = await readWhole(file, at, until - at);
      const plain = openFrames(key, bodySize, frame, sealed);
      const offset = frame * frameSize;
      yield plain.subarray(Math.max(0, start - offset), Math.min(plain.length, end - offset));
    }
  } finally {
    await file.close();
  }
}

async function readWhole(file: FileHandle, at: number, length: number): Promise<Buffer> {
  const buffer = Buffer.allocUnsafeSlow(length);
  for (let read = 0; read < length;) {
    const { bytesRead } = await file.read(buffer, read, length - read, at + read);
    if (bytesRead === 0) throw shortBlob();
    read += bytesRead;
  }
  return buffer;
}

async function opened(files: BlobFiles, name: string): Promise<FileHandle> {
  try {
    return await files.open(name);
  } catch (cause) {
    throw new StoreError("corrupt", "a blob file cannot be opened", { cause });
  }
}

/** Called before an answer begins, so that a missing or short first file is still reported as an error. */
export async function checkFirst(files: BlobFiles, segments: readonly Segment[]): Promise<void> {
  const first = segments[0];
  if (first?.file === undefined) return;
  let size: number;
  try {
    size = await files.size(first.file);
  } catch (cause) {
    throw new StoreError("corrupt", "a blob file is missing", { cause });
  }
  const needed = first.dataKey === undefined ? first.start + first.length : sealedSize(first.bodySize);
  if (size < needed) throw shortBlob();
}

function shortBlob(): StoreError {
  return new StoreError("corrupt", "a blob is shorter than the index says");
}
