import { type Membership } from "../../../domain/identity/callers.ts";
import type { ReadProgram } from "../../../domain/identity/layers.ts";
import { controlLevels, organizationPath } from "../../../domain/organization/guardrails.ts";
import type { OrganizationAccount, OrganizationPolicyType } from "../../../ports/organization-store.ts";
import type { ResourceAccount } from "../../../ports/principal-directory.ts";
import type { Reader } from "../database.ts";
import { attachmentsOf, policiesById, organizationRow } from "./organization-rows.ts";

/** What the organization says of an account: as a caller's, and as that of a resource. */
export async function readMembership(
  reader: Reader,
  program: ReadProgram,
  { id, state }: OrganizationAccount,
): Promise<{ readonly membership: Membership; readonly resource: ResourceAccount }> {
  const organization = await organizationRow(reader);
  const attachedTo = await attachmentsOf(reader, organization.rootId, id);
  const attached = (target: string, type: OrganizationPolicyType) => policiesById(reader, attachedTo(target, type));
  const levels = async (type: OrganizationPolicyType) =>
    controlLevels(program, organization, id, type, {
      root: await attached(organization.rootId, type),
      account: await attached(id, type),
    });
  const path = organizationPath(organization);
  return {
    membership: {
      organizationId: organization.id,
      organizationPath: path,
      guardrails: await levels("SERVICE_CONTROL_POLICY"),
    },
    resource: {
      closed: state === "CLOSED",
      organizationId: organization.id,
      organizationPath: path,
      resourceControls: await levels("RESOURCE_CONTROL_POLICY"),
    },
  };
}
