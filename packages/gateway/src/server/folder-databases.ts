import { join } from "node:path";
import type { DatabaseOptions } from "../stores/sqlite/database.ts";
import type { DirectoryProcedures } from "../stores/sql/identity/directory-database.ts";
import { directoryMigrations } from "../stores/sql/identity/directory-migrations.ts";
import { messageMigrations } from "../stores/sql/notifications/message-migrations.ts";
import type { MessageProcedures } from "../stores/sql/notifications/message-procedures.ts";
import { recordMigrations } from "../stores/sql/record/record-migrations.ts";
import type { RecordProcedures } from "../stores/sql/record/record-procedures.ts";

/** The directory of a data folder. */
export function directoryFile(dataDir: string): DatabaseOptions<DirectoryProcedures> {
  return {
    path: join(dataDir, "directory.db"),
    migrations: directoryMigrations,
    procedures: new URL("../../bundle/directory-procedures.js", import.meta.url),
  };
}

/** The record of a data folder. */
export function recordFile(dataDir: string): DatabaseOptions<RecordProcedures> {
  return {
    path: join(dataDir, "record.db"),
    migrations: recordMigrations,
    procedures: new URL("../../bundle/record-procedures.js", import.meta.url),
  };
}

/** Notifications of a data folder that their targets have not had yet. */
export function messageFile(dataDir: string): DatabaseOptions<MessageProcedures> {
  return {
    path: join(dataDir, "notifications.db"),
    migrations: messageMigrations,
    procedures: new URL("../../bundle/message-procedures.js", import.meta.url),
  };
}
