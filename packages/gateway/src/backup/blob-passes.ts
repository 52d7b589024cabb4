import type { Reader } from "../stores/sqlite/connection.ts";
import { integer, text } from "../stores/sql/sql-value.ts";
import type { BlobCopies, Taken } from "./blob-copies.ts";

const page = 500;
/** Files that are taken at a time. */
const atOnce = 8;
/** A pass that found no more is the last but the one at the moment of the backup. */
const fewFiles = page;
const maxPasses = 20;

interface Body {
  readonly id: number;
  readonly file: string;
}

/**
 * Takes the files of the bodies that an index has. Most are taken before the moment of the backup, so that few are left for after it: the
 * gateway removes a file about a minute after the deletion of the last object that needs it.
 * INVARIANT: a body that is in the index is whole, and later ones have higher numbers, because one transaction at a time numbers and adds
 * them. Its row goes before its file does.
 */
export class BlobPasses {
  readonly #copies: BlobCopies;
  readonly #report: (line: string) => void;
  /** The highest number of a body that was looked at. */
  #seen = 0;
  #files = 0;
  /** Files whose bodies are in the index and whose bytes are not to be had. */
  readonly damaged = new Set<string>();

  constructor(copies: BlobCopies, report: (line: string) => void) {
    this.#copies = copies;
    this.#report = report;
  }

  /** `now` reads the index as it is at each time. */
  async before(now: Reader): Promise<void> {
    for (let passes = 0; passes < maxPasses; passes += 1) {
      const before = this.#files;
      await this.#pass(now, now);
      if (this.#files - before < fewFiles) return;
    }
  }

  /** What the index had at the moment that `moment` reads. False: a file of it was removed meanwhile, so that this moment cannot be had. */
  atMoment(moment: Reader, now: Reader): Promise<boolean> {
    return this.#pass(moment, now);
  }

  async #pass(index: Reader, now: Reader): Promise<boolean> {
    let isWhole = true;
    for (;;) {
      const bodies = index.all(
        "SELECT id, file FROM bodies WHERE id > ? AND file IS NOT NULL ORDER BY id LIMIT ?",
        [this.#seen, page],
        ([id, file]): Body => ({ id: integer(id), file: text(file) }),
      );
      for (let from = 0; from < bodies.length; from += atOnce) {
        const some = bodies.slice(from, from + atOnce);
        const taken = await Promise.all(
          some.map(async (body) => this.#settle(body, await this.#copies.take(body.file), now)),
        );
        isWhole &&= taken.every(Boolean);
      }
      this.#files += bodies.length;
      this.#seen = bodies.at(-1)?.id ?? this.#seen;
      if (bodies.length < page) return isWhole;
      this.#report(`${this.#files} blob files …`);
    }
  }

  /** Whether nothing of the body is missing that was to be had. */
  #settle({ id, file }: Body, taken: Taken, now: Reader): boolean {
    if (taken === "taken") return true;
    const isStillThere = now.get("SELECT 1 FROM bodies WHERE id = ?", [id], () => true) ?? false;
    if (isStillThere) this.damaged.add(file);
    return isStillThere;
  }
}
