import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { Clock } from "../../../ports/clock.ts";
import type { PrincipalRecord } from "../../../ports/identity-store.ts";
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

const administratorPolicy = "arn:aws:iam::aws:policy/AdministratorAccess";
const maxKeys = 2;

/**
 * Keys that work for root and for an administrator, each in its file. What works is left as it is. The files are written before the one
 * transaction that makes their keys valid, so no crash leaves keys that nobody has.
 */
export async function renewKeys(parts: RenewParts): Promise<Renewed> {
  const { database, dataDir, accountId, ids, clock } = parts;
  const admin = administratorOf(parts);
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
  const active = present.filter(({ status }) => status === "Active").map(({ accessKeyId }) => accessKeyId);
  const working = workingKey(parts, file, ownerId);
  if (working !== undefined) {
    const others = active.filter((id) => id !== working);
    return { file, accessKeyId: working, secret: undefined, deleted: undefined, others, ownerId };
  }
  const oldest = present.find(({ status }) => status === "Inactive") ?? present[0];
  const deleted = present.length >= maxKeys ? oldest?.accessKeyId : undefined;
  const others = active.filter((id) => id !== deleted);
  return { file, accessKeyId: parts.ids.uniqueId("AKIA"), secret: newSecret(), deleted, others, ownerId };
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

/**
 * The user `admin` when it is an administrator and nothing else. A user of that name with other rights may be somebody's, who must not
 * become an administrator unasked: then it is `admin-2`, and so on; the record is absent when the user has to be made.
 */
function administratorOf({ database: { reader }, accountId }: RenewParts): {
  readonly name: string;
  readonly record: PrincipalRecord | undefined;
} {
  for (let number = 1; ; number += 1) {
    const name = number === 1 ? "admin" : `admin-${number}`;
    const record = principalByName(reader, accountId, "user", name);
    if (record === undefined) return { name, record };
    const attached = attachedPolicies(reader, record.id);
    const isAdministrator =
      record.boundary === undefined &&
      attached.length === 1 &&
      attached[0] === administratorPolicy &&
      inlinePolicies(reader, record.id).length === 0 &&
      groupsOf(reader, record.id).length === 0;
    if (isAdministrator) return { name, record };
  }
}
