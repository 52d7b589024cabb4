import type {
  EntityType,
  GroupDetail,
  IAMClient,
  ManagedPolicyDetail,
  PolicyDetail,
  RoleDetail,
  UserDetail,
} from "@aws-sdk/client-iam";
import type { AccountDetails } from "@s3-credentials/policy";
import { decodeDocument } from "./document.ts";

export interface DetailLists {
  readonly UserDetailList: readonly UserDetail[];
  readonly GroupDetailList: readonly GroupDetail[];
  readonly RoleDetailList: readonly RoleDetail[];
  readonly Policies: readonly ManagedPolicyDetail[];
}

/** All pages of GetAccountAuthorizationDetails, as sent; documents are URL-encoded. `only`: these kinds alone. */
export async function detailLists(iam: IAMClient, only?: readonly EntityType[]): Promise<DetailLists> {
  const { paginateGetAccountAuthorizationDetails } = await import("@aws-sdk/client-iam");
  const users: UserDetail[] = [];
  const groups: GroupDetail[] = [];
  const roles: RoleDetail[] = [];
  const policies: ManagedPolicyDetail[] = [];
  const asked = { MaxItems: 1000, ...(only === undefined ? {} : { Filter: [...only] }) };
  for await (const page of paginateGetAccountAuthorizationDetails({ client: iam }, asked)) {
    users.push(...(page.UserDetailList ?? []));
    groups.push(...(page.GroupDetailList ?? []));
    roles.push(...(page.RoleDetailList ?? []));
    policies.push(...(page.Policies ?? []));
  }
  return { UserDetailList: users, GroupDetailList: groups, RoleDetailList: roles, Policies: policies };
}

/** The same, with documents as texts. */
export async function accountDetails(iam: IAMClient): Promise<AccountDetails> {
  const { UserDetailList, GroupDetailList, RoleDetailList, Policies } = await detailLists(iam);
  return {
    UserDetailList: UserDetailList.map((user) => ({ ...user, UserPolicyList: decoded(user.UserPolicyList) })),
    GroupDetailList: GroupDetailList.map((group) => ({ ...group, GroupPolicyList: decoded(group.GroupPolicyList) })),
    RoleDetailList: RoleDetailList.map((role) => ({
      ...role,
      RolePolicyList: decoded(role.RolePolicyList),
      AssumeRolePolicyDocument: decodeDocument(role.AssumeRolePolicyDocument ?? ""),
    })),
    Policies: Policies.map((policy) => ({
      ...policy,
      PolicyVersionList: policy.PolicyVersionList?.map((version) => ({
        ...version,
        Document: decodeDocument(version.Document ?? ""),
      })),
    })),
  };
}

function decoded(policies: readonly PolicyDetail[] = []): readonly PolicyDetail[] {
  return policies.map((policy) => ({ ...policy, PolicyDocument: decodeDocument(policy.PolicyDocument ?? "") }));
}
