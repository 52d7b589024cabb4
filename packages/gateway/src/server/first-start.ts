import { randomBytes, randomInt } from "node:crypto";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { chooseAccount, firstAccountRefusal } from "../domain/accounts/choose-account.ts";
import type { Clock } from "../ports/clock.ts";
import type { NewPrincipal } from "../ports/identity-store.ts";
import type { Ids } from "../ports/ids.ts";
import { StoreError } from "../ports/store-error.ts";
import { writePrivateFile } from "../stores/files/private-write.ts";
import type { DirectoryDatabase } from "../stores/sql/identity/directory-database.ts";
import { firstAccountRows } from "../stores/sql/identity/account-rows.ts";
import { accountIds } from "../stores/sql/identity/principal-rows.ts";
import { organizationIfAny } from "../stores/sql/organization/organization-rows.ts";
import type { AccessSecrets } from "../domain/keyring/access-secrets.ts";

export interface FirstStartParts {
  readonly database: DirectoryDatabase;
  readonly secrets: AccessSecrets;
  readonly dataDir: string;
  /** 12 digits; undefined: random at the first start, later the only one that is there. */
  readonly accountId: string | undefined;
  readonly ids: Ids;
  readonly clock: Clock;
}

export interface Started {
  readonly accountId: string;
  readonly created: boolean;
  readonly rootCredentialsFile: string;
  readonly adminCredentialsFile: string;
}

/** Twelve digits, none of them a leading zero, which some programs would drop. */
export function newAccountId(): string {
  return String(randomInt(100_000_000_000, 1_000_000_000_000));
}

/** Secrets are 40 characters of base64, as AWS's are. */
export function newSecret(): string {
  return randomBytes(30).toString("base64");
}

/**
 * The account, with random root keys and an `admin` user with AdministratorAccess. The key files are written before the one
 * transaction that makes the keys valid, so a crash between the two leaves files of keys that do not work and the next start
 * writes new ones; never keys that nobody has.
 */
export async function firstStart(parts: FirstStartParts): Promise<Started> {
  const { database, dataDir, accountId } = parts;
  const files = {
    rootCredentialsFile: join(dataDir, "root-credentials"),
    adminCredentialsFile: join(dataDir, "admin-credentials"),
  };
  const present = await accountIds(database.reader);
  const named = (await organizationIfAny(database.reader))?.managementAccountId;
  const management = named !== undefined && present.includes(named) ? named : present[0];
  const choice = chooseAccount(management, accountId, management === undefined ? [] : [management], dataDir);
  if (choice.kind === "refused") throw new StoreError("conflict", choice.why);
  if (choice.kind === "chosen") return { accountId: choice.accountId, created: false, ...files };
  await refuseLostAccount(parts);
  const id = accountId ?? newAccountId();
  await createFirstAccount(parts, id, files);
  return { accountId: id, created: true, ...files };
}

/** Checked here so that no key file is replaced, and checked again in the transaction. */
async function refuseLostAccount({ database, dataDir }: FirstStartParts): Promise<void> {
  const refusal = firstAccountRefusal(await firstAccountRows(database.reader), existsSync(join(dataDir, "objects.db")));
  if (refusal === undefined) return;
  throw new StoreError(
    "conflict",
    `${join(dataDir, "directory.db")} ${refusal}: put it back from a copy, or start with another --data folder`,
  );
}

async function createFirstAccount(
  { database, secrets, ids, clock }: FirstStartParts,
  accountId: string,
  files: Pick<Started, "rootCredentialsFile" | "adminCredentialsFile">,
): Promise<void> {
  const createdAt = clock.now();
  const adminId = ids.uniqueId("AIDA");
  const [root, admin] = [undefined, adminId].map((ownerId) => ({
    ownerId,
    accessKeyId: ids.uniqueId("AKIA"),
    secret: newSecret(),
  }));
  if (root === undefined || admin === undefined) throw new Error("two keys");
  writeCredentials(files.rootCredentialsFile, root.accessKeyId, root.secret);
  writeCredentials(files.adminCredentialsFile, admin.accessKeyId, admin.secret);
  await database.write("createFirstAccount", {
    id: accountId,
    canonicalId: randomBytes(32).toString("hex"),
    createdAt,
    admin: newAdministrator(accountId, adminId, "admin", createdAt),
    keys: [root, admin].map(({ ownerId, accessKeyId, secret }) => ({
      accountId,
      ownerId,
      accessKeyId,
      sealedSecret: secrets.seal(accessKeyId, secret),
      createdAt,
    })),
  });
}

export function newAdministrator(accountId: string, id: string, name: string, createdAt: number): NewPrincipal {
  return { accountId, id, name, path: "/", createdAt, boundary: undefined, tags: new Map(), role: undefined };
}

/** INI as every AWS tool reads it. */
export function writeCredentials(path: string, accessKeyId: string, secret: string): void {
  writePrivateFile(path, `[default]\naws_access_key_id=${accessKeyId}\naws_secret_access_key=${secret}\n`);
}
