import { memberTexts, textOf, type TreeNode } from "../tree.ts";
import { allOf, iam } from "./iam.ts";

export interface AttachedPolicy {
  readonly name: string;
  readonly arn: string;
}

/** Users, groups and roles have the same operations under other names. */
export type IdentityKind = "User" | "Group" | "Role";

const readAttached = (node: TreeNode): AttachedPolicy => ({
  name: textOf(node, "PolicyName"),
  arn: textOf(node, "PolicyArn"),
});

export const listAttached = (kind: IdentityKind, name: string): Promise<AttachedPolicy[]> =>
  allOf(`ListAttached${kind}Policies`, { [`${kind}Name`]: name }, "AttachedPolicies", readAttached);

export async function listInline(kind: IdentityKind, name: string): Promise<readonly string[]> {
  return memberTexts(await iam(`List${kind}Policies`, { [`${kind}Name`]: name, MaxItems: 1000 }), "PolicyNames");
}

export async function getInline(kind: IdentityKind, name: string, policy: string): Promise<string> {
  const answer = await iam(`Get${kind}Policy`, { [`${kind}Name`]: name, PolicyName: policy });
  return decodeURIComponent(textOf(answer, "PolicyDocument"));
}

export const attachPolicy = (kind: IdentityKind, name: string, arn: string): Promise<TreeNode> =>
  iam(`Attach${kind}Policy`, { [`${kind}Name`]: name, PolicyArn: arn });

export const detachPolicy = (kind: IdentityKind, name: string, arn: string): Promise<TreeNode> =>
  iam(`Detach${kind}Policy`, { [`${kind}Name`]: name, PolicyArn: arn });

export const putInline = (kind: IdentityKind, name: string, policy: string, document: string): Promise<TreeNode> =>
  iam(`Put${kind}Policy`, { [`${kind}Name`]: name, PolicyName: policy, PolicyDocument: document });

export const deleteInline = (kind: IdentityKind, name: string, policy: string): Promise<TreeNode> =>
  iam(`Delete${kind}Policy`, { [`${kind}Name`]: name, PolicyName: policy });

export const setBoundary = (kind: "User" | "Role", name: string, arn: string): Promise<TreeNode> =>
  arn === ""
    ? iam(`Delete${kind}PermissionsBoundary`, { [`${kind}Name`]: name })
    : iam(`Put${kind}PermissionsBoundary`, { [`${kind}Name`]: name, PermissionsBoundary: arn });
