import { type Call, iamCall } from "./call.ts";

/** Kinds that policies are put into and attached to. */
export type IdentityKind = "users" | "groups" | "roles";

/** The calls that users, groups and roles have alike, under names of their own. */
interface IdentityCalls {
  readonly attach: (name: string, arn: string) => Call;
  readonly detach: (name: string, arn: string) => Call;
  readonly put: (name: string, policy: string, document: string) => Call;
  readonly remove: (name: string, policy: string) => Call;
}

export const identityCalls: Readonly<Record<IdentityKind, IdentityCalls>> = {
  users: {
    attach: (UserName, PolicyArn) => iamCall("AttachUserPolicy", { UserName, PolicyArn }),
    detach: (UserName, PolicyArn) => iamCall("DetachUserPolicy", { UserName, PolicyArn }),
    put: (UserName, PolicyName, PolicyDocument) => iamCall("PutUserPolicy", { UserName, PolicyName, PolicyDocument }),
    remove: (UserName, PolicyName) => iamCall("DeleteUserPolicy", { UserName, PolicyName }),
  },
  groups: {
    attach: (GroupName, PolicyArn) => iamCall("AttachGroupPolicy", { GroupName, PolicyArn }),
    detach: (GroupName, PolicyArn) => iamCall("DetachGroupPolicy", { GroupName, PolicyArn }),
    put: (GroupName, PolicyName, PolicyDocument) =>
      iamCall("PutGroupPolicy", { GroupName, PolicyName, PolicyDocument }),
    remove: (GroupName, PolicyName) => iamCall("DeleteGroupPolicy", { GroupName, PolicyName }),
  },
  roles: {
    attach: (RoleName, PolicyArn) => iamCall("AttachRolePolicy", { RoleName, PolicyArn }),
    detach: (RoleName, PolicyArn) => iamCall("DetachRolePolicy", { RoleName, PolicyArn }),
    put: (RoleName, PolicyName, PolicyDocument) => iamCall("PutRolePolicy", { RoleName, PolicyName, PolicyDocument }),
    remove: (RoleName, PolicyName) => iamCall("DeleteRolePolicy", { RoleName, PolicyName }),
  },
};

/** The calls that users, roles and policies have alike. `target` names the one. */
interface TagCalls {
  readonly tag: (target: string, tags: ReadonlyMap<string, string>) => Call;
  readonly untag: (target: string, keys: readonly string[]) => Call;
}

const listOf = (tags: ReadonlyMap<string, string>) => [...tags].map(([Key, Value]) => ({ Key, Value }));

export const tagCalls: Readonly<Record<"users" | "roles" | "policies", TagCalls>> = {
  users: {
    tag: (UserName, tags) => iamCall("TagUser", { UserName, Tags: listOf(tags) }),
    untag: (UserName, keys) => iamCall("UntagUser", { UserName, TagKeys: [...keys] }),
  },
  roles: {
    tag: (RoleName, tags) => iamCall("TagRole", { RoleName, Tags: listOf(tags) }),
    untag: (RoleName, keys) => iamCall("UntagRole", { RoleName, TagKeys: [...keys] }),
  },
  policies: {
    tag: (PolicyArn, tags) => iamCall("TagPolicy", { PolicyArn, Tags: listOf(tags) }),
    untag: (PolicyArn, keys) => iamCall("UntagPolicy", { PolicyArn, TagKeys: [...keys] }),
  },
};

/** `none` is the absence of a boundary. */
export const boundaryCalls: Readonly<Record<"users" | "roles", (name: string, boundary: string | undefined) => Call>> =
  {
    users: (UserName, boundary) =>
      boundary === undefined
        ? iamCall("DeleteUserPermissionsBoundary", { UserName })
        : iamCall("PutUserPermissionsBoundary", { UserName, PermissionsBoundary: boundary }),
    roles: (RoleName, boundary) =>
      boundary === undefined
        ? iamCall("DeleteRolePermissionsBoundary", { RoleName })
        : iamCall("PutRolePermissionsBoundary", { RoleName, PermissionsBoundary: boundary }),
  };
