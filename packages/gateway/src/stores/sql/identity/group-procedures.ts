import type { GroupRecord, IdentityReference } from "../../../ports/identity-records.ts";
import type { Done, StoreRefusal } from "../../../ports/identity-store.ts";
import {
  changedGroup,
  type GroupChange,
  mayAddGroupMember,
  mayCreateGroup,
  mayDeleteGroup,
} from "../../../domain/identity/group-rules.ts";
import { nameKey } from "../../../domain/identity/names.ts";
import { done, missing } from "../../../domain/identity/principal-rules.ts";
import type { Writer } from "../database.ts";
import { countGroups, countMembers, groupByName, groupOf, groupsOf } from "./group-rows.ts";
import { attachedPolicies, inlinePolicies } from "./policy-rows.ts";
import { principalOf } from "./principal-rows.ts";

type Result = Done | StoreRefusal;

export async function createGroup(
  writer: Writer,
  { accountId, id, name, path, createdAt, quota }: Omit<GroupRecord, "kind" | "arn"> & { readonly quota: number },
): Promise<Result> {
  const outcome = mayCreateGroup({
    nameTaken: (await groupByName(writer, accountId, name)) !== undefined,
    count: await countGroups(writer, accountId),
    quota,
  });
  if (outcome.kind !== "done") return outcome;
  await writer.run("INSERT INTO groups (id, account_id, name, folded, path, created_at) VALUES (?, ?, ?, ?, ?, ?)", [
    id,
    accountId,
    name,
    nameKey(name),
    path,
    createdAt,
  ]);
  return done;
}

export async function changeGroup(
  writer: Writer,
  { group: reference, change }: { readonly group: IdentityReference; readonly change: GroupChange },
): Promise<Result> {
  const group = await groupOf(writer, reference);
  if (group === undefined) return missing;
  const nameOwner = (await groupByName(writer, group.accountId, change.name ?? group.name))?.id;
  const changed = changedGroup(group, change, nameOwner);
  if (changed.kind !== "changed") return changed;
  const { name, path } = changed;
  await writer.run("UPDATE groups SET name = ?, folded = ?, path = ? WHERE id = ?", [
    name,
    nameKey(name),
    path,
    group.id,
  ]);
  return done;
}

export async function deleteGroup(writer: Writer, group: IdentityReference): Promise<Result> {
  if ((await groupOf(writer, group)) === undefined) return missing;
  const { id } = group;
  const outcome = mayDeleteGroup({
    members: await countMembers(writer, id),
    inlinePolicies: (await inlinePolicies(writer, id)).length,
    attachedPolicies: (await attachedPolicies(writer, id)).length,
  });
  if (outcome.kind !== "done") return outcome;
  await writer.run("DELETE FROM groups WHERE id = ?", [id]);
  return done;
}

interface Membership {
  readonly group: IdentityReference;
  readonly userId: string;
}

export async function addGroupMember(
  writer: Writer,
  { group: { accountId, id: groupId }, userId }: Membership,
): Promise<Result> {
  const group = await groupOf(writer, { accountId, id: groupId });
  const user = await principalOf(writer, { accountId, id: userId });
  const groups = (await groupsOf(writer, userId)).map(({ id }) => id);
  const outcome = mayAddGroupMember(group, user, groups);
  if (outcome.kind === "present") return done;
  if (outcome.kind !== "done") return outcome;
  await writer.run("INSERT INTO group_members (user_id, group_id) VALUES (?, ?)", [userId, groupId]);
  return done;
}

/** Done also when the user was not in it. */
export async function removeGroupMember(writer: Writer, { group, userId }: Membership): Promise<Result> {
  if ((await groupOf(writer, group)) === undefined) return missing;
  await writer.run("DELETE FROM group_members WHERE user_id = ? AND group_id = ?", [userId, group.id]);
  return done;
}
