import { childOf, membersOf, textOf, type TreeNode } from "../tree.ts";
import { allOf, iam } from "./iam.ts";

export interface ManagedPolicy {
  readonly name: string;
  readonly arn: string;
  readonly path: string;
  readonly defaultVersion: string;
  readonly attachments: number;
  readonly created: string;
  readonly updated: string;
  readonly description: string;
  readonly isAws: boolean;
}

export interface PolicyVersion {
  readonly id: string;
  readonly isDefault: boolean;
  readonly created: string;
}

const readPolicy = (node: TreeNode): ManagedPolicy => ({
  name: textOf(node, "PolicyName"),
  arn: textOf(node, "Arn"),
  path: textOf(node, "Path"),
  defaultVersion: textOf(node, "DefaultVersionId"),
  attachments: Number(textOf(node, "AttachmentCount")),
  created: textOf(node, "CreateDate"),
  updated: textOf(node, "UpdateDate"),
  description: textOf(node, "Description"),
  isAws: textOf(node, "Arn").startsWith("arn:aws:iam::aws:"),
});

export const listPolicies = (scope: "All" | "Local" = "All"): Promise<ManagedPolicy[]> =>
  allOf("ListPolicies", { Scope: scope }, "Policies", readPolicy);

export const getPolicy = async (arn: string): Promise<ManagedPolicy> =>
  readPolicy(childOf(await iam("GetPolicy", { PolicyArn: arn }), "Policy"));

export const listVersions = (arn: string): Promise<PolicyVersion[]> =>
  allOf("ListPolicyVersions", { PolicyArn: arn }, "Versions", (node) => ({
    id: textOf(node, "VersionId"),
    isDefault: textOf(node, "IsDefaultVersion") === "true",
    created: textOf(node, "CreateDate"),
  }));

export async function getVersion(arn: string, version: string): Promise<string> {
  const answer = await iam("GetPolicyVersion", { PolicyArn: arn, VersionId: version });
  return decodeURIComponent(textOf(childOf(answer, "PolicyVersion"), "Document"));
}

/** IAM keeps so many versions of a policy. */
export const maxVersions = 5;

/** A new version that counts from now on. Where there is no room for it, the oldest one that does not count is deleted. */
export async function saveVersion(arn: string, document: string): Promise<string> {
  const versions = await listVersions(arn);
  const oldest = versions.findLast(({ isDefault }) => !isDefault);
  if (versions.length >= maxVersions && oldest !== undefined)
    await iam("DeletePolicyVersion", { PolicyArn: arn, VersionId: oldest.id });
  const answer = await iam("CreatePolicyVersion", { PolicyArn: arn, PolicyDocument: document, SetAsDefault: true });
  return textOf(childOf(answer, "PolicyVersion"), "VersionId");
}

export interface PolicyUsers {
  readonly users: readonly string[];
  readonly groups: readonly string[];
  readonly roles: readonly string[];
}

export async function listPolicyUsers(arn: string): Promise<PolicyUsers> {
  const page = await iam("ListEntitiesForPolicy", { PolicyArn: arn, MaxItems: 1000 });
  return {
    users: membersOf(page, "PolicyUsers").map((node) => textOf(node, "UserName")),
    groups: membersOf(page, "PolicyGroups").map((node) => textOf(node, "GroupName")),
    roles: membersOf(page, "PolicyRoles").map((node) => textOf(node, "RoleName")),
  };
}

export async function deletePolicy(arn: string): Promise<void> {
  for (const { id, isDefault } of await listVersions(arn))
    if (!isDefault) await iam("DeletePolicyVersion", { PolicyArn: arn, VersionId: id });
  await iam("DeletePolicy", { PolicyArn: arn });
}
