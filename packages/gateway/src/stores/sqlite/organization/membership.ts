import { type Membership } from "../../../domain/identity/callers.ts";
import type { ReadProgram } from "../../../domain/identity/layers.ts";
import { controlLevels, organizationPath } from "../../../domain/organization/guardrails.ts";
import type { OrganizationAccount, OrganizationPolicyType } from "../../../ports/organization-store.ts";
import type { ResourceAccount } from "../../../ports/principal-directory.ts";
import type { Reader } from "../connection.ts";
import { attachedTo, organizationPolicy, organizationRow } from "./organization-rows.ts";

/** What the organization says of an account: as a caller's, and as that of a resource. */
export function readMembership(
  reader: Reader,
  program: ReadProgram,
  { id, state }: OrganizationAccount,
): { readonly membership: Membership; readonly resource: ResourceAccount } {
  const organization = organizationRow(reader);
  const attached = (target: string, type: OrganizationPolicyType) =>
    attachedTo(reader, target, type).flatMap((policy) => organizationPolicy(reader, policy) ?? []);
  const levels = (type: OrganizationPolicyType) =>
    controlLevels(program, organization, id, type, {
      root: attached(organization.rootId, type),
      account: attached(id, type),
    });
  const path = organizationPath(organization);
  return {
    membership: {
      organizationId: organization.id,
      organizationPath: path,
      guardrails: levels("SERVICE_CONTROL_POLICY"),
    },
    resource: {
      closed: state === "CLOSED",
      organizationId: organization.id,
      organizationPath: path,
      resourceControls: levels("RESOURCE_CONTROL_POLICY"),
    },
  };
}
