import type { EntityCounts } from "../../../ports/identity-store.ts";
import type { Reader, Row } from "../database.ts";
import { integer, optional, text } from "../sql-value.ts";
import { countGroups } from "./group-rows.ts";

/** Rows of an index that are counted in one turn: less than a millisecond. */
const rowsPerCount = 2000;
const policiesPerCount = 200;

/** A part of a count: how many rows, their versions, and the last name; undefined when there are none. */
function partOf([count, last, versions]: Row): { count: number; last: string | undefined; versions: number } {
  return {
    count: integer(count),
    last: optional(text, last ?? null),
    versions: optional(integer, versions ?? null) ?? 0,
  };
}

/** Adds the parts up, from name to name. */
async function total(
  turn: () => Promise<void>,
  part: (after: string) => Promise<ReturnType<typeof partOf> | undefined>,
): Promise<{ readonly count: number; readonly versions: number }> {
  let count = 0;
  let versions = 0;
  for (let after: string | undefined = ""; after !== undefined;) {
    await turn();
    const found = await part(after);
    count += found?.count ?? 0;
    versions += found?.versions ?? 0;
    after = found?.last;
  }
  return { count, versions };
}

export async function countEntities(
  reader: Reader,
  accountId: string,
  turn: () => Promise<void>,
): Promise<EntityCounts> {
  const ofPrincipals =
    "SELECT count(*), max(folded) FROM (SELECT folded FROM principals WHERE account_id = ? AND kind = ? AND folded > ? ORDER BY folded LIMIT ?) AS part";
  const principals = (kind: string) =>
    total(turn, (after) => reader.get(ofPrincipals, [accountId, kind, after, rowsPerCount], partOf));
  const ofPolicies =
    "SELECT count(*), max(folded), CAST(sum(versions) AS BIGINT) FROM (SELECT p.folded, (SELECT count(*) FROM policy_versions v WHERE v.policy_arn = p.arn) AS versions FROM policies p WHERE p.account_id = ? AND p.folded > ? ORDER BY p.folded LIMIT ?) AS part";
  const policies = await total(turn, (after) => reader.get(ofPolicies, [accountId, after, policiesPerCount], partOf));
  // At most 5,000 of an account.
  const ofDevices = "SELECT count(*), count(enabled_at) FROM mfa_devices WHERE account_id = ?";
  await turn();
  const mfaDevices = (await reader.get(ofDevices, [accountId], ([all, enabled]) => ({
    mfaDevices: integer(all),
    mfaDevicesInUse: integer(enabled),
  }))) ?? { mfaDevices: 0, mfaDevicesInUse: 0 };
  return {
    users: (await principals("user")).count,
    roles: (await principals("role")).count,
    groups: await countGroups(reader, accountId),
    policies: policies.count,
    policyVersions: policies.versions,
    ...mfaDevices,
  };
}
