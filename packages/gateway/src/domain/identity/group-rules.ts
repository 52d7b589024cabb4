/** What may happen to groups; called like the rules in principal-rules.ts. */
import type { GroupRecord, PrincipalRecord } from "../../ports/identity-records.ts";
import type { Done, StoreRefusal } from "../../ports/identity-store.ts";
import { type Counted, done, exists, missing, withinQuota } from "./principal-rules.ts";

export const maxGroupsOfUser = 10;

export function mayCreateGroup(found: Counted & { readonly nameTaken: boolean }): Done | StoreRefusal {
  return found.nameTaken ? exists : withinQuota("groups", found);
}

export interface GroupChange {
  readonly name?: string;
  readonly path?: string;
}

/** `nameOwner`: the id of the group that has the new name now, if any. */
export function changedGroup(
  group: GroupRecord,
  { name = group.name, path = group.path }: GroupChange,
  nameOwner: string | undefined,
): { readonly kind: "changed"; readonly name: string; readonly path: string } | StoreRefusal {
  return nameOwner !== undefined && nameOwner !== group.id ? exists : { kind: "changed", name, path };
}

/** https://docs.aws.amazon.com/IAM/latest/APIReference/API_DeleteGroup.html: no users, no policies. */
export function mayDeleteGroup(has: {
  readonly members: number;
  readonly inlinePolicies: number;
  readonly attachedPolicies: number;
}): Done | StoreRefusal {
  if (has.members > 0) return { kind: "conflict", reason: "must remove users from group first" };
  if (has.inlinePolicies > 0) return { kind: "conflict", reason: "must delete policies first" };
  return has.attachedPolicies > 0 ? { kind: "conflict", reason: "must detach all policies first" } : done;
}

/** `present`: the user is in the group already, and nothing has to be written. `groups`: ids of the user's groups. */
export function mayAddGroupMember(
  group: GroupRecord | undefined,
  user: PrincipalRecord | undefined,
  groups: readonly string[],
): Done | StoreRefusal | { readonly kind: "present" } {
  if (group === undefined || user?.kind !== "user" || user.accountId !== group.accountId) return missing;
  if (groups.includes(group.id)) return { kind: "present" };
  return groups.length >= maxGroupsOfUser ? { kind: "limit", what: "GroupsPerUser", quota: maxGroupsOfUser } : done;
}
