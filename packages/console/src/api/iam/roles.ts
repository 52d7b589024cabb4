import { childOf, textOf, type TreeNode } from "../tree.ts";
import { allOf, iam } from "./iam.ts";

export interface Role {
  readonly name: string;
  readonly path: string;
  readonly id: string;
  readonly arn: string;
  readonly created: string;
  readonly description: string;
  readonly trust: string;
  readonly maxSessionSeconds: number;
  readonly boundary: string;
  readonly lastUsed: string;
}

const readRole = (node: TreeNode): Role => ({
  name: textOf(node, "RoleName"),
  path: textOf(node, "Path"),
  id: textOf(node, "RoleId"),
  arn: textOf(node, "Arn"),
  created: textOf(node, "CreateDate"),
  description: textOf(node, "Description"),
  trust: decodeURIComponent(textOf(node, "AssumeRolePolicyDocument")),
  maxSessionSeconds: Number(textOf(node, "MaxSessionDuration")),
  boundary: textOf(childOf(node, "PermissionsBoundary"), "PermissionsBoundaryArn"),
  lastUsed: textOf(childOf(node, "RoleLastUsed"), "LastUsedDate"),
});

export const listRoles = (): Promise<Role[]> => allOf("ListRoles", {}, "Roles", readRole);

export const getRole = async (name: string): Promise<Role> =>
  readRole(childOf(await iam("GetRole", { RoleName: name }), "Role"));

/** With when each was last used, which ListRoles does not say. */
export const listRoleUses = (): Promise<Role[]> =>
  allOf("GetAccountAuthorizationDetails", { "Filter.member.1": "Role" }, "RoleDetailList", readRole);
