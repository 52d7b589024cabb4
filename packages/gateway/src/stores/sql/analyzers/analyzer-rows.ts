import {
  type AnalyzedResource,
  type AnalyzedType,
  analyzedTypes,
  type AnalyzerRecord,
  type ArchiveRule,
  type FindingFilter,
  type FindingOrder,
  type FindingQuery,
  type FindingRecord,
  findingStatuses,
  type FoundAccess,
  type PendingScan,
} from "../../../ports/analyzer-store.ts";
import type { Reader, Row } from "../database.ts";
import { integer, json, oneOf, optional, tagsOf, text, utf8 } from "../sql-value.ts";

const analyzerColumns = "id, account_id, name, created_at, tags, token, last_arn, last_at";

function analyzerOf([id, account, name, created, tags, token, lastArn, lastAt]: Row): AnalyzerRecord {
  const arn = optional(text, lastArn);
  return {
    id: text(id),
    accountId: text(account),
    name: text(name),
    createdAt: integer(created),
    tags: tagsOf(tags, "the tags of an analyzer"),
    token: optional(utf8, token),
    lastScan: arn === undefined ? undefined : { arn, at: integer(lastAt) },
  };
}

export function analyzerByName(reader: Reader, accountId: string, name: string): Promise<AnalyzerRecord | undefined> {
  const sql = `SELECT ${analyzerColumns} FROM analyzers WHERE account_id = ? AND name = ? AND ${isThere}`;
  return reader.get(sql, [accountId, name], analyzerOf);
}

/** One that is deleted, and whose findings are not yet all removed, has a name that no request can have: `deletedName`. */
const isThere = "name >= 'A'";
export const deletedName = (id: string): string => `.${id}`;

export function analyzersOf(reader: Reader, accountId: string): Promise<readonly AnalyzerRecord[]> {
  return reader.all(
    `SELECT ${analyzerColumns} FROM analyzers WHERE account_id = ? AND ${isThere} ORDER BY name`,
    [accountId],
    analyzerOf,
  );
}

export function deletedAnalyzer(reader: Reader, accountId: string): Promise<string | undefined> {
  return reader.get(`SELECT id FROM analyzers WHERE account_id = ? AND NOT ${isThere}`, [accountId], ([id]) =>
    text(id),
  );
}

export function analyzerTags(reader: Reader, id: string): Promise<ReadonlyMap<string, string> | undefined> {
  const sql = "SELECT tags FROM analyzers WHERE id = ?";
  return reader.get(sql, [id], ([tags]) => tagsOf(tags, "the tags of an analyzer"));
}

const ruleColumns = "name, filter, created_at, updated_at, token";

function ruleOf([name, filter, created, updated, token]: Row): ArchiveRule {
  return {
    name: text(name),
    filter: json(filter) as FindingFilter,
    createdAt: integer(created),
    updatedAt: integer(updated),
    token: optional(utf8, token),
  };
}

export function ruleByName(reader: Reader, analyzerId: string, name: string): Promise<ArchiveRule | undefined> {
  const sql = `SELECT ${ruleColumns} FROM archive_rules WHERE analyzer_id = ? AND name = ?`;
  return reader.get(sql, [analyzerId, name], ruleOf);
}

export function rulesOf(reader: Reader, analyzerId: string): Promise<readonly ArchiveRule[]> {
  return reader.all(
    `SELECT ${ruleColumns} FROM archive_rules WHERE analyzer_id = ? ORDER BY name`,
    [analyzerId],
    ruleOf,
  );
}

const findingColumns = "id, arn, type, owner, status, created_at, analyzed_at, updated_at, access";

function findingOf([id, arn, type, owner, status, created, analyzed, updated, access]: Row): FindingRecord {
  return {
    id: text(id),
    arn: text(arn),
    type: oneOf(analyzedTypes, type),
    owner: text(owner),
    status: oneOf(findingStatuses, status),
    createdAt: integer(created),
    analyzedAt: integer(analyzed),
    updatedAt: integer(updated),
    access: json(access) as FoundAccess,
  };
}

export function findingById(reader: Reader, analyzerId: string, id: string): Promise<FindingRecord | undefined> {
  const sql = `SELECT ${findingColumns} FROM findings WHERE id = ? AND analyzer_id = ?`;
  return reader.get(sql, [id, analyzerId], findingOf);
}

export function findingsOfResource(reader: Reader, analyzerId: string, arn: string): Promise<readonly FindingRecord[]> {
  const sql = `SELECT ${findingColumns} FROM findings WHERE analyzer_id = ? AND arn = ? ORDER BY created_at, id`;
  return reader.all(sql, [analyzerId, arn], findingOf);
}

const orders = {
  createdAt: "created_at",
  analyzedAt: "analyzed_at",
  updatedAt: "updated_at",
  resource: "arn",
  resourceType: "type",
  status: "status",
  id: "id",
} as const satisfies Record<FindingOrder, string>;

export function findingsInOrder(
  reader: Reader,
  analyzerId: string,
  { order, descending, after, limit }: FindingQuery,
): Promise<readonly FindingRecord[]> {
  const column = orders[order];
  const [sign, direction] = descending ? ["<", "DESC"] : [">", "ASC"];
  const from = after === undefined ? "" : `AND (${column}, id) ${sign} (?, ?)`;
  const sql = `SELECT ${findingColumns} FROM findings WHERE analyzer_id = ? ${from}
    ORDER BY ${column} ${direction}, id ${direction} LIMIT ?`;
  return reader.all(sql, [analyzerId, ...(after ?? []), limit], findingOf);
}

interface Summary {
  readonly isPublic: boolean;
  readonly actions: readonly string[];
  readonly sharedVia?: readonly string[];
  readonly error?: "INTERNAL_ERROR";
}

const resourceColumns = "arn, type, owner, created_at, analyzed_at, updated_at, summary";

function resourceOf([arn, type, owner, created, analyzed, updated, summary]: Row): AnalyzedResource {
  const { isPublic, actions, sharedVia = [], error } = json(summary) as Summary;
  return {
    arn: text(arn),
    type: oneOf(analyzedTypes, type),
    owner: text(owner),
    createdAt: integer(created),
    analyzedAt: integer(analyzed),
    updatedAt: integer(updated),
    isPublic,
    actions,
    sharedVia,
    error,
  };
}

export function resourceByArn(reader: Reader, analyzerId: string, arn: string): Promise<AnalyzedResource | undefined> {
  const sql = `SELECT ${resourceColumns} FROM analyzed_resources WHERE analyzer_id = ? AND arn = ?`;
  return reader.get(sql, [analyzerId, arn], resourceOf);
}

/** By ARN; at most `limit`. A type's resources have ARNs of one beginning. */
export function resourcesAfter(
  reader: Reader,
  analyzerId: string,
  range: { readonly after: string; readonly prefix: string; readonly limit: number },
): Promise<readonly AnalyzedResource[]> {
  const sql = `SELECT ${resourceColumns} FROM analyzed_resources
    WHERE analyzer_id = ? AND arn > ? AND arn >= ? AND arn < ? ORDER BY arn LIMIT ?`;
  const { after, prefix, limit } = range;
  return reader.all(sql, [analyzerId, after, prefix, `${prefix}~`, limit], resourceOf);
}

/** Those with something to scan, and those with a deleted analyzer to remove. */
export function accountsToScan(reader: Reader): Promise<readonly string[]> {
  const sql = `SELECT account_id FROM pending_scans UNION SELECT account_id FROM analyzers WHERE NOT ${isThere}`;
  return reader.all(sql, [], ([id]) => text(id));
}

export async function countPending(reader: Reader, accountId: string): Promise<number> {
  const sql = "SELECT count(*) FROM pending_scans WHERE account_id = ?";
  return (await reader.get(sql, [accountId], ([count]) => integer(count))) ?? 0;
}

export function pendingScans(reader: Reader, accountId: string, limit: number): Promise<readonly PendingScan[]> {
  const sql = `SELECT arn, generation FROM pending_scans WHERE account_id = ? AND arn >= 'arn:' AND arn < 'arn;' ORDER BY arn LIMIT ?`;
  return reader.all(sql, [accountId, limit], ([arn, generation]) => ({
    arn: text(arn),
    generation: integer(generation),
  }));
}

/** In place of an ARN: all resources of a type whose names come after this one. */
export function everyAfter(type: AnalyzedType, name: string): string {
  return `every ${type} after ${name}`;
}

export interface EveryAfter {
  readonly row: string;
  readonly type: AnalyzedType;
  readonly name: string;
}

export async function pendingEvery(reader: Reader, accountId: string): Promise<EveryAfter | undefined> {
  for (const type of analyzedTypes) {
    const start = everyAfter(type, "");
    const sql = "SELECT arn FROM pending_scans WHERE account_id = ? AND arn >= ? AND arn < ?";
    const row = await reader.get(sql, [accountId, start, `${start}~`], ([arn]) => text(arn));
    if (row !== undefined) return { row, type, name: row.slice(start.length) };
  }
  return undefined;
}

/** Names as they order the resources of the type, and the ARNs. */
export async function resourcesToEnqueue(
  reader: Reader,
  accountId: string,
  { type, name }: Pick<EveryAfter, "type" | "name">,
  limit: number,
): Promise<readonly { readonly name: string; readonly arn: string }[]> {
  if (type === "AWS::S3::Bucket") {
    const sql = "SELECT name FROM buckets WHERE owner = ? AND name > ? AND state = 'active' ORDER BY name LIMIT ?";
    return reader.all(sql, [accountId, Buffer.from(name, "utf8"), limit], ([found]) => {
      const bucket = utf8(found);
      return { name: bucket, arn: `arn:aws:s3:::${bucket}` };
    });
  }
  const sql = `SELECT folded, 'arn:aws:iam::' || account_id || ':role' || path || name FROM principals
    WHERE account_id = ? AND kind = 'role' AND folded > ? ORDER BY folded LIMIT ?`;
  return reader.all(sql, [accountId, name, limit], ([key, arn]) => ({ name: text(key), arn: text(arn) }));
}
