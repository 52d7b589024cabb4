import { join } from "node:path";
import { readDatabaseMark, writeDatabaseMark } from "../data-folder/database-mark.ts";
import { StoreError } from "../ports/store-error.ts";
import { contentOf, copyTables, inOneTransaction } from "../stores/postgres/copy-tables.ts";
import {
  type BothSides,
  bothSides,
  moveFailure,
  type DirectoryMoveRequest,
  type FolderDatabases,
  onStoppedDatabase,
  refuseOtherDatabase,
  schemas,
  withFolderDatabases,
} from "./directory-move.ts";
import { refuseUnservable } from "./refuse-unservable.ts";
import { settleFolderRecord } from "./open-record.ts";
import { onStoppedFolder, type Refused, refuseWithoutDirectory } from "./stopped-folder.ts";
import { systemClock } from "./system-clock.ts";

export interface MovedDirectory {
  readonly kind: "moved";
  readonly database: string;
  /** Undefined: everything was there already, from a move that was cut off in its last step. */
  readonly copied: { readonly tables: number; readonly rows: number } | undefined;
  /** Every gateway on the database needs a copy of it. */
  readonly keyFile: string;
}

/**
 * Moves everything that a data folder has but its objects and data events into an empty PostgreSQL, in one transaction that is compared
 * with the folder, table by table, before it is committed. Cut off at any point, it has either changed nothing or is finished by doing it
 * again: until it is known which, the folder is not served. See docs/design/many-gateways.md.
 */
export function moveDirectory(request: DirectoryMoveRequest): Promise<MovedDirectory | Refused> {
  return onStoppedFolder(request.dataDir, refuseShared, async (dataDir) => {
    const sides = bothSides(dataDir, request.database);
    refuseOtherDatabase(sides);
    const copied = await withFolderDatabases(dataDir, async (databases) => {
      const { directory, record } = databases;
      await refuseUnservable(dataDir, directory);
      await settleFolderRecord(dataDir, directory, record, systemClock);
      return onStoppedDatabase(sides, () => copy(sides, databases, request.report)).catch((error: unknown) => {
        throw moveFailure(sides, error);
      });
    });
    writeDatabaseMark(dataDir, { state: "moved", database: sides.database });
    return { kind: "moved", database: sides.database, copied, keyFile: join(dataDir, "keyfile") };
  });
}

function refuseShared(dataDir: string): void {
  const mark = readDatabaseMark(dataDir);
  if (mark === undefined || mark.state === "moving") return refuseWithoutDirectory(dataDir);
  throw new StoreError(
    "conflict",
    `the directory of ${dataDir} is in the database ${mark.database} already: serve it with --database`,
  );
}

function copy(
  { address, database, dataDir }: BothSides,
  { sources }: FolderDatabases,
  report: (line: string) => void,
): Promise<MovedDirectory["copied"]> {
  return inOneTransaction(address, schemas, async (client) => {
    const before = await contentOf(client, sources);
    if (before.kind === "other")
      throw new StoreError(
        "conflict",
        `the database ${database} is in use, and not by this directory: ${before.differing.slice(0, 3).join(", ")} have other rows; give an empty database`,
      );
    const rows =
      before.kind === "same"
        ? undefined
        : await copyTables(client, sources, (table, count) => report(`${table} … ${count} rows`));
    report("comparing …");
    if ((await contentOf(client, sources)).kind !== "same")
      throw new StoreError("corrupt", "what was copied is not what is in the folder");
    // INVARIANT: before the commit: the folder is not served from the moment on in which the database may be.
    writeDatabaseMark(dataDir, { state: "moving", database });
    const tables = sources.reduce((sum, source) => sum + source.tables.length, 0);
    return rows === undefined ? undefined : { tables, rows };
  });
}
