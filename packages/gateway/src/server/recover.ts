import { renameSync } from "node:fs";
import { join } from "node:path";
import { randomIds } from "./random-ids.ts";
import { systemClock } from "./system-clock.ts";
import { acceptParts, readParts, refuseMixedParts } from "../data-folder/folder-parts.ts";
import { chooseAccount } from "../domain/accounts/choose-account.ts";
import { countSealedBodies } from "../data-planes/local/inspect-index.ts";
import { createAccessSecrets } from "../domain/keyring/access-secrets.ts";
import { checkDataFolder } from "../data-folder/check-data-folder.ts";
import { namedKeys } from "../stores/sql/identity/account-rows.ts";
import { accountById, accountIds } from "../stores/sql/identity/principal-rows.ts";
import { organizationIfAny } from "../stores/sql/organization/organization-rows.ts";
import { settleAccountFolders } from "./account-maker.ts";
import { directoryFile } from "./folder-databases.ts";
import { type Renewed, renewKeys } from "./renew-keys.ts";
import { onStoppedFolder, type Refused, refuseWithoutDirectory } from "./stopped-folder.ts";
import { StoreError } from "../ports/store-error.ts";
import { makeKeyFile, readKeyFile } from "../stores/files/key-file.ts";
import { keyringOpens } from "../stores/sql/sessions/keyring.ts";
import { openAsyncDatabase } from "../stores/sqlite/asynchronous.ts";
import type { DirectoryDatabase } from "../stores/sql/identity/directory-database.ts";

export interface RecoverOptions {
  readonly dataDir: string;
  /** Must be given when the folder has several accounts. */
  readonly accountId: string | undefined;
  /** Makes another key file when the one that belongs to the folder is lost; every key and session is lost with it. */
  readonly newKeyFile: boolean;
  /** Lets the next start take directory.db, objects.db and blobs as they are. */
  readonly acceptParts: boolean;
}

export interface LostKey {
  readonly accessKeyId: string;
  /** Undefined: the account's root. */
  readonly userName: string | undefined;
}

export interface Recovered extends Renewed {
  readonly kind: "recovered";
  /** Keys that nothing opens any more, deleted. Undefined: the key file is whole. */
  readonly lostKeys: readonly LostKey[] | undefined;
  /** Where a key file that does not belong to the folder was put. */
  readonly oldKeyFile: string | undefined;
  /** Why the gateway will not start yet; undefined: it can start. */
  readonly mixedParts: string | undefined;
}

/** Gives the owner of a data folder administrator keys again. No gateway may run on the folder. */
export function recoverFolder(options: RecoverOptions): Promise<Recovered | Refused> {
  const check = (dataDir: string): void => {
    checkDataFolder(dataDir);
    refuseWithoutDirectory(dataDir);
  };
  return onStoppedFolder(options.dataDir, check, (dataDir) => recoverLocked({ ...options, dataDir }));
}

async function recoverLocked({
  dataDir,
  accountId: asked,
  newKeyFile,
  acceptParts: accepted,
}: RecoverOptions): Promise<Recovered> {
  const database = await openAsyncDatabase(directoryFile(dataDir), { checked: true });
  try {
    const accountId = await accountOf(database, asked, dataDir);
    const keys = await wholeKeyFile(database, dataDir, newKeyFile);
    const secrets = createAccessSecrets(keys.keyFile);
    await settleAccountFolders(dataDir, async (id) => (await accountById(database.reader, id)) !== undefined);
    const renewed = await renewKeys({ database, secrets, dataDir, accountId, ids: randomIds, clock: systemClock });
    if (accepted) await acceptParts(dataDir, database);
    const { lostKeys, oldKeyFile } = keys;
    return { kind: "recovered", ...renewed, lostKeys, oldKeyFile, mixedParts: await mixedParts(dataDir, database) };
  } finally {
    await database.close();
  }
}

async function accountOf({ reader }: DirectoryDatabase, asked: string | undefined, dataDir: string): Promise<string> {
  const present = await accountIds(reader);
  const named = (await organizationIfAny(reader))?.managementAccountId;
  const management = named !== undefined && present.includes(named) ? named : present[0];
  const choice = chooseAccount(management, asked, present, dataDir);
  if (choice.kind === "chosen") return choice.accountId;
  if (choice.kind === "refused") throw new StoreError("conflict", choice.why);
  throw new StoreError(
    "conflict",
    `${dataDir} has no account yet, so there is nothing to recover: start the gateway on it, which makes one with its keys`,
  );
}

interface WholeKeyFile extends Pick<Recovered, "lostKeys" | "oldKeyFile"> {
  readonly keyFile: Buffer;
}

/** The key file that the folder's secrets open with; another one only when asked for. */
async function wholeKeyFile(database: DirectoryDatabase, dataDir: string, makeNew: boolean): Promise<WholeKeyFile> {
  const path = join(dataDir, "keyfile");
  const found = readKeyFile(path);
  if (typeof found !== "string" && (await keyringOpens(database.reader, found)))
    return { keyFile: found, lostKeys: undefined, oldKeyFile: undefined };
  const lostKeys = await namedKeys(database.reader);
  if (!makeNew) {
    const why = typeof found === "string" ? `is ${found}` : "is not the one of this folder";
    const sealed = countSealedBodies(dataDir);
    const objects = sealed === 0 ? "objects" : `objects that are not encrypted with it (${sealed} bodies are)`;
    throw new StoreError(
      "conflict",
      `the key file ${path} ${why}, and without it no access key (there are ${lostKeys.length}) and no session can be restored: put it back from a copy, or give up the keys and sessions with --new-key-file; users, roles, policies, passwords, buckets and ${objects} stay`,
    );
  }
  const oldKeyFile = found === "missing" ? undefined : `${path}.old-${systemClock.now()}`;
  if (oldKeyFile !== undefined) renameSync(path, oldKeyFile);
  const keyFile = makeKeyFile(path);
  await database.write("forgetSealedSecrets");
  return { keyFile, lostKeys, oldKeyFile };
}

async function mixedParts(dataDir: string, { reader }: DirectoryDatabase): Promise<string | undefined> {
  try {
    refuseMixedParts(dataDir, await readParts(dataDir, reader));
    return undefined;
  } catch (error) {
    if (error instanceof StoreError) return error.message;
    throw error;
  }
}
