import type { Done, GroupRecord, StoreRefusal } from "../../../ports/identity-store.ts";
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
import { moveRevision } from "../revision.ts";
import { countGroups, countMembers, groupById, groupByName, groupsOf } from "./group-rows.ts";
import { attachedPolicies, inlinePolicies } from "./policy-rows.ts";
import { principalById } from "./principal-rows.ts";

type Result = Done | StoreRefusal;

export function createGroup(
  writer: Writer,
  { accountId, id, name, path, createdAt }: Omit<GroupRecord, "kind" | "arn">,
): Result {
  const outcome = mayCreateGroup({
    nameTaken: groupByName(writer, accountId, name) !== undefined,
    groups: countGroups(writer, accountId),
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
  moveRevision(writer);
  return done;
}

export function changeGroup(
  writer: Writer,
  { id, change }: { readonly id: string; readonly change: GroupChange },
): Result {
  const group = groupById(writer, id);
  if (group === undefined) return missing;
  const nameOwner = groupByName(writer, group.accountId, change.name ?? group.name)?.id;
  const changed = changedGroup(group, change, nameOwner);
  if (changed.kind !== "changed") return changed;
  const { name, path } = changed;
  writer.run("UPDATE groups SET name = ?, folded = ?, path = ? WHERE id = ?", [name, nameKey(name), path, id]);
  moveRevision(writer);
  return done;
}

export function deleteGroup(writer: Writer, { id }: { readonly id: string }): Result {
  if (groupById(writer, id) === undefined) return missing;
  const outcome = mayDeleteGroup({
    members: countMembers(writer, id),
    inlinePolicies: inlinePolicies(writer, id).length,
    attachedPolicies: attachedPolicies(writer, id).length,
  });
  if (outcome.kind !== "done") return outcome;
  writer.run("DELETE FROM groups WHERE id = ?", [id]);
  moveRevision(writer);
  return done;
}

interface Membership {
  readonly groupId: string;
  readonly userId: string;
}

export function addGroupMember(writer: Writer, { groupId, userId }: Membership): Result {
  const group = groupById(writer, groupId);
  const user = principalById(writer, userId);
  const groups = groupsOf(writer, userId).map(({ id }) => id);
  const outcome = mayAddGroupMember(group, user, groups);
  if (outcome.kind === "present") return done;
  if (outcome.kind !== "done") return outcome;
  writer.run("INSERT INTO group_members (user_id, group_id) VALUES (?, ?)", [userId, groupId]);
  moveRevision(writer);
  return done;
}

/** Done also when the user was not in it. */
export function removeGroupMember(writer: Writer, { groupId, userId }: Membership): Result {
  if (writer.run("DELETE FROM group_members WHERE user_id = ? AND group_id = ?", [userId, groupId]) > 0)
    moveRevision(writer);
  return done;
}
