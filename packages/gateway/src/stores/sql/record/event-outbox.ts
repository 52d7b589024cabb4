import type { NewEvent } from "../../../ports/event-store.ts";
import type { Reader, Writer } from "../database.ts";
import type { Migration } from "../migration.ts";
import { utf8 } from "../sql-value.ts";

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
export async function recordChange(writer: Writer, { events, stored }: OutboxEntry): Promise<void> {
  for (const event of events)
    await writer.run(
      "INSERT INTO event_outbox (event_id, event) VALUES (?, ?) ON CONFLICT (event_id) DO UPDATE SET event = excluded.event",
      [event.eventId, Buffer.from(JSON.stringify(event), "utf8")],
    );
  await clearOutbox(writer, { stored });
}

export async function clearOutbox(writer: Writer, { stored }: Pick<OutboxEntry, "stored">): Promise<void> {
  for (const eventId of stored) await writer.run("DELETE FROM event_outbox WHERE event_id = ?", [eventId]);
}

export function readOutbox(reader: Reader): Promise<readonly NewEvent[]> {
  return reader.all("SELECT event FROM event_outbox", [], ([event]) => JSON.parse(utf8(event)) as NewEvent);
}
