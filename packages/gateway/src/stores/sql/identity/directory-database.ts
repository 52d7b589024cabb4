import type { Database } from "../database.ts";
import type { directoryProcedures } from "./directory-procedures.ts";

export type DirectoryProcedures = typeof directoryProcedures;

/** directory.db: accounts, identities, sessions and buckets. */
export type DirectoryDatabase = Database<DirectoryProcedures>;
