import type { FileHandle } from "node:fs/promises";
import { StoreError } from "../../ports/store-error.ts";
import type { Reader } from "../../sqlite/connection.ts";
import type { BlobFiles } from "./blob-files.ts";
import { type Segment, inlineOctets } from "./holders.ts";
import type { Pins } from "./pins.ts";

const readSize = 256 * 1024;
/** A reader that never asks for the first octet must not hold the space for ever. */
const idleLimit = 60_000;

export interface SegmentSource {
  readonly reader: Reader;
  readonly files: BlobFiles;
  readonly pins: Pins;
}

/** Octets of segments that are pinned from now until the end, the return or a failure of the one iteration. */
export function readSegments(
  source: SegmentSource,
  holder: number,
  segments: readonly Segment[],
): AsyncIterable<Buffer> {
  let release = source.pins.pin(holder);
  let begun = false;
  const idle = setTimeout(() => release(), idleLimit).unref();
  const chunks = chunksOf(source, segments);
  const iterator: AsyncIterator<Buffer> = {
    next: async () => {
      if (!begun) {
        begun = true;
        clearTimeout(idle);
        const first = release;
        release = source.pins.pin(holder); // throws when the space was given away meanwhile
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

async function* chunksOf(source: SegmentSource, segments: readonly Segment[]): AsyncGenerator<Buffer, undefined> {
  for (const segment of segments) {
    if (segment.file === undefined) yield inlinePart(source.reader, segment);
    else yield* filePart(source.files, segment.file, segment);
  }
  return undefined;
}

function inlinePart(reader: Reader, segment: Segment): Buffer {
  const octets = inlineOctets(reader, segment.body)?.subarray(segment.start, segment.start + segment.length);
  if (octets?.length !== segment.length) throw damaged();
  return octets;
}

async function* filePart(files: BlobFiles, name: string, segment: Segment): AsyncGenerator<Buffer> {
  const file = await opened(files, name);
  try {
    let at = segment.start;
    const end = segment.start + segment.length;
    while (at < end) {
      const buffer = Buffer.allocUnsafeSlow(Math.min(readSize, end - at));
      const { bytesRead } = await file.read(buffer, 0, buffer.length, at);
      if (bytesRead === 0) throw damaged();
      at += bytesRead;
      yield buffer.subarray(0, bytesRead);
    }
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

/** Before an answer is begun: a missing or short first file is told in time. */
export async function checkFirst(files: BlobFiles, segments: readonly Segment[]): Promise<void> {
  const first = segments[0];
  if (first?.file === undefined) return;
  let size: number;
  try {
    size = await files.size(first.file);
  } catch (cause) {
    throw new StoreError("corrupt", "a blob file is missing", { cause });
  }
  if (size < first.start + first.length) throw damaged();
}

function damaged(): StoreError {
  return new StoreError("corrupt", "a blob is shorter than the index says");
}
