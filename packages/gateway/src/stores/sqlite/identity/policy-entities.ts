import type { IdentityKind, PolicyEntity, PolicyUsage } from "../../../ports/identity-store.ts";
import { isGroupId } from "../../../domain/identity/names.ts";
import { StoreError } from "../../../ports/store-error.ts";
import type { Row } from "../../sql/database.ts";
import type { Reader } from "../connection.ts";
import { oneOf, text } from "../../sql/sql-value.ts";

const sources = {
  attached: [
    "SELECT holder_id AS id FROM group_attachments WHERE account_id = ? AND policy_arn = ? AND holder_id > ? ORDER BY holder_id LIMIT ?",
    "SELECT holder_id AS id FROM attachments WHERE account_id = ? AND policy_arn = ? AND holder_id > ? ORDER BY holder_id LIMIT ?",
  ],
  boundary: ["SELECT id FROM principals WHERE account_id = ? AND boundary = ? AND id > ? ORDER BY id LIMIT ?"],
} as const satisfies Record<PolicyUsage, readonly string[]>;

/** An account's groups, roles and users that have a managed policy, by id from after `after`, each once. Each index is read for `limit` rows at most. */
export function policyEntities(
  reader: Reader,
  accountId: string,
  arn: string,
  usage: PolicyUsage | undefined,
  { after, limit }: { readonly after: string; readonly limit: number },
): readonly PolicyEntity[] {
  const lists = usage === undefined ? [...sources.attached, ...sources.boundary] : sources[usage];
  const ids = lists.flatMap((sql) => reader.all(sql, [accountId, arn, after, limit], ([id]) => text(id)));
  return [...new Set(ids)]
    .toSorted()
    .slice(0, limit)
    .map((id) => entityById(reader, id));
}

function entityById(reader: Reader, id: string): PolicyEntity {
  const sql = isGroupId(id)
    ? "SELECT 'group', id, name, path FROM groups WHERE id = ?"
    : "SELECT kind, id, name, path FROM principals WHERE id = ?";
  const entity = reader.get(sql, [id], entityOf);
  if (entity === undefined) throw new StoreError("corrupt", "a policy is attached to nobody");
  return entity;
}

function entityOf([kind, id, name, path]: Row): PolicyEntity {
  return {
    kind: oneOf(["user", "role", "group"] satisfies IdentityKind[], kind),
    id: text(id),
    name: text(name),
    path: text(path),
  };
}
