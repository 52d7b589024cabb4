import { existsSync } from "node:fs";
import { join } from "node:path";
import { moveCommand, readDatabaseMark, unfinishedMove, writeDatabaseMark } from "../data-folder/database-mark.ts";
import { StoreError } from "../ports/store-error.ts";
import type { PostgresAddress } from "../stores/postgres/connections.ts";
import { type LeaseOptions, openPostgres, type PostgresDatabase } from "../stores/postgres/database.ts";
import type { DirectoryProcedures } from "../stores/sql/identity/directory-database.ts";
import { directoryMigrations } from "../stores/sql/identity/directory-migrations.ts";
import { directoryProcedures } from "../stores/sql/identity/directory-procedures.ts";
import { withAdvice } from "./database-advice.ts";

/** A folder that is not moved has users and keys of its own, which nobody would miss before they are asked for. */
export function refuseOtherDirectory(dataDir: string): void {
  const mark = readDatabaseMark(dataDir);
  if (mark?.state === "moving") throw unfinishedMove(dataDir, mark.database);
  if (mark?.state === "moved" || !existsSync(join(dataDir, "directory.db"))) return;
  throw new StoreError(
    "conflict",
    `${dataDir} has a directory of its own, which --database would not use: start without --database, or with another --data folder, or move it with: ${moveCommand(dataDir)}`,
  );
}

/** From now on the folder is served with its database, or not at all. */
export function markShared(dataDir: string, database: string): void {
  const mark = readDatabaseMark(dataDir);
  if (mark?.database !== database) writeDatabaseMark(dataDir, { state: mark?.state ?? "used", database });
}

/** Of gateways that share it. */
export function openSharedDirectory(
  address: PostgresAddress,
  lease: LeaseOptions,
): Promise<PostgresDatabase<DirectoryProcedures>> {
  return openPostgres({
    address,
    schema: "directory",
    migrations: directoryMigrations,
    procedures: directoryProcedures,
    lease,
  });
}

/** For the operator: which database it is that does not answer as it should. What says itself what to do stays as it is. */
export function ofDatabase(name: string, error: unknown): unknown {
  if (!(error instanceof StoreError) || error.kind === "conflict") return error;
  return new StoreError("conflict", `cannot use the database ${name}: ${withAdvice(error)}`);
}
