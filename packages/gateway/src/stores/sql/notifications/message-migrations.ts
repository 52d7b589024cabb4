import type { Migration } from "../migration.ts";

/** Everything in notifications.db: what a file of the data folder holds for targets that have not had it yet. */
export const messageMigrations: readonly Migration[] = [
  {
    name: "0010-messages",
    sql: `
      CREATE TABLE messages (
        target TEXT NOT NULL,
        account_id TEXT NOT NULL,
        seq INTEGER NOT NULL,
        id TEXT NOT NULL,
        ordering_key BLOB NOT NULL,
        since INTEGER NOT NULL,
        body BLOB NOT NULL,
        PRIMARY KEY (target, account_id, seq)
      ) STRICT, WITHOUT ROWID;
      CREATE TABLE backlogs (
        target TEXT NOT NULL,
        account_id TEXT NOT NULL,
        messages INTEGER NOT NULL,
        bytes INTEGER NOT NULL,
        PRIMARY KEY (target, account_id)
      ) STRICT, WITHOUT ROWID;
      CREATE TABLE last_seq (one INTEGER PRIMARY KEY CHECK (one = 1), seq INTEGER NOT NULL) STRICT;
      INSERT INTO last_seq (one, seq) VALUES (1, 0);
    `,
  },
];
