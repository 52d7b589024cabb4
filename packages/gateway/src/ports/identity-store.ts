import type { Grant } from "./grant.ts";
import type {
  AccessKeyInfo,
  AccountRecord,
  GroupRecord,
  IdentityKind,
  IdentityReference,
  ManagedPolicyRecord,
  PolicyVersionRecord,
  PrincipalKind,
  PrincipalRecord,
  RoleRecord,
  UserRecord,
} from "./identity-records.ts";
import type { Page, PageQuery } from "./page.ts";

export interface PolicyQuery extends PageQuery {
  readonly scope: "All" | "AWS" | "Local";
  /** Only policies that a user, group or role has attached. */
  readonly onlyAttached: boolean;
  /** Only policies that are the permissions boundary of a user or role. */
  readonly onlyBoundaries: boolean;
}

/** Expected outcomes that are not success. */
export type StoreRefusal =
  | { readonly kind: "exists" }
  | { readonly kind: "missing" }
  /** What must be removed first. */
  | { readonly kind: "conflict"; readonly reason: string }
  | { readonly kind: "limit"; readonly what: string; readonly quota: number };

export type Done = { readonly kind: "done" };

export interface NewPrincipal {
  readonly accountId: string;
  readonly id: string;
  readonly name: string;
  readonly path: string;
  readonly createdAt: number;
  readonly boundary: string | undefined;
  readonly tags: ReadonlyMap<string, string>;
  /** Roles only. */
  readonly role: Pick<RoleRecord, "description" | "trust" | "maxSessionSeconds"> | undefined;
}

/** Set in the transaction, beside the tags that are there: two changes at once are both kept. At most 50 tags. */
export interface TagChange {
  readonly tagsAdded?: ReadonlyMap<string, string>;
  /** Keys; like those added, in any case. */
  readonly tagsRemoved?: readonly string[];
}

/** Fields to change; those left out stay, `boundary: null` takes it away. */
export interface PrincipalChange extends TagChange {
  /** A user's new name and path; the id stays, and with it all that is bound to it. `exists` when the name is another's. */
  readonly name?: string;
  readonly path?: string;
  readonly boundary?: string | null;
  readonly trust?: string;
  readonly description?: string;
  readonly maxSessionSeconds?: number;
}

export type PolicyUsage = "attached" | "boundary";

/** Somebody or something that a managed policy is attached to, or that it bounds. */
export interface PolicyEntity {
  readonly kind: IdentityKind;
  readonly id: string;
  readonly name: string;
  readonly path: string;
}

/*
 * The stores, by aggregate. `find…` is for authorization, before there is a grant. Every method decides inside the transaction of its
 * write, by the rules of `domain/identity`, and rejects with `StoreError` only. The contract is tested by identityContract.
 */

/** How many of each an account may have. */
export interface AccountQuotas {
  /** Virtual MFA devices too: "Equal to the user quota for the account". */
  readonly users: number;
  readonly groups: number;
  readonly roles: number;
  /** Its own, not AWS's. */
  readonly policies: number;
}

/** How many of each an account has. */
export interface EntityCounts {
  readonly users: number;
  readonly groups: number;
  readonly roles: number;
  /** Its own, not AWS's. */
  readonly policies: number;
  readonly policyVersions: number;
  readonly mfaDevices: number;
  readonly mfaDevicesInUse: number;
}

export interface AccountStore {
  findAccount(accountId: string): Promise<AccountRecord | undefined>;
  findAccountByCanonicalId(canonicalId: string): Promise<AccountRecord | undefined>;
  /** Before anybody is known: whoever signs in names the account so. */
  findAccountByAlias(alias: string): Promise<AccountRecord | undefined>;
  accountAlias(grant: Grant, accountId: string): Promise<string | undefined>;
  /** In place of the alias that the account has. `exists`: another account has this one; names of accounts are one's own everywhere. */
  setAccountAlias(grant: Grant, accountId: string, alias: string): Promise<Done | StoreRefusal>;
  /** `missing`: the account has another alias, or none. */
  deleteAccountAlias(grant: Grant, accountId: string, alias: string): Promise<Done | StoreRefusal>;
  readonly quotas: AccountQuotas;
  /** Counts in slices; before each it waits for a `turn`. */
  countEntities(grant: Grant, accountId: string, turn: PageQuery["turn"]): Promise<EntityCounts>;
}

export interface PrincipalStore {
  /** Names compare without case. */
  findUser(accountId: string, name: string): Promise<UserRecord | undefined>;
  findUserById(user: IdentityReference): Promise<UserRecord | undefined>;
  findRole(accountId: string, name: string): Promise<RoleRecord | undefined>;
  /** The ARN has the account. */
  findRoleByArn(arn: string): Promise<RoleRecord | undefined>;
  createPrincipal(grant: Grant, principal: NewPrincipal): Promise<Done | StoreRefusal>;
  listPrincipals(
    grant: Grant,
    kind: PrincipalKind,
    accountId: string,
    query: PageQuery,
  ): Promise<Page<PrincipalRecord>>;
  changePrincipal(grant: Grant, principal: IdentityReference, change: PrincipalChange): Promise<Done | StoreRefusal>;
  /** Refused while it has keys, policies, a login profile or MFA devices, or is in a group. */
  deletePrincipal(grant: Grant, principal: IdentityReference): Promise<Done | StoreRefusal>;
}

export interface AccessKeyStore {
  /** `ownerId` undefined: the account's root. At most two keys. */
  createAccessKey(
    grant: Grant,
    key: {
      readonly accountId: string;
      readonly ownerId: string | undefined;
      readonly accessKeyId: string;
      readonly secretAccessKey: string;
      readonly createdAt: number;
    },
  ): Promise<Done | StoreRefusal>;
  listAccessKeys(grant: Grant, accountId: string, ownerId: string | undefined): Promise<readonly AccessKeyInfo[]>;
  setAccessKeyStatus(
    grant: Grant,
    accountId: string,
    ownerId: string | undefined,
    accessKeyId: string,
    status: AccessKeyInfo["status"],
  ): Promise<Done | StoreRefusal>;
  deleteAccessKey(
    grant: Grant,
    accountId: string,
    ownerId: string | undefined,
    accessKeyId: string,
  ): Promise<Done | StoreRefusal>;
}

export interface GroupStore {
  findGroup(accountId: string, name: string): Promise<GroupRecord | undefined>;
  /** At most 300 in an account. */
  createGroup(grant: Grant, group: Omit<GroupRecord, "kind" | "arn">): Promise<Done | StoreRefusal>;
  listGroups(grant: Grant, accountId: string, query: PageQuery): Promise<Page<GroupRecord>>;
  changeGroup(
    grant: Grant,
    group: IdentityReference,
    change: { readonly name?: string; readonly path?: string },
  ): Promise<Done | StoreRefusal>;
  /** Refused while it has users or policies. */
  deleteGroup(grant: Grant, group: IdentityReference): Promise<Done | StoreRefusal>;
  /** At most ten groups a user, of its own account; done also when the user is in it already. */
  addGroupMember(grant: Grant, group: IdentityReference, userId: string): Promise<Done | StoreRefusal>;
  /** Done also when the user is not in it. */
  removeGroupMember(grant: Grant, group: IdentityReference, userId: string): Promise<Done | StoreRefusal>;
  listGroupMembers(
    grant: Grant,
    group: IdentityReference,
    query: Omit<PageQuery, "pathPrefix">,
  ): Promise<Page<UserRecord>>;
  /** By name. */
  listGroupsOf(grant: Grant, user: IdentityReference): Promise<readonly GroupRecord[]>;
}

export interface InlinePolicyStore {
  /** Of users, roles and groups. `quota`: characters without white space that all inline policies of the identity may have together. */
  putInlinePolicy(
    grant: Grant,
    identity: IdentityReference,
    name: string,
    document: string,
    quota: number,
  ): Promise<Done | StoreRefusal>;
  getInlinePolicy(
    grant: Grant,
    identity: IdentityReference,
    name: string,
  ): Promise<{ readonly name: string; readonly document: string } | undefined>;
  listInlinePolicies(grant: Grant, identity: IdentityReference): Promise<readonly string[]>;
  deleteInlinePolicy(grant: Grant, identity: IdentityReference, name: string): Promise<Done | StoreRefusal>;
}

/**
 * `accountId` is the account that asks. It has its own policies and AWS's; those of other accounts are missing. Its numbers of
 * attachments are its own, of AWS's policies too.
 */
export interface ManagedPolicyStore {
  findManagedPolicy(accountId: string, arn: string): Promise<ManagedPolicyRecord | undefined>;
  attachPolicy(grant: Grant, identity: IdentityReference, policyArn: string): Promise<Done | StoreRefusal>;
  detachPolicy(grant: Grant, identity: IdentityReference, policyArn: string): Promise<Done | StoreRefusal>;
  listAttachedPolicies(grant: Grant, identity: IdentityReference): Promise<readonly string[]>;

  createPolicy(
    grant: Grant,
    policy: {
      readonly accountId: string;
      readonly policyId: string;
      readonly name: string;
      readonly path: string;
      readonly description: string | undefined;
      readonly document: string;
      readonly tags: ReadonlyMap<string, string>;
      readonly createdAt: number;
    },
  ): Promise<Done | StoreRefusal>;
  /** Of a policy of the account. */
  changePolicyTags(grant: Grant, accountId: string, arn: string, change: TagChange): Promise<Done | StoreRefusal>;
  listPolicies(grant: Grant, accountId: string, query: PolicyQuery): Promise<Page<ManagedPolicyRecord>>;
  /** Each entity once, in an order of the store's own. `usage` and `kind` undefined: all. */
  listPolicyEntities(
    grant: Grant,
    accountId: string,
    arn: string,
    query: PageQuery & { readonly usage: PolicyUsage | undefined; readonly kind: IdentityKind | undefined },
  ): Promise<Page<PolicyEntity>>;
  deletePolicy(grant: Grant, accountId: string, arn: string): Promise<Done | StoreRefusal>;
  /** At most five versions; gives the new one's id. */
  createPolicyVersion(
    grant: Grant,
    accountId: string,
    arn: string,
    document: string,
    setAsDefault: boolean,
    now: number,
  ): Promise<{ readonly kind: "created"; readonly versionId: string } | StoreRefusal>;
  listPolicyVersions(grant: Grant, accountId: string, arn: string): Promise<readonly PolicyVersionRecord[]>;
  setDefaultPolicyVersion(
    grant: Grant,
    accountId: string,
    arn: string,
    versionId: string,
  ): Promise<Done | StoreRefusal>;
  deletePolicyVersion(grant: Grant, accountId: string, arn: string, versionId: string): Promise<Done | StoreRefusal>;
}
