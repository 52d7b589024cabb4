import { type DatabaseMark, readDatabaseMark } from "../data-folder/database-mark.ts";
import { StoreError } from "../ports/store-error.ts";
import { clientConfig, type PostgresAddress, usualLimits } from "../stores/postgres/connections.ts";
import type { Source } from "../stores/postgres/copy-tables.ts";
import { migrateSchema } from "../stores/postgres/migrate.ts";
import { Turns } from "../stores/postgres/turns.ts";
import type { DirectoryDatabase } from "../stores/sql/identity/directory-database.ts";
import { directoryMigrations } from "../stores/sql/identity/directory-migrations.ts";
import { recordMigrations } from "../stores/sql/record/record-migrations.ts";
import type { RecordDatabase } from "../stores/sql/record/record-procedures.ts";
import { openAsyncDatabase } from "../stores/sqlite/asynchronous.ts";
import { tableShapes } from "../stores/sqlite/table-shapes.ts";
import { withAdvice } from "./database-advice.ts";
import { databaseAddress, databaseName } from "./database-files.ts";
import { directoryFile, recordFile } from "./folder-databases.ts";
import { type DatabaseRequest, parseDatabaseRequest } from "./parse-database-config.ts";

/** Of a directory and its record, from a data folder into a PostgreSQL, or back. */
export interface DirectoryMoveRequest {
  readonly dataDir: string;
  readonly database: DatabaseRequest;
  /** Hears how far it is. */
  readonly report: (line: string) => void;
}

export const schemas = ["directory", "record"] as const;

/** What a data folder and a database have of it. */
export interface BothSides {
  readonly dataDir: string;
  readonly address: PostgresAddress;
  /** For the operator. */
  readonly database: string;
  readonly mark: DatabaseMark | undefined;
}

export function bothSides(dataDir: string, request: DatabaseRequest): BothSides {
  const place = parseDatabaseRequest(request);
  const address = databaseAddress(place);
  return { dataDir, address, database: databaseName(place), mark: readDatabaseMark(dataDir) };
}

/** A move that was begun with one database is not gone on with in another. */
export function refuseOtherDatabase({ dataDir, database, mark }: BothSides): void {
  if (mark === undefined || mark.database === database) return;
  const has = mark.state === "moving" ? "may be" : "is";
  throw new StoreError(
    "conflict",
    `the directory of ${dataDir} ${has} in the database ${mark.database}, and not in ${database}: give that one`,
  );
}

export interface FolderDatabases {
  readonly directory: DirectoryDatabase;
  readonly record: RecordDatabase;
  readonly sources: readonly Source[];
}

/** Those of a folder on which nothing else runs; closed when `work` has ended. */
export async function withFolderDatabases<T>(
  dataDir: string,
  work: (databases: FolderDatabases) => Promise<T>,
): Promise<T> {
  const directory = await openAsyncDatabase(directoryFile(dataDir), { checked: true });
  try {
    const record = await openAsyncDatabase(recordFile(dataDir), { checked: true });
    try {
      const sources = await Promise.all(
        [directory, record].map(async ({ reader }, at) => ({
          schema: schemas[at] ?? "",
          reader,
          tables: await tableShapes(reader),
        })),
      );
      return await work({ directory, record, sources });
    } finally {
      await record.close();
    }
  } finally {
    await directory.close();
  }
}

/** With both schemas there, while no gateway runs on them and none starts. */
export function onStoppedDatabase<T>({ address }: BothSides, work: () => Promise<T>): Promise<T> {
  return new Turns(address, "directory").alone(async () => {
    await migrateSchema(clientConfig(address, "directory", usualLimits), "directory", directoryMigrations);
    await migrateSchema(clientConfig(address, "record", usualLimits), "record", recordMigrations);
    return work();
  });
}

/** What to tell when `database` failed in the middle: nothing is stored, unless the commit was already asked for. */
export function moveFailure({ dataDir, database }: BothSides, error: unknown): unknown {
  if (!(error instanceof StoreError) || error.kind === "conflict") return error;
  const why = withAdvice(error);
  const isKnown = readDatabaseMark(dataDir)?.state !== "moving";
  return new StoreError(
    "conflict",
    isKnown
      ? `the database ${database} failed: ${why}; nothing was changed there or in ${dataDir}, so run this again when that is mended`
      : `the database ${database} failed at the last step: ${why}; run this again, which finds out what is stored`,
  );
}
