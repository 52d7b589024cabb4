import type { GroupRecord, IdentityReference, PrincipalRecord, UserRecord } from "../../../ports/identity-store.ts";
import { groupArn, nameKey } from "../../../domain/identity/names.ts";
import type { Row } from "../../sql/database.ts";
import type { Reader } from "../connection.ts";
import { integer, text } from "../../sql/sql-value.ts";
import { principalOf } from "./principal-rows.ts";

const columns = "id, account_id, name, path, created_at";

function recordOf([id, account, name, path, created]: Row): GroupRecord {
  const fields = { id: text(id), accountId: text(account), name: text(name), path: text(path) };
  return {
    kind: "group",
    ...fields,
    arn: groupArn(fields.accountId, fields.path, fields.name),
    createdAt: integer(created),
  };
}

export function groupOf(reader: Reader, { accountId, id }: IdentityReference): GroupRecord | undefined {
  return reader.get(`SELECT ${columns} FROM groups WHERE id = ? AND account_id = ?`, [id, accountId], recordOf);
}

export function groupByName(reader: Reader, accountId: string, name: string): GroupRecord | undefined {
  return reader.get(
    `SELECT ${columns} FROM groups WHERE account_id = ? AND folded = ?`,
    [accountId, nameKey(name)],
    recordOf,
  );
}

/** By name in lower case, from after `after`. */
export function groupsIn(reader: Reader, accountId: string, after: string, limit: number): readonly GroupRecord[] {
  const sql = `SELECT ${columns} FROM groups WHERE account_id = ? AND folded > ? ORDER BY folded LIMIT ?`;
  return reader.all(sql, [accountId, nameKey(after), limit], recordOf);
}

export function countGroups(reader: Reader, accountId: string): number {
  return reader.get("SELECT count(*) FROM groups WHERE account_id = ?", [accountId], ([count]) => integer(count)) ?? 0;
}

/**
 * The groups of a user, by name.
 * INVARIANT: a membership without its group means an unreadable file and throws; left out, it would take the group's Deny with it.
 */
export function groupsOf(reader: Reader, userId: string): readonly GroupRecord[] {
  const sql =
    "SELECT g.id, g.account_id, g.name, g.path, g.created_at FROM group_members m LEFT JOIN groups g ON g.id = m.group_id WHERE m.user_id = ? ORDER BY g.folded";
  return reader.all(sql, [userId], recordOf);
}

/** The users of a group by name in lower case, from after `after`. */
export function membersOf(
  reader: Reader,
  { accountId, id: groupId }: IdentityReference,
  after: string,
  limit: number,
): readonly UserRecord[] {
  const sql =
    "SELECT p.id FROM group_members m JOIN principals p ON p.id = m.user_id WHERE m.group_id = ? AND p.account_id = ? AND p.folded > ? ORDER BY p.folded LIMIT ?";
  const ids = reader.all(sql, [groupId, accountId, nameKey(after), limit], ([id]) => text(id));
  return ids.flatMap((id) => onlyUser(principalOf(reader, { accountId, id })));
}

function onlyUser(record: PrincipalRecord | undefined): readonly UserRecord[] {
  return record?.kind === "user" ? [record] : [];
}

export function countMembers(reader: Reader, groupId: string): number {
  const sql = "SELECT count(*) FROM group_members WHERE group_id = ?";
  return reader.get(sql, [groupId], ([count]) => integer(count)) ?? 0;
}
