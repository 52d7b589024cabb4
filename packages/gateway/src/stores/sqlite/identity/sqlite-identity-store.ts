import { parseArn } from "@s3-credentials/policy";
import type {
  IdentityStore,
  ManagedPolicyRecord,
  Page,
  PageQuery,
  PrincipalRecord,
  RoleRecord,
  UserRecord,
} from "../../../ports/identity-store.ts";
import type { DirectoryDatabase } from "./directory-database.ts";
import type { AccessSecrets } from "../../../domain/keyring/access-secrets.ts";
import { awsManagedPolicies } from "../../../domain/identity/aws-managed-policies.ts";
import { groupByName, groupsIn, groupsOf, membersOf } from "./group-rows.ts";
import { loginProfileOf } from "./login-profile-rows.ts";
import { hashPassword } from "../../../domain/identity/password-hash.ts";
import { policyBound, policyHolders } from "./policy-entities.ts";
import {
  attachedPolicies,
  customerPolicies,
  inlinePolicies,
  inlinePolicy,
  managedPolicy,
  policyVersions,
} from "./policy-rows.ts";
import { accessKeysOf, accountById, fold, principalByName, principalsOf } from "./principal-rows.ts";

/** The identity of all accounts in directory.db. */
export function sqliteIdentityStore(database: DirectoryDatabase, secrets: AccessSecrets): IdentityStore {
  const { reader } = database;
  const findRole = async (accountId: string, name: string): Promise<RoleRecord | undefined> =>
    asRole(principalByName(reader, accountId, "role", name));
  return {
    findAccount: async (id) => accountById(reader, id),
    findUser: async (accountId, name) => asUser(principalByName(reader, accountId, "user", name)),
    findRole,
    async findRoleByArn(arn) {
      const parsed = parseArn(arn);
      const name = parsed?.resource.split("/").at(-1);
      const role = parsed === undefined || name === undefined ? undefined : await findRole(parsed.account, name);
      return role?.arn === arn ? role : undefined;
    },
    findGroup: async (accountId, name) => groupByName(reader, accountId, name),
    findManagedPolicy: async (arn) => managedPolicy(reader, arn),

    createPrincipal: (_grant, principal) => database.write("createPrincipal", principal),
    listPrincipals: async (_grant, kind, accountId, query) =>
      pageOf(
        query,
        ({ name }) => name,
        (after, limit) => principalsOf(reader, accountId, kind, after, limit),
      ),
    changePrincipal: (_grant, id, change) => database.write("changePrincipal", { id, change }),
    deletePrincipal: (_grant, id) => database.write("deletePrincipal", { id }),

    createAccessKey: (_grant, { secretAccessKey, ...key }) =>
      database.write("createAccessKey", { ...key, sealedSecret: secrets.seal(key.accessKeyId, secretAccessKey) }),
    listAccessKeys: async (_grant, accountId, ownerId) => accessKeysOf(reader, accountId, ownerId),
    setAccessKeyStatus: (_grant, accountId, ownerId, accessKeyId, status) =>
      database.write("setAccessKeyStatus", { accountId, ownerId, accessKeyId, status }),
    deleteAccessKey: (_grant, accountId, ownerId, accessKeyId) =>
      database.write("deleteAccessKey", { accountId, ownerId, accessKeyId }),

    createGroup: (_grant, group) => database.write("createGroup", group),
    listGroups: async (_grant, accountId, query) =>
      pageOf(
        query,
        ({ name }) => name,
        (after, limit) => groupsIn(reader, accountId, after, limit),
      ),
    changeGroup: (_grant, id, change) => database.write("changeGroup", { id, change }),
    deleteGroup: (_grant, id) => database.write("deleteGroup", { id }),
    addGroupMember: (_grant, groupId, userId) => database.write("addGroupMember", { groupId, userId }),
    removeGroupMember: (_grant, groupId, userId) => database.write("removeGroupMember", { groupId, userId }),
    listGroupMembers: async (_grant, groupId, query) =>
      pageOf(
        { ...query, pathPrefix: "/" },
        ({ name }) => name,
        (after, limit) => membersOf(reader, groupId, after, limit),
      ),
    listGroupsOf: async (_grant, userId) => groupsOf(reader, userId),

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

    putInlinePolicy: (_grant, holderId, name, document, quota) =>
      database.write("putInlinePolicy", { holderId, name, document, quota }),
    getInlinePolicy: async (_grant, holderId, name) => inlinePolicy(reader, holderId, name),
    listInlinePolicies: async (_grant, holderId) => inlinePolicies(reader, holderId).map(({ name }) => name),
    deleteInlinePolicy: (_grant, holderId, name) => database.write("deleteInlinePolicy", { holderId, name }),

    attachPolicy: (_grant, holderId, policyArn) => database.write("attachPolicy", { holderId, policyArn }),
    detachPolicy: (_grant, holderId, policyArn) => database.write("detachPolicy", { holderId, policyArn }),
    listAttachedPolicies: async (_grant, holderId) => attachedPolicies(reader, holderId),

    createPolicy: (_grant, policy) =>
      database.write("createPolicy", {
        ...policy,
        arn: `arn:aws:iam::${policy.accountId}:policy${policy.path}${policy.name}`,
      }),
    async listPolicies(_grant, accountId, query) {
      const local = query.scope === "AWS" ? [] : customerPolicies(reader, accountId);
      const aws =
        query.scope === "Local"
          ? []
          : [...awsManagedPolicies.keys()].flatMap((arn) => managedPolicy(reader, arn) ?? []);
      const all = [...local, ...aws].filter(({ attachmentCount }) => !query.onlyAttached || attachmentCount > 0);
      const sorted = all.toSorted((left, right) => (placeOf(left) < placeOf(right) ? -1 : 1));
      return pageOf(query, placeOf, (after, limit) => sorted.filter((one) => placeOf(one) > after).slice(0, limit));
    },
    listPolicyEntities: async (_grant, accountId, arn, usage) =>
      usage === "attached" ? policyHolders(reader, accountId, arn) : policyBound(reader, accountId, arn),
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

/** Where a policy stands in the listing: a customer's policy may be named like one of AWS's, so a name is no place. */
function placeOf({ name, arn }: ManagedPolicyRecord): string {
  return `${fold(name)} ${arn}`;
}

/** Rows read in one turn. */
const rowsPerTurn = 100;

/** Reads on until the page is full, in slices: what a path prefix leaves out does not count. */
async function pageOf<T extends { readonly path: string }>(
  { pathPrefix, after, limit, turn }: PageQuery,
  place: (item: T) => string,
  read: (after: string, limit: number) => readonly T[],
): Promise<Page<T>> {
  const items: T[] = [];
  let from = after ?? "";
  const size = Math.min(limit + 1, rowsPerTurn);
  for (;;) {
    await turn();
    const batch = read(from, size);
    for (const item of batch) if (item.path.startsWith(pathPrefix)) items.push(item);
    const last = batch.at(-1);
    if (batch.length < size || last === undefined || items.length > limit) break;
    from = place(last);
  }
  const page = items.slice(0, limit);
  const end = page.at(-1);
  return { items: page, next: items.length > limit && end !== undefined ? place(end) : undefined };
}
