/**
 * What may happen to users and roles. Each function gets the rows that a store has read inside the transaction of its write, so that
 * nothing can change between the decision and the write. Quotas: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html
 */
import type { PrincipalRecord } from "../../ports/identity-records.ts";
import type {
  AccountQuotas,
  Done,
  NewPrincipal,
  PrincipalChange,
  StoreRefusal,
  TagChange,
} from "../../ports/identity-store.ts";
import { nameKey } from "./names.ts";

export const maxAccessKeys = 2;
const maxTags = 50;

/** What an account has at AWS unless it asks for more. */
export const defaultQuotas: AccountQuotas = { users: 5000, groups: 300, roles: 1000, policies: 1500 };

const quotaNames = {
  users: "UsersPerAccount",
  groups: "GroupsPerAccount",
  roles: "RolesPerAccount",
  policies: "PoliciesPerAccount",
} as const satisfies Readonly<Record<keyof AccountQuotas, string>>;

/** How many an account has, and how many it may have. */
export interface Counted {
  readonly count: number;
  readonly quota: number;
}

/** Whether an account may have one more. */
export function withinQuota(of: keyof AccountQuotas, { count, quota }: Counted): Done | StoreRefusal {
  return count < quota ? done : { kind: "limit", what: quotaNames[of], quota };
}

export const done: Done = { kind: "done" };
export const missing: StoreRefusal = { kind: "missing" };
export const exists: StoreRefusal = { kind: "exists" };

/** `boundaryFound`: whether the account may use the policy that is named as the boundary. */
export function mayCreatePrincipal(
  { boundary, role }: Pick<NewPrincipal, "boundary" | "role">,
  found: Counted & { readonly nameTaken: boolean; readonly boundaryFound: boolean },
): Done | StoreRefusal {
  if (found.nameTaken) return exists;
  if (boundary !== undefined && !found.boundaryFound) return missing;
  return withinQuota(role === undefined ? "users" : "roles", found);
}

/** What to write, beside the fields that the change itself gives. */
export interface ChangedPrincipal {
  readonly kind: "changed";
  readonly name: string;
  readonly path: string;
  /** All tags; undefined when they stay. */
  readonly tags: ReadonlyMap<string, string> | undefined;
}

/** The name after the change. A store looks it up, to see whether another principal has it. */
export function nameAfter(principal: PrincipalRecord, change: PrincipalChange): string {
  return change.name ?? principal.name;
}

/** `nameOwner`: the id of the principal of this kind that has the name now, if any. */
export function changedPrincipal(
  principal: PrincipalRecord,
  change: PrincipalChange,
  found: { readonly nameOwner: string | undefined; readonly boundaryFound: boolean },
): ChangedPrincipal | StoreRefusal {
  if (found.nameOwner !== undefined && found.nameOwner !== principal.id) return exists;
  if (typeof change.boundary === "string" && !found.boundaryFound) return missing;
  const tags = changedTags(principal.tags, change, principal.kind === "role" ? "TagsPerRole" : "TagsPerUser");
  if (tags !== undefined && "kind" in tags) return tags;
  return { kind: "changed", name: nameAfter(principal, change), path: change.path ?? principal.path, tags };
}

/** All tags after the change; undefined when they stay. `what`: the name of the quota. */
export function changedTags(
  now: ReadonlyMap<string, string>,
  { tagsAdded, tagsRemoved }: TagChange,
  what: string,
): ReadonlyMap<string, string> | StoreRefusal | undefined {
  if (tagsAdded === undefined && tagsRemoved === undefined) return undefined;
  // "Tag key–value pairs are not case sensitive, but case is preserved": the new one brings its own case.
  const gone = new Set([...(tagsRemoved ?? []), ...(tagsAdded?.keys() ?? [])].map(nameKey));
  const tags = new Map([...[...now].filter(([key]) => !gone.has(nameKey(key))), ...(tagsAdded ?? [])]);
  return tags.size > maxTags ? { kind: "limit", what, quota: maxTags } : tags;
}

/** How many of each a user or role has. */
export interface PrincipalAttachments {
  readonly accessKeys: number;
  readonly inlinePolicies: number;
  readonly attachedPolicies: number;
  readonly groups: number;
  readonly loginProfiles: number;
  readonly mfaDevices: number;
}

/** https://docs.aws.amazon.com/IAM/latest/APIReference/API_DeleteUser.html: everything attached must be gone before. */
export function mayDeletePrincipal(has: PrincipalAttachments): Done | StoreRefusal {
  const first = [
    [has.accessKeys, "must delete access keys first"],
    [has.inlinePolicies, "must delete policies first"],
    [has.attachedPolicies, "must detach all policies first"],
    [has.groups, "must remove users from group first"],
    [has.loginProfiles, "must delete login profile first"],
    [has.mfaDevices, "must delete MFA device first"],
  ] as const;
  const reason = first.find(([count]) => count > 0)?.[1];
  return reason === undefined ? done : { kind: "conflict", reason };
}

/** `owner`: "root", or what is stored under the owner's id. */
export function mayCreateAccessKey(
  accountId: string,
  owner: "root" | PrincipalRecord | undefined,
  keys: number,
): Done | StoreRefusal {
  // A key of one account whose user belongs to another account would belong to neither.
  if (owner !== "root" && (owner?.kind !== "user" || owner.accountId !== accountId)) return missing;
  return keys >= maxAccessKeys ? { kind: "limit", what: "AccessKeysPerUser", quota: maxAccessKeys } : done;
}

/** `owner`: what is stored under the user's id. */
export function mayCreateLoginProfile(
  owner: PrincipalRecord | undefined,
  hasLoginProfile: boolean,
): Done | StoreRefusal {
  if (owner?.kind !== "user") return missing;
  return hasLoginProfile ? exists : done;
}
