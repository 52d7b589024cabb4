import type { PolicyEntity } from "../../../ports/identity-store.ts";
import type { Reader, Row } from "../connection.ts";
import { oneOf, text } from "../sql-value.ts";

function entityOf([kind, id, name, path]: Row): PolicyEntity {
  return { kind: oneOf(["user", "role", "group"], kind), id: text(id), name: text(name), path: text(path) };
}

/** An account's groups, roles and users that have this managed policy, each kind by name. */
export function policyAttachments(reader: Reader, accountId: string, arn: string): readonly PolicyEntity[] {
  const sql = `
    SELECT 'group' AS kind, g.id, g.name, g.path, g.folded FROM group_attachments a
      JOIN groups g ON g.id = a.holder_id WHERE a.policy_arn = ? AND g.account_id = ?
    UNION ALL
    SELECT p.kind, p.id, p.name, p.path, p.folded FROM attachments a
      JOIN principals p ON p.id = a.holder_id WHERE a.policy_arn = ? AND p.account_id = ?
    ORDER BY 1, 5`;
  return reader.all(sql, [arn, accountId, arn, accountId], entityOf);
}

/** Those it is the permissions boundary of. */
export function policyBoundaries(reader: Reader, accountId: string, arn: string): readonly PolicyEntity[] {
  const sql = "SELECT kind, id, name, path FROM principals WHERE boundary = ? AND account_id = ? ORDER BY kind, folded";
  return reader.all(sql, [arn, accountId], entityOf);
}
