import type { Done, GroupRecord, IdentityReference, StoreRefusal } from "../../../ports/identity-store.ts";
import {
  changedGroup,
  type GroupChange,
  mayAddGroupMember,
  mayCreateGroup,
  mayDeleteGroup,
} from "../../../domain/identity/group-rules.ts";
import { nameKey } from "../../../domain/identity/names.ts";
import { done, missing } from "../../../domain/identity/principal-rules.ts";
import type { Writer } from "../connection.ts";
import { countGroups, countMembers, groupByName, groupOf, groupsOf } from "./group-rows.ts";
import { attachedPolicies, inlinePolicies } from "./policy-rows.ts";
import { principalOf } from "./principal-rows.ts";

type Result = Done | StoreRefusal;

export function createGroup(
  writer: Writer,
  { accountId, id, name, path, createdAt, quota }: Omit<GroupRecord, "kind" | "arn"> & { readonly quota: number },
): Result {
  const outcome = mayCreateGroup({
    nameTaken: groupByName(writer, accountId, name) !== undefined,
    count: countGroups(writer, accountId),
    quota,
  });
  if (outcome.kind !== "done") return outcome;
  writer.run("INSERT INTO groups (id, account_id, name, folded, path, created_at) VALUES (?, ?, ?, ?, ?, ?)", [
    id,
    accountId,
    name,
    nameKey(name),
    path,
    createdAt,
  ]);
  return done;
}

export function changeGroup(
  writer: Writer,
  { group: reference, change }: { readonly group: IdentityReference; readonly change: GroupChange },
): Result {
  const group = groupOf(writer, reference);
  if (group === undefined) return missing;
  const nameOwner = groupByName(writer, group.accountId, change.name ?? group.name)?.id;
  const changed = changedGroup(group, change, nameOwner);
  if (changed.kind !== "changed") return changed;
  const { name, path } = changed;
  writer.run("UPDATE groups SET name = ?, folded = ?, path = ? WHERE id = ?", [name, nameKey(name), path, group.id]);
  return done;
}

export function deleteGroup(writer: Writer, group: IdentityReference): Result {
  if (groupOf(writer, group) === undefined) return missing;
  const { id } = group;
  const outcome = mayDeleteGroup({
    members: countMembers(writer, id),
    inlinePolicies: inlinePolicies(writer, id).length,
    attachedPolicies: attachedPolicies(writer, id).length,
  });
  if (outcome.kind !== "done") return outcome;
  writer.run("DELETE FROM groups WHERE id = ?", [id]);
  return done;
}

interface Membership {
  readonly group: IdentityReference;
  readonly userId: string;
}

export function addGroupMember(writer: Writer, { group: { accountId, id: groupId }, userId }: Membership): Result {
  const group = groupOf(writer, { accountId, id: groupId });
  const user = principalOf(writer, { accountId, id: userId });
  const groups = groupsOf(writer, userId).map(({ id }) => id);
  const outcome = mayAddGroupMember(group, user, groups);
  if (outcome.kind === "present") return done;
  if (outcome.kind !== "done") return outcome;
  writer.run("INSERT INTO group_members (user_id, group_id) VALUES (?, ?)", [userId, groupId]);
  return done;
}

/** Done also when the user was not in it. */
export function removeGroupMember(writer: Writer, { group, userId }: Membership): Result {
  if (groupOf(writer, group) === undefined) return missing;
  writer.run("DELETE FROM group_members WHERE user_id = ? AND group_id = ?", [userId, group.id]);
  return done;
}
