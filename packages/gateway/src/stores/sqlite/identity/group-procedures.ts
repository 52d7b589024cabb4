import type { Done, GroupRecord, StoreRefusal } from "../../../ports/identity-store.ts";
import type { Writer } from "../connection.ts";
import { moveRevision } from "../revision.ts";
import { countGroups, groupById, groupByName, groupsOf, hasMembers } from "./group-rows.ts";
import { attachedPolicies, inlinePolicies } from "./policy-rows.ts";
import { done, missing } from "./principal-procedures.ts";
import { fold, principalById } from "./principal-rows.ts";

type Result = Done | StoreRefusal;

/** https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html */
const mostGroups = 300;
const mostGroupsOfUser = 10;

export function createGroup(
  writer: Writer,
  { accountId, id, name, path, createdAt }: Omit<GroupRecord, "kind" | "arn">,
): Result {
  if (groupByName(writer, accountId, name) !== undefined) return { kind: "exists" };
  if (countGroups(writer, accountId) >= mostGroups)
    return { kind: "limit", what: "GroupsPerAccount", quota: mostGroups };
  writer.run("INSERT INTO groups (id, account_id, name, folded, path, created_at) VALUES (?, ?, ?, ?, ?, ?)", [
    id,
    accountId,
    name,
    fold(name),
    path,
    createdAt,
  ]);
  moveRevision(writer);
  return done;
}

interface GroupChange {
  readonly id: string;
  readonly change: { readonly name?: string; readonly path?: string };
}

export function changeGroup(writer: Writer, { id, change }: GroupChange): Result {
  const group = groupById(writer, id);
  if (group === undefined) return missing;
  const { name = group.name, path = group.path } = change;
  const other = groupByName(writer, group.accountId, name);
  if (other !== undefined && other.id !== id) return { kind: "exists" };
  writer.run("UPDATE groups SET name = ?, folded = ?, path = ? WHERE id = ?", [name, fold(name), path, id]);
  moveRevision(writer);
  return done;
}

/** https://docs.aws.amazon.com/IAM/latest/APIReference/API_DeleteGroup.html: no users, no policies. */
export function deleteGroup(writer: Writer, { id }: { readonly id: string }): Result {
  if (groupById(writer, id) === undefined) return missing;
  if (hasMembers(writer, id)) return { kind: "conflict", reason: "must remove users from group first" };
  if (inlinePolicies(writer, id).length > 0) return { kind: "conflict", reason: "must delete policies first" };
  if (attachedPolicies(writer, id).length > 0) return { kind: "conflict", reason: "must detach all policies first" };
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
  if (group === undefined || user?.kind !== "user" || user.accountId !== group.accountId) return missing;
  const groups = groupsOf(writer, userId);
  if (groups.some(({ id }) => id === groupId)) return done;
  if (groups.length >= mostGroupsOfUser) return { kind: "limit", what: "GroupsPerUser", quota: mostGroupsOfUser };
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
