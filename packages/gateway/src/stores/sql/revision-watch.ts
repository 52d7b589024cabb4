import type { WatchfulReader } from "./database.ts";
import { readRevision, type RevisionPart } from "./revision.ts";

/** Which revision a part of the directory has, asked of the database only when something may have changed. */
export interface RevisionWatch {
  /** The newest revision that was seen, and the history that it is of. What was read before it is older than an acknowledged change. */
  readonly revision: string | undefined;
  /** Whether nothing was committed since `revision` was read. Asks no database. */
  isCurrent(): boolean;
  /** Reads the revision, which is `revision` from then on. */
  read(): Promise<string>;
}

interface Seen {
  readonly history: number;
  readonly revision: number;
}

export function watchRevision(reader: WatchfulReader, part: RevisionPart): RevisionWatch {
  let changes: number | undefined;
  let newest: Seen | undefined;
  const history = (): number => reader.history?.() ?? 0;
  return {
    get revision() {
      return newest && nameOf(newest);
    },
    isCurrent: () => reader.changes() === changes,
    async read() {
      // INVARIANT: before the revision is read, so that a commit meanwhile makes the next question read it again.
      const now = reader.changes();
      const before = history();
      const seen = { history: before, revision: await readRevision(reader, part) };
      // Of which server it was is not known when another one was reached meanwhile: nothing that is kept counts.
      if (history() !== before) [changes, newest] = [undefined, undefined];
      // Two reads at once may end in another order than they began: an older one changes nothing.
      else if (newest?.history !== before || seen.revision >= newest.revision) [changes, newest] = [now, seen];
      return nameOf(seen);
    },
  };
}

function nameOf({ history, revision }: Seen): string {
  return `${revision} of ${history}`;
}
