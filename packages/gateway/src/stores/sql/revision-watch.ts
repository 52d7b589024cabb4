import type { WatchfulReader } from "./database.ts";
import { readRevision, type RevisionPart } from "./revision.ts";

/** Which revision a part of the directory has, asked of the database only when something may have changed. */
export interface RevisionWatch {
  /** The newest revision that was seen. What was read before it is older than an acknowledged change. */
  readonly revision: number | undefined;
  /** Whether nothing was committed since `revision` was read. Asks no database. */
  isCurrent(): boolean;
  /** Reads the revision, which is `revision` from then on. */
  read(): Promise<number>;
}

export function watchRevision(reader: WatchfulReader, part: RevisionPart): RevisionWatch {
  let changes: number | undefined;
  let revision: number | undefined;
  return {
    get revision() {
      return revision;
    },
    isCurrent: () => reader.changes() === changes,
    async read() {
      // INVARIANT: before the revision is read, so that a commit meanwhile makes the next question read it again.
      const now = reader.changes();
      const seen = await readRevision(reader, part);
      // Two reads at once may end in another order than they began: an older one changes nothing.
      if (revision === undefined || seen >= revision) [changes, revision] = [now, seen];
      return seen;
    },
  };
}
