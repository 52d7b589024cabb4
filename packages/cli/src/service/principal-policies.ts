import type { IAMClient } from "@aws-sdk/client-iam";
import {
  namedProgram,
  type NamedProgram,
  noResourceLayers,
  parseArn,
  type PolicyKind,
  type PrincipalPolicies,
  type ResourceLayers,
  roleSession,
  sessionsOf,
  trustLayers,
} from "@s3-credentials/policy";
import { failedWith } from "../output/errors.ts";
import { CommandError } from "../command-line/failures.ts";
import { decodeDocument } from "./document.ts";

export async function policiesOfUser(iam: IAMClient, name: string): Promise<PrincipalPolicies> {
  const sdk = await import("@aws-sdk/client-iam");
  const { User } = await iam.send(new sdk.GetUserCommand({ UserName: name }));
  const arn = User?.Arn ?? "";
  const identity: NamedProgram[] = [];
  for await (const page of sdk.paginateListUserPolicies({ client: iam }, { UserName: name })) {
    for (const policy of page.PolicyNames ?? []) {
      const { PolicyDocument } = await iam.send(new sdk.GetUserPolicyCommand({ UserName: name, PolicyName: policy }));
      identity.push(namedProgram({ kind: "inline", name: policy }, decodeDocument(PolicyDocument ?? ""), "identity"));
    }
  }
  identity.push(...(await attachedUserPolicies(iam, name)), ...(await groupPolicies(iam, name)));
  const { account } = requireArn(arn);
  return {
    principal: { kind: "user", accountId: account, arn, userId: User?.UserId ?? "", userName: User?.UserName ?? name },
    layers: { identity, boundary: await boundaryOf(iam, User?.PermissionsBoundary?.PermissionsBoundaryArn) },
    tags: tagMap(User?.Tags),
  };
}

export async function attachedUserPolicies(iam: IAMClient, name: string): Promise<readonly NamedProgram[]> {
  const { paginateListAttachedUserPolicies } = await import("@aws-sdk/client-iam");
  const found: NamedProgram[] = [];
  for await (const page of paginateListAttachedUserPolicies({ client: iam }, { UserName: name })) {
    for (const { PolicyArn } of page.AttachedPolicies ?? [])
      found.push(await managed(iam, PolicyArn ?? "", "identity"));
  }
  return found;
}

export async function policiesOfRole(iam: IAMClient, name: string, session: string): Promise<PrincipalPolicies> {
  const sdk = await import("@aws-sdk/client-iam");
  const { Role } = await iam.send(new sdk.GetRoleCommand({ RoleName: name }));
  const roleArn = Role?.Arn ?? "";
  requireArn(roleArn);
  const identity: NamedProgram[] = [];
  for await (const page of sdk.paginateListRolePolicies({ client: iam }, { RoleName: name })) {
    for (const policy of page.PolicyNames ?? []) {
      const { PolicyDocument } = await iam.send(new sdk.GetRolePolicyCommand({ RoleName: name, PolicyName: policy }));
      identity.push(namedProgram({ kind: "inline", name: policy }, decodeDocument(PolicyDocument ?? ""), "identity"));
    }
  }
  for await (const page of sdk.paginateListAttachedRolePolicies({ client: iam }, { RoleName: name })) {
    for (const { PolicyArn } of page.AttachedPolicies ?? [])
      identity.push(await managed(iam, PolicyArn ?? "", "identity"));
  }
  const roleName = Role?.RoleName ?? name;
  return {
    principal: roleSession({ roleArn, roleName, roleId: Role?.RoleId ?? "" }, session),
    layers: { identity, boundary: await boundaryOf(iam, Role?.PermissionsBoundary?.PermissionsBoundaryArn) },
    tags: tagMap(Role?.Tags),
    standsFor: sessionsOf(decodeDocument(Role?.AssumeRolePolicyDocument ?? "")),
  };
}

function requireArn(arn: string): { readonly account: string } {
  const parsed = parseArn(arn);
  if (parsed === undefined) throw new CommandError("the service does not say who that is");
  return parsed;
}

export async function groupPolicies(iam: IAMClient, user: string): Promise<readonly NamedProgram[]> {
  const sdk = await import("@aws-sdk/client-iam");
  const found: NamedProgram[] = [];
  try {
    for await (const page of sdk.paginateListGroupsForUser({ client: iam }, { UserName: user })) {
      for (const { GroupName = "" } of page.Groups ?? []) {
        for await (const { PolicyNames } of sdk.paginateListGroupPolicies({ client: iam }, { GroupName })) {
          for (const policy of PolicyNames ?? []) {
            const { PolicyDocument } = await iam.send(new sdk.GetGroupPolicyCommand({ GroupName, PolicyName: policy }));
            const origin = { kind: "inline", name: policy, group: GroupName } as const;
            found.push(namedProgram(origin, decodeDocument(PolicyDocument ?? ""), "identity"));
          }
        }
        for await (const { AttachedPolicies } of sdk.paginateListAttachedGroupPolicies(
          { client: iam },
          { GroupName },
        )) {
          for (const { PolicyArn } of AttachedPolicies ?? [])
            found.push(await managed(iam, PolicyArn ?? "", "identity", GroupName));
        }
      }
    }
  } catch (error) {
    if (!failedWith(error, "NotImplemented")) throw error;
  }
  return found;
}

async function managed(iam: IAMClient, arn: string, kind: PolicyKind, group?: string): Promise<NamedProgram> {
  const { GetPolicyCommand, GetPolicyVersionCommand } = await import("@aws-sdk/client-iam");
  const { Policy } = await iam.send(new GetPolicyCommand({ PolicyArn: arn }));
  const { PolicyVersion } = await iam.send(
    new GetPolicyVersionCommand({ PolicyArn: arn, VersionId: Policy?.DefaultVersionId }),
  );
  return namedProgram({ kind: "managed", arn, group }, decodeDocument(PolicyVersion?.Document ?? ""), kind);
}

export async function boundaryOf(iam: IAMClient, arn: string | undefined): Promise<NamedProgram | "none"> {
  return arn === undefined ? "none" : managed(iam, arn, "boundary");
}

/** The trust policy of the role a resource is. */
export async function trustPolicyOf(iam: IAMClient, resource: string): Promise<ResourceLayers> {
  const arn = parseArn(resource);
  if (arn?.service !== "iam" || !arn.resource.startsWith("role/")) return noResourceLayers;
  const { GetRoleCommand } = await import("@aws-sdk/client-iam");
  const { Role } = await iam.send(new GetRoleCommand({ RoleName: arn.resource.split("/").at(-1) }));
  return trustLayers(resource, decodeDocument(Role?.AssumeRolePolicyDocument ?? ""));
}

function tagMap(
  tags: readonly { readonly Key: string | undefined; readonly Value: string | undefined }[] | undefined,
): ReadonlyMap<string, string> {
  return new Map(tags?.map(({ Key = "", Value = "" }) => [Key, Value]));
}
