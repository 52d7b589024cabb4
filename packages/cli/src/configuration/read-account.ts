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
import { fromPlain, isObject, type Json, textField } from "../formats/json.ts";
import { failedWith } from "../output/errors.ts";
import { detailLists } from "../service/account-details.ts";
import { listBuckets } from "../service/buckets.ts";
import { decodeDocument, documentOf } from "../service/document.ts";
import type { Services } from "../plan/services.ts";
import { type Entity, makeEntity } from "./configuration.ts";
import type { Kind } from "./layout.ts";

/** Everything of an account but its organization. One call after the other: services slow down who asks for all at once. */
export async function readAccount({ iam, s3 }: Pick<Services, "iam" | "s3">): Promise<readonly Entity[]> {
  const details = await detailLists(iam, ["User", "Group", "Role", "LocalManagedPolicy"]);
  const { UserDetailList: users, GroupDetailList: groups, Policies: policies } = details;
  // Service-linked roles are AWS's own: nobody else makes or changes them.
  const roles = details.RoleDetailList.filter(({ Path }) => Path?.startsWith("/aws-service-role/") !== true);
  const entities = [...users.map(userOf), ...groups.map((group) => groupOf(group, users))];
  for (const role of roles) entities.push(await roleOf(iam, role));
  for (const policy of policies) entities.push(await policyOf(iam, policy));
  entities.push(...(await bucketPolicies(s3)), ...(await accountSettings(iam)));
  return entities;
}

function entity(kind: Kind, name: string, members: Readonly<Record<string, unknown>>): Entity {
  const value = fromPlain(members);
  return makeEntity(kind, name, isObject(value) ? value : new Map());
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
  return entity("users", UserName, {
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
  return entity("groups", GroupName, {
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
  return entity("roles", RoleName, {
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
  return entity("policies", PolicyName, {
    PolicyName,
    Path,
    Description: Policy?.Description,
    PolicyDocument: documentValue(version?.Document),
    Tags: tagMembers(tags),
  });
}

async function bucketPolicies(s3: Services["s3"]): Promise<readonly Entity[]> {
  const { GetBucketPolicyCommand } = await import("@aws-sdk/client-s3");
  const found: Entity[] = [];
  for await (const listed of listBuckets(s3)) {
    const Bucket = textField(listed, "Name");
    try {
      const { Policy } = await s3.send(new GetBucketPolicyCommand({ Bucket }));
      found.push(entity("buckets", Bucket, { Bucket, Policy: documentOf(Policy ?? "") }));
    } catch (error) {
      if (!failedWith(error, "NoSuchBucketPolicy", "NoSuchBucket")) throw error;
    }
  }
  return found;
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
  const settings = entity("account", "", { AccountAlias: AccountAliases?.[0], PasswordPolicy: policy });
  return settings.members.size === 0 ? [] : [settings];
}
