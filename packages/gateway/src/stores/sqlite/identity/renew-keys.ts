import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import {
  administratorPolicy,
  chooseAdministrator,
  decideKeys,
  type UserRights,
} from "../../../domain/accounts/renewal.ts";
import type { Clock } from "../../../ports/clock.ts";
import type { Ids } from "../../../ports/ids.ts";
import type { DirectoryDatabase } from "./directory-database.ts";
import type { AccessSecrets } from "../../../domain/keyring/access-secrets.ts";
import { newSecret, writeCredentials } from "./first-start.ts";
import { groupsOf } from "./group-rows.ts";
import { attachedPolicies, inlinePolicies } from "./policy-rows.ts";
import { accessKeyById, accessKeysOf, principalByName } from "./principal-rows.ts";

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
  const admin = chooseAdministrator((name) => rightsOf(parts, name));
  const adminId = admin.record?.id ?? ids.uniqueId("AIDA");
  const root = planKeys(parts, join(dataDir, "root-credentials"), undefined);
  const own = planKeys(parts, join(dataDir, "admin-credentials"), adminId);
  const plans = [root, own];
  const createdAt = clock.now();
  const keys = plans.flatMap(({ secret, accessKeyId, file, ownerId }) => {
    if (secret === undefined) return [];
    writeCredentials(file, accessKeyId, secret);
    return [{ accountId, ownerId, accessKeyId, sealedSecret: parts.secrets.seal(accessKeyId, secret), createdAt }];
  });
  const made = { accountId, id: adminId, name: admin.name, path: "/", createdAt, boundary: undefined };
  await database.write("renewAccount", {
    admin: admin.record === undefined ? { ...made, tags: new Map(), role: undefined } : undefined,
    policyArn: administratorPolicy,
    deleted: plans.flatMap(({ deleted, ownerId }) =>
      deleted === undefined ? [] : [{ accountId, ownerId, accessKeyId: deleted }],
    ),
    keys,
  });
  return {
    root: outcome(root),
    admin: { ...outcome(own), userName: admin.name, userMade: admin.record === undefined },
  };
}

interface KeyPlan extends Omit<RenewedKeys, "made"> {
  readonly ownerId: string | undefined;
  /** Undefined: the file's keys work. */
  readonly secret: string | undefined;
}

function outcome({ file, accessKeyId, secret, deleted, others }: KeyPlan): RenewedKeys {
  return { file, accessKeyId, made: secret !== undefined, deleted, others };
}

function planKeys(parts: RenewParts, file: string, ownerId: string | undefined): KeyPlan {
  const present = accessKeysOf(parts.database.reader, parts.accountId, ownerId);
  const { working, ...decision } = decideKeys(present, workingKey(parts, file, ownerId));
  return working === undefined
    ? { ...decision, file, ownerId, accessKeyId: parts.ids.uniqueId("AKIA"), secret: newSecret() }
    : { ...decision, file, ownerId, accessKeyId: working, secret: undefined };
}

/** The id of the key in this file, when it is this identity's, active, and its secret is the one that is stored. */
function workingKey({ database, secrets }: RenewParts, file: string, ownerId: string | undefined): string | undefined {
  if (!existsSync(file)) return undefined;
  const text = readFileSync(file, "utf8");
  const value = (name: string): string => new RegExp(`^${name} *= *(\\S+)$`, "m").exec(text)?.[1] ?? "";
  const id = value("aws_access_key_id");
  const key = accessKeyById(database.reader, id);
  if (key === undefined || !key.active || key.ownerId !== ownerId) return undefined;
  return secrets.open(id, key.sealedSecret) === value("aws_secret_access_key") ? id : undefined;
}

/** The user of this name with what gives or takes its rights. */
function rightsOf({ database: { reader }, accountId }: RenewParts, name: string): UserRights | undefined {
  const record = principalByName(reader, accountId, "user", name);
  if (record === undefined) return undefined;
  return {
    record,
    attached: attachedPolicies(reader, record.id),
    inline: inlinePolicies(reader, record.id).map((policy) => policy.name),
    groups: groupsOf(reader, record.id).map((group) => group.name),
  };
}
