import { parseArn } from "@s3-credentials/policy";
import { isGroupId, policyArn } from "../../../domain/identity/names.ts";
import { readEntityPage, readPage, readPolicyPage } from "../../../domain/identity/pages.ts";
import { defaultQuotas } from "../../../domain/identity/principal-rules.ts";
import type { PasswordHashes } from "../../../domain/identity/password-hashes.ts";
import type { AccessSecrets } from "../../../domain/keyring/access-secrets.ts";
import type { IdentityReference, PrincipalRecord, RoleRecord, UserRecord } from "../../../ports/identity-records.ts";
import type {
  AccessKeyStore,
  AccountQuotas,
  AccountStore,
  GroupStore,
  InlinePolicyStore,
  ManagedPolicyStore,
  PrincipalStore,
} from "../../../ports/identity-store.ts";
import type { IdentityStore } from "../../../ports/identity.ts";
import { consoleSessionByHash } from "./console-session-procedures.ts";
import type { ConsoleSessionStore } from "../../../ports/console-session-store.ts";
import type { Reader } from "../database.ts";
import type { DirectoryDatabase } from "./directory-database.ts";
import { countEntities } from "./entity-counts.ts";
import { groupByName, groupOf, groupsIn, groupsOf, membersOf } from "./group-rows.ts";
import { loginProfileStore } from "./login-profile-store.ts";
import { lastUsedStore } from "./last-used-store.ts";
import { mfaDeviceStore } from "./mfa-device-store.ts";
import { policyEntities } from "./policy-entities.ts";
import {
  attachedPolicies,
  countedPolicy,
  customerPolicies,
  inlinePolicies,
  inlinePolicy,
  managedPolicy,
  policyVersions,
} from "./policy-rows.ts";
import {
  accessKeysOf,
  accountById,
  accountOfAlias,
  accountOfCanonicalId,
  aliasOf,
  principalByName,
  principalOf,
  principalsOf,
} from "./principal-rows.ts";

/** The identity of all accounts in directory.db. */
export function identityStore(
  database: DirectoryDatabase,
  secrets: AccessSecrets,
  hashes: PasswordHashes,
  quotas: AccountQuotas = defaultQuotas,
): IdentityStore {
  return {
    ...accountStore(database),
    quotas,
    ...principalStore(database, quotas),
    ...accessKeyStore(database, secrets),
    ...groupStore(database, quotas),
    ...loginProfileStore(database, hashes),
    ...consoleSessionStore(database),
    ...mfaDeviceStore(database, secrets, quotas),
    ...lastUsedStore(database),
    ...inlinePolicyStore(database),
    ...managedPolicyStore(database, quotas),
  };
}

function accountStore(database: DirectoryDatabase): Omit<AccountStore, "quotas"> {
  const { reader } = database;
  return {
    accountAlias: async (_grant, accountId) => aliasOf(reader, accountId),
    setAccountAlias: (_grant, accountId, alias) => database.write("setAccountAlias", { accountId, alias }),
    deleteAccountAlias: (_grant, accountId, alias) => database.write("deleteAccountAlias", { accountId, alias }),
    findAccount: async (id) => accountById(reader, id),
    findAccountByCanonicalId: async (canonicalId) => {
      const id = await accountOfCanonicalId(reader, canonicalId);
      return id === undefined ? undefined : await accountById(reader, id);
    },
    findAccountByAlias: async (alias) => {
      const id = await accountOfAlias(reader, alias);
      return id === undefined ? undefined : await accountById(reader, id);
    },
    countEntities: (_grant, accountId, turn) => countEntities(reader, accountId, turn),
  };
}

function principalStore(database: DirectoryDatabase, quotas: AccountQuotas): PrincipalStore {
  const { reader } = database;
  const findRole = async (accountId: string, name: string): Promise<RoleRecord | undefined> =>
    asRole(await principalByName(reader, accountId, "role", name));
  return {
    findUser: async (accountId, name) => asUser(await principalByName(reader, accountId, "user", name)),
    findUserById: async (user) => asUser(await principalOf(reader, user)),
    findRole,
    async findRoleByArn(arn) {
      const parsed = parseArn(arn);
      const name = parsed?.resource.split("/").at(-1);
      const role = parsed === undefined || name === undefined ? undefined : await findRole(parsed.account, name);
      return role?.arn === arn ? role : undefined;
    },
    createPrincipal: (_grant, principal) =>
      database.write("createPrincipal", {
        ...principal,
        quota: principal.role === undefined ? quotas.users : quotas.roles,
      }),
    listPrincipals: async (_grant, kind, accountId, query) =>
      readPage(query, (after, limit) => principalsOf(reader, accountId, kind, after, limit)),
    changePrincipal: (_grant, principal, change) =>
      database.write("changePrincipal", { principal: referenceTo(principal), change }),
    deletePrincipal: (_grant, principal) => database.write("deletePrincipal", referenceTo(principal)),
  };
}

function accessKeyStore(database: DirectoryDatabase, secrets: AccessSecrets): AccessKeyStore {
  const { reader } = database;
  return {
    createAccessKey: (_grant, { secretAccessKey, ...key }) =>
      database.write("createAccessKey", { ...key, sealedSecret: secrets.seal(key.accessKeyId, secretAccessKey) }),
    listAccessKeys: async (_grant, accountId, ownerId) => accessKeysOf(reader, accountId, ownerId),
    setAccessKeyStatus: (_grant, accountId, ownerId, accessKeyId, status) =>
      database.write("setAccessKeyStatus", { accountId, ownerId, accessKeyId, status }),
    deleteAccessKey: (_grant, accountId, ownerId, accessKeyId) =>
      database.write("deleteAccessKey", { accountId, ownerId, accessKeyId }),
  };
}

function groupStore(database: DirectoryDatabase, { groups: quota }: AccountQuotas): GroupStore {
  const { reader } = database;
  return {
    findGroup: async (accountId, name) => groupByName(reader, accountId, name),
    createGroup: (_grant, group) => database.write("createGroup", { ...group, quota }),
    listGroups: async (_grant, accountId, query) =>
      readPage(query, (after, limit) => groupsIn(reader, accountId, after, limit)),
    changeGroup: (_grant, group, change) => database.write("changeGroup", { group: referenceTo(group), change }),
    deleteGroup: (_grant, group) => database.write("deleteGroup", referenceTo(group)),
    addGroupMember: (_grant, group, userId) => database.write("addGroupMember", { group: referenceTo(group), userId }),
    removeGroupMember: (_grant, group, userId) =>
      database.write("removeGroupMember", { group: referenceTo(group), userId }),
    listGroupMembers: async (_grant, group, query) =>
      readPage({ ...query, pathPrefix: "/" }, (after, limit) => membersOf(reader, group, after, limit)),
    listGroupsOf: async (_grant, user) => ((await isThere(reader, user)) ? await groupsOf(reader, user.id) : []),
  };
}

function consoleSessionStore(database: DirectoryDatabase): ConsoleSessionStore {
  return {
    createConsoleSession: (_grant, session) => database.write("createConsoleSession", session),
    findConsoleSession: async (idHash) => consoleSessionByHash(database.reader, idHash),
    replaceConsoleSession: (idHash, session) => database.write("replaceConsoleSession", { idHash, session }),
    touchConsoleSession: (idHash, seenAt) => database.write("touchConsoleSession", { idHash, seenAt }),
    deleteConsoleSession: (idHash) => database.write("deleteConsoleSession", idHash),
    deleteOtherConsoleSessions: (principal, idHash) =>
      database.write("deleteOtherConsoleSessions", { principal: referenceTo(principal), idHash }),
    forgetConsoleSessions: (expiredAt, unusedSince) =>
      database.write("forgetConsoleSessions", { expiredAt, unusedSince }),
  };
}

function inlinePolicyStore(database: DirectoryDatabase): InlinePolicyStore {
  const { reader } = database;
  return {
    putInlinePolicy: (_grant, identity, name, document, quota) =>
      database.write("putInlinePolicy", { identity: referenceTo(identity), name, document, quota }),
    getInlinePolicy: async (_grant, identity, name) =>
      (await isThere(reader, identity)) ? await inlinePolicy(reader, identity.id, name) : undefined,
    listInlinePolicies: async (_grant, identity) =>
      (await isThere(reader, identity)) ? (await inlinePolicies(reader, identity.id)).map(({ name }) => name) : [],
    deleteInlinePolicy: (_grant, identity, name) =>
      database.write("deleteInlinePolicy", { identity: referenceTo(identity), name }),
  };
}

function managedPolicyStore(database: DirectoryDatabase, { policies: quota }: AccountQuotas): ManagedPolicyStore {
  const { reader } = database;
  return {
    findManagedPolicy: async (accountId, arn) => managedPolicy(reader, accountId, arn),
    attachPolicy: (_grant, identity, arn) =>
      database.write("attachPolicy", { identity: referenceTo(identity), policyArn: arn }),
    detachPolicy: (_grant, identity, arn) =>
      database.write("detachPolicy", { identity: referenceTo(identity), policyArn: arn }),
    listAttachedPolicies: async (_grant, identity) =>
      (await isThere(reader, identity)) ? await attachedPolicies(reader, identity.id) : [],

    createPolicy: (_grant, policy) =>
      database.write("createPolicy", {
        ...policy,
        quota,
        arn: policyArn(policy.accountId, policy.path, policy.name),
      }),
    changePolicyTags: (_grant, accountId, arn, change) =>
      database.write("changePolicyTags", { accountId, arn, change }),
    listPolicies: (_grant, accountId, query) =>
      readPolicyPage(query, {
        own: (after, limit) => customerPolicies(reader, accountId, after, limit),
        counted: (policy) => countedPolicy(reader, accountId, policy),
      }),
    listPolicyEntities: (_grant, accountId, arn, query) =>
      readEntityPage(query, (after, limit) => policyEntities(reader, accountId, arn, query.usage, { after, limit })),
    deletePolicy: (_grant, accountId, arn) => database.write("deletePolicy", { accountId, arn }),
    createPolicyVersion: (_grant, accountId, arn, document, setAsDefault, now) =>
      database.write("createPolicyVersion", { accountId, arn, document, setAsDefault, now }),
    listPolicyVersions: async (_grant, accountId, arn) => policyVersions(reader, accountId, arn),
    setDefaultPolicyVersion: (_grant, accountId, arn, versionId) =>
      database.write("setDefaultPolicyVersion", { accountId, arn, versionId }),
    deletePolicyVersion: (_grant, accountId, arn, versionId) =>
      database.write("deletePolicyVersion", { accountId, arn, versionId }),
  };
}

/** The reference alone: what goes to the writer thread is copied. */
function referenceTo({ accountId, id }: IdentityReference): IdentityReference {
  return { accountId, id };
}

async function isThere(reader: Reader, identity: IdentityReference): Promise<boolean> {
  return (isGroupId(identity.id) ? await groupOf(reader, identity) : await principalOf(reader, identity)) !== undefined;
}

function asUser(record: PrincipalRecord | undefined): UserRecord | undefined {
  return record?.kind === "user" ? record : undefined;
}

function asRole(record: PrincipalRecord | undefined): RoleRecord | undefined {
  return record?.kind === "role" ? record : undefined;
}
