import { existsSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import { type KeyDecision, planRenewal } from "../domain/accounts/renewal.ts";
import type { AccessSecrets } from "../domain/keyring/access-secrets.ts";
import type { Clock } from "../ports/clock.ts";
import type { Ids } from "../ports/ids.ts";
import { readOwnFile } from "../stores/files/own-file.ts";
import { renewalRows } from "../stores/sql/identity/account-rows.ts";
import type { DirectoryDatabase } from "../stores/sql/identity/directory-database.ts";
import { accessKeyById } from "../stores/sql/identity/principal-rows.ts";
import { organizationRow } from "../stores/sql/organization/organization-rows.ts";
import { credentialsFolder } from "./account-maker.ts";
import { newAdministrator, newSecret, writeCredentials } from "./first-start.ts";

export interface RenewParts {
  readonly database: DirectoryDatabase;
  readonly secrets: AccessSecrets;
  readonly dataDir: string;
  readonly accountId: string;
  readonly ids: Ids;
  readonly clock: Clock;
}

/** What became of the keys of root or of an administrator. */
export interface RenewedKeys {
  readonly file: string;
  readonly accessKeyId: string;
  /** False: the keys in the file work and stay. */
  readonly made: boolean;
  /** The key that made room: an identity has two at most. */
  readonly deleted: string | undefined;
  /** Keys that work beside it, and that somebody may have. */
  readonly others: readonly string[];
}

export interface Renewed {
  readonly root: RenewedKeys;
  readonly admin: RenewedKeys & { readonly userName: string; readonly userMade: boolean };
}

/**
 * Keys that work for root and for an administrator, each in its file. What works is left as it is. The files are written before the one
 * transaction that makes their keys valid, so no crash leaves keys that nobody has.
 */
export async function renewKeys(parts: RenewParts): Promise<Renewed> {
  const { database, dataDir, accountId, ids, clock } = parts;
  const folder = credentialsFolder(dataDir, accountId, (await organizationRow(database.reader)).managementAccountId);
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const files = { root: join(folder, "root-credentials"), admin: join(folder, "admin-credentials") };
  const inFiles = { root: await keyIn(parts, files.root), admin: await keyIn(parts, files.admin) };
  const plan = planRenewal(await renewalRows(database.reader, accountId), inFiles);
  const adminId = plan.admin.id ?? ids.uniqueId("AIDA");
  const createdAt = clock.now();
  const newKeys = [
    { file: files.root, ownerId: undefined, decision: plan.root },
    { file: files.admin, ownerId: adminId, decision: plan.admin },
  ].map(({ file, ownerId, decision }) => {
    if (decision.working !== undefined) return undefined;
    const [accessKeyId, secret] = [ids.uniqueId("AKIA"), newSecret()];
    writeCredentials(file, accessKeyId, secret);
    return { accountId, ownerId, accessKeyId, sealedSecret: parts.secrets.seal(accessKeyId, secret), createdAt };
  });
  await database.write("renewAccount", {
    accountId,
    plan,
    inFiles,
    admin: plan.admin.id === undefined ? newAdministrator(accountId, adminId, plan.admin.name, createdAt) : undefined,
    keys: newKeys.filter((key) => key !== undefined),
  });
  const [root, admin] = newKeys.map((key) => key?.accessKeyId);
  return {
    root: outcome(files.root, plan.root, root),
    admin: {
      ...outcome(files.admin, plan.admin, admin),
      userName: plan.admin.name,
      userMade: plan.admin.id === undefined,
    },
  };
}

function outcome(file: string, { working, deleted, others }: KeyDecision, made: string | undefined): RenewedKeys {
  return { file, accessKeyId: made ?? working ?? "", made: made !== undefined, deleted, others };
}

/** The id of the key in this file, when its secret is the one that is stored. */
async function keyIn({ database, secrets }: RenewParts, file: string): Promise<string | undefined> {
  if (!existsSync(file)) return undefined;
  const text = readOwnFile(file).toString();
  const value = (name: string): string => new RegExp(`^${name} *= *(\\S+)$`, "m").exec(text)?.[1] ?? "";
  const id = value("aws_access_key_id");
  const key = await accessKeyById(database.reader, id);
  return key !== undefined && secrets.open(id, key.sealedSecret) === value("aws_secret_access_key") ? id : undefined;
}
