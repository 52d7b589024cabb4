/** The file system that has the data folder. */
export interface DiskSpace {
  /** Bytes that may still be written, and bytes of the whole file system. */
  read(): Promise<{ readonly free: number; readonly total: number }>;
}

/** Space that objects leave free: the larger of both. */
export interface SpaceFloor {
  readonly bytes: number;
  /** Of the whole file system, 0 to 100. */
  readonly percent: number;
}
