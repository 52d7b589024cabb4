import { inTurn } from "../in-turn.ts";
import { randomUUID } from "node:crypto";
import { fitsOneOf, searchedTexts } from "../../../domain/analyzers/finding-filter.ts";
import { findingsAfter, maxResolved, resolvedAgeMs } from "../../../domain/analyzers/scan-findings.ts";
import { done } from "../../../domain/identity/principal-rules.ts";
import {
  analyzedTypes,
  type AnalyzerOutcome,
  type AnalyzerRecord,
  type AnalyzerTagChange,
  type ArchiveRule,
  type FindingRecord,
  type ScanResult,
} from "../../../ports/analyzer-store.ts";
import type { Procedures, Writer } from "../database.ts";
import { tagsDocument, text } from "../sql-value.ts";
import { enqueueOne } from "./analyzer-migrations.ts";
import * as rows from "./analyzer-rows.ts";

/** https://docs.aws.amazon.com/IAM/latest/UserGuide/access-analyzer-quotas.html */
const maxAnalyzers = 1;
const maxRules = 100;
const maxTags = 50;
/** Of the filters of all rules: each scan compares what it finds with all of them. */
const maxRuleBytes = 64 * 1024;
/** Texts of `contains` in all rules of an analyzer together: each condition of a finding is searched for all of them. */
const maxSearchedTexts = 500;

const bytes = (value: unknown): Buffer => Buffer.from(JSON.stringify(value), "utf8");
const tokenBytes = (token: string | undefined): Buffer | null => (token === undefined ? null : Buffer.from(token));
const isRepeated = (before: { readonly token: string | undefined }, token: string | undefined): boolean =>
  token !== undefined && before.token === token;

export interface NewAnalyzer {
  readonly analyzer: Omit<AnalyzerRecord, "id" | "lastScan">;
  readonly rules: readonly ArchiveRule[];
}

async function createAnalyzer(writer: Writer, { analyzer, rules }: NewAnalyzer): Promise<AnalyzerOutcome> {
  const { accountId, name, createdAt, tags, token } = analyzer;
  const id = randomUUID();
  const others = await rows.analyzersOf(writer, accountId);
  const same = others.find((one) => one.name === name);
  if (same !== undefined) return isRepeated(same, token) ? done : { kind: "analyzer-exists" };
  if (others.length >= maxAnalyzers) return { kind: "too-many-analyzers" };
  if (areTooLarge(rules)) return { kind: "too-large-rules" };
  await writer.run("INSERT INTO analyzers (id, account_id, name, created_at, tags, token) VALUES (?, ?, ?, ?, ?, ?)", [
    id,
    accountId,
    name,
    createdAt,
    tagsDocument(tags),
    tokenBytes(token),
  ]);
  for (const rule of rules) await insertRule(writer, id, rule);
  // Of an account with many resources they are enqueued by `enqueueSome`.
  for (const type of analyzedTypes) await writer.run(enqueueOne, [accountId, rows.everyAfter(type, "")]);
  return done;
}

export interface Slice {
  readonly accountId: string;
  /** Rows at most. */
  readonly limit: number;
}

/** Enqueues more of what a new analyzer has to scan. */
async function enqueueSome(writer: Writer, { accountId, limit }: Slice): Promise<void> {
  const every = await rows.pendingEvery(writer, accountId);
  if (every === undefined) return;
  const found = await rows.resourcesToEnqueue(writer, accountId, every, limit);
  for (const { arn } of found) await writer.run(enqueueOne, [accountId, arn]);
  await writer.run("DELETE FROM pending_scans WHERE account_id = ? AND arn = ?", [accountId, every.row]);
  const last = found.at(-1);
  if (last !== undefined && found.length === limit)
    await writer.run(enqueueOne, [accountId, rows.everyAfter(every.type, last.name)]);
}

function bytesOf(rules: readonly Pick<ArchiveRule, "filter">[]): number {
  return rules.reduce((sum, { filter }) => sum + bytes(filter).length, 0);
}

function areTooLarge(rules: readonly Pick<ArchiveRule, "filter">[]): boolean {
  const searched = rules.reduce((sum, { filter }) => sum + searchedTexts(filter), 0);
  return bytesOf(rules) > maxRuleBytes || searched > maxSearchedTexts;
}

async function insertRule(writer: Writer, analyzerId: string, rule: ArchiveRule): Promise<void> {
  await writer.run(
    "INSERT INTO archive_rules (analyzer_id, name, filter, created_at, updated_at, token) VALUES (?, ?, ?, ?, ?, ?)",
    [analyzerId, rule.name, bytes(rule.filter), rule.createdAt, rule.updatedAt, tokenBytes(rule.token)],
  );
}

/** Nobody finds it from here on; what it kept is removed by `removeSome`, and a little of it at once. */
async function deleteAnalyzer(
  writer: Writer,
  { analyzerId, limit }: { readonly analyzerId: string; readonly limit: number },
): Promise<AnalyzerOutcome> {
  const accountId = await writer.get("SELECT account_id FROM analyzers WHERE id = ?", [analyzerId], ([id]) => text(id));
  const name = rows.deletedName(analyzerId);
  const sql = "UPDATE analyzers SET name = ? WHERE id = ? AND name <> ?";
  if (accountId === undefined || (await writer.run(sql, [name, analyzerId, name])) === 0)
    return { kind: "analyzer-missing" };
  await removeSome(writer, { accountId, limit });
  return done;
}

/** Each row once, by what it belongs to. Rules are few. */
const kept = [
  "DELETE FROM findings WHERE id IN (SELECT id FROM findings WHERE analyzer_id = ? LIMIT ?)",
  `DELETE FROM analyzed_resources WHERE (analyzer_id, arn) IN
    (SELECT analyzer_id, arn FROM analyzed_resources WHERE analyzer_id = ? LIMIT ?)`,
] as const;
const keptScans = `DELETE FROM pending_scans WHERE (account_id, arn) IN
  (SELECT account_id, arn FROM pending_scans WHERE account_id = ? LIMIT ?)`;

/** Removes more of what a deleted analyzer of the account kept, and at last the analyzer. */
async function removeSome(writer: Writer, { accountId, limit }: Slice): Promise<void> {
  const id = await rows.deletedAnalyzer(writer, accountId);
  if (id === undefined) return;
  let left = limit;
  for (const sql of kept) if (left > 0) left -= await writer.run(sql, [id, left]);
  // What is to be scanned is for the next analyzer, when there is one already.
  if (left > 0 && (await rows.analyzersOf(writer, accountId)).length === 0)
    left -= await writer.run(keptScans, [accountId, left]);
  if (left === 0) return;
  await writer.run("DELETE FROM archive_rules WHERE analyzer_id = ?", [id]);
  await writer.run("DELETE FROM analyzers WHERE id = ?", [id]);
}

async function changeAnalyzerTags(
  writer: Writer,
  { analyzerId, set, removed }: AnalyzerTagChange & { readonly analyzerId: string },
): Promise<AnalyzerOutcome> {
  const before = await rows.analyzerTags(writer, analyzerId);
  if (before === undefined) return { kind: "analyzer-missing" };
  const kept = [...before].filter(([key]) => !removed.includes(key));
  const tags = new Map([...kept, ...set]);
  if (tags.size > maxTags) return { kind: "too-many-tags" };
  await writer.run("UPDATE analyzers SET tags = ? WHERE id = ?", [tagsDocument(tags), analyzerId]);
  return done;
}

export interface RuleChange {
  readonly analyzerId: string;
  readonly rule: ArchiveRule;
}

async function createArchiveRule(writer: Writer, { analyzerId, rule }: RuleChange): Promise<AnalyzerOutcome> {
  if (!(await exists(writer, analyzerId))) return { kind: "analyzer-missing" };
  const others = await rows.rulesOf(writer, analyzerId);
  const same = others.find(({ name }) => name === rule.name);
  if (same !== undefined) return isRepeated(same, rule.token) ? done : { kind: "rule-exists" };
  if (others.length >= maxRules) return { kind: "too-many-rules" };
  if (areTooLarge([...others, rule])) return { kind: "too-large-rules" };
  await insertRule(writer, analyzerId, rule);
  return done;
}

async function exists(writer: Writer, analyzerId: string): Promise<boolean> {
  return (await rows.analyzerTags(writer, analyzerId)) !== undefined;
}

async function changeArchiveRule(
  writer: Writer,
  {
    analyzerId,
    rule,
  }: { readonly analyzerId: string; readonly rule: Pick<ArchiveRule, "name" | "filter" | "updatedAt"> },
): Promise<AnalyzerOutcome> {
  const others = (await rows.rulesOf(writer, analyzerId)).filter(({ name }) => name !== rule.name);
  if (areTooLarge([...others, rule])) return { kind: "too-large-rules" };
  const sql = "UPDATE archive_rules SET filter = ?, updated_at = ? WHERE analyzer_id = ? AND name = ?";
  const changed = await writer.run(sql, [bytes(rule.filter), rule.updatedAt, analyzerId, rule.name]);
  return changed > 0 ? done : { kind: "rule-missing" };
}

export interface NamedRule {
  readonly analyzerId: string;
  readonly name: string;
}

async function deleteArchiveRule(writer: Writer, { analyzerId, name }: NamedRule): Promise<AnalyzerOutcome> {
  const sql = "DELETE FROM archive_rules WHERE analyzer_id = ? AND name = ?";
  return (await writer.run(sql, [analyzerId, name])) > 0 ? done : { kind: "rule-missing" };
}

/** What is applied to some findings: where the next ones begin, or how it ended. */
export type AppliedRule = { readonly outcome: AnalyzerOutcome } | { readonly after: string };

async function applyArchiveRule(
  writer: Writer,
  {
    analyzerId,
    name,
    at,
    after,
    limit,
  }: NamedRule & { readonly at: number; readonly after: string; readonly limit: number },
): Promise<AppliedRule> {
  const rule = await rows.ruleByName(writer, analyzerId, name);
  if (rule === undefined) return { outcome: { kind: "rule-missing" } };
  const fits = fitsOneOf([rule.filter]);
  const query = { order: "id", descending: false, after: [after, after], limit } as const;
  const found = await rows.findingsInOrder(writer, analyzerId, query);
  for (const one of found) if (one.status === "ACTIVE" && fits(one)) await setStatus(writer, one.id, "ARCHIVED", at);
  const last = found.at(-1);
  return last === undefined || found.length < limit ? { outcome: done } : { after: last.id };
}

async function setStatus(writer: Writer, id: string, status: "ACTIVE" | "ARCHIVED", at: number): Promise<void> {
  await writer.run(
    "UPDATE findings SET status = ?, updated_at = ? WHERE id = ? AND status <> 'RESOLVED' AND status <> ?",
    [status, at, id, status],
  );
}

export interface StatusChange {
  readonly analyzerId: string;
  readonly which: { readonly ids: readonly string[] } | { readonly arn: string };
  readonly status: "ACTIVE" | "ARCHIVED";
  readonly at: number;
}

async function setFindingStatus(writer: Writer, { analyzerId, which, status, at }: StatusChange): Promise<void> {
  const found =
    "ids" in which
      ? (await inTurn(which.ids, (id) => rows.findingById(writer, analyzerId, id))).flatMap((one) => one ?? [])
      : await rows.findingsOfResource(writer, analyzerId, which.arn);
  for (const { id } of found) await setStatus(writer, id, status, at);
}

async function requestScan(
  writer: Writer,
  { accountId, arn }: { readonly accountId: string; readonly arn: string },
): Promise<void> {
  await writer.run(
    `INSERT INTO pending_scans (account_id, arn, generation) VALUES (?, ?, 1)
     ON CONFLICT (account_id, arn) DO UPDATE SET generation = pending_scans.generation + 1`,
    [accountId, arn],
  );
}

async function recordScan(writer: Writer, result: ScanResult): Promise<void> {
  const { accountId, scan, at } = result;
  for (const analyzer of await rows.analyzersOf(writer, accountId)) {
    const before = await rows.findingsOfResource(writer, analyzer.id, scan.arn);
    const after = findingsAfter(before, result, await rows.rulesOf(writer, analyzer.id), randomUUID);
    const known = new Map(before.map((one) => [one.id, one]));
    for (const one of after) if (known.get(one.id) !== one) await saveFinding(writer, analyzer.id, one);
    await saveResource(writer, analyzer.id, result);
    await forgetResolved(writer, analyzer.id, scan.arn, at);
    await writer.run("UPDATE analyzers SET last_arn = ?, last_at = ? WHERE id = ?", [scan.arn, at, analyzer.id]);
  }
  await writer.run("DELETE FROM pending_scans WHERE account_id = ? AND arn = ? AND generation = ?", [
    accountId,
    scan.arn,
    scan.generation,
  ]);
}

/** The planner would walk through those of all resources for the ones of one. */
const resolved = {
  resource:
    "SELECT id FROM findings INDEXED BY findings_by_resource WHERE analyzer_id = ? AND arn = ? AND status = 'RESOLVED'",
  analyzer: "SELECT id FROM findings INDEXED BY findings_resolved WHERE analyzer_id = ? AND status = 'RESOLVED'",
} as const;

async function forgetResolved(writer: Writer, analyzerId: string, arn: string, at: number): Promise<void> {
  const forget = (which: string, params: readonly (string | number)[]): Promise<number> =>
    writer.run(`DELETE FROM findings WHERE id IN (${which})`, params);
  const newest = `ORDER BY updated_at DESC, id DESC LIMIT ${Number.MAX_SAFE_INTEGER} OFFSET ?`;
  await forget(`${resolved.analyzer} AND updated_at < ?`, [analyzerId, at - resolvedAgeMs]);
  await forget(`${resolved.resource} ${newest}`, [analyzerId, arn, maxResolved.resource]);
  await forget(`${resolved.analyzer} ${newest}`, [analyzerId, maxResolved.analyzer]);
}

async function saveFinding(writer: Writer, analyzerId: string, one: FindingRecord): Promise<void> {
  await writer.run(
    `INSERT INTO findings (id, analyzer_id, arn, type, owner, status, created_at, analyzed_at, updated_at, access)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
     ON CONFLICT (id) DO UPDATE SET status = excluded.status, analyzed_at = excluded.analyzed_at,
       updated_at = excluded.updated_at, access = excluded.access`,
    [
      one.id,
      analyzerId,
      one.arn,
      one.type,
      one.owner,
      one.status,
      one.createdAt,
      one.analyzedAt,
      one.updatedAt,
      bytes(one.access),
    ],
  );
}

async function saveResource(
  writer: Writer,
  analyzerId: string,
  { scan, resource, found, at, accountId }: ScanResult,
): Promise<void> {
  if (resource === undefined) {
    await writer.run("DELETE FROM analyzed_resources WHERE analyzer_id = ? AND arn = ?", [analyzerId, scan.arn]);
    return;
  }
  const actions = new Set(found.flatMap((one) => ("actions" in one ? one.actions : [])));
  const sources = new Set(found.flatMap((one) => ("sources" in one ? (one.sources ?? []) : [])));
  const failed = found.find((one) => "error" in one);
  const summary = {
    isPublic: found.some(({ isPublic }) => isPublic === true),
    actions: [...actions].toSorted(),
    ...(resource.type === "AWS::S3::Bucket" && sources.size > 0 ? { sharedVia: [...sources].toSorted() } : {}),
    ...(failed === undefined ? {} : { error: failed.error }),
  };
  await writer.run(
    `INSERT INTO analyzed_resources (analyzer_id, arn, type, owner, created_at, analyzed_at, updated_at, summary)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?)
     ON CONFLICT (analyzer_id, arn) DO UPDATE SET created_at = excluded.created_at, analyzed_at = excluded.analyzed_at,
       updated_at = CASE WHEN analyzed_resources.summary = excluded.summary THEN analyzed_resources.updated_at ELSE excluded.updated_at END,
       summary = excluded.summary`,
    [analyzerId, scan.arn, resource.type, accountId, resource.createdAt, at, at, bytes(summary)],
  );
}

/** Spread into the procedures of directory.db. */
export const analyzerProcedures = {
  createAnalyzer,
  enqueueSome,
  deleteAnalyzer,
  removeSome,
  changeAnalyzerTags,
  createArchiveRule,
  changeArchiveRule,
  deleteArchiveRule,
  applyArchiveRule,
  setFindingStatus,
  requestScan,
  recordScan,
} as const satisfies Procedures;
