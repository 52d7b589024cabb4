/** When keys, passwords and roles were used last. */
import type { LastUsed } from "@s3-credentials/policy";
import { failedWith } from "../output/errors.ts";
import type { Services } from "../plan/services.ts";
import { type Configuration, ofKind } from "../configuration/configuration.ts";

export async function readLastUsed({ iam }: Services, configuration: Configuration): Promise<readonly LastUsed[]> {
  const sdk = await import("@aws-sdk/client-iam");
  const found: LastUsed[] = [];
  for (const { name: UserName } of ofKind(configuration, "users")) {
    for await (const page of sdk.paginateListAccessKeys({ client: iam }, { UserName }))
      for (const { AccessKeyId = "", Status, CreateDate } of page.AccessKeyMetadata ?? []) {
        const { AccessKeyLastUsed } = await iam.send(new sdk.GetAccessKeyLastUsedCommand({ AccessKeyId }));
        const key = { kind: "access key", of: UserName, id: AccessKeyId, active: Status === "Active" } as const;
        found.push({ ...key, made: CreateDate, used: AccessKeyLastUsed?.LastUsedDate });
      }
    const made = await passwordMade(iam, UserName);
    if (made === undefined) continue;
    const { User } = await iam.send(new sdk.GetUserCommand({ UserName }));
    found.push({ kind: "password", of: UserName, active: true, made, used: User?.PasswordLastUsed });
  }
  for (const { name: RoleName } of ofKind(configuration, "roles")) {
    const { Role } = await iam.send(new sdk.GetRoleCommand({ RoleName }));
    found.push({
      kind: "role",
      of: RoleName,
      active: true,
      made: Role?.CreateDate,
      used: Role?.RoleLastUsed?.LastUsedDate,
    });
  }
  return found;
}

/** Undefined: the user has no password. */
async function passwordMade(iam: Services["iam"], UserName: string): Promise<Date | undefined> {
  const { GetLoginProfileCommand } = await import("@aws-sdk/client-iam");
  try {
    return (await iam.send(new GetLoginProfileCommand({ UserName }))).LoginProfile?.CreateDate;
  } catch (error) {
    if (failedWith(error, "NoSuchEntity", "NoSuchEntityException")) return undefined;
    throw error;
  }
}
