import type { OrganizationAccount, OrganizationRecord } from "../../../ports/organization-store.ts";
import { organizationPolicyTypes } from "../../../ports/organization-store.ts";
import { StoreError } from "../../../ports/store-error.ts";
import type { Reader, Row } from "../connection.ts";
import { integer, oneOf, optional, text, utf8 } from "../sql-value.ts";

/** Of the first account, which nobody was asked a name and an address for. `.invalid` is nobody's: RFC 2606. */
const namelessAccount = (id: string) => ({ name: "Management account", email: `root@${id}.invalid` });

const accountColumns = "id, name, email, state, created_at";

function accountOf([id, name, email, state, created]: Row): OrganizationAccount {
  const accountId = text(id);
  return {
    id: accountId,
    name: optional(utf8, name) ?? namelessAccount(accountId).name,
    email: optional(utf8, email) ?? namelessAccount(accountId).email,
    state: oneOf(["ACTIVE", "CLOSED"], state),
    createdAt: integer(created),
  };
}

export function organizationRow(reader: Reader): OrganizationRecord {
  const found = reader.get(
    "SELECT id, root_id, management_account_id FROM organization",
    [],
    ([id, rootId, management]) => ({ id: text(id), rootId: text(rootId), managementAccountId: text(management) }),
  );
  // It is made with the first account.
  if (found === undefined) throw new StoreError("corrupt", "directory.db has accounts but no organization");
  const enabledTypes = reader.all("SELECT type FROM organization_policy_types ORDER BY type DESC", [], ([type]) =>
    oneOf(organizationPolicyTypes, type),
  );
  return { ...found, enabledTypes };
}

export function organizationAccount(reader: Reader, id: string): OrganizationAccount | undefined {
  return reader.get(`SELECT ${accountColumns} FROM accounts WHERE id = ?`, [id], accountOf);
}
