import type { GroupRecord } from "../../ports/identity-records.ts";
import { isRefusal } from "../operation.ts";
import { optional } from "../query/fields.ts";
import { defineIam } from "./define-iam.ts";
import { accountOf, describe, identityTarget, newIdentityTarget, renamedTarget, requireGroup } from "./identities.ts";
import { groupName, newPath, pageFields, path, pathPrefix } from "./iam-fields.ts";
import { groupElement, pageElements, userElement } from "./shapes.ts";
import { iamRefusal } from "./store-refusals.ts";

/** https://docs.aws.amazon.com/IAM/latest/APIReference/API_CreateGroup.html */
export const createGroup = defineIam({
  name: "CreateGroup",
  resource: "group",
  fields: { GroupName: groupName, Path: path },
  target: async ({ GroupName, Path }, context) => ({ resource: newIdentityTarget(context, "group", Path, GroupName) }),
  async run(grant, { GroupName, Path }, context) {
    const { ports, now } = context;
    const accountId = accountOf(context);
    const group = { accountId, id: ports.ids.uniqueId("AGPA"), name: GroupName, path: Path, createdAt: now };
    const created = await ports.identity.createGroup(grant, group);
    if (created.kind !== "done") return iamRefusal(created, describe("group", GroupName));
    const record: GroupRecord = { kind: "group", ...group, arn: `arn:aws:iam::${accountId}:group${Path}${GroupName}` };
    return [groupElement("Group", record)];
  },
});

/** https://docs.aws.amazon.com/IAM/latest/APIReference/API_GetGroup.html: the group and, in pages, its users. */
export const getGroup = defineIam({
  name: "GetGroup",
  resource: "group",
  fields: { GroupName: groupName, ...pageFields },
  target: async ({ GroupName }, context) => identityTarget(context, "group", GroupName),
  async run(grant, { GroupName, Marker, MaxItems }, context) {
    const group = await requireGroup(context, GroupName);
    if (isRefusal(group)) return group;
    const { items, next } = await context.ports.identity.listGroupMembers(grant, group, {
      after: Marker,
      limit: MaxItems,
      turn: context.time.turn,
    });
    const members = items.map((user) => userElement("member", user, false));
    return [groupElement("Group", group), ...pageElements("Users", members, next)];
  },
});

/** https://docs.aws.amazon.com/IAM/latest/APIReference/API_ListGroups.html */
export const listGroups = defineIam({
  name: "ListGroups",
  resource: "group",
  ofPrefix: true,
  fields: { PathPrefix: pathPrefix, ...pageFields },
  target: async ({ PathPrefix }, context) => ({ resource: newIdentityTarget(context, "group", PathPrefix, "") }),
  async run(grant, { PathPrefix, Marker, MaxItems }, context) {
    const query = { pathPrefix: PathPrefix, after: Marker, limit: MaxItems, turn: context.time.turn };
    const { items, next } = await context.ports.identity.listGroups(grant, accountOf(context), query);
    const members = items.map((group) => groupElement("member", group));
    return pageElements("Groups", members, next);
  },
});

/** https://docs.aws.amazon.com/IAM/latest/APIReference/API_UpdateGroup.html: its unique id, users and policies stay. */
export const updateGroup = defineIam({
  name: "UpdateGroup",
  resource: "group",
  renames: true,
  fields: { GroupName: groupName, NewGroupName: optional(groupName), NewPath: optional(newPath) },
  target: async ({ GroupName, NewGroupName, NewPath }, context) =>
    renamedTarget(context, "group", GroupName, { newName: NewGroupName, newPath: NewPath }),
  async run(grant, { GroupName, NewGroupName, NewPath }, context) {
    const group = await requireGroup(context, GroupName);
    if (isRefusal(group)) return group;
    const changed = await context.ports.identity.changeGroup(grant, group, {
      ...(NewGroupName === undefined ? {} : { name: NewGroupName }),
      ...(NewPath === undefined ? {} : { path: NewPath }),
    });
    if (changed.kind === "exists") return iamRefusal(changed, describe("group", NewGroupName ?? GroupName));
    return changed.kind === "done" ? undefined : iamRefusal(changed, describe("group", GroupName));
  },
});

/** https://docs.aws.amazon.com/IAM/latest/APIReference/API_DeleteGroup.html */
export const deleteGroup = defineIam({
  name: "DeleteGroup",
  resource: "group",
  fields: { GroupName: groupName },
  target: async ({ GroupName }, context) => identityTarget(context, "group", GroupName),
  async run(grant, { GroupName }, context) {
    const group = await requireGroup(context, GroupName);
    if (isRefusal(group)) return group;
    const deleted = await context.ports.identity.deleteGroup(grant, group);
    return deleted.kind === "done" ? undefined : iamRefusal(deleted, describe("group", GroupName));
  },
});
