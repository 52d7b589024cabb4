import type { FirstAccountRows } from "../../../domain/accounts/choose-account.ts";
import type { RenewalRows } from "../../../domain/accounts/renewal.ts";
import type { Reader } from "../connection.ts";
import { optional, text } from "../../sql/sql-value.ts";
import { groupsOf } from "./group-rows.ts";
import { attachedPolicies, inlinePolicies } from "./policy-rows.ts";
import { accessKeysOf, accountIds, principalByName } from "./principal-rows.ts";

export function firstAccountRows(reader: Reader): FirstAccountRows {
  const owned = ["principals", "access_keys", "policies", "groups", "buckets"].filter(
    (table) => reader.get(`SELECT 1 FROM ${table} LIMIT 1`, [], () => true) === true,
  );
  return { accounts: accountIds(reader), owned };
}

export function renewalRows(reader: Reader, accountId: string): RenewalRows {
  const sql =
    "SELECT name FROM principals WHERE account_id = ? AND kind = 'user' AND folded >= 'admin' AND folded < 'admio'";
  const names = reader.all(sql, [accountId], ([name]) => text(name));
  const users = names.flatMap((name) => {
    const record = principalByName(reader, accountId, "user", name);
    if (record === undefined) return [];
    return {
      record,
      attached: attachedPolicies(reader, record.id),
      inline: inlinePolicies(reader, record.id).map((policy) => policy.name),
      groups: groupsOf(reader, record.id).map((group) => group.name),
      keys: accessKeysOf(reader, accountId, record.id),
    };
  });
  return { rootKeys: accessKeysOf(reader, accountId, undefined), users };
}

/** Every access key of all accounts, by the name of its user. */
export function namedKeys(
  reader: Reader,
): readonly { readonly accessKeyId: string; readonly userName: string | undefined }[] {
  const sql =
    "SELECT k.id, p.name FROM access_keys k LEFT JOIN principals p ON p.id = k.owner_id ORDER BY p.name, k.created_at, k.id";
  return reader.all(sql, [], ([id, name]) => ({ accessKeyId: text(id), userName: optional(text, name) }));
}
