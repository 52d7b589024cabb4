import { directoryProcedures } from "../sql/identity/directory-procedures.ts";
import { overSqlite } from "./asynchronous.ts";

/** Loaded by the writer thread of directory.db. */
export const procedures = overSqlite(directoryProcedures);
