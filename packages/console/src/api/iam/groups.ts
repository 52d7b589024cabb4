import { childOf, membersOf, textOf, type TreeNode } from "../tree.ts";
import { allOf, iam } from "./iam.ts";
import { readUser, type User } from "./users.ts";

export interface Group {
  readonly name: string;
  readonly path: string;
  readonly id: string;
  readonly arn: string;
  readonly created: string;
}

const readGroup = (node: TreeNode): Group => ({
  name: textOf(node, "GroupName"),
  path: textOf(node, "Path"),
  id: textOf(node, "GroupId"),
  arn: textOf(node, "Arn"),
  created: textOf(node, "CreateDate"),
});

export const listGroups = (): Promise<Group[]> => allOf("ListGroups", {}, "Groups", readGroup);

export async function getGroup(name: string): Promise<{ group: Group; members: readonly User[] }> {
  const page = await iam("GetGroup", { GroupName: name, MaxItems: 1000 });
  return { group: readGroup(childOf(page, "Group")), members: membersOf(page, "Users").map(readUser) };
}

export const listGroupsOf = (user: string): Promise<Group[]> =>
  allOf("ListGroupsForUser", { UserName: user }, "Groups", readGroup);
