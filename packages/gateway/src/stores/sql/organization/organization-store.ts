import { awsPolicy } from "../../../domain/organization/organization-rules.ts";
import type { Page } from "../../../ports/page.ts";
import type { AccountRequest, NewOrganizationAccount, OrganizationStore } from "../../../ports/organization-store.ts";
import type { DirectoryDatabase } from "../identity/directory-database.ts";
import type { MemberAccount } from "./organization-procedures.ts";
import * as rows from "./organization-rows.ts";

/** Makes the ids and the root key of a new account, and writes the key where its owner finds it. */
export interface AccountMaker {
  prepare(account: NewOrganizationAccount): MemberAccount;
  /** Lets the owner find the key of an account that was made, and takes the others away. */
  settle(member: MemberAccount, made: boolean): void;
}

/** The organization in directory.db. */
export function organizationStore(database: DirectoryDatabase, maker: AccountMaker): OrganizationStore {
  const { reader } = database;
  return {
    ...policyStore(database),
    findOrganization: async () => rows.organizationRow(reader),
    findAccount: async (id) => rows.organizationAccount(reader, id),
    listAccounts: async (_grant, { after = "", limit }) =>
      pageOf(await rows.organizationAccounts(reader, after, limit + 1), limit, ({ id }) => id),
    createAccount: (_grant, account) => createAccount(database, maker, account),
    accountRequest: async (_grant, id) => rows.accountRequest(reader, id),
    listAccountRequests: async (_grant, { after = "", limit }) =>
      pageOf(await rows.accountRequests(reader, after, limit + 1), limit, ({ id }) => id),
    closeAccount: (_grant, accountId) => database.write("closeAccount", { accountId }),
    renameAccount: (_grant, accountId, name) => database.write("renameAccount", { accountId, name }),
  };
}

/**
 * The key file is written before the one transaction that makes the key valid, so no crash leaves an account whose root key nobody has. When
 * it is not known whether that was stored, the next start looks.
 */
async function createAccount(
  database: DirectoryDatabase,
  maker: AccountMaker,
  account: NewOrganizationAccount,
): Promise<AccountRequest> {
  const member = maker.prepare(account);
  const request = await database.write("createMemberAccount", member);
  maker.settle(member, request.accountId !== undefined);
  return request;
}

type PolicyStore = Pick<
  OrganizationStore,
  | "findPolicy"
  | "listPolicies"
  | "createPolicy"
  | "changePolicy"
  | "deletePolicy"
  | "attachPolicy"
  | "detachPolicy"
  | "listPoliciesForTarget"
  | "listTargets"
  | "setPolicyType"
>;

function policyStore(database: DirectoryDatabase): PolicyStore {
  const { reader } = database;
  return {
    findPolicy: async (id) => rows.organizationPolicy(reader, id),
    async listPolicies(_grant, type, { after = "", limit }) {
      const own = await rows.organizationPolicies(reader, type, after, limit + 1);
      const aws = [awsPolicy(type)].filter(({ id }) => id > after);
      const sorted = [...aws, ...own].toSorted((left, right) => (left.id < right.id ? -1 : 1));
      return pageOf(sorted, limit, ({ id }) => id);
    },
    createPolicy: (_grant, policy) => database.write("createOrganizationPolicy", policy),
    changePolicy: (_grant, policyId, change) => database.write("changeOrganizationPolicy", { policyId, ...change }),
    deletePolicy: (_grant, policyId) => database.write("deleteOrganizationPolicy", { policyId }),
    attachPolicy: (_grant, policyId, targetId) => database.write("attachOrganizationPolicy", { policyId, targetId }),
    detachPolicy: (_grant, policyId, targetId) => database.write("detachOrganizationPolicy", { policyId, targetId }),
    async listPoliciesForTarget(_grant, targetId, type) {
      if (!(await rows.isTarget(reader, await rows.organizationRow(reader), targetId))) return undefined;
      return rows.policiesById(reader, await rows.attachedTo(reader, targetId, type));
    },
    listTargets: async (_grant, policyId, { after = "", limit }) =>
      pageOf(await rows.targetsOf(reader, policyId, after, limit + 1), limit, (id) => id),
    setPolicyType: (_grant, type, enabled) => database.write("setPolicyType", { type, enabled }),
  };
}

/** `found`: one more than the page holds, when there are more. */
function pageOf<T>(found: readonly T[], limit: number, place: (item: T) => string): Page<T> {
  const items = found.slice(0, limit);
  const last = items.at(-1);
  return { items, next: found.length > limit && last !== undefined ? place(last) : undefined };
}
