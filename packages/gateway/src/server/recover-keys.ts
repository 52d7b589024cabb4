import { renameSync } from "node:fs";
import { join } from "node:path";
import { chooseAccount } from "../domain/accounts/choose-account.ts";
import { createAccessSecrets } from "../domain/keyring/access-secrets.ts";
import { StoreError } from "../ports/store-error.ts";
import { makeKeyFile, readKeyFile } from "../stores/files/key-file.ts";
import type { Reader } from "../stores/sql/database.ts";
import { namedKeys } from "../stores/sql/identity/account-rows.ts";
import type { DirectoryDatabase } from "../stores/sql/identity/directory-database.ts";
import { accountById, accountIds } from "../stores/sql/identity/principal-rows.ts";
import { organizationIfAny } from "../stores/sql/organization/organization-rows.ts";
import { keyringOpens } from "../stores/sql/sessions/keyring.ts";
import { settleAccountFolders } from "./account-maker.ts";
import { randomIds } from "./random-ids.ts";
import { type Renewed, renewKeys } from "./renew-keys.ts";
import { systemClock } from "./system-clock.ts";

export interface RecoverOptions {
  readonly dataDir: string;
  /** Must be given when there are several accounts, and it is not the management account. */
  readonly accountId: string | undefined;
  /** Makes another key file when the one that belongs to the directory is lost; every key and session is lost with it. */
  readonly newKeyFile: boolean;
}

export interface LostKey {
  readonly accessKeyId: string;
  /** Undefined: the account's root. */
  readonly userName: string | undefined;
}

export interface RecoveredKeys extends Renewed {
  readonly kind: "recovered";
  /** Keys that nothing opens any more, deleted. Undefined: the key file is whole. */
  readonly lostKeys: readonly LostKey[] | undefined;
  /** Where a key file that does not belong to the directory was put. */
  readonly oldKeyFile: string | undefined;
}

/** For the operator. */
export interface DirectoryWords {
  /** What has the directory: `/data`, `the database …`. */
  readonly place: string;
  /** How the right key file comes back. */
  readonly restore: string;
  /** What is there beside users and their like, and stays without the key file. */
  readonly otherThings: () => string;
}

/** Keys of root and of an administrator that work, in the files of the data folder. */
export async function recoverKeys(
  database: DirectoryDatabase,
  { dataDir, accountId: asked, newKeyFile }: RecoverOptions,
  words: DirectoryWords,
): Promise<RecoveredKeys> {
  const accountId = await accountOf(database.reader, asked, words);
  const { keyFile, ...lost } = await wholeKeyFile(database, dataDir, newKeyFile, words);
  const secrets = createAccessSecrets(keyFile);
  await settleAccountFolders(dataDir, async (id) => (await accountById(database.reader, id)) !== undefined);
  const renewed = await renewKeys({ database, secrets, dataDir, accountId, ids: randomIds, clock: systemClock });
  return { kind: "recovered", ...renewed, ...lost };
}

async function accountOf(reader: Reader, asked: string | undefined, { place }: DirectoryWords): Promise<string> {
  const present = await accountIds(reader);
  const named = (await organizationIfAny(reader))?.managementAccountId;
  const management = named !== undefined && present.includes(named) ? named : present[0];
  const choice = chooseAccount(management, asked, present, place);
  if (choice.kind === "chosen") return choice.accountId;
  if (choice.kind === "refused") throw new StoreError("conflict", choice.why);
  throw new StoreError(
    "conflict",
    `${place} has no account yet, so there is nothing to recover: start the gateway on it, which makes one with its keys`,
  );
}

interface WholeKeyFile extends Pick<RecoveredKeys, "lostKeys" | "oldKeyFile"> {
  readonly keyFile: Buffer;
}

/** The key file that the directory's secrets open with; another one only when asked for. */
async function wholeKeyFile(
  database: DirectoryDatabase,
  dataDir: string,
  makeNew: boolean,
  { place, restore, otherThings }: DirectoryWords,
): Promise<WholeKeyFile> {
  const path = join(dataDir, "keyfile");
  const found = readKeyFile(path);
  if (typeof found !== "string" && (await keyringOpens(database.reader, found)))
    return { keyFile: found, lostKeys: undefined, oldKeyFile: undefined };
  const lostKeys = await namedKeys(database.reader);
  if (!makeNew) {
    const why = typeof found === "string" ? `is ${found}` : `is not the one of ${place}`;
    throw new StoreError(
      "conflict",
      `the key file ${path} ${why}, and without it no access key (there are ${lostKeys.length}) and no session can be restored: ${restore}, or give up the keys and sessions with --new-key-file; users, roles, policies, passwords, buckets${otherThings()} stay`,
    );
  }
  const oldKeyFile = found === "missing" ? undefined : `${path}.old-${systemClock.now()}`;
  if (oldKeyFile !== undefined) renameSync(path, oldKeyFile);
  const keyFile = makeKeyFile(path);
  await database.write("forgetSealedSecrets");
  return { keyFile, lostKeys, oldKeyFile };
}
