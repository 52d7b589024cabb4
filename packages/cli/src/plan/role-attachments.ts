import type { IAMClient } from "@aws-sdk/client-iam";
import { decodeDocument } from "../service/document.ts";
import type { Attachment, Listing } from "./attachments.ts";

/** What a role may have. https://docs.aws.amazon.com/IAM/latest/APIReference/API_DeleteRole.html */
export const roleListings: readonly Listing[] = [
  { what: "inline policies", find: inlinePolicies, always: true },
  { what: "attached policies", find: attachedPolicies },
  { what: "instance profiles", find: instanceProfiles },
];

async function* inlinePolicies(iam: IAMClient, role: string): AsyncGenerator<Attachment> {
  const { DeleteRolePolicyCommand, GetRolePolicyCommand, PutRolePolicyCommand, paginateListRolePolicies } =
    await import("@aws-sdk/client-iam");
  for await (const page of paginateListRolePolicies({ client: iam }, { RoleName: role })) {
    for (const name of page.PolicyNames ?? []) {
      const target = { RoleName: role, PolicyName: name };
      const { PolicyDocument = "" } = await iam.send(new GetRolePolicyCommand(target));
      const text = decodeDocument(PolicyDocument);
      yield {
        what: `policy ${name}`,
        line: `Deleted policy: ${name}`,
        remove: async () => void (await iam.send(new DeleteRolePolicyCommand(target))),
        restore: async () => void (await iam.send(new PutRolePolicyCommand({ ...target, PolicyDocument: text }))),
      };
    }
  }
}

async function* attachedPolicies(iam: IAMClient, role: string): AsyncGenerator<Attachment> {
  const { AttachRolePolicyCommand, DetachRolePolicyCommand, paginateListAttachedRolePolicies } =
    await import("@aws-sdk/client-iam");
  for await (const page of paginateListAttachedRolePolicies({ client: iam }, { RoleName: role })) {
    for (const { PolicyArn } of page.AttachedPolicies ?? []) {
      const target = { RoleName: role, PolicyArn };
      yield {
        what: `attached policy ${PolicyArn}`,
        line: `Detached policy: ${PolicyArn}`,
        remove: async () => void (await iam.send(new DetachRolePolicyCommand(target))),
        restore: async () => void (await iam.send(new AttachRolePolicyCommand(target))),
      };
    }
  }
}

async function* instanceProfiles(iam: IAMClient, role: string): AsyncGenerator<Attachment> {
  const { AddRoleToInstanceProfileCommand, RemoveRoleFromInstanceProfileCommand, paginateListInstanceProfilesForRole } =
    await import("@aws-sdk/client-iam");
  for await (const page of paginateListInstanceProfilesForRole({ client: iam }, { RoleName: role })) {
    for (const { InstanceProfileName } of page.InstanceProfiles ?? []) {
      const target = { RoleName: role, InstanceProfileName };
      yield {
        what: `instance profile ${InstanceProfileName}`,
        line: `Removed from instance profile: ${InstanceProfileName}`,
        remove: async () => void (await iam.send(new RemoveRoleFromInstanceProfileCommand(target))),
        restore: async () => void (await iam.send(new AddRoleToInstanceProfileCommand(target))),
      };
    }
  }
}
