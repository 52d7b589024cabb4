/**
 * An identity store on PostgreSQL, which shows that the port does not have the shape of SQLite. It decides by the same rules, inside the
 * transaction of the write. All writers wait for one lock of the database, so that what they have read does not change.
 */
import { parseArn } from "@s3-credentials/policy";
import type pg from "pg";
import { awsManagedPolicies } from "../../src/domain/identity/aws-managed-policies.ts";
import {
  changedGroup,
  mayAddGroupMember,
  mayCreateGroup,
  mayDeleteGroup,
} from "../../src/domain/identity/group-rules.ts";
import { nameKey, policyArn } from "../../src/domain/identity/names.ts";
import { readEntityPage, readPage, readPolicyPage } from "../../src/domain/identity/pages.ts";
import {
  type InlinePolicy,
  mayAttachPolicy,
  mayCreateManagedPolicy,
  mayDeletePolicy,
  mayDeleteVersion,
  mayPutInlinePolicy,
  nextVersion,
  versionNumber,
} from "../../src/domain/identity/policy-rules.ts";
import {
  changedPrincipal,
  changedTags,
  defaultQuotas,
  done,
  exists,
  mayCreateAccessKey,
  mayCreatePrincipal,
  mayDeletePrincipal,
  missing,
  nameAfter,
} from "../../src/domain/identity/principal-rules.ts";
import type { PasswordHashes } from "../../src/domain/identity/password-hashes.ts";
import type { AccessSecrets } from "../../src/domain/keyring/access-secrets.ts";
import type {
  AccessKeyStore,
  AccountQuotas,
  Done,
  GroupStore,
  IdentityReference,
  InlinePolicyStore,
  ManagedPolicyStore,
  PrincipalStore,
  StoreRefusal,
} from "../../src/ports/identity-store.ts";
import type { IdentityStore } from "../../src/ports/identity.ts";
import { forgetUse, postgresLastUsed } from "./postgres-last-used.ts";
import { postgresLoginProfiles } from "./postgres-login-profiles.ts";
import { mfaDevicesOf, postgresMfaDevices } from "./postgres-mfa-devices.ts";
import { endConsoleSessions, postgresConsoleSessions } from "./postgres-console-sessions.ts";
import * as rows from "./postgres-rows.ts";
import { type Queries, queriesOf } from "./postgres-rows.ts";

/** Reads anywhere; `change` runs in one transaction, which is undone when it throws. */
export interface Postgres extends Queries {
  change<R>(work: (db: Queries) => Promise<R>): Promise<R>;
}

type Outcome = Done | StoreRefusal;

export function postgresIdentityStore(
  pool: pg.Pool,
  secrets: AccessSecrets,
  hashes: PasswordHashes,
  quotas: AccountQuotas = defaultQuotas,
): IdentityStore {
  const db: Postgres = { ...queriesOf(pool), change: (work) => inTransaction(pool, work) };
  return {
    quotas,
    findAccount: (id) => rows.accountById(db, id),
    async findAccountByCanonicalId(canonicalId) {
      const [row] = await db.all("SELECT id FROM accounts WHERE canonical_id = $1", [canonicalId]);
      return row === undefined ? undefined : rows.accountById(db, String(row["id"]));
    },
    async findAccountByAlias(alias) {
      const [row] = await db.all("SELECT id FROM accounts WHERE alias = $1", [alias]);
      return row === undefined ? undefined : rows.accountById(db, String(row["id"]));
    },
    async accountAlias(_grant, accountId) {
      const [row] = await db.all("SELECT alias FROM accounts WHERE id = $1 AND alias IS NOT NULL", [accountId]);
      return row === undefined ? undefined : String(row["alias"]);
    },
    setAccountAlias: (_grant, accountId, alias) =>
      db.change(async (tx) => {
        const taken = await tx.all("SELECT 1 FROM accounts WHERE alias = $1 AND id <> $2", [alias, accountId]);
        return taken.length > 0
          ? exists
          : changedOne(tx, "UPDATE accounts SET alias = $1 WHERE id = $2", [alias, accountId]);
      }),
    deleteAccountAlias: (_grant, accountId, alias) =>
      db.change((tx) =>
        changedOne(tx, "UPDATE accounts SET alias = NULL WHERE id = $1 AND alias = $2", [accountId, alias]),
      ),
    countEntities: async (_grant, accountId) => ({
      users: await rows.count(db, "principals WHERE kind = 'user' AND account_id = $1", [accountId]),
      roles: await rows.count(db, "principals WHERE kind = 'role' AND account_id = $1", [accountId]),
      groups: await rows.count(db, "groups WHERE account_id = $1", [accountId]),
      policies: await rows.count(db, "policies WHERE account_id = $1", [accountId]),
      policyVersions: await rows.count(
        db,
        "policy_versions v JOIN policies p ON p.arn = v.policy_arn WHERE p.account_id = $1",
        [accountId],
      ),
      mfaDevices: await rows.count(db, "mfa_devices WHERE account_id = $1", [accountId]),
      mfaDevicesInUse: await rows.count(db, "mfa_devices WHERE enabled_at IS NOT NULL AND account_id = $1", [
        accountId,
      ]),
    }),
    ...principalStore(db, quotas),
    ...accessKeyStore(db, secrets),
    ...groupStore(db, quotas),
    ...postgresLoginProfiles(db, hashes),
    ...postgresConsoleSessions(db),
    ...postgresMfaDevices(db, secrets, quotas),
    ...postgresLastUsed(db),
    ...inlinePolicyStore(db),
    ...managedPolicyStore(db, quotas),
  };
}

async function inTransaction<R>(pool: pg.Pool, work: (db: Queries) => Promise<R>): Promise<R> {
  const client = await pool.connect();
  try {
    await client.query("BEGIN");
    await client.query("LOCK TABLE accounts IN SHARE ROW EXCLUSIVE MODE");
    const result = await work(queriesOf(client));
    await client.query("COMMIT");
    return result;
  } catch (error) {
    await client.query("ROLLBACK");
    throw error;
  } finally {
    client.release();
  }
}

/** Whether a statement with RETURNING met a row. */
export async function changedOne(db: Queries, sql: string, values: readonly unknown[]): Promise<Outcome> {
  return (await db.all(`${sql} RETURNING 1`, values)).length > 0 ? done : missing;
}

async function isThere(db: Queries, identity: IdentityReference): Promise<boolean> {
  return (await rows.identityOf(db, identity)) !== undefined;
}

async function inlinePolicies(db: Queries, identity: IdentityReference): Promise<readonly InlinePolicy[]> {
  return (await isThere(db, identity)) ? rows.inlinePolicies(db, identity.id) : [];
}

function bytes(text: string | undefined): Buffer | null {
  return text === undefined ? null : Buffer.from(text);
}

function tagsBytes(tags: ReadonlyMap<string, string>): Buffer {
  return Buffer.from(JSON.stringify(Object.fromEntries(tags)));
}

function principalStore(db: Postgres, quotas: AccountQuotas): PrincipalStore {
  const findRole: PrincipalStore["findRole"] = async (accountId, name) => {
    const found = await rows.principalByName(db, accountId, "role", name);
    return found?.kind === "role" ? found : undefined;
  };
  return {
    async findUser(accountId, name) {
      const found = await rows.principalByName(db, accountId, "user", name);
      return found?.kind === "user" ? found : undefined;
    },
    async findUserById(user) {
      const found = await rows.principalOf(db, user);
      return found?.kind === "user" ? found : undefined;
    },
    findRole,
    async findRoleByArn(arn) {
      const parsed = parseArn(arn);
      const role = parsed && (await findRole(parsed.account, parsed.resource.split("/").at(-1) ?? ""));
      return role?.arn === arn ? role : undefined;
    },
    createPrincipal: (_grant, { accountId, id, name, path, createdAt, boundary, tags, role }) =>
      db.change(async (tx) => {
        const kind = role === undefined ? "user" : "role";
        const outcome = mayCreatePrincipal(
          { boundary, role },
          {
            count: await rows.count(tx, "principals WHERE account_id = $1 AND kind = $2", [accountId, kind]),
            quota: role === undefined ? quotas.users : quotas.roles,
            nameTaken: (await rows.principalByName(tx, accountId, kind, name)) !== undefined,
            boundaryFound: await rows.isUsable(tx, accountId, boundary),
          },
        );
        if (outcome.kind !== "done") return outcome;
        const fields = [id, accountId, kind, name, nameKey(name), path, createdAt, boundary ?? null, tagsBytes(tags)];
        await tx.all("INSERT INTO principals VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)", [
          ...fields,
          bytes(role?.description),
          bytes(role?.trust),
          role?.maxSessionSeconds ?? null,
        ]);
        return done;
      }),
    listPrincipals: (_grant, kind, accountId, query) =>
      readPage(query, (after, limit) => rows.principalsOf(db, accountId, kind, after, limit)),
    changePrincipal: (_grant, reference, change) =>
      db.change(async (tx) => {
        const principal = await rows.principalOf(tx, reference);
        if (principal === undefined) return missing;
        const { accountId, id, kind } = principal;
        const changed = changedPrincipal(principal, change, {
          nameOwner: (await rows.principalByName(tx, accountId, kind, nameAfter(principal, change)))?.id,
          boundaryFound: await rows.isUsable(tx, accountId, change.boundary),
        });
        if (changed.kind !== "changed") return changed;
        const { name, path, tags = principal.tags } = changed;
        const boundary = change.boundary === undefined ? principal.boundary : change.boundary;
        await tx.all(
          "UPDATE principals SET name = $2, name_key = $3, path = $4, boundary = $5, tags = $6, trust = coalesce($7, trust), description = coalesce($8, description), max_session = coalesce($9, max_session) WHERE id = $1",
          [
            id,
            name,
            nameKey(name),
            path,
            boundary ?? null,
            tagsBytes(tags),
            bytes(change.trust),
            bytes(change.description),
            change.maxSessionSeconds ?? null,
          ],
        );
        return done;
      }),
    deletePrincipal: (_grant, principal) =>
      db.change(async (tx) => {
        if ((await rows.principalOf(tx, principal)) === undefined) return missing;
        const { accountId, id } = principal;
        const outcome = mayDeletePrincipal({
          accessKeys: (await rows.accessKeysOf(tx, accountId, id)).length,
          inlinePolicies: (await rows.inlinePolicies(tx, id)).length,
          attachedPolicies: (await rows.attachedPolicies(tx, id)).length,
          groups: (await rows.groupsOf(tx, id)).length,
          loginProfiles: (await rows.loginProfileOf(tx, principal)) === undefined ? 0 : 1,
          mfaDevices: (await mfaDevicesOf(tx, { accountId, ownerId: id })).length,
        });
        if (outcome.kind !== "done") return outcome;
        await endConsoleSessions(tx, id);
        await forgetUse(tx, id);
        return changedOne(tx, "DELETE FROM principals WHERE id = $1", [id]);
      }),
  };
}

function accessKeyStore(db: Postgres, secrets: AccessSecrets): AccessKeyStore {
  const ofOwner = "WHERE id = $1 AND account_id = $2 AND owner_id IS NOT DISTINCT FROM $3";
  return {
    createAccessKey: (_grant, { accountId, ownerId, accessKeyId, secretAccessKey, createdAt }) =>
      db.change(async (tx) => {
        const owner = ownerId === undefined ? "root" : await rows.principalOf(tx, { accountId, id: ownerId });
        const keys = await rows.accessKeysOf(tx, accountId, ownerId);
        const outcome = mayCreateAccessKey(accountId, owner, keys.length);
        if (outcome.kind !== "done") return outcome;
        const sealed = secrets.seal(accessKeyId, secretAccessKey);
        const values = [accessKeyId, accountId, ownerId ?? null, sealed, createdAt];
        await tx.all("INSERT INTO access_keys VALUES ($1, $2, $3, $4, 'Active', $5)", values);
        return done;
      }),
    listAccessKeys: (_grant, accountId, ownerId) => rows.accessKeysOf(db, accountId, ownerId),
    setAccessKeyStatus: (_grant, accountId, ownerId, id, status) =>
      db.change((tx) =>
        changedOne(tx, `UPDATE access_keys SET status = $4 ${ofOwner}`, [id, accountId, ownerId ?? null, status]),
      ),
    deleteAccessKey: (_grant, accountId, ownerId, id) =>
      db.change(async (tx) => {
        const deleted = await changedOne(tx, `DELETE FROM access_keys ${ofOwner}`, [id, accountId, ownerId ?? null]);
        if (deleted.kind === "done") await forgetUse(tx, id);
        return deleted;
      }),
  };
}

function groupStore(db: Postgres, quotas: AccountQuotas): GroupStore {
  return {
    findGroup: (accountId, name) => rows.groupByName(db, accountId, name),
    createGroup: (_grant, { accountId, id, name, path, createdAt }) =>
      db.change(async (tx) => {
        const outcome = mayCreateGroup({
          nameTaken: (await rows.groupByName(tx, accountId, name)) !== undefined,
          count: await rows.count(tx, "groups WHERE account_id = $1", [accountId]),
          quota: quotas.groups,
        });
        if (outcome.kind !== "done") return outcome;
        const values = [id, accountId, name, nameKey(name), path, createdAt];
        await tx.all("INSERT INTO groups VALUES ($1, $2, $3, $4, $5, $6)", values);
        return done;
      }),
    listGroups: (_grant, accountId, query) =>
      readPage(query, (after, limit) => rows.groupsIn(db, accountId, after, limit)),
    changeGroup: (_grant, reference, change) =>
      db.change(async (tx) => {
        const group = await rows.groupOf(tx, reference);
        if (group === undefined) return missing;
        const owner = await rows.groupByName(tx, group.accountId, change.name ?? group.name);
        const changed = changedGroup(group, change, owner?.id);
        if (changed.kind !== "changed") return changed;
        const values = [group.id, changed.name, nameKey(changed.name), changed.path];
        return changedOne(tx, "UPDATE groups SET name = $2, name_key = $3, path = $4 WHERE id = $1", values);
      }),
    deleteGroup: (_grant, group) =>
      db.change(async (tx) => {
        if ((await rows.groupOf(tx, group)) === undefined) return missing;
        const { id } = group;
        const outcome = mayDeleteGroup({
          members: await rows.count(tx, "group_members WHERE group_id = $1", [id]),
          inlinePolicies: (await rows.inlinePolicies(tx, id)).length,
          attachedPolicies: (await rows.attachedPolicies(tx, id)).length,
        });
        return outcome.kind === "done" ? changedOne(tx, "DELETE FROM groups WHERE id = $1", [id]) : outcome;
      }),
    addGroupMember: (_grant, group, userId) =>
      db.change(async (tx) => {
        const { accountId, id: groupId } = group;
        const groups = (await rows.groupsOf(tx, userId)).map(({ id }) => id);
        const user = await rows.principalOf(tx, { accountId, id: userId });
        const outcome = mayAddGroupMember(await rows.groupOf(tx, group), user, groups);
        if (outcome.kind === "present") return done;
        if (outcome.kind === "done") await tx.all("INSERT INTO group_members VALUES ($1, $2)", [userId, groupId]);
        return outcome;
      }),
    removeGroupMember: (_grant, group, userId) =>
      db.change(async (tx) => {
        if ((await rows.groupOf(tx, group)) === undefined) return missing;
        await tx.all("DELETE FROM group_members WHERE user_id = $1 AND group_id = $2", [userId, group.id]);
        return done;
      }),
    listGroupMembers: (_grant, group, query) =>
      readPage({ ...query, pathPrefix: "/" }, (after, limit) => rows.membersOf(db, group, after, limit)),
    listGroupsOf: async (_grant, user) => ((await isThere(db, user)) ? rows.groupsOf(db, user.id) : []),
  };
}

function inlinePolicyStore(db: Postgres): InlinePolicyStore {
  return {
    putInlinePolicy: (_grant, identity, name, document, quota) =>
      db.change(async (tx) => {
        if (!(await isThere(tx, identity))) return missing;
        const outcome = mayPutInlinePolicy({ name, document }, quota, await rows.inlinePolicies(tx, identity.id));
        if (outcome.kind !== "done") return outcome;
        await tx.all(
          "INSERT INTO inline_policies VALUES ($1, $2, $3, $4) ON CONFLICT (identity_id, name_key) DO UPDATE SET name = excluded.name, document = excluded.document",
          [identity.id, nameKey(name), name, bytes(document)],
        );
        return done;
      }),
    async getInlinePolicy(_grant, identity, name) {
      return (await inlinePolicies(db, identity)).find((one) => nameKey(one.name) === nameKey(name));
    },
    async listInlinePolicies(_grant, identity) {
      return (await inlinePolicies(db, identity)).map(({ name }) => name);
    },
    deleteInlinePolicy: (_grant, identity, name) =>
      db.change(async (tx) => {
        const values = [identity.id, nameKey(name)];
        const sql = "DELETE FROM inline_policies WHERE identity_id = $1 AND name_key = $2";
        return (await isThere(tx, identity)) ? changedOne(tx, sql, values) : missing;
      }),
  };
}

function managedPolicyStore(db: Postgres, quotas: AccountQuotas): ManagedPolicyStore {
  const insertVersion = (tx: Queries, arn: string, number: number, document: string, now: number): Promise<unknown> =>
    tx.all("INSERT INTO policy_versions VALUES ($1, $2, $3, $4)", [arn, number, bytes(document), now]);
  return {
    findManagedPolicy: (accountId, arn) => rows.managedPolicy(db, accountId, arn),
    attachPolicy: (_grant, reference, arn) =>
      db.change(async (tx) => {
        const identity = await rows.identityOf(tx, reference);
        if (identity === undefined) return missing;
        const { accountId, id: identityId } = identity;
        const outcome = mayAttachPolicy(identity.kind, arn, {
          policyFound: await rows.isUsable(tx, accountId, arn),
          attached: await rows.attachedPolicies(tx, identityId),
        });
        if (outcome.kind === "present") return done;
        if (outcome.kind === "done")
          await tx.all("INSERT INTO attachments VALUES ($1, $2, $3)", [identityId, arn, accountId]);
        return outcome;
      }),
    detachPolicy: (_grant, { accountId, id }, arn) =>
      db.change((tx) => {
        const sql = "DELETE FROM attachments WHERE identity_id = $1 AND policy_arn = $2 AND account_id = $3";
        return changedOne(tx, sql, [id, arn, accountId]);
      }),
    listAttachedPolicies: async (_grant, identity) =>
      (await isThere(db, identity)) ? rows.attachedPolicies(db, identity.id) : [],
    createPolicy: (_grant, { accountId, policyId, name, path, description, document, tags, createdAt }) =>
      db.change(async (tx) => {
        const taken = await rows.count(tx, "policies WHERE account_id = $1 AND name_key = $2", [
          accountId,
          nameKey(name),
        ]);
        const outcome = mayCreateManagedPolicy({
          nameTaken: taken > 0,
          count: await rows.count(tx, "policies WHERE account_id = $1", [accountId]),
          quota: quotas.policies,
        });
        if (outcome.kind !== "done") return outcome;
        const arn = policyArn(accountId, path, name);
        await tx.all("INSERT INTO policies VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $8, 1, 1, $9)", [
          arn,
          policyId,
          accountId,
          name,
          nameKey(name),
          path,
          bytes(description),
          createdAt,
          tagsBytes(tags),
        ]);
        await insertVersion(tx, arn, 1, document, createdAt);
        return done;
      }),
    changePolicyTags: (_grant, accountId, arn, change) =>
      db.change(async (tx) => {
        const policy = await rows.customerPolicy(tx, accountId, arn);
        if (policy === undefined) return missing;
        const tags = changedTags(policy.tags, change, "TagsPerPolicy");
        if (tags === undefined) return done;
        return "kind" in tags
          ? tags
          : changedOne(tx, "UPDATE policies SET tags = $2 WHERE arn = $1", [arn, tagsBytes(tags)]);
      }),
    listPolicies: (_grant, accountId, query) =>
      readPolicyPage(query, {
        own: (after, limit) => rows.customerPolicies(db, accountId, after, limit),
        counted: (policy) => rows.withCounts(db, accountId, policy),
      }),
    listPolicyEntities: (_grant, accountId, arn, query) =>
      readEntityPage(query, (after, limit) => rows.policyEntities(db, accountId, arn, query.usage, after, limit)),
    deletePolicy: (_grant, accountId, arn) =>
      db.change(async (tx) => {
        const policy = await rows.customerPolicy(tx, accountId, arn);
        if (policy === undefined) return missing;
        const outcome = mayDeletePolicy(policy, (await rows.policyVersions(tx, accountId, arn)).length);
        if (outcome.kind !== "done") return outcome;
        await tx.all("DELETE FROM policy_versions WHERE policy_arn = $1", [arn]);
        return changedOne(tx, "DELETE FROM policies WHERE arn = $1", [arn]);
      }),
    createPolicyVersion: (_grant, accountId, arn, document, setAsDefault, now) =>
      db.change(async (tx) => {
        const sql = "SELECT last_version FROM policies WHERE arn = $1 AND account_id = $2";
        const [policy] = await tx.all(sql, [arn, accountId]);
        if (policy === undefined) return missing;
        const versions = await rows.policyVersions(tx, accountId, arn);
        const number = nextVersion(Number(policy["last_version"]), versions.length);
        if (typeof number !== "number") return number;
        await insertVersion(tx, arn, number, document, now);
        await tx.all("UPDATE policies SET last_version = $2, updated_at = $3 WHERE arn = $1", [arn, number, now]);
        if (setAsDefault) await tx.all("UPDATE policies SET default_version = $2 WHERE arn = $1", [arn, number]);
        return { kind: "created", versionId: `v${number}` };
      }),
    listPolicyVersions: (_grant, accountId, arn) => rows.policyVersions(db, accountId, arn),
    setDefaultPolicyVersion: (_grant, accountId, arn, versionId, now) =>
      db.change(async (tx) => {
        if (awsManagedPolicies.has(arn)) return missing;
        const number = versionNumber(await rows.policyVersions(tx, accountId, arn), versionId);
        const values = [arn, number, now];
        const sql = "UPDATE policies SET default_version = $2, updated_at = $3 WHERE arn = $1";
        return number === undefined ? missing : changedOne(tx, sql, values);
      }),
    deletePolicyVersion: (_grant, accountId, arn, versionId) =>
      db.change(async (tx) => {
        if (awsManagedPolicies.has(arn)) return missing;
        const versions = await rows.policyVersions(tx, accountId, arn);
        const outcome = mayDeleteVersion(versions, versionId);
        if (outcome.kind !== "done") return outcome;
        const values = [arn, versionNumber(versions, versionId)];
        return changedOne(tx, "DELETE FROM policy_versions WHERE policy_arn = $1 AND number = $2", values);
      }),
  };
}
