import { callQuery, orNone, type Parameters } from "./call.ts";
import { childOf, membersOf, memberTexts, textOf, type TreeNode } from "./tree.ts";

/** IAM's operations as the pages use them. https://docs.aws.amazon.com/IAM/latest/APIReference/API_Operations.html */

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

export interface Group {
  readonly name: string;
  readonly path: string;
  readonly id: string;
  readonly arn: string;
  readonly created: string;
}

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

export interface AccessKey {
  readonly id: string;
  readonly active: boolean;
  readonly created: string;
}

export interface NewAccessKey {
  readonly id: string;
  readonly secret: string;
}

export interface AttachedPolicy {
  readonly name: string;
  readonly arn: string;
}

/** Users, groups and roles have the same operations under other names. */
export type IdentityKind = "User" | "Group" | "Role";

export const iam = (action: string, parameters: Parameters = {}): Promise<TreeNode> =>
  callQuery("iam", action, parameters);

/** Every page of a list. */
async function all<T>(action: string, parameters: Parameters, list: string, read: (node: TreeNode) => T): Promise<T[]> {
  const items: T[] = [];
  for (let marker: string | undefined; ;) {
    const page = await iam(action, { ...parameters, MaxItems: 1000, Marker: marker });
    items.push(...membersOf(page, list).map(read));
    if (textOf(page, "IsTruncated") !== "true") return items;
    marker = textOf(page, "Marker");
  }
}

const readUser = (node: TreeNode): User => ({
  name: textOf(node, "UserName"),
  path: textOf(node, "Path"),
  id: textOf(node, "UserId"),
  arn: textOf(node, "Arn"),
  created: textOf(node, "CreateDate"),
  boundary: textOf(childOf(node, "PermissionsBoundary"), "PermissionsBoundaryArn"),
  passwordUsed: textOf(node, "PasswordLastUsed"),
});

const readGroup = (node: TreeNode): Group => ({
  name: textOf(node, "GroupName"),
  path: textOf(node, "Path"),
  id: textOf(node, "GroupId"),
  arn: textOf(node, "Arn"),
  created: textOf(node, "CreateDate"),
});

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

const readAttached = (node: TreeNode): AttachedPolicy => ({
  name: textOf(node, "PolicyName"),
  arn: textOf(node, "PolicyArn"),
});

export const listUsers = (): Promise<User[]> => all("ListUsers", {}, "Users", readUser);
export const listGroups = (): Promise<Group[]> => all("ListGroups", {}, "Groups", readGroup);
export const listRoles = (): Promise<Role[]> => all("ListRoles", {}, "Roles", readRole);
export const listPolicies = (scope: "All" | "Local" = "All"): Promise<ManagedPolicy[]> =>
  all("ListPolicies", { Scope: scope }, "Policies", readPolicy);

/** What an identity has, by its name. */
export type UserAttachments = ReadonlyMap<
  string,
  { readonly groups: readonly string[]; readonly policies: readonly string[] }
>;

/** The groups and policies of every user, by one call a page and not by several calls a user. */
export async function listUserAttachments(): Promise<UserAttachments> {
  const details = await all(
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
export const getRole = async (name: string): Promise<Role> =>
  readRole(childOf(await iam("GetRole", { RoleName: name }), "Role"));
export const getPolicy = async (arn: string): Promise<ManagedPolicy> =>
  readPolicy(childOf(await iam("GetPolicy", { PolicyArn: arn }), "Policy"));

export async function getGroup(name: string): Promise<{ group: Group; members: readonly User[] }> {
  const page = await iam("GetGroup", { GroupName: name, MaxItems: 1000 });
  return { group: readGroup(childOf(page, "Group")), members: membersOf(page, "Users").map(readUser) };
}

export const listVersions = (arn: string): Promise<PolicyVersion[]> =>
  all("ListPolicyVersions", { PolicyArn: arn }, "Versions", (node) => ({
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

export const listAttached = (kind: IdentityKind, name: string): Promise<AttachedPolicy[]> =>
  all(`ListAttached${kind}Policies`, { [`${kind}Name`]: name }, "AttachedPolicies", readAttached);

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

export const listGroupsOf = (user: string): Promise<Group[]> =>
  all("ListGroupsForUser", { UserName: user }, "Groups", readGroup);

export const listKeys = (user: string): Promise<AccessKey[]> =>
  all("ListAccessKeys", { UserName: user }, "AccessKeyMetadata", (node) => ({
    id: textOf(node, "AccessKeyId"),
    active: textOf(node, "Status") === "Active",
    created: textOf(node, "CreateDate"),
  }));

export async function createKey(user: string): Promise<NewAccessKey> {
  const key = childOf(await iam("CreateAccessKey", { UserName: user }), "AccessKey");
  return { id: textOf(key, "AccessKeyId"), secret: textOf(key, "SecretAccessKey") };
}

export interface LastUse {
  /** Empty: never. */
  readonly time: string;
  readonly service: string;
}

export async function keyLastUsed(id: string): Promise<LastUse> {
  const use = childOf(await iam("GetAccessKeyLastUsed", { AccessKeyId: id }), "AccessKeyLastUsed");
  return { time: textOf(use, "LastUsedDate"), service: textOf(use, "ServiceName") };
}

export interface MfaDevice {
  readonly serialNumber: string;
  readonly enabled: string;
}

export const listMfaDevices = (user: string): Promise<MfaDevice[]> =>
  all("ListMFADevices", { UserName: user }, "MFADevices", (node) => ({
    serialNumber: textOf(node, "SerialNumber"),
    enabled: textOf(node, "EnableDate"),
  }));

export interface NewMfaDevice {
  readonly serialNumber: string;
  /** What an authenticator app is given by hand. */
  readonly secret: string;
  /** The same as a picture, in base64. */
  readonly qrCode: string;
}

export async function createMfaDevice(name: string): Promise<NewMfaDevice> {
  const device = childOf(await iam("CreateVirtualMFADevice", { VirtualMFADeviceName: name }), "VirtualMFADevice");
  return {
    serialNumber: textOf(device, "SerialNumber"),
    secret: atob(textOf(device, "Base32StringSeed")),
    qrCode: textOf(device, "QRCodePNG"),
  };
}

export async function removeMfaDevice(user: string, serialNumber: string): Promise<void> {
  await iam("DeactivateMFADevice", { UserName: user, SerialNumber: serialNumber });
  await iam("DeleteVirtualMFADevice", { SerialNumber: serialNumber });
}

export const setBoundary = (kind: "User" | "Role", name: string, arn: string): Promise<TreeNode> =>
  arn === ""
    ? iam(`Delete${kind}PermissionsBoundary`, { [`${kind}Name`]: name })
    : iam(`Put${kind}PermissionsBoundary`, { [`${kind}Name`]: name, PermissionsBoundary: arn });

export interface Tag {
  readonly key: string;
  readonly value: string;
}

export type TaggedKind = "User" | "Role" | "Policy";

/** `name`: the ARN of a policy. */
const ofTagged = (kind: TaggedKind, name: string): Parameters =>
  kind === "Policy" ? { PolicyArn: name } : { [`${kind}Name`]: name };

export const listTags = (kind: TaggedKind, name: string): Promise<Tag[]> =>
  all(`List${kind}Tags`, ofTagged(kind, name), "Tags", (node) => ({
    key: textOf(node, "Key"),
    value: textOf(node, "Value"),
  }));

/** What changed between the two lists. */
export async function saveTags(
  kind: TaggedKind,
  name: string,
  before: readonly Tag[],
  after: readonly Tag[],
): Promise<void> {
  const gone = before.filter(({ key }) => !after.some((tag) => tag.key === key));
  const set = after.filter(({ key, value }) => !before.some((tag) => tag.key === key && tag.value === value));
  if (set.length > 0) await iam(`Tag${kind}`, { ...ofTagged(kind, name), ...tagParameters(set) });
  const keys = Object.fromEntries(gone.map(({ key }, at) => [`TagKeys.member.${at + 1}`, key]));
  if (gone.length > 0) await iam(`Untag${kind}`, { ...ofTagged(kind, name), ...keys });
}

/** Whoever has to choose a new password needs the right to, as AWS's own console gives it. */
export async function allowOwnPassword(name: string): Promise<void> {
  await attachPolicy("User", name, "arn:aws:iam::aws:policy/IAMUserChangePassword");
}

export function tagParameters(tags: readonly Tag[]): Parameters {
  return Object.fromEntries(
    tags.flatMap(({ key, value }, at) => [
      [`Tags.member.${at + 1}.Key`, key],
      [`Tags.member.${at + 1}.Value`, value],
    ]),
  );
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

/** What stops IAM from deleting an identity is taken away first, as AWS's own console does. */
async function emptyIdentity(kind: IdentityKind, name: string): Promise<void> {
  for (const { arn } of await listAttached(kind, name)) await detachPolicy(kind, name, arn);
  for (const policy of await listInline(kind, name)) await deleteInline(kind, name, policy);
}

export async function deleteUser(name: string): Promise<void> {
  for (const group of await listGroupsOf(name))
    await iam("RemoveUserFromGroup", { UserName: name, GroupName: group.name });
  for (const key of await listKeys(name)) await iam("DeleteAccessKey", { UserName: name, AccessKeyId: key.id });
  if ((await getLoginProfile(name)) !== undefined) await iam("DeleteLoginProfile", { UserName: name });
  for (const { serialNumber } of await listMfaDevices(name)) await removeMfaDevice(name, serialNumber);
  await emptyIdentity("User", name);
  await iam("DeleteUser", { UserName: name });
}

export async function deleteGroup(name: string): Promise<void> {
  const { members } = await getGroup(name);
  for (const user of members) await iam("RemoveUserFromGroup", { UserName: user.name, GroupName: name });
  await emptyIdentity("Group", name);
  await iam("DeleteGroup", { GroupName: name });
}

export async function deleteRole(name: string): Promise<void> {
  await emptyIdentity("Role", name);
  await iam("DeleteRole", { RoleName: name });
}

export async function deletePolicy(arn: string): Promise<void> {
  for (const { id, isDefault } of await listVersions(arn))
    if (!isDefault) await iam("DeletePolicyVersion", { PolicyArn: arn, VersionId: id });
  await iam("DeletePolicy", { PolicyArn: arn });
}
