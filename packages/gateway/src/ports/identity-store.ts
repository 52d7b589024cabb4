import type { Grant } from "./grant.ts";

/** Times are ms since the epoch; documents are JSON text. */
export interface AccountRecord {
  readonly id: string;
  /** 64 hexadecimal digits: how S3 names an owner. */
  readonly canonicalId: string;
  readonly alias: string | undefined;
}

interface PrincipalFields {
  readonly accountId: string;
  /** `AIDA…` or `AROA…`: immutable, never reused. */
  readonly id: string;
  readonly name: string;
  readonly path: string;
  readonly arn: string;
  readonly createdAt: number;
  /** ARN of the permissions boundary. */
  readonly boundary: string | undefined;
  readonly tags: ReadonlyMap<string, string>;
}

export interface UserRecord extends PrincipalFields {
  readonly kind: "user";
}

export interface RoleRecord extends PrincipalFields {
  readonly kind: "role";
  readonly description: string | undefined;
  /** Principals bound to unique ids. */
  readonly trust: string;
  readonly maxSessionSeconds: number;
}

export type PrincipalRecord = UserRecord | RoleRecord;
export type PrincipalKind = PrincipalRecord["kind"];

/** Users that share policies. A group is not a principal: it has no boundary, no tags and no keys, and no policy names it. */
export interface GroupRecord {
  readonly kind: "group";
  readonly accountId: string;
  /** `AGPA…`: immutable, never reused. */
  readonly id: string;
  readonly name: string;
  readonly path: string;
  readonly arn: string;
  readonly createdAt: number;
}

/** What policies are put in and attached to: "users, groups and roles" are IAM identities. */
export type IdentityKind = PrincipalKind | GroupRecord["kind"];

/**
 * A user, role or group. Its id alone would reach into other accounts, so the account is beside it everywhere: an id under an account that
 * is not its own is `missing`, and lists nothing. Every record is such a reference.
 */
export interface IdentityReference {
  readonly accountId: string;
  readonly id: string;
}

export interface AccessKeyInfo {
  readonly accessKeyId: string;
  readonly status: "Active" | "Inactive";
  readonly createdAt: number;
}

export interface ManagedPolicyRecord {
  readonly arn: string;
  /** `ANPA…`. */
  readonly policyId: string;
  readonly name: string;
  readonly path: string;
  readonly description: string | undefined;
  readonly createdAt: number;
  readonly updatedAt: number;
  /** `v1`. */
  readonly defaultVersionId: string;
  /** The default version. */
  readonly document: string;
  /** AWS's have none. */
  readonly tags: ReadonlyMap<string, string>;
  /** Users, roles and groups of the account that asks: those it is attached to, and the users and roles it bounds. */
  readonly attachmentCount: number;
  readonly boundaryCount: number;
}

export interface PolicyVersionRecord {
  readonly versionId: string;
  readonly document: string;
  readonly createdAt: number;
  readonly isDefault: boolean;
}

export interface Page<T> {
  readonly items: readonly T[];
  /**
   * The marker of the next page: `after` of the next query; undefined on the last page. Printable ASCII, and opaque: only the store that
   * made it can read it. A listing continues after it even when the item it was made from has been deleted.
   */
  readonly next: string | undefined;
}

/** What every listing that may be long is asked with. */
export interface PageQuery {
  readonly pathPrefix: string;
  readonly after: string | undefined;
  readonly limit: number;
  /** Before each slice of rows: waits until the listing may go on. */
  readonly turn: () => Promise<void>;
}

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

/** Who waits for the check of a password. Sign-ins and administration take turns, and so do the names in each. */
export interface PasswordRequester {
  readonly lane: "sign-in" | "administration";
  /** A client's network, or an account. */
  readonly name: string;
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
    now: number,
  ): Promise<Done | StoreRefusal>;
  deletePolicyVersion(grant: Grant, accountId: string, arn: string, versionId: string): Promise<Done | StoreRefusal>;
}
