import type { Database } from "../database.ts";
import type { procedures } from "./directory-procedures.ts";

export type DirectoryProcedures = typeof procedures;

/** directory.db: accounts, identities, sessions and buckets. */
export type DirectoryDatabase = Database<DirectoryProcedures>;
