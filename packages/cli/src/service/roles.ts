import type { IAMClient } from "@aws-sdk/client-iam";
import { type Json, type JsonObject, textField } from "../formats/json.ts";
import { failedWith } from "../output/errors.ts";
import { managedPolicyShape, policyVersionShape, rolePolicyShape, roleShape } from "./shapes.ts";
import { nextMarker } from "./users.ts";
import { readItems, readStructure, sendForXml } from "./wire.ts";

/** Every role of the account with the fields lists have, page by page. */
export async function* listRoles(iam: IAMClient): AsyncGenerator<JsonObject> {
  const { ListRolesCommand } = await import("@aws-sdk/client-iam");
  let marker: string | undefined;
  do {
    const command = new ListRolesCommand(marker === undefined ? {} : { Marker: marker });
    const { output, document } = await sendForXml(command, () => iam.send(command));
    yield* readItems(document, ["ListRolesResult", "Roles"], "member", roleShape);
    marker = nextMarker(output);
  } while (marker !== undefined);
}

/** The role with `inline_policies` and `attached_policies`, each with its document. */
export async function withPolicies(iam: IAMClient, role: JsonObject): Promise<JsonObject> {
  const name = textField(role, "RoleName");
  return new Map<string, Json>([
    ...role,
    ["inline_policies", await inlinePolicies(iam, name)],
    ["attached_policies", await attachedPolicies(iam, name)],
  ]);
}

async function inlinePolicies(iam: IAMClient, role: string): Promise<readonly JsonObject[]> {
  const { GetRolePolicyCommand, paginateListRolePolicies } = await import("@aws-sdk/client-iam");
  const policies: JsonObject[] = [];
  for await (const { PolicyNames } of paginateListRolePolicies({ client: iam }, { RoleName: role })) {
    for (const name of PolicyNames ?? []) {
      const command = new GetRolePolicyCommand({ RoleName: role, PolicyName: name });
      const { document } = await sendForXml(command, () => iam.send(command));
      policies.push(readStructure(document, ["GetRolePolicyResult"], rolePolicyShape));
    }
  }
  return policies;
}

async function attachedPolicies(iam: IAMClient, role: string): Promise<readonly JsonObject[]> {
  const { paginateListAttachedRolePolicies } = await import("@aws-sdk/client-iam");
  const policies: JsonObject[] = [];
  try {
    for await (const { AttachedPolicies } of paginateListAttachedRolePolicies({ client: iam }, { RoleName: role })) {
      for (const { PolicyArn } of AttachedPolicies ?? []) policies.push(await managedPolicy(iam, PolicyArn ?? ""));
    }
  } catch (error) {
    // A service without managed policies says so by name.
    if (!failedWith(error, "NotImplemented", "MethodNotAllowed")) throw error;
  }
  return policies;
}

async function managedPolicy(iam: IAMClient, arn: string): Promise<JsonObject> {
  const { GetPolicyCommand, GetPolicyVersionCommand } = await import("@aws-sdk/client-iam");
  const getPolicy = new GetPolicyCommand({ PolicyArn: arn });
  const { document } = await sendForXml(getPolicy, () => iam.send(getPolicy));
  const policy = readStructure(document, ["GetPolicyResult", "Policy"], managedPolicyShape);
  const getVersion = new GetPolicyVersionCommand({ PolicyArn: arn, VersionId: textField(policy, "DefaultVersionId") });
  const answer = await sendForXml(getVersion, () => iam.send(getVersion));
  const version = readStructure(answer.document, ["GetPolicyVersionResult", "PolicyVersion"], policyVersionShape);
  return new Map<string, Json>([...policy, ["PolicyVersion", version]]);
}

/** A role by its name, with every field the service gives. */
export async function readRole(iam: IAMClient, name: string): Promise<JsonObject> {
  const { GetRoleCommand } = await import("@aws-sdk/client-iam");
  const command = new GetRoleCommand({ RoleName: name });
  const { document } = await sendForXml(command, () => iam.send(command));
  return readStructure(document, ["GetRoleResult", "Role"], roleShape);
}
