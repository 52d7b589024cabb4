import { orNone } from "../call.ts";
import { childOf, membersOf, memberTexts, textOf, type TreeNode } from "../tree.ts";
import { allOf, iam } from "./iam.ts";
import { attachPolicy } from "./identity-policies.ts";

export interface User {
  readonly name: string;
  readonly path: string;
  readonly id: string;
  readonly arn: string;
  readonly created: string;
  readonly boundary: string;
  /** Empty: never, or not known. */
  readonly passwordUsed: string;
}

export const readUser = (node: TreeNode): User => ({
  name: textOf(node, "UserName"),
  path: textOf(node, "Path"),
  id: textOf(node, "UserId"),
  arn: textOf(node, "Arn"),
  created: textOf(node, "CreateDate"),
  boundary: textOf(childOf(node, "PermissionsBoundary"), "PermissionsBoundaryArn"),
  passwordUsed: textOf(node, "PasswordLastUsed"),
});

export const listUsers = (): Promise<User[]> => allOf("ListUsers", {}, "Users", readUser);

/** What an identity has, by its name. */
export type UserAttachments = ReadonlyMap<
  string,
  { readonly groups: readonly string[]; readonly policies: readonly string[] }
>;

/** The groups and policies of every user, by one call a page and not by several calls a user. */
export async function listUserAttachments(): Promise<UserAttachments> {
  const details = await allOf(
    "GetAccountAuthorizationDetails",
    { "Filter.member.1": "User" },
    "UserDetailList",
    (node) => {
      const inline = membersOf(node, "UserPolicyList").map((one) => textOf(one, "PolicyName"));
      const attached = membersOf(node, "AttachedManagedPolicies").map((one) => textOf(one, "PolicyName"));
      return [
        textOf(node, "UserName"),
        { groups: memberTexts(node, "GroupList"), policies: [...attached, ...inline] },
      ] as const;
    },
  );
  return new Map(details);
}

export const getUser = async (name: string): Promise<User> =>
  readUser(childOf(await iam("GetUser", { UserName: name }), "User"));

/** Whoever has to choose a new password needs the right to, as AWS's own console gives it. */
export async function allowOwnPassword(name: string): Promise<void> {
  await attachPolicy("User", name, "arn:aws:iam::aws:policy/IAMUserChangePassword");
}

export interface LoginProfile {
  readonly created: string;
  readonly mustChange: boolean;
}

/** Undefined when the user has no console access. */
export async function getLoginProfile(user: string): Promise<LoginProfile | undefined> {
  const answer = await orNone(iam("GetLoginProfile", { UserName: user }), "NoSuchEntity");
  if (answer === undefined) return undefined;
  const profile = childOf(answer, "LoginProfile");
  return { created: textOf(profile, "CreateDate"), mustChange: textOf(profile, "PasswordResetRequired") === "true" };
}
