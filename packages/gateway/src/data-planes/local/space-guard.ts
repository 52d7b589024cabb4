import { statfs } from "node:fs/promises";
import type { Clock } from "../../ports/clock.ts";
import type { DiskSpace, SpaceFloor } from "../../ports/disk-space.ts";
import { StoreError } from "../../ports/store-error.ts";
import { type DiskReserve, reserveSize } from "./disk-reserve.ts";

/** A reading of free space is used so long, ms, */
const readingAge = 1000;
/** and for so many bytes written since, by all processes on the folder. */
const readingBytes = 64 * 1024 * 1024;
/** A start with less free space than this removes the reserve, because a database cannot be opened without space for its log. */
const startNeeds = reserveSize / 2;

export interface SpaceGuardParts {
  readonly space: DiskSpace;
  readonly floor: SpaceFloor;
  /** A function: the reserve is another process's, and this says whether it is filled. */
  readonly reserve: DiskReserve | (() => Promise<boolean>);
  readonly clock: Clock;
  /** How many processes write objects. */
  readonly workers?: number;
  /** One line, when the disk becomes full and when it no longer is. */
  readonly report: (line: string) => void;
}

/** Space reserved for one body. */
export interface Admission {
  /** Rejects when the disk has become full meanwhile. */
  wrote(bytes: number): Promise<void>;
  /** Whatever was not written is free again. */
  end(): void;
}

/**
 * Keeps a floor of free space that objects may not use: rights and objects can be deleted only while the databases can
 * still write. Rejects with `StoreError("full")`.
 */
export class SpaceGuard {
  readonly #parts: SpaceGuardParts;
  readonly #reserve: DiskReserve | undefined;
  #free = 0;
  #floor = 0;
  #readAt = Number.NEGATIVE_INFINITY;
  #writtenSince = 0;
  /** Bytes of bodies that are announced and not yet written. */
  #announced = 0;
  /** Bytes that the reserve is taking just now. */
  #reserving = 0;
  #reading: Promise<void> | undefined;
  #low = false;

  constructor(parts: SpaceGuardParts) {
    this.#parts = parts;
    this.#reserve = typeof parts.reserve === "function" ? undefined : parts.reserve;
  }

  /**
   * Before a body is read. What others have announced counts for at most half of the room, so that those who announce
   * much and send nothing cannot stop all others; what is really written is looked at again on the way.
   */
  async admit(bytes: number): Promise<Admission> {
    const room = await this.#room();
    if (room < 0 || bytes > room - Math.min(this.#announced, room / 2)) throw diskFull();
    let left = bytes;
    this.#announced += bytes;
    const take = (taken: number): void => {
      left -= taken;
      this.#announced -= taken;
    };
    return {
      wrote: async (written) => {
        take(Math.min(written, left));
        this.#writtenSince += written;
        if ((await this.#room()) < 0) throw diskFull();
      },
      end: () => take(left),
    };
  }

  /** Small rows that deletions add (delete markers) may use half of the floor. */
  async admitMarker(): Promise<void> {
    if ((await this.#room()) + this.#floor / 2 < 0) throw diskFull();
  }

  /** Called when the kernel says that the disk is full, because the last reading is then wrong. */
  async releaseReserve(): Promise<void> {
    this.#readAt = Number.NEGATIVE_INFINITY;
    if (this.#reserve?.filled === true) this.#parts.report("the disk is full: the reserve is given up for deletions");
    await this.#reserve?.release();
  }

  /** Before the databases are opened. */
  async start(): Promise<void> {
    if (this.#reserve?.filled === true && (await this.#parts.space.read()).free < startNeeds)
      await this.releaseReserve();
  }

  /** From time to time: makes the reserve, or makes it again, when there is space. */
  async keepReserve(): Promise<void> {
    const reserve = this.#reserve;
    this.#readAt = Number.NEGATIVE_INFINITY;
    const room = await this.#room();
    if (reserve === undefined || reserve.filled || room < reserveSize) return;
    // The reserve takes its space while bodies are written, and no reading made before or meanwhile knows of all of it.
    this.#reserving = reserveSize;
    try {
      await reserve.fill();
    } finally {
      this.#reserving = 0;
      this.#readAt = Number.NEGATIVE_INFINITY;
    }
  }

  /** Bytes above the floor; less than 0 below it. */
  async #room(): Promise<number> {
    const { clock, workers = 1 } = this.#parts;
    const stale = clock.monotonic() - this.#readAt >= readingAge || this.#writtenSince >= readingBytes / workers;
    if (stale) await (this.#reading ??= this.#read().finally(() => (this.#reading = undefined)));
    const room = this.#free - this.#writtenSince - this.#floor - this.#reserving;
    this.#reportChange(room);
    return room;
  }

  async #read(): Promise<void> {
    const { space, floor, reserve, clock } = this.#parts;
    const { free, total } = await space.read().catch((cause: unknown) => {
      throw new StoreError("unavailable", "the free space of the disk cannot be read", { cause });
    });
    this.#free = free;
    const filled = typeof reserve === "function" ? await reserve() : reserve.filled;
    this.#floor = Math.max(floor.bytes, (total * floor.percent) / 100, filled ? 0 : reserveSize);
    this.#readAt = clock.monotonic();
    this.#writtenSince = 0;
  }

  #reportChange(room: number): void {
    if (this.#low === room < 0) return;
    this.#low = room < 0;
    const free = `${mebibytes(this.#free)} MiB are free, the floor is ${mebibytes(this.#floor)} MiB`;
    this.#parts.report(
      this.#low
        ? `the disk is nearly full: object writes are refused (${free}); delete objects, free space, or lower --min-free-space`
        : `there is space on the disk again: object writes go on (${free})`,
    );
  }
}

export function diskFull(cause?: unknown): StoreError {
  return new StoreError("full", "the disk is full", cause === undefined ? undefined : { cause });
}

function mebibytes(bytes: number): number {
  return Math.floor(bytes / (1024 * 1024));
}

/** The space that the kernel leaves to writers that are not root. */
export function fileSystemSpace(folder: string): DiskSpace {
  return {
    read: async () => {
      const { bavail, blocks, bsize } = await statfs(folder);
      return { free: bavail * bsize, total: blocks * bsize };
    },
  };
}
