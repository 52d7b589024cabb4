/** Everybody of the account with all their policies, from one call: GetAccountAuthorizationDetails. */
import { type AccountDetails, accountPrincipals, type PrincipalPolicies } from "@s3-credentials/policy";
import { useQuery, type UseQueryResult } from "@tanstack/react-query";
import { iam } from "../api/iam/iam.ts";
import { accountAccessKey } from "./account-key.ts";
import { childOf, membersOf, memberTexts, textOf, type TreeNode } from "../api/tree.ts";

/** Who is in the account. A page that decides anything about principals starts from this. */
export interface AccountAccess {
  readonly details: AccountDetails;
  /** The users, then the roles, each role as a session of it. */
  readonly principals: readonly PrincipalPolicies[];
}

export function useAccountAccess(): UseQueryResult<AccountAccess> {
  // Compiled policies are compared by nobody: each answer is taken whole.
  return useQuery({ queryKey: [accountAccessKey, "principals"], queryFn: loadAccountAccess, structuralSharing: false });
}

export async function loadAccountAccess(): Promise<AccountAccess> {
  const details = await loadDetails();
  return { details, principals: accountPrincipals(details) };
}

/** All pages. Every list of a page is empty or has the next entries of its kind. */
async function loadDetails(): Promise<AccountDetails> {
  const pages: TreeNode[] = [];
  for (let marker: string | undefined; ;) {
    const page = await iam("GetAccountAuthorizationDetails", { MaxItems: 1000, Marker: marker });
    pages.push(page);
    if (textOf(page, "IsTruncated") !== "true") break;
    marker = textOf(page, "Marker");
  }
  const all = <T>(list: string, read: (node: TreeNode) => T): readonly T[] =>
    pages.flatMap((page) => membersOf(page, list).map(read));
  return {
    UserDetailList: all("UserDetailList", (node) => ({
      UserName: textOf(node, "UserName"),
      UserId: textOf(node, "UserId"),
      UserPolicyList: inlinePolicies(node, "UserPolicyList"),
      GroupList: memberTexts(node, "GroupList"),
      ...identity(node),
    })),
    GroupDetailList: all("GroupDetailList", (node) => ({
      GroupName: textOf(node, "GroupName"),
      GroupPolicyList: inlinePolicies(node, "GroupPolicyList"),
      AttachedManagedPolicies: attachedPolicies(node),
    })),
    RoleDetailList: all("RoleDetailList", (node) => ({
      RoleName: textOf(node, "RoleName"),
      RoleId: textOf(node, "RoleId"),
      RolePolicyList: inlinePolicies(node, "RolePolicyList"),
      AssumeRolePolicyDocument: documentOf(node, "AssumeRolePolicyDocument"),
      ...identity(node),
    })),
    Policies: all("Policies", (node) => ({
      Arn: textOf(node, "Arn"),
      PolicyVersionList: membersOf(node, "PolicyVersionList").map((version) => ({
        Document: documentOf(version, "Document"),
        IsDefaultVersion: textOf(version, "IsDefaultVersion") === "true",
      })),
    })),
  };
}

type Details = AccountDetails["UserDetailList"][number];

/** What users and roles have alike. */
function identity(node: TreeNode): Pick<Details, "Arn" | "AttachedManagedPolicies" | "PermissionsBoundary" | "Tags"> {
  const boundary = textOf(childOf(node, "PermissionsBoundary"), "PermissionsBoundaryArn");
  return {
    Arn: textOf(node, "Arn"),
    AttachedManagedPolicies: attachedPolicies(node),
    Tags: membersOf(node, "Tags").map((tag) => ({ Key: textOf(tag, "Key"), Value: textOf(tag, "Value") })),
    ...(boundary === "" ? {} : { PermissionsBoundary: { PermissionsBoundaryArn: boundary } }),
  };
}

function attachedPolicies(node: TreeNode): readonly { readonly PolicyArn: string }[] {
  return membersOf(node, "AttachedManagedPolicies").map((one) => ({ PolicyArn: textOf(one, "PolicyArn") }));
}

function inlinePolicies(
  node: TreeNode,
  list: string,
): readonly { readonly PolicyName: string; readonly PolicyDocument: string }[] {
  return membersOf(node, list).map((one) => ({
    PolicyName: textOf(one, "PolicyName"),
    PolicyDocument: documentOf(one, "PolicyDocument"),
  }));
}

/** IAM sends documents URL-encoded. */
function documentOf(node: TreeNode, name: string): string {
  return decodeURIComponent(textOf(node, name));
}
