import { dayMs } from "../../ports/clock.ts";
import { createReadStream, type Dirent } from "node:fs";
import { mkdir, open, readdir, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import type { DataEventReader, LinePosition, LinesBack } from "../../ports/event-store.ts";
import { cutTornLine } from "./torn-line.ts";

export interface SegmentLimits {
  /** Bytes of all files. */
  readonly maxBytes: number;
  /** ms. */
  readonly maxAge: number;
}

/** The file that an account's lines are written to. */
interface Segment {
  readonly name: string;
  bytes: number;
}

interface SizedFile {
  readonly name: string;
  readonly size: number;
  readonly removable: boolean;
}

/** No more is written to a file of this size, or after this time, so that old ones can be deleted whole. */
const maxSegmentBytes = 16 * 1024 * 1024;
const segmentAgeMs = dayMs;
/** All files of an organization are many times as large as one of them, or deleting one would delete most of what is there. */
const minSegments = 64;

const segmentName = /^(\d{15})(?:-(\d{12}))?\.jsonl$/;
const nameOf = (time: number, accountId: string): string => `${String(time).padStart(15, "0")}-${accountId}.jsonl`;
const timeOf = (name: string): number => Number(name.slice(0, 15));
/** None: the file is from before each account had its own, and has the lines of all. */
const accountOf = (name: string): string | undefined => segmentName.exec(name)?.[2];

/**
 * Lines of accounts, in files that only grow. A file is named after the time of its first line, ms, and its account. What a crash left of
 * a last line is cut off when they are opened. They are not synced line by line: after a power failure the last lines may be missing. No
 * file stays open between two writes, however many accounts there are.
 */
export class EventSegments implements DataEventReader {
  readonly #folder: string;
  readonly #now: () => number;
  readonly #limits: SegmentLimits;
  /** By account. */
  readonly #written = new Map<string, Segment>();
  #last = 0;
  /** The last append that was asked for. */
  #appending: Promise<void> = Promise.resolve();

  private constructor(folder: string, now: () => number, limits: SegmentLimits) {
    this.#folder = folder;
    this.#now = now;
    this.#limits = limits;
  }

  static async open(folder: string, now: () => number, limits: SegmentLimits): Promise<EventSegments> {
    await mkdir(folder, { recursive: true, mode: 0o700 });
    const segments = new EventSegments(folder, now, limits);
    const names = await segments.names();
    segments.#last = timeOf(names.at(-1) ?? "0");
    const newest = new Map(names.map((name) => [accountOf(name), name]));
    for (const name of newest.values()) await cutTornLine(join(folder, name));
    return segments;
  }

  /** Another process writes them. */
  static reader(folder: string): DataEventReader {
    return new EventSegments(folder, () => 0, { maxBytes: 0, maxAge: 0 });
  }

  /** Appends the bytes of whole lines, each with its line feed, and resolves when the system has them. One append after the other. */
  append(accountId: string, lines: Uint8Array): Promise<void> {
    const appended = this.#appending.then(() => this.#append(accountId, lines));
    this.#appending = appended.catch(() => {}); // its caller gets the error
    return appended;
  }

  async #append(accountId: string, lines: Uint8Array): Promise<void> {
    const file = this.#fileOf(accountId);
    const handle = await open(join(this.#folder, file.name), "a", 0o600);
    try {
      await handle.appendFile(lines);
      file.bytes += lines.length;
    } catch (error) {
      // Half a line may be there: it is cut, and the next lines go to a new file.
      this.#written.delete(accountId);
      await handle.truncate(file.bytes);
      throw error;
    } finally {
      await handle.close();
    }
  }

  #fileOf(accountId: string): Segment {
    const now = this.#now();
    const file = this.#written.get(accountId);
    const maxBytes = Math.min(maxSegmentBytes, Math.ceil(this.#limits.maxBytes / minSegments));
    if (file !== undefined && file.bytes < maxBytes && now - timeOf(file.name) < segmentAgeMs) return file;
    this.#last = Math.max(now, this.#last + 1);
    const made = { name: nameOf(this.#last, accountId), bytes: 0 };
    this.#written.set(accountId, made);
    return made;
  }

  async names(): Promise<readonly string[]> {
    const entries: readonly Dirent[] = await readdir(this.#folder, { withFileTypes: true });
    return entries
      .filter((entry) => entry.isFile() && segmentName.test(entry.name))
      .map(({ name }) => name)
      .toSorted();
  }

  /** Deletes whole files: those whose last line is too old, and while there are too many bytes, the oldest of the account with the most. */
  async trim(): Promise<void> {
    const accounts = await this.#filesByAccount();
    const { maxBytes, maxAge } = this.#limits;
    for (const files of accounts.values())
      for (let next = files[0]; next?.removable === true; next = files[0]) {
        const ended = files[1] === undefined ? timeOf(next.name) + segmentAgeMs : timeOf(files[1].name);
        if (this.#now() - ended <= maxAge) break;
        await this.#removeOldest(files);
      }
    const bytesOf = (files: readonly SizedFile[]): number => files.reduce((sum, { size }) => sum + size, 0);
    for (;;) {
      const total = [...accounts.values()].reduce((sum, files) => sum + bytesOf(files), 0);
      const removable = [...accounts.values()].filter(([oldest]) => oldest?.removable === true);
      const [most] = removable.toSorted((one, other) => bytesOf(other) - bytesOf(one));
      if (total <= maxBytes || most === undefined) return;
      await this.#removeOldest(most);
    }
  }

  /** The oldest first. A file that is written to is not removable. */
  async #filesByAccount(): Promise<ReadonlyMap<string, SizedFile[]>> {
    const found = new Map<string, SizedFile[]>();
    for (const name of await this.names()) {
      const accountId = accountOf(name) ?? "";
      const { size } = await stat(join(this.#folder, name));
      const isWritten = this.#written.get(accountId)?.name === name && this.#now() - timeOf(name) < segmentAgeMs;
      found.set(accountId, [...(found.get(accountId) ?? []), { name, size, removable: !isWritten }]);
    }
    return found;
  }

  async #removeOldest(files: SizedFile[]): Promise<void> {
    const name = files.shift()?.name;
    if (name !== undefined) await rm(join(this.#folder, name), { force: true });
  }

  /** The lines before a position, at most about `bytes` of them; undefined: from the end. A line longer than that comes whole. */
  async readBack(accountId: string, position: LinePosition | undefined, bytes: number): Promise<LinesBack> {
    const names = (await this.names()).filter((one) => (accountOf(one) ?? accountId) === accountId);
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
    await this.#appending;
    for (const { name } of this.#written.values()) {
      const handle = await open(join(this.#folder, name), "a").catch(() => undefined);
      await handle?.datasync();
      await handle?.close();
    }
    this.#written.clear();
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
