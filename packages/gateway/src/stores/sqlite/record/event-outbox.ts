import type { NewEvent } from "../../../ports/event-store.ts";
import type { Reader, Writer } from "../connection.ts";
import type { Migration } from "../../sql/migration.ts";
import { utf8 } from "../../sql/sql-value.ts";

/**
 * Events of changes that may not be in record.db yet. A change and its event are one transaction of directory.db; the whole event, with the
 * answer, goes to record.db before the client is answered. Then the event here is deleted, together with one of the next changes.
 */
export const outboxMigration = (name: string): Migration => ({
  name,
  sql: `
    CREATE TABLE event_outbox (
      event_id TEXT PRIMARY KEY,
      event BLOB NOT NULL
    ) STRICT, WITHOUT ROWID;
  `,
});

export interface OutboxEntry {
  readonly events: readonly NewEvent[];
  /** Ids of events that are in record.db by now. */
  readonly stored: readonly string[];
}

/** An operation that makes several changes writes its event with each of them; the last one counts. */
export function recordChange(writer: Writer, { events, stored }: OutboxEntry): void {
  for (const event of events)
    writer.run("INSERT OR REPLACE INTO event_outbox (event_id, event) VALUES (?, ?)", [
      event.eventId,
      Buffer.from(JSON.stringify(event), "utf8"),
    ]);
  clearOutbox(writer, { stored });
}

export function clearOutbox(writer: Writer, { stored }: Pick<OutboxEntry, "stored">): void {
  for (const eventId of stored) writer.run("DELETE FROM event_outbox WHERE event_id = ?", [eventId]);
}

export function readOutbox(reader: Reader): readonly NewEvent[] {
  return reader.all("SELECT event FROM event_outbox", [], ([event]) => JSON.parse(utf8(event)) as NewEvent);
}
