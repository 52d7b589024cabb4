import type { Migration } from "../migration.ts";

/** Everything in record.db. What a client can choose (names in keys, events) is bytes. */
export const recordMigrations: readonly Migration[] = [
  {
    name: "0010-events",
    sql: `
      CREATE TABLE events (
        seq INTEGER PRIMARY KEY,
        account_id TEXT NOT NULL,
        changed INTEGER NOT NULL CHECK (changed IN (0, 1)),
        keys BLOB NOT NULL,
        body BLOB NOT NULL
      ) STRICT;
      CREATE TABLE event_keys (
        account_id TEXT NOT NULL,
        key BLOB NOT NULL,
        seq INTEGER NOT NULL,
        PRIMARY KEY (account_id, key, seq)
      ) STRICT, WITHOUT ROWID;
      CREATE TABLE event_sizes (account_id TEXT PRIMARY KEY, bytes INTEGER NOT NULL) STRICT, WITHOUT ROWID;
      CREATE TABLE indexed (one INTEGER PRIMARY KEY CHECK (one = 1), up_to INTEGER NOT NULL) STRICT;
      INSERT INTO indexed (one, up_to) VALUES (1, 0);
      CREATE TABLE documents (
        hash TEXT PRIMARY KEY,
        document BLOB NOT NULL,
        named_at INTEGER NOT NULL
      ) STRICT, WITHOUT ROWID;
      CREATE INDEX documents_by_time ON documents (named_at);
    `,
  },
  {
    name: "0180-document-size",
    sql: `
      CREATE TABLE document_size (one INTEGER PRIMARY KEY CHECK (one = 1), bytes INTEGER NOT NULL) STRICT;
      INSERT INTO document_size (one, bytes) SELECT 1, coalesce(sum(length(document)), 0) FROM documents;
    `,
  },
  {
    // Events are found by a walk through those of their account: an index by each key cost more than the event itself.
    name: "0190-events-by-account",
    sql: `
      DROP TABLE event_keys;
      DROP TABLE indexed;
      CREATE INDEX events_by_account ON events (account_id);
      CREATE INDEX events_without_change ON events (account_id) WHERE changed = 0;
      CREATE INDEX events_by_id ON events (substr(keys, 1, 47));
      DELETE FROM event_sizes;
      INSERT INTO event_sizes (account_id, bytes) SELECT account_id, sum(length(body)) FROM events GROUP BY account_id;
    `,
  },
];
