import { statSync } from "node:fs";

/** Which file is at a path now, whatever is in it; undefined when none can be seen there. */
function fileAt(path: string): string | undefined {
  try {
    const { dev, ino } = statSync(path, { bigint: true });
    return `${dev}:${ino}`;
  } catch {
    return undefined;
  }
}

/**
 * A file that this process has just opened, or is about to. SQLite goes on with an open file that was removed, moved away or replaced, as
 * when a copy of the folder is put in its place: what is written then is nowhere once the process ends. https://www.sqlite.org/howtocorrupt.html
 */
export class FilePlace {
  readonly #path: string;
  readonly #file: string | undefined;

  constructor(path: string) {
    this.#path = path;
    this.#file = fileAt(path);
  }

  /** What is wrong when the path does not lead to that file any more: one line for the log. */
  fault(): string | undefined {
    if (this.#file !== undefined && fileAt(this.#path) === this.#file) return undefined;
    return `${this.#path} was moved, removed or replaced while it was open, and what is written would be lost; put it back, or stop the gateway`;
  }
}
