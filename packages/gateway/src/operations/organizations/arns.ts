import type { OrganizationRecord } from "../../ports/organization-store.ts";

/** ARNs as the Service Authorization Reference has them. All of an organization are under its management account. */
const arn = ({ managementAccountId }: OrganizationRecord, resource: string): string =>
  `arn:aws:organizations::${managementAccountId}:${resource}`;

export function organizationArn(organization: OrganizationRecord): string {
  return arn(organization, `organization/${organization.id}`);
}

export function accountArn(organization: OrganizationRecord, accountId: string): string {
  return arn(organization, `account/${organization.id}/${accountId}`);
}

export function rootArn(organization: OrganizationRecord): string {
  return arn(organization, `root/${organization.id}/${organization.rootId}`);
}

/** `id` alone decides nothing about an AWS policy, because it may not exist: see `awsManaged`. */
export function policyArn(
  organization: OrganizationRecord,
  { id, type, awsManaged }: { readonly id: string; readonly type: string; readonly awsManaged: boolean },
): string {
  const kind = type.toLowerCase();
  return awsManaged
    ? `arn:aws:organizations::aws:policy/${kind}/${id}`
    : arn(organization, `policy/${organization.id}/${kind}/${id}`);
}
