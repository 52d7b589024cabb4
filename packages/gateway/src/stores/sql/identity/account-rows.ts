import { inTurn } from "../in-turn.ts";
import type { FirstAccountRows } from "../../../domain/accounts/choose-account.ts";
import type { RenewalRows } from "../../../domain/accounts/renewal.ts";
import type { Reader } from "../database.ts";
import { optional, text } from "../sql-value.ts";
import { groupsOf } from "./group-rows.ts";
import { attachedPolicies, inlinePolicies } from "./policy-rows.ts";
import { accessKeysOf, accountIds, principalByName } from "./principal-rows.ts";

export async function firstAccountRows(reader: Reader): Promise<FirstAccountRows> {
  const owned: string[] = [];
  for (const table of ["principals", "access_keys", "policies", "groups", "buckets"])
    if (await reader.get(`SELECT 1 FROM ${table} LIMIT 1`, [], () => true)) owned.push(table);
  return { accounts: await accountIds(reader), owned };
}

export async function renewalRows(reader: Reader, accountId: string): Promise<RenewalRows> {
  const sql =
    "SELECT name FROM principals WHERE account_id = ? AND kind = 'user' AND folded >= 'admin' AND folded < 'admio'";
  const names = await reader.all(sql, [accountId], ([name]) => text(name));
  const users = await inTurn(names, async (name) => {
    const record = await principalByName(reader, accountId, "user", name);
    return (
      record && {
        record,
        attached: await attachedPolicies(reader, record.id),
        inline: (await inlinePolicies(reader, record.id)).map((policy) => policy.name),
        groups: (await groupsOf(reader, record.id)).map((group) => group.name),
        keys: await accessKeysOf(reader, accountId, record.id),
      }
    );
  });
  return {
    rootKeys: await accessKeysOf(reader, accountId, undefined),
    users: users.flatMap((user) => user ?? []),
  };
}

/** Every access key of all accounts, by the name of its user. */
export function namedKeys(
  reader: Reader,
): Promise<readonly { readonly accessKeyId: string; readonly userName: string | undefined }[]> {
  const sql =
    "SELECT k.id, p.name FROM access_keys k LEFT JOIN principals p ON p.id = k.owner_id ORDER BY p.name NULLS FIRST, k.created_at, k.id";
  return reader.all(sql, [], ([id, name]) => ({ accessKeyId: text(id), userName: optional(text, name) }));
}
