import type { GroupRecord, UserRecord } from "../../ports/identity-records.ts";
import { isRefusal, type OperationContext, type Refusal } from "../operation.ts";
import { defineIam } from "./define-iam.ts";
import { describe, identityTarget, requireGroup, requireUser } from "./identities.ts";
import { groupName, pageFields, existingUserName } from "./iam-fields.ts";
import { groupElement, pageElements, pageOfNames } from "./shapes.ts";
import { iamRefusal } from "./store-refusals.ts";

const fields = { GroupName: groupName, UserName: existingUserName } as const;

interface Named {
  readonly GroupName: string;
  readonly UserName: string;
}

async function both(
  { GroupName, UserName }: Named,
  context: OperationContext,
): Promise<{ readonly group: GroupRecord; readonly user: UserRecord } | Refusal> {
  const group = await requireGroup(context, GroupName);
  if (isRefusal(group)) return group;
  const user = await requireUser(context, UserName);
  return isRefusal(user) ? user : { group, user };
}

/** https://docs.aws.amazon.com/IAM/latest/APIReference/API_AddUserToGroup.html: asked on the group, not on the user. */
export const addUserToGroup = defineIam({
  name: "AddUserToGroup",
  resource: "group",
  fields,
  target: async ({ GroupName }, context) => identityTarget(context, "group", GroupName),
  async run(grant, values, context) {
    const found = await both(values, context);
    if (isRefusal(found)) return found;
    const added = await context.ports.identity.addGroupMember(grant, found.group, found.user.id);
    return added.kind === "done" ? undefined : iamRefusal(added, describe("group", values.GroupName));
  },
});

/** https://docs.aws.amazon.com/IAM/latest/APIReference/API_RemoveUserFromGroup.html: fine too for one who is not in it. */
export const removeUserFromGroup = defineIam({
  name: "RemoveUserFromGroup",
  resource: "group",
  fields,
  target: async ({ GroupName }, context) => identityTarget(context, "group", GroupName),
  async run(grant, values, context) {
    const found = await both(values, context);
    if (isRefusal(found)) return found;
    const removed = await context.ports.identity.removeGroupMember(grant, found.group, found.user.id);
    return removed.kind === "done" ? undefined : iamRefusal(removed, describe("group", values.GroupName));
  },
});

/** https://docs.aws.amazon.com/IAM/latest/APIReference/API_ListGroupsForUser.html */
export const listGroupsForUser = defineIam({
  name: "ListGroupsForUser",
  resource: "user",
  fields: { UserName: existingUserName, ...pageFields },
  target: async ({ UserName }, context) => identityTarget(context, "user", UserName),
  async run(grant, { UserName, Marker, MaxItems }, context) {
    const user = await requireUser(context, UserName);
    if (isRefusal(user)) return user;
    const groups = new Map(
      (await context.ports.identity.listGroupsOf(grant, user)).map((group) => [group.name, group]),
    );
    const { items, next } = pageOfNames([...groups.keys()], Marker, MaxItems);
    const members = items.flatMap((name) => {
      const group = groups.get(name);
      return group === undefined ? [] : [groupElement("member", group)];
    });
    return pageElements("Groups", members, next);
  },
});
