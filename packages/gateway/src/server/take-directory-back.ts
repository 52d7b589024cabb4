import { existsSync } from "node:fs";
import { join } from "node:path";
import { readDatabaseMark, removeDatabaseMark, writeDatabaseMark } from "../data-folder/database-mark.ts";
import { StoreError } from "../ports/store-error.ts";
import { contentOf, dropSchemas, inOneTransaction } from "../stores/postgres/copy-tables.ts";
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
import { onStoppedFolder, type Refused } from "./stopped-folder.ts";

export interface TakenBack {
  readonly kind: "taken-back";
  readonly database: string;
}

/**
 * Ends a move so that the folder's own directory counts again, and deletes the one in the database. Refused when anything was changed
 * there: a right that was taken away, or a key that was deleted, would come back.
 */
export function takeDirectoryBack(request: DirectoryMoveRequest): Promise<TakenBack | Refused> {
  return onStoppedFolder(request.dataDir, refuseNotMoved, async (dataDir) => {
    const sides = bothSides(dataDir, request.database);
    refuseOtherDatabase(sides);
    await withFolderDatabases(dataDir, (databases) =>
      onStoppedDatabase(sides, () => remove(sides, databases)).catch((error: unknown) => {
        throw moveFailure(sides, error);
      }),
    );
    removeDatabaseMark(dataDir);
    return { kind: "taken-back", database: sides.database };
  });
}

function refuseNotMoved(dataDir: string): void {
  const mark = readDatabaseMark(dataDir);
  if (mark !== undefined && mark.state !== "used" && existsSync(join(dataDir, "directory.db"))) return;
  throw new StoreError("conflict", `${dataDir} has no directory that was moved, so there is nothing to take back`);
}

async function remove({ address, database, dataDir }: BothSides, { sources }: FolderDatabases): Promise<void> {
  await inOneTransaction(address, schemas, async (client) => {
    const content = await contentOf(client, sources);
    if (content.kind === "other")
      throw new StoreError(
        "conflict",
        `the database ${database} was changed since the move (${content.differing.slice(0, 3).join(", ")}), and ${dataDir} knows nothing of that: go on with the database`,
      );
    await dropSchemas(client, sources);
    // INVARIANT: before the commit: a gateway that found the database empty would make a new account in it.
    writeDatabaseMark(dataDir, { state: "moving", database });
  });
}
