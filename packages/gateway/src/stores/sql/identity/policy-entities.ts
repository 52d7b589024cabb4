import { inTurn } from "../in-turn.ts";
import type { IdentityKind } from "../../../ports/identity-records.ts";
import type { PolicyEntity, PolicyUsage } from "../../../ports/identity-store.ts";
import { isGroupId } from "../../../domain/identity/names.ts";
import { StoreError } from "../../../ports/store-error.ts";
import type { Reader, Row } from "../database.ts";
import { oneOf, text } from "../sql-value.ts";

const sources = {
  attached: [
    "SELECT holder_id AS id FROM group_attachments WHERE account_id = ? AND policy_arn = ? AND holder_id > ? ORDER BY holder_id LIMIT ?",
    "SELECT holder_id AS id FROM attachments WHERE account_id = ? AND policy_arn = ? AND holder_id > ? ORDER BY holder_id LIMIT ?",
  ],
  boundary: ["SELECT id FROM principals WHERE account_id = ? AND boundary = ? AND id > ? ORDER BY id LIMIT ?"],
} as const satisfies Record<PolicyUsage, readonly string[]>;

/** An account's groups, roles and users that have a managed policy, by id from after `after`, each once. Each index is read for `limit` rows at most. */
export async function policyEntities(
  reader: Reader,
  accountId: string,
  arn: string,
  usage: PolicyUsage | undefined,
  { after, limit }: { readonly after: string; readonly limit: number },
): Promise<readonly PolicyEntity[]> {
  const lists = usage === undefined ? [...sources.attached, ...sources.boundary] : sources[usage];
  const ids = await inTurn(lists, (sql) => reader.all(sql, [accountId, arn, after, limit], ([id]) => text(id)));
  const some = [...new Set(ids.flat())].toSorted().slice(0, limit);
  return inTurn(some, (id) => entityById(reader, id));
}

async function entityById(reader: Reader, id: string): Promise<PolicyEntity> {
  const sql = isGroupId(id)
    ? "SELECT 'group', id, name, path FROM groups WHERE id = ?"
    : "SELECT kind, id, name, path FROM principals WHERE id = ?";
  const entity = await reader.get(sql, [id], entityOf);
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
