import { inTurn } from "../in-turn.ts";
import type { GroupRecord, IdentityReference, PrincipalRecord, UserRecord } from "../../../ports/identity-records.ts";
import { groupArn, nameKey } from "../../../domain/identity/names.ts";
import type { Reader, Row } from "../database.ts";
import { integer, text } from "../sql-value.ts";
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

export function groupOf(reader: Reader, { accountId, id }: IdentityReference): Promise<GroupRecord | undefined> {
  return reader.get(`SELECT ${columns} FROM groups WHERE id = ? AND account_id = ?`, [id, accountId], recordOf);
}

export function groupByName(reader: Reader, accountId: string, name: string): Promise<GroupRecord | undefined> {
  return reader.get(
    `SELECT ${columns} FROM groups WHERE account_id = ? AND folded = ?`,
    [accountId, nameKey(name)],
    recordOf,
  );
}

/** By name in lower case, from after `after`. */
export function groupsIn(
  reader: Reader,
  accountId: string,
  after: string,
  limit: number,
): Promise<readonly GroupRecord[]> {
  const sql = `SELECT ${columns} FROM groups WHERE account_id = ? AND folded > ? ORDER BY folded LIMIT ?`;
  return reader.all(sql, [accountId, nameKey(after), limit], recordOf);
}

export async function countGroups(reader: Reader, accountId: string): Promise<number> {
  return (
    (await reader.get("SELECT count(*) FROM groups WHERE account_id = ?", [accountId], ([count]) => integer(count))) ??
    0
  );
}

/**
 * The groups of a user, by name.
 * INVARIANT: a membership without its group means an unreadable file and throws; left out, it would take the group's Deny with it.
 */
export function groupsOf(reader: Reader, userId: string): Promise<readonly GroupRecord[]> {
  const sql =
    "SELECT g.id, g.account_id, g.name, g.path, g.created_at FROM group_members m LEFT JOIN groups g ON g.id = m.group_id WHERE m.user_id = ? ORDER BY g.folded";
  return reader.all(sql, [userId], recordOf);
}

/** The users of a group by name in lower case, from after `after`. */
export async function membersOf(
  reader: Reader,
  { accountId, id: groupId }: IdentityReference,
  after: string,
  limit: number,
): Promise<readonly UserRecord[]> {
  const sql =
    "SELECT p.id FROM group_members m JOIN principals p ON p.id = m.user_id WHERE m.group_id = ? AND p.account_id = ? AND p.folded > ? ORDER BY p.folded LIMIT ?";
  const ids = await reader.all(sql, [groupId, accountId, nameKey(after), limit], ([id]) => text(id));
  const members = await inTurn(ids, (id) => principalOf(reader, { accountId, id }));
  return members.flatMap(onlyUser);
}

function onlyUser(record: PrincipalRecord | undefined): readonly UserRecord[] {
  return record?.kind === "user" ? [record] : [];
}

export async function countMembers(reader: Reader, groupId: string): Promise<number> {
  const sql = "SELECT count(*) FROM group_members WHERE group_id = ?";
  return (await reader.get(sql, [groupId], ([count]) => integer(count))) ?? 0;
}
