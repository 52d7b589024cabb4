import { parseArn } from "@s3-credentials/policy";
import { awsManagedPolicies } from "../../../domain/identity/aws-managed-policies.ts";
import { policyArn } from "../../../domain/identity/names.ts";
import { readPage, readPolicyPage } from "../../../domain/identity/pages.ts";
import { hashPassword } from "../../../domain/identity/password-hash.ts";
import type { AccessSecrets } from "../../../domain/keyring/access-secrets.ts";
import type {
  AccessKeyStore,
  AccountStore,
  GroupStore,
  IdentityStore,
  InlinePolicyStore,
  LoginProfileStore,
  ManagedPolicyStore,
  PrincipalRecord,
  PrincipalStore,
  RoleRecord,
  UserRecord,
} from "../../../ports/identity-store.ts";
import type { DirectoryDatabase } from "./directory-database.ts";
import { groupByName, groupsIn, groupsOf, membersOf } from "./group-rows.ts";
import { loginProfileOf } from "./login-profile-rows.ts";
import { policyAttachments, policyBoundaries } from "./policy-entities.ts";
import {
  attachedPolicies,
  customerPolicies,
  inlinePolicies,
  inlinePolicy,
  managedPolicy,
  policyVersions,
} from "./policy-rows.ts";
import { accessKeysOf, accountById, principalByName, principalsOf } from "./principal-rows.ts";

/** The identity of all accounts in directory.db. */
export function sqliteIdentityStore(database: DirectoryDatabase, secrets: AccessSecrets): IdentityStore {
  return {
    ...accountStore(database),
    ...principalStore(database),
    ...accessKeyStore(database, secrets),
    ...groupStore(database),
    ...loginProfileStore(database),
    ...inlinePolicyStore(database),
    ...managedPolicyStore(database),
  };
}

function accountStore({ reader }: DirectoryDatabase): AccountStore {
  return {
    findAccount: async (id) => accountById(reader, id),
  };
}

function principalStore(database: DirectoryDatabase): PrincipalStore {
  const { reader } = database;
  const findRole = async (accountId: string, name: string): Promise<RoleRecord | undefined> =>
    asRole(principalByName(reader, accountId, "role", name));
  return {
    findUser: async (accountId, name) => asUser(principalByName(reader, accountId, "user", name)),
    findRole,
    async findRoleByArn(arn) {
      const parsed = parseArn(arn);
      const name = parsed?.resource.split("/").at(-1);
      const role = parsed === undefined || name === undefined ? undefined : await findRole(parsed.account, name);
      return role?.arn === arn ? role : undefined;
    },
    createPrincipal: (_grant, principal) => database.write("createPrincipal", principal),
    listPrincipals: async (_grant, kind, accountId, query) =>
      readPage(
        query,
        ({ name }) => name,
        (after, limit) => principalsOf(reader, accountId, kind, after, limit),
      ),
    changePrincipal: (_grant, id, change) => database.write("changePrincipal", { id, change }),
    deletePrincipal: (_grant, id) => database.write("deletePrincipal", { id }),
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

function groupStore(database: DirectoryDatabase): GroupStore {
  const { reader } = database;
  return {
    findGroup: async (accountId, name) => groupByName(reader, accountId, name),
    createGroup: (_grant, group) => database.write("createGroup", group),
    listGroups: async (_grant, accountId, query) =>
      readPage(
        query,
        ({ name }) => name,
        (after, limit) => groupsIn(reader, accountId, after, limit),
      ),
    changeGroup: (_grant, id, change) => database.write("changeGroup", { id, change }),
    deleteGroup: (_grant, id) => database.write("deleteGroup", { id }),
    addGroupMember: (_grant, groupId, userId) => database.write("addGroupMember", { groupId, userId }),
    removeGroupMember: (_grant, groupId, userId) => database.write("removeGroupMember", { groupId, userId }),
    listGroupMembers: async (_grant, groupId, query) =>
      readPage(
        { ...query, pathPrefix: "/" },
        ({ name }) => name,
        (after, limit) => membersOf(reader, groupId, after, limit),
      ),
    listGroupsOf: async (_grant, userId) => groupsOf(reader, userId),
  };
}

function loginProfileStore(database: DirectoryDatabase): LoginProfileStore {
  const { reader } = database;
  return {
    async createLoginProfile(_grant, { password, ...profile }) {
      // Decided again by the writer; asked here so that no work goes into a hash that nobody keeps.
      if (loginProfileOf(reader, profile.userId) !== undefined) return { kind: "exists" };
      return database.write("createLoginProfile", { ...profile, passwordHash: await hashPassword(password) });
    },
    getLoginProfile: async (_grant, userId) => loginProfileOf(reader, userId),
    async changeLoginProfile(_grant, userId, { password, resetRequired }) {
      if (loginProfileOf(reader, userId) === undefined) return { kind: "missing" };
      const passwordHash = password === undefined ? undefined : await hashPassword(password);
      return database.write("changeLoginProfile", { userId, passwordHash, resetRequired });
    },
    deleteLoginProfile: (_grant, userId) => database.write("deleteLoginProfile", { userId }),
  };
}

function inlinePolicyStore(database: DirectoryDatabase): InlinePolicyStore {
  const { reader } = database;
  return {
    putInlinePolicy: (_grant, identityId, name, document, quota) =>
      database.write("putInlinePolicy", { identityId, name, document, quota }),
    getInlinePolicy: async (_grant, identityId, name) => inlinePolicy(reader, identityId, name),
    listInlinePolicies: async (_grant, identityId) => inlinePolicies(reader, identityId).map(({ name }) => name),
    deleteInlinePolicy: (_grant, identityId, name) => database.write("deleteInlinePolicy", { identityId, name }),
  };
}

function managedPolicyStore(database: DirectoryDatabase): ManagedPolicyStore {
  const { reader } = database;
  return {
    findManagedPolicy: async (arn) => managedPolicy(reader, arn),
    attachPolicy: (_grant, identityId, arn) => database.write("attachPolicy", { identityId, policyArn: arn }),
    detachPolicy: (_grant, identityId, arn) => database.write("detachPolicy", { identityId, policyArn: arn }),
    listAttachedPolicies: async (_grant, identityId) => attachedPolicies(reader, identityId),

    createPolicy: (_grant, policy) =>
      database.write("createPolicy", {
        ...policy,
        arn: policyArn(policy.accountId, policy.path, policy.name),
      }),
    async listPolicies(_grant, accountId, query) {
      const local = query.scope === "AWS" ? [] : customerPolicies(reader, accountId);
      const aws =
        query.scope === "Local"
          ? []
          : [...awsManagedPolicies.keys()].flatMap((arn) => managedPolicy(reader, arn) ?? []);
      return readPolicyPage(query, [...local, ...aws]);
    },
    listPolicyEntities: async (_grant, accountId, arn, usage) =>
      usage === "attached" ? policyAttachments(reader, accountId, arn) : policyBoundaries(reader, accountId, arn),
    deletePolicy: (_grant, arn) => database.write("deletePolicy", { arn }),
    createPolicyVersion: (_grant, arn, document, setAsDefault, now) =>
      database.write("createPolicyVersion", { arn, document, setAsDefault, now }),
    listPolicyVersions: async (_grant, arn) => policyVersions(reader, arn),
    setDefaultPolicyVersion: (_grant, arn, versionId, now) =>
      database.write("setDefaultPolicyVersion", { arn, versionId, now }),
    deletePolicyVersion: (_grant, arn, versionId) => database.write("deletePolicyVersion", { arn, versionId }),
  };
}

function asUser(record: PrincipalRecord | undefined): UserRecord | undefined {
  return record?.kind === "user" ? record : undefined;
}

function asRole(record: PrincipalRecord | undefined): RoleRecord | undefined {
  return record?.kind === "role" ? record : undefined;
}
