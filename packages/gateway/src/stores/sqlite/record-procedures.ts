import { recordProcedures } from "../sql/record/record-procedures.ts";
import { overSqlite } from "./asynchronous.ts";

/** Loaded by the writer thread of record.db. */
export const procedures = overSqlite(recordProcedures);
