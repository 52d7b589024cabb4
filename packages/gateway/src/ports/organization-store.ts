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

/** The organization: its accounts and its policies. Rejects with `StoreError` only. `find…` is for authorization, before there is a grant. */
export interface OrganizationStore {
  findOrganization(): Promise<OrganizationRecord>;
  findAccount(accountId: string): Promise<OrganizationAccount | undefined>;
}
