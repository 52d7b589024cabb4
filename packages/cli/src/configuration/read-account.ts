import type {
  AttachedPolicy,
  GroupDetail,
  IAMClient,
  ManagedPolicyDetail,
  PolicyDetail,
  RoleDetail,
  Tag,
  UserDetail,
} from "@aws-sdk/client-iam";
import type { Json } from "../formats/json.ts";
import { failedWith } from "../output/errors.ts";
import { detailLists } from "../service/account-details.ts";
import { decodeDocument, documentOf } from "../service/document.ts";
import type { Services } from "../plan/services.ts";
import type { Entity } from "./configuration.ts";
import { entityOf } from "./entity-of.ts";
import { type BucketReading, readBuckets } from "./read-buckets.ts";

/** Everything of an account but its organization. One call after the other: services slow down who asks for all at once. */
export async function readAccount(
  { iam, s3 }: Pick<Services, "iam" | "s3">,
  buckets: BucketReading,
): Promise<readonly Entity[]> {
  const details = await detailLists(iam, ["User", "Group", "Role", "LocalManagedPolicy"]);
  const { UserDetailList: users, GroupDetailList: groups, Policies: policies } = details;
  // Service-linked roles are AWS's own: nobody else makes or changes them.
  const roles = details.RoleDetailList.filter(({ Path }) => Path?.startsWith("/aws-service-role/") !== true);
  const entities = [...users.map(userOf), ...groups.map((group) => groupOf(group, users))];
  for (const role of roles) entities.push(await roleOf(iam, role));
  for (const policy of policies) entities.push(await policyOf(iam, policy));
  entities.push(...(await readBuckets(s3, buckets)), ...(await accountSettings(iam)));
  return entities;
}

function documentValue(sent: string | undefined): Json {
  return documentOf(decodeDocument(sent ?? ""));
}

function attachments(list: readonly AttachedPolicy[] | undefined): readonly string[] {
  return list?.map(({ PolicyArn = "" }) => PolicyArn) ?? [];
}

function inline(list: readonly PolicyDetail[] | undefined): unknown {
  return list?.map(({ PolicyName, PolicyDocument }) => ({ PolicyName, PolicyDocument: documentValue(PolicyDocument) }));
}

function tagMembers(tags: readonly Tag[] | undefined): unknown {
  return tags?.map(({ Key, Value }) => ({ Key, Value }));
}

function userOf(user: UserDetail): Entity {
  const { UserName = "", Path, Tags } = user;
  return entityOf("users", UserName, {
    UserName,
    Path,
    PermissionsBoundary: user.PermissionsBoundary?.PermissionsBoundaryArn,
    Tags: tagMembers(Tags),
    UserPolicyList: inline(user.UserPolicyList),
    AttachedManagedPolicies: attachments(user.AttachedManagedPolicies),
  });
}

function groupOf(group: GroupDetail, users: readonly UserDetail[]): Entity {
  const { GroupName = "", Path } = group;
  const members = users.filter(({ GroupList }) => GroupList?.includes(GroupName) === true);
  return entityOf("groups", GroupName, {
    GroupName,
    Path,
    Users: members.map(({ UserName }) => UserName),
    GroupPolicyList: inline(group.GroupPolicyList),
    AttachedManagedPolicies: attachments(group.AttachedManagedPolicies),
  });
}

/** The details say neither the description of a role nor its longest session. */
async function roleOf(iam: IAMClient, role: RoleDetail): Promise<Entity> {
  const { GetRoleCommand } = await import("@aws-sdk/client-iam");
  const { RoleName = "", Path } = role;
  const { Role } = await iam.send(new GetRoleCommand({ RoleName }));
  return entityOf("roles", RoleName, {
    RoleName,
    Path,
    Description: Role?.Description,
    AssumeRolePolicyDocument: documentValue(role.AssumeRolePolicyDocument),
    MaxSessionDuration: Role?.MaxSessionDuration,
    PermissionsBoundary: role.PermissionsBoundary?.PermissionsBoundaryArn,
    Tags: tagMembers(Role?.Tags ?? role.Tags),
    RolePolicyList: inline(role.RolePolicyList),
    AttachedManagedPolicies: attachments(role.AttachedManagedPolicies),
  });
}

async function policyOf(iam: IAMClient, policy: ManagedPolicyDetail): Promise<Entity> {
  const { GetPolicyCommand, paginateListPolicyTags } = await import("@aws-sdk/client-iam");
  const { PolicyName = "", Path, Arn } = policy;
  const { Policy } = await iam.send(new GetPolicyCommand({ PolicyArn: Arn }));
  const tags: Tag[] = [];
  for await (const { Tags } of paginateListPolicyTags({ client: iam }, { PolicyArn: Arn })) tags.push(...(Tags ?? []));
  const version = policy.PolicyVersionList?.find(({ IsDefaultVersion }) => IsDefaultVersion === true);
  return entityOf("policies", PolicyName, {
    PolicyName,
    Path,
    Description: Policy?.Description,
    PolicyDocument: documentValue(version?.Document),
    Tags: tagMembers(tags),
  });
}

/** https://docs.aws.amazon.com/IAM/latest/APIReference/API_UpdateAccountPasswordPolicy.html; `ExpirePasswords` follows from them. */
const passwordMembers = [
  "AllowUsersToChangePassword",
  "HardExpiry",
  "MaxPasswordAge",
  "MinimumPasswordLength",
  "PasswordReusePrevention",
  "RequireLowercaseCharacters",
  "RequireNumbers",
  "RequireSymbols",
  "RequireUppercaseCharacters",
] as const;

async function accountSettings(iam: IAMClient): Promise<readonly Entity[]> {
  const { GetAccountPasswordPolicyCommand, ListAccountAliasesCommand } = await import("@aws-sdk/client-iam");
  const { AccountAliases } = await iam.send(new ListAccountAliasesCommand({}));
  let policy: Readonly<Record<string, unknown>> | undefined;
  try {
    const { PasswordPolicy } = await iam.send(new GetAccountPasswordPolicyCommand({}));
    policy = Object.fromEntries(passwordMembers.map((name) => [name, PasswordPolicy?.[name]]));
  } catch (error) {
    if (!failedWith(error, "NoSuchEntity", "NoSuchEntityException")) throw error;
  }
  const settings = entityOf("account", "", { AccountAlias: AccountAliases?.[0], PasswordPolicy: policy });
  return settings.members.size === 0 ? [] : [settings];
}
