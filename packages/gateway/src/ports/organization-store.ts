import type { Grant } from "./grant.ts";
import type { Done } from "./identity-store.ts";
import type { Page } from "./page.ts";

/** Kinds of policies of an organization that decide on access. */
export const organizationPolicyTypes = ["SERVICE_CONTROL_POLICY", "RESOURCE_CONTROL_POLICY"] as const;
export type OrganizationPolicyType = (typeof organizationPolicyTypes)[number];

/** The one organization of a gateway: all of its accounts are in it, under one root. Times are ms since the epoch. */
export interface OrganizationRecord {
  /** `o-…`. */
  readonly id: string;
  /** `r-…`. */
  readonly rootId: string;
  /** The first account. Policies of the organization do not limit it. */
  readonly managementAccountId: string;
  readonly enabledTypes: readonly OrganizationPolicyType[];
}

export interface OrganizationAccount {
  readonly id: string;
  readonly name: string;
  readonly email: string;
  /** `CLOSED`: nobody of it can do anything, and nobody can reach what it has. */
  readonly state: "ACTIVE" | "CLOSED";
  readonly createdAt: number;
}

export interface NewOrganizationAccount {
  /** `car-…`: the id of the request. */
  readonly requestId: string;
  readonly name: string;
  readonly email: string;
  /** The role that the management account may assume in it. */
  readonly roleName: string;
  readonly createdAt: number;
}

/** What became of a request for an account. */
export interface AccountRequest {
  readonly id: string;
  readonly accountName: string;
  /** Undefined when it failed. */
  readonly accountId: string | undefined;
  readonly failure: AccountFailure | undefined;
  readonly requestedAt: number;
}

export type AccountFailure = "EMAIL_ALREADY_EXISTS" | "ACCOUNT_LIMIT_EXCEEDED";

export interface OrganizationPolicy {
  /** `p-…`. */
  readonly id: string;
  readonly type: OrganizationPolicyType;
  readonly name: string;
  readonly description: string;
  readonly document: string;
  /** One of AWS's, which nobody can change. */
  readonly awsManaged: boolean;
}

/** Expected outcomes that are not success. */
export interface OrganizationRefusal {
  readonly kind:
    | "account-missing"
    | "account-closed"
    | "management-account"
    | "policy-missing"
    | "policy-in-use"
    | "policy-immutable"
    | "policy-name-taken"
    | "too-many-policies"
    | "target-missing"
    | "attached-already"
    | "not-attached"
    | "too-many-attached"
    | "last-attached"
    | "not-detachable"
    | "type-enabled"
    | "type-not-enabled";
}

export type OrganizationOutcome = Done | OrganizationRefusal;

export interface PlaceQuery {
  /** The id after which the page begins. */
  readonly after: string | undefined;
  readonly limit: number;
}

/**
 * The organization: its accounts and its policies. Every change is decided inside the transaction of its write, by the rules of
 * `domain/organization`. Rejects with `StoreError` only. `find…` is for authorization, before there is a grant.
 */
export interface OrganizationStore {
  findOrganization(): Promise<OrganizationRecord>;
  findAccount(accountId: string): Promise<OrganizationAccount | undefined>;
  findPolicy(policyId: string): Promise<OrganizationPolicy | undefined>;
  /** By id, as all listings here. */
  listAccounts(grant: Grant, query: PlaceQuery): Promise<Page<OrganizationAccount>>;
  /** The keys of the new account's root go into a file of the gateway; nobody gets them over the network. */
  createAccount(grant: Grant, account: NewOrganizationAccount): Promise<AccountRequest>;
  accountRequest(grant: Grant, requestId: string): Promise<AccountRequest | undefined>;
  listAccountRequests(grant: Grant, query: PlaceQuery): Promise<Page<AccountRequest>>;
  closeAccount(grant: Grant, accountId: string): Promise<OrganizationOutcome>;
  renameAccount(grant: Grant, accountId: string, name: string): Promise<OrganizationOutcome>;
  listPolicies(grant: Grant, type: OrganizationPolicyType, query: PlaceQuery): Promise<Page<OrganizationPolicy>>;
  createPolicy(grant: Grant, policy: Omit<OrganizationPolicy, "awsManaged">): Promise<OrganizationOutcome>;
  changePolicy(
    grant: Grant,
    policyId: string,
    change: Partial<Pick<OrganizationPolicy, "name" | "description" | "document">>,
  ): Promise<OrganizationOutcome>;
  deletePolicy(grant: Grant, policyId: string): Promise<OrganizationOutcome>;
  attachPolicy(grant: Grant, policyId: string, targetId: string): Promise<OrganizationOutcome>;
  detachPolicy(grant: Grant, policyId: string, targetId: string): Promise<OrganizationOutcome>;
  /** Undefined when there is no such target. */
  listPoliciesForTarget(
    grant: Grant,
    targetId: string,
    type: OrganizationPolicyType,
  ): Promise<readonly OrganizationPolicy[] | undefined>;
  /** Ids of the root and of accounts. */
  listTargets(grant: Grant, policyId: string, query: PlaceQuery): Promise<Page<string>>;
  /** Enabling attaches the policy that allows everything to all targets; disabling takes every attachment of the type away. */
  setPolicyType(grant: Grant, type: OrganizationPolicyType, enabled: boolean): Promise<OrganizationOutcome>;
}
