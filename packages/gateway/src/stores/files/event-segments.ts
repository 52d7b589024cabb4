import { createReadStream, type Dirent } from "node:fs";
import { mkdir, open, readdir, rm, stat, type FileHandle } from "node:fs/promises";
import { join } from "node:path";
import type { DataEventReader, LinePosition, LinesBack } from "../../ports/event-store.ts";

export interface SegmentLimits {
  /** Bytes of all files. */
  readonly maxBytes: number;
  /** ms. */
  readonly maxAge: number;
}

interface OpenSegment {
  readonly handle: FileHandle;
  readonly name: string;
  bytes: number;
}

/** A file is closed at this size, and after this time, so that old ones can be deleted whole. */
const segmentBytes = 16 * 1024 * 1024;
const segmentAgeMs = 24 * 60 * 60 * 1000;

const nameOf = (time: number): string => `${String(time).padStart(15, "0")}.jsonl`;
const isSegment = (name: string): boolean => /^\d{15}\.jsonl$/.test(name);
const timeOf = (name: string): number => Number(name.slice(0, 15));

/**
 * Lines in files that only grow. A file is named after the time of its first line, ms. What a crash left of a last line is cut off when they
 * are opened. They are not synced line by line: after a power failure the last lines may be missing.
 */
export class EventSegments implements DataEventReader {
  readonly #folder: string;
  readonly #now: () => number;
  #file: OpenSegment | undefined;
  #last = 0;

  private constructor(folder: string, now: () => number) {
    this.#folder = folder;
    this.#now = now;
  }

  static async open(folder: string, now: () => number): Promise<EventSegments> {
    await mkdir(folder, { recursive: true, mode: 0o700 });
    const segments = new EventSegments(folder, now);
    const last = (await segments.names()).at(-1);
    if (last !== undefined) {
      segments.#last = timeOf(last);
      await cutTornLine(join(folder, last));
    }
    return segments;
  }

  /** Appends whole lines, each with its line feed, and resolves when the system has them. */
  async append(lines: readonly string[]): Promise<void> {
    const file = await this.#current();
    const bytes = Buffer.from(lines.join(""), "utf8");
    try {
      await file.handle.appendFile(bytes);
      file.bytes += bytes.length;
    } catch (error) {
      await this.#closeTorn(file);
      throw error;
    }
  }

  /** Half a line may be there: it is cut, and the next lines go to a new file. */
  async #closeTorn(file: OpenSegment): Promise<void> {
    this.#file = undefined;
    try {
      await file.handle.truncate(file.bytes);
    } finally {
      await file.handle.close();
    }
  }

  async #current(): Promise<OpenSegment> {
    const now = this.#now();
    const file = this.#file;
    if (file !== undefined && file.bytes < segmentBytes && now - timeOf(file.name) < segmentAgeMs) return file;
    await this.close();
    this.#last = Math.max(now, this.#last + 1);
    const name = nameOf(this.#last);
    const handle = await open(join(this.#folder, name), "ax", 0o600);
    const made: OpenSegment = { handle, name, bytes: 0 };
    this.#file = made;
    return made;
  }

  async names(): Promise<readonly string[]> {
    const entries: readonly Dirent[] = await readdir(this.#folder, { withFileTypes: true });
    return entries
      .filter((entry) => entry.isFile() && isSegment(entry.name))
      .map(({ name }) => name)
      .toSorted();
  }

  /** Deletes whole files: the oldest while there are too many bytes, and those whose last line is too old. */
  async trim({ maxBytes, maxAge }: SegmentLimits): Promise<void> {
    const names = await this.names();
    const sizes = await Promise.all(names.map(async (name) => (await stat(join(this.#folder, name))).size));
    let total = sizes.reduce((sum, size) => sum + size, 0);
    for (const [at, name] of names.entries()) {
      if (name === this.#file?.name) break;
      const next = names[at + 1];
      const ended = next === undefined ? timeOf(name) + segmentAgeMs : timeOf(next);
      if (total <= maxBytes && this.#now() - ended <= maxAge) break;
      await rm(join(this.#folder, name), { force: true });
      total -= sizes[at] ?? 0;
    }
  }

  /** The lines before a position, at most about `bytes` of them; undefined: from the end. A line longer than that comes whole. */
  async readBack(position: LinePosition | undefined, bytes: number): Promise<LinesBack> {
    const names = await this.names();
    const name = position === undefined ? names.at(-1) : names.findLast((one) => one <= position.file);
    if (name === undefined) return { lines: [], next: undefined };
    const path = join(this.#folder, name);
    const { size } = await stat(path);
    // A client brings the position, so it may lie behind the end of the file.
    const end = position?.file === name ? Math.min(position.before, size) : size;
    const older = names[names.indexOf(name) - 1];
    const olderPosition =
      older === undefined ? undefined : { file: older, before: (await stat(join(this.#folder, older))).size };
    for (let from = Math.max(0, end - bytes); ; from = Math.max(0, from - bytes)) {
      const read = await readRange(path, from, end);
      const start = from === 0 ? 0 : read.indexOf(0x0a) + 1;
      const lines = start === 0 && from > 0 ? [] : linesOf(read, start, { file: name, before: from });
      if (lines.length === 0 && from > 0) continue; // not one whole line
      const before = from + start;
      return { lines, next: before > 0 ? { file: name, before } : olderPosition };
    }
  }

  async close(): Promise<void> {
    const file = this.#file;
    this.#file = undefined;
    if (file === undefined) return;
    await file.handle.datasync();
    await file.handle.close();
  }
}

/** The whole lines from `start` on; the bytes begin at `origin`. */
function linesOf(bytes: Buffer, start: number, origin: LinePosition): LinesBack["lines"] {
  const lines: { text: string; at: LinePosition }[] = [];
  for (let from = start; from < bytes.length;) {
    const end = bytes.indexOf(0x0a, from);
    if (end === -1) break; // it is being written
    const at = { file: origin.file, before: origin.before + from };
    lines.push({ text: bytes.subarray(from, end).toString("utf8"), at });
    from = end + 1;
  }
  return lines.toReversed();
}

async function readRange(path: string, from: number, end: number): Promise<Buffer> {
  if (end <= from) return Buffer.alloc(0);
  const chunks: Buffer[] = [];
  for await (const chunk of createReadStream(path, { start: from, end: end - 1 })) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}

async function cutTornLine(path: string): Promise<void> {
  const handle = await open(path, "r+");
  try {
    const { size } = await handle.stat();
    const step = 64 * 1024;
    for (let end = size; end > 0; end -= Math.min(step, end)) {
      const from = Math.max(0, end - step);
      const { buffer } = await handle.read(Buffer.alloc(end - from), 0, end - from, from);
      const at = buffer.lastIndexOf(0x0a);
      if (at === -1) continue;
      if (from + at + 1 < size) await handle.truncate(from + at + 1);
      return;
    }
    await handle.truncate(0);
  } finally {
    await handle.close();
  }
}
