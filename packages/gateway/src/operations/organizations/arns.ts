import type { OrganizationRecord } from "../../ports/organization-store.ts";

/** ARNs as the Service Authorization Reference has them. */
const arn = ({ managementAccountId }: OrganizationRecord, resource: string): string =>
  `arn:aws:organizations::${managementAccountId}:${resource}`;

export function organizationArn(organization: OrganizationRecord): string {
  return arn(organization, `organization/${organization.id}`);
}

export function accountArn(organization: OrganizationRecord, accountId: string): string {
  return arn(organization, `account/${organization.id}/${accountId}`);
}
