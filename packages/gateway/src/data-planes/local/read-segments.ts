import type { FileHandle } from "node:fs/promises";
import type { ByteRange, CustomerKey, ObjectBytes } from "../../ports/object-bytes.ts";
import type { ObjectEncryption } from "../../ports/object-version.ts";
import { StoreError } from "../../ports/store-error.ts";
import type { Reader } from "../../stores/sqlite/connection.ts";
import type { BlobFiles } from "./blob-files.ts";
import type { DataKeys } from "./data-keys.ts";
import { BufferPool } from "./buffer-pool.ts";
import { frameSize, openFrames, openInPlace, sealedFrameSize, sealedSize } from "./frames.ts";
import { type Segment, cut, inlineBytes, segmentsAt } from "./manifests.ts";
import type { ReadLeases } from "./read-leases.ts";

const readSize = 256 * 1024;
const framesPerRead = readSize / frameSize;
/** Pieces that are read again and again get the same memory: new memory for each costs more than to read it. */
const readBuffers = new BufferPool({ size: framesPerRead * sealedFrameSize, limit: 32 });
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
export function readSegments(source: SegmentSource, version: number, manifest: Manifest): ObjectBytes {
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
  return { [Symbol.asyncIterator]: () => iterator, giveBack: (piece) => readBuffers.giveBack(piece) };
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
      else {
        const file = await opened(source.files, part.file);
        try {
          const pieces = key === undefined ? plainReader(file, part) : sealedReader(file, part, key);
          for (let piece = await pieces.next(); piece !== undefined; piece = await pieces.next()) yield piece;
        } finally {
          await file.close();
        }
      }
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
  return openWhole(stored, segment, key);
}

/** The plain bytes of a segment whose whole body is there. */
export function openWhole(stored: Buffer, { bodySize, start, length }: Segment, key: Buffer | undefined): Buffer {
  const plain = key === undefined ? stored : openFrames(key, bodySize, 0, stored);
  const bytes = plain.subarray(start, start + length);
  if (bytes.length !== length) throw shortBlob();
  return bytes;
}

/** Reads a part of a file piece by piece. */
interface PartReader {
  /** Undefined: there is no more. */
  next(): Promise<Buffer | undefined>;
}

function plainReader(file: FileHandle, { start, length }: Segment): PartReader {
  let at = start;
  const end = start + length;
  return {
    async next() {
      if (at === end) return undefined;
      const buffer = readBuffers.take();
      const { bytesRead } = await file.read(buffer, 0, Math.min(readSize, end - at), at);
      if (bytesRead === 0) throw shortBlob();
      at += bytesRead;
      return buffer.subarray(0, bytesRead);
    },
  };
}

/** Reads the frames that the segment touches, whole. */
function sealedReader(file: FileHandle, { start, length, bodySize }: Segment, key: Buffer): PartReader {
  const end = start + length;
  const frames = Math.ceil(end / frameSize);
  let frame = Math.floor(start / frameSize);
  return {
    async next() {
      if (frame === frames) return undefined;
      const [at, offset, first] = [frame * sealedFrameSize, frame * frameSize, frame];
      frame = Math.min(frame + framesPerRead, frames);
      const buffer = readBuffers.take();
      const sealed = buffer.subarray(0, Math.min(frame * sealedFrameSize, sealedSize(bodySize)) - at);
      await fill(file, sealed, at);
      const size = openInPlace(key, bodySize, first, sealed);
      return buffer.subarray(Math.max(0, start - offset), Math.min(size, end - offset));
    },
  };
}

/** Reads until the buffer is full. */
async function fill(file: FileHandle, buffer: Buffer, at: number): Promise<void> {
  for (let read = 0; read < buffer.length;) {
    const { bytesRead } = await file.read(buffer, read, buffer.length - read, at + read);
    if (bytesRead === 0) throw shortBlob();
    read += bytesRead;
  }
}

/** The bytes of a small file as they are on the disk. */
export async function readWhole(files: BlobFiles, name: string, size: number): Promise<Buffer> {
  const file = await opened(files, name);
  try {
    const buffer = Buffer.allocUnsafeSlow(size);
    await fill(file, buffer, 0);
    return buffer;
  } finally {
    await file.close();
  }
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
