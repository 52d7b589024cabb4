import { messageProcedures } from "../sql/notifications/message-procedures.ts";
import { overSqlite } from "./asynchronous.ts";

/** Loaded by the writer thread of notifications.db. */
export const procedures = overSqlite(messageProcedures);
