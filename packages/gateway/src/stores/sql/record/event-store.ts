import type { EventStore } from "../../../ports/event-store.ts";
import { integer, utf8 } from "../sql-value.ts";
import { gathered } from "./gathered.ts";
import type { ReadJournal } from "./read-journal.ts";
import type { RecordDatabase } from "./record-procedures.ts";

/** Rows of one slice of background work: others can write between two slices. */
const slice = 100;
/** Events that one lookup looks at: about half a millisecond of work. */
const lookedAt = 100;

/** The time of a document in the store is moved at most so often. */
const documentRefreshMs = 60 * 60 * 1000;
/** A document is kept for that much more than the last event that can name it, and for the time that a call takes. */
const documentGraceMs = 2 * documentRefreshMs;
/** Hashes remembered as kept; beyond it they are written once more. */
const maxKnownDocuments = 10_000;

const inRange = "account_id = ? AND seq >= ? AND seq < ?";
const byAccount = `events INDEXED BY events_by_account WHERE ${inRange}`;
const byKey = `${byAccount} AND instr(keys, ?) > 0`;
const byId = `events INDEXED BY events_by_id WHERE ${inRange} AND substr(keys, 1, 47) = ?`;

export interface SharedEventStore extends EventStore {
  /** Documents that another process on the folder has forgotten. */
  forgotten(hashes: readonly string[]): void;
}

/**
 * The management events in record.db; those in the journal are moved there before anybody looks. `hear`: of documents that `tend` forgot.
 */
export function eventStore(
  database: RecordDatabase,
  journal: Pick<ReadJournal, "add" | "flush">,
  hear: (hashes: readonly string[]) => void = () => {},
): SharedEventStore {
  const { reader } = database;
  /** When each document was last written. */
  const kept = new Map<string, number>();
  const forget = (hashes: readonly string[]): void => {
    for (const hash of hashes) kept.delete(hash);
  };
  return {
    add: gathered((events, now) => database.write("addEvents", { events, now })),
    addReads: journal.add,
    async lookup({ accountId, key, from, to, before, limit }) {
      if (before === undefined) await journal.flush(); // what comes now is newer than where a page goes on
      const [first, end] = [from * 1000, Math.min((to + 1) * 1000, before ?? Number.MAX_SAFE_INTEGER)];
      const isId = key?.startsWith("EventId=") === true;
      const last = isId
        ? undefined
        : await reader.get(
            `SELECT seq FROM ${byAccount} ORDER BY seq DESC LIMIT 1 OFFSET ?`,
            [accountId, first, end, lookedAt - 1],
            ([seq]) => integer(seq),
          );
      const events = await reader.all(
        `SELECT seq, body FROM ${isId ? byId : byKey} ORDER BY seq DESC LIMIT ?`,
        [accountId, last ?? first, end, searched(key, isId), limit],
        ([seq, body]) => ({ seq: integer(seq), body: utf8(body) }),
      );
      return { events, next: events.length === limit ? events.at(-1)?.seq : last };
    },
    async keepDocuments(documents, now) {
      const due = documents.filter(
        ({ hash }) => now - (kept.get(hash) ?? Number.NEGATIVE_INFINITY) >= documentRefreshMs,
      );
      if (due.length === 0) return;
      await database.write("keepDocuments", { documents: due, now });
      if (kept.size > maxKnownDocuments) kept.clear();
      for (const { hash } of due) kept.set(hash, now);
    },
    async documents(hashes) {
      const found = new Map<string, string>();
      for (const hash of hashes) {
        const document = await reader.get("SELECT document FROM documents WHERE hash = ?", [hash], ([bytes]) =>
          utf8(bytes),
        );
        if (document !== undefined) found.set(hash, document);
      }
      return found;
    },
    async tend({ before, maxBytes }) {
      while ((await database.write("trimEvents", { before: before * 1000, maxBytes, limit: slice })) > 0);
      const limits = { before: before - documentGraceMs, maxBytes, limit: slice };
      for (let forgotten: readonly string[] | undefined; forgotten?.length !== 0;) {
        forgotten = await database.write("forgetDocuments", limits);
        forget(forgotten);
        hear(forgotten);
      }
    },
    forgotten: forget,
  };
}

/**
 * A part of the column `keys`, which is a JSON array of texts with `EventId` as the first. INVARIANT: it is in no other key, because a quote
 * inside a text has a backslash before it and not a comma.
 */
function searched(key: string | undefined, isId: boolean): Buffer {
  const part = key === undefined ? "[" : `${isId ? "[" : ","}${JSON.stringify(key)}`;
  return Buffer.from(part, "utf8");
}
