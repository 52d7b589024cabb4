import type { EventStore } from "../../../ports/event-store.ts";
import { integer, utf8 } from "../sql-value.ts";
import { everyKey, type RecordDatabase } from "./record-procedures.ts";

/** Rows of one slice of background work: others can write between two slices. */
const slice = 100;

/**
 * A document is written once, and then its time is moved once an hour at most (see `Recorder`); so it is kept for two hours more than the
 * last event that can name it.
 */
const documentGraceMs = 2 * 60 * 60 * 1000;

/** The management events in record.db. */
export function sqliteEventStore(database: RecordDatabase): EventStore {
  const { reader } = database;
  let indexing: Promise<void> | undefined;
  const indexAll = async (): Promise<void> => {
    while ((await database.write("indexEvents", { limit: slice })) === slice);
  };
  /** Each event is indexed once, so a lookup pays for its own answer alone. */
  const indexed = async (): Promise<void> => {
    await indexing; // it may have begun before the last event
    await (indexing ??= indexAll().finally(() => (indexing = undefined)));
  };
  return {
    add: (events, now) => database.write("addEvents", { events, now }),
    async lookup({ accountId, key, from, to, before, limit }) {
      await indexed();
      return reader.all(
        `SELECT events.seq, events.body FROM event_keys JOIN events ON events.seq = event_keys.seq
         WHERE event_keys.account_id = ? AND event_keys.key = ? AND event_keys.seq >= ? AND event_keys.seq < ?
         ORDER BY event_keys.seq DESC LIMIT ?`,
        [
          accountId,
          key === undefined ? everyKey : Buffer.from(key, "utf8"),
          from * 1000,
          Math.min((to + 1) * 1000, before ?? Number.MAX_SAFE_INTEGER),
          limit,
        ],
        ([seq, body]) => ({ seq: integer(seq), body: utf8(body) }),
      );
    },
    keepDocuments: (documents, now) => database.write("keepDocuments", { documents: [...documents], now }),
    async documents(hashes) {
      const found = new Map<string, string>();
      for (const hash of hashes) {
        const document = reader.get("SELECT document FROM documents WHERE hash = ?", [hash], ([bytes]) => utf8(bytes));
        if (document !== undefined) found.set(hash, document);
      }
      return found;
    },
    async tend({ before, maxBytes }) {
      await indexed();
      while ((await database.write("trimEvents", { before: before * 1000, maxBytes, limit: slice })) > 0);
      while (
        (await database.write("forgetDocuments", { before: before - documentGraceMs, maxBytes, limit: slice })) > 0
      );
    },
  };
}
