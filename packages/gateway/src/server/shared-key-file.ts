import { statSync } from "node:fs";
import { join } from "node:path";
import { StoreError } from "../ports/store-error.ts";
import { openKeyFile, readKeyFile } from "../stores/files/key-file.ts";
import type { Reader } from "../stores/sql/database.ts";
import { isEmptyKeyring, keyringOpens } from "../stores/sql/sessions/keyring.ts";
import { isOpenToOthers } from "./private-file.ts";

/**
 * The key that opens what the database has sealed, which is the same on each gateway. Only for an empty database is one made. No other
 * gateway may be starting. `database`: for the operator.
 */
export async function openSharedKeyFile(dataDir: string, database: string, reader: Reader): Promise<Buffer> {
  const path = join(dataDir, "keyfile");
  const keyFile = (await isEmptyKeyring(reader)) ? openKeyFile(path, true) : readKeyFile(path);
  const copy = `copy the file keyfile from the --data folder of a gateway that runs on it to ${path}, so that nobody else reads it on the way, with mode 0600`;
  if (typeof keyFile === "string")
    throw new StoreError(
      "conflict",
      `the key file ${path} is ${keyFile}, and the database ${database} is in use: ${copy}`,
    );
  refuseOpenKeyFile(path);
  if (await keyringOpens(reader, keyFile)) return keyFile;
  throw new StoreError(
    "conflict",
    `the key file ${path} is not the one that the database ${database} was sealed with: ${copy}`,
  );
}

/** Who has it can open what is in the database, which others may reach. */
export function refuseOpenKeyFile(path: string): void {
  if (isOpenToOthers(statSync(path)))
    throw new StoreError("conflict", `others than its owner may read the key file ${path}; run: chmod 600 ${path}`);
}
