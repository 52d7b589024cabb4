import { randomBytes, randomInt } from "node:crypto";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { chooseAccount } from "../../../domain/accounts/choose-account.ts";
import { administratorPolicy } from "../../../domain/accounts/renewal.ts";
import type { Clock } from "../../../ports/clock.ts";
import type { Ids } from "../../../ports/ids.ts";
import { StoreError } from "../../../ports/store-error.ts";
import { writePrivateFile } from "../../files/private-write.ts";
import type { DirectoryDatabase } from "./directory-database.ts";
import { accountIds } from "./principal-rows.ts";
import type { AccessSecrets } from "../../../domain/keyring/access-secrets.ts";

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
  const choice = chooseAccount(accountIds(database.reader), accountId, dataDir);
  if (choice.kind === "refused") throw new StoreError("conflict", choice.why);
  if (choice.kind === "chosen") return { accountId: choice.accountId, created: false, ...files };
  refuseLostAccount(parts);
  const id = accountId ?? String(randomInt(100_000_000_000, 1_000_000_000_000));
  await createFirstAccount(parts, id, files);
  return { accountId: id, created: true, ...files };
}

/**
 * Refuses a directory that has lost its account: another one would own nothing of what is there. The first account comes in one
 * transaction with its user and keys, and objects.db is made after it, so a start that broke off leaves none of these.
 */
function refuseLostAccount({ database, dataDir }: FirstStartParts): void {
  const table = ["principals", "access_keys", "policies", "groups", "buckets"].find(
    (name) => database.reader.get(`SELECT 1 FROM ${name} LIMIT 1`, [], () => true) === true,
  );
  const objects = existsSync(join(dataDir, "objects.db")) ? "objects.db is there" : undefined;
  const left = table === undefined ? objects : `${table} of one are there`;
  if (left === undefined) return;
  throw new StoreError(
    "conflict",
    `${join(dataDir, "directory.db")} has no account, but ${left}: put it back from a copy, or start with another --data folder`,
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
  await database.write("createAccount", {
    id: accountId,
    canonicalId: randomBytes(32).toString("hex"),
    createdAt,
    first: {
      admin: {
        accountId,
        id: adminId,
        name: "admin",
        path: "/",
        createdAt,
        boundary: undefined,
        tags: new Map(),
        role: undefined,
      },
      policyArn: administratorPolicy,
      keys: [root, admin].map(({ ownerId, accessKeyId, secret }) => ({
        accountId,
        ownerId,
        accessKeyId,
        sealedSecret: secrets.seal(accessKeyId, secret),
        createdAt,
      })),
    },
  });
}

/** INI as every AWS tool reads it. */
export function writeCredentials(path: string, accessKeyId: string, secret: string): void {
  writePrivateFile(path, `[default]\naws_access_key_id=${accessKeyId}\naws_secret_access_key=${secret}\n`);
}
