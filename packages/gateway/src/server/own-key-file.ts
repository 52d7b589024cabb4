import { join } from "node:path";
import { StoreError } from "../ports/store-error.ts";
import { openKeyFile } from "../stores/files/key-file.ts";
import type { DirectoryDatabase } from "../stores/sql/identity/directory-database.ts";
import { isEmptyKeyring, keyringOpens } from "../stores/sql/sessions/keyring.ts";

/** The key that opens what the directory of the folder has sealed. Made for an empty directory. */
export async function openOwnKeyFile(dataDir: string, { reader }: DirectoryDatabase): Promise<Buffer> {
  const path = join(dataDir, "keyfile");
  const keyFile = openKeyFile(path, await isEmptyKeyring(reader));
  if (await keyringOpens(reader, keyFile)) return keyFile;
  throw new StoreError(
    "conflict",
    `the key file ${path} is not the one that ${join(dataDir, "directory.db")} was sealed with: put that one back from a copy, or see what is lost without it with: s3-credentials recover --data ${dataDir}`,
  );
}
