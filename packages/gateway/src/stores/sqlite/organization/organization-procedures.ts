import { fullAccessPolicies } from "../../../domain/organization/aws-policies.ts";
import type { OrganizationPolicyType } from "../../../ports/organization-store.ts";
import type { Writer } from "../connection.ts";
import { organizationRow } from "./organization-rows.ts";

/** A new account is in the organization; the first one makes it, as its management account. */
export function joinOrganization(writer: Writer, accountId: string): void {
  const isFirst = writer.run(
    "INSERT OR IGNORE INTO organization (one, id, root_id, management_account_id) VALUES (1, 'o-' || lower(hex(randomblob(5))), 'r-' || lower(hex(randomblob(2))), ?)",
    [accountId],
  );
  if (isFirst > 0) writer.run("INSERT INTO organization_policy_types (type) VALUES ('SERVICE_CONTROL_POLICY')", []);
  const { rootId, enabledTypes } = organizationRow(writer);
  for (const type of enabledTypes) {
    if (isFirst > 0) attachFullAccess(writer, rootId, type);
    attachFullAccess(writer, accountId, type);
  }
}

function attachFullAccess(writer: Writer, targetId: string, type: OrganizationPolicyType): void {
  writer.run("INSERT OR IGNORE INTO organization_attachments (target_id, type, policy_id) VALUES (?, ?, ?)", [
    targetId,
    type,
    fullAccessPolicies[type].id,
  ]);
}
