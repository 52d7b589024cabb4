import { join } from "node:path";
import { readParts, refuseMixedParts } from "../data-folder/folder-parts.ts";
import { StoreError } from "../ports/store-error.ts";
import type { DirectoryDatabase } from "../stores/sql/identity/directory-database.ts";
import { accountIds } from "../stores/sql/identity/principal-rows.ts";
import { localBuckets } from "../stores/sql/buckets/bucket-rows.ts";
import { unendedMoves } from "../stores/sql/buckets/bucket-moves.ts";
import { openOwnKeyFile } from "./own-key-file.ts";
import { refuseOpenKeyFile } from "./shared-key-file.ts";

/** Refuses a directory that gateways could not serve from a database, by what it is that they could not, and with what to do. */
export async function refuseUnservable(dataDir: string, directory: DirectoryDatabase): Promise<void> {
  const { reader } = directory;
  const refuse = (why: string): never => {
    throw new StoreError("conflict", why);
  };
  if ((await accountIds(reader)).length === 0)
    refuse(`${dataDir} has no account yet, so there is nothing to move: start with an empty database`);
  refuseMixedParts(dataDir, await readParts(dataDir, reader));
  await openOwnKeyFile(dataDir, directory);
  refuseOpenKeyFile(join(dataDir, "keyfile"));
  const moves = await unendedMoves(reader);
  if (moves.length > 0)
    refuse(
      `buckets are being moved: ${list(moves)}; start the gateway, and let that end, or give it up with: s3-credentials migrate BUCKET --end`,
    );
  const local = await localBuckets(reader);
  const unsettled = local.filter(({ state }) => state !== "active").map(({ name }) => name);
  if (unsettled.length > 0)
    refuse(`making or deleting of buckets was cut off: ${list(unsettled)}; start the gateway once, which ends it`);
  if (local.length > 0)
    refuse(
      `gateways that share a database keep no objects, and buckets have theirs in ${dataDir}: ${list(local.map(({ name }) => name))}; start the gateway, and move them with: s3-credentials migrate BUCKET --to ENGINE`,
    );
}

function list(names: readonly string[]): string {
  const more = names.length > 5 ? ` and ${names.length - 5} more` : "";
  return names.slice(0, 5).join(", ") + more;
}
