import { listKeys } from "./access-keys.ts";
import { getGroup, listGroupsOf } from "./groups.ts";
import { iam } from "./iam.ts";
import { deleteInline, detachPolicy, type IdentityKind, listAttached, listInline } from "./identity-policies.ts";
import { listMfaDevices, removeMfaDevice } from "./mfa-devices.ts";
import { getLoginProfile } from "./users.ts";

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
