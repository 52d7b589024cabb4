import { fitsOneOf } from "../../domain/analyzers/finding-filter.ts";
import type { Grant } from "../../ports/grant.ts";
import type { AnalyzerRecord, FindingOrder, FindingRecord } from "../../ports/analyzer-store.ts";
import { jsonDefault, jsonList, jsonOneOf, jsonOptional, jsonStructure, type JsonValues } from "../json/json-fields.ts";
import { dateTime, type JsonOutput, type JsonResult } from "../json/json-value.ts";
import { isRefusal, type Refusal, refuse } from "../operation.ts";
import { analyzerArn, analyzerTarget, missing, namedByArn, requireAnalyzer } from "./analyzer-targets.ts";
import { type AccessAnalyzerContext, defineAccessAnalyzer, invalid } from "./define-access-analyzer.ts";
import { isStorable, pageFields, positionOf, storedText, tokenOf } from "./fields.ts";
import { filter } from "./filters.ts";

/** INVARIANT: findings are answered only when every change before the request has been scanned. */
export async function upToDate({ ports, accountId }: AccessAnalyzerContext): Promise<Refusal | undefined> {
  const left = await ports.scans.settled(accountId);
  if (left === 0) return undefined;
  const what = left === 1 ? "1 resource is" : `${left} resources are`;
  return refuse("ThrottlingException", `${what} still to be scanned. Try again.`);
}

/** The analyzer of a request for findings, when its findings are up to date. */
async function analyzerUpToDate(context: AccessAnalyzerContext, arn: string): Promise<AnalyzerRecord | Refusal> {
  const analyzer = await requireAnalyzer(context, namedByArn(context, arn));
  if (isRefusal(analyzer)) return analyzer;
  return (await upToDate(context)) ?? analyzer;
}

function accessOf({ access, type }: FindingRecord): Readonly<Record<string, JsonOutput>> {
  if ("error" in access) return { condition: {} };
  const { principal, actions, conditions, isPublic, sources = ["POLICY"] } = access;
  return {
    principal: { [principal.type]: principal.name },
    action: actions,
    condition: conditions,
    isPublic,
    // A source has details only for access points, which are not here.
    sources: type === "AWS::S3::Bucket" ? sources.map((source) => ({ type: source })) : undefined,
  };
}

function commonOf(finding: FindingRecord): Readonly<Record<string, JsonOutput>> {
  return {
    id: finding.id,
    resource: finding.arn,
    resourceType: finding.type,
    resourceOwnerAccount: finding.owner,
    status: finding.status,
    createdAt: dateTime(finding.createdAt),
    analyzedAt: dateTime(finding.analyzedAt),
    updatedAt: dateTime(finding.updatedAt),
    error: "error" in finding.access ? finding.access.error : undefined,
  };
}

const findingOf = (finding: FindingRecord): JsonOutput => ({ ...commonOf(finding), ...accessOf(finding) });
const findingV2Of = (finding: FindingRecord) => ({ ...commonOf(finding), findingType: "ExternalAccess" });

const findingId = storedText(128);

/** https://docs.aws.amazon.com/access-analyzer/latest/APIReference/API_GetFinding.html */
export const getFinding = defineAccessAnalyzer({
  name: "GetFinding",
  resource: "Analyzer",
  conditionKeys: ["aws:ResourceTag/"],
  fields: { analyzerArn, id: findingId },
  target: (values, context) => analyzerTarget(context, namedByArn(context, values.analyzerArn)),
  async run(grant, values, context) {
    const finding = await oneFinding(grant, values, context);
    return isRefusal(finding) ? finding : { finding: findingOf(finding) };
  },
});

async function oneFinding(
  grant: Grant,
  { analyzerArn: arn, id }: { readonly analyzerArn: string; readonly id: string },
  context: AccessAnalyzerContext,
): Promise<FindingRecord | Refusal> {
  const analyzer = await analyzerUpToDate(context, arn);
  if (isRefusal(analyzer)) return analyzer;
  const found = await context.ports.analyzers.findFinding(grant, analyzer.id, id);
  return found ?? missing(id, "AWS::AccessAnalyzer::Finding");
}

/** https://docs.aws.amazon.com/access-analyzer/latest/APIReference/API_GetFindingV2.html: its details fit one page */
export const getFindingV2 = defineAccessAnalyzer({
  name: "GetFindingV2",
  action: "access-analyzer:GetFinding",
  resource: "Analyzer",
  conditionKeys: ["aws:ResourceTag/"],
  fields: { analyzerArn, id: findingId, ...pageFields },
  target: (values, context) => analyzerTarget(context, namedByArn(context, values.analyzerArn)),
  async run(grant, values, context) {
    if (values.nextToken !== undefined) return invalid("The nextToken is not valid.", "other");
    const finding = await oneFinding(grant, values, context);
    if (isRefusal(finding)) return finding;
    return { ...findingV2Of(finding), findingDetails: [{ externalAccessDetails: accessOf(finding) }] };
  },
});

const orders = ["createdAt", "analyzedAt", "updatedAt", "resource", "resourceType", "status", "id"] as const;
const listFields = {
  analyzerArn,
  filter: jsonOptional(filter),
  sort: jsonOptional(
    jsonStructure({
      attributeName: jsonDefault(jsonOneOf(...orders), "updatedAt"),
      orderBy: jsonDefault(jsonOneOf("ASC", "DESC"), "ASC"),
    }),
  ),
  ...pageFields,
} as const;

/** Findings that one call reads: it costs no more, however few fit its filter. A page may be short, or empty, and have a token. */
const maxRead = 2000;
const slice = 200;
/** Findings with conditions of some kilobytes, in each of which a filter may search hundreds of texts. */
const searchedPerTurn = 4;

async function page(
  grant: Grant,
  values: JsonValues<typeof listFields>,
  context: AccessAnalyzerContext,
  form: (finding: FindingRecord) => JsonOutput,
): Promise<JsonResult | Refusal> {
  const from = placeOf(values.nextToken);
  if (isRefusal(from)) return from;
  const analyzer = await analyzerUpToDate(context, values.analyzerArn);
  if (isRefusal(analyzer)) return analyzer;
  const { attributeName: order, orderBy } = values.sort ?? { attributeName: "updatedAt", orderBy: "DESC" };
  const found: JsonOutput[] = [];
  const fits = values.filter === undefined ? () => true : fitsOneOf([values.filter]);
  let after = from;
  for (let read = 0; read < maxRead; read += slice) {
    await context.time.turn();
    const query = { order, descending: orderBy === "DESC", after, limit: slice };
    const rows = await context.ports.analyzers.listFindings(grant, analyzer.id, query);
    for (const [at, one] of rows.entries()) {
      if (values.filter !== undefined && at % searchedPerTurn === 0) await context.time.turn();
      after = [valueOf(one, order), one.id];
      if (!fits(one)) continue;
      found.push(form(one));
      if (found.length === values.maxResults) return { findings: found, nextToken: tokenOf(JSON.stringify(after)) };
    }
    if (rows.length < slice) return { findings: found };
  }
  return { findings: found, nextToken: tokenOf(JSON.stringify(after)) };
}

function valueOf(finding: FindingRecord, order: FindingOrder): string | number {
  if (order === "resource") return finding.arn;
  return order === "resourceType" ? finding.type : finding[order];
}

function placeOf(token: string | undefined): readonly [string | number, string] | undefined | Refusal {
  const text = positionOf(token);
  if (text === undefined || isRefusal(text)) return text;
  const wrong = invalid("The nextToken is not valid.", "other");
  try {
    const place: unknown = JSON.parse(text);
    if (!Array.isArray(place) || place.length !== 2) return wrong;
    const [value, id] = place as readonly unknown[];
    const isValue = (typeof value === "string" && isStorable(value)) || Number.isSafeInteger(value);
    return isValue && typeof id === "string" && isStorable(id) ? [value as string | number, id] : wrong;
  } catch {
    return wrong;
  }
}

/** https://docs.aws.amazon.com/access-analyzer/latest/APIReference/API_ListFindings.html */
export const listFindings = defineAccessAnalyzer({
  name: "ListFindings",
  resource: "Analyzer",
  conditionKeys: ["aws:ResourceTag/"],
  fields: listFields,
  target: (values, context) => analyzerTarget(context, namedByArn(context, values.analyzerArn)),
  run: (grant, values, context) => page(grant, values, context, findingOf),
});

/** https://docs.aws.amazon.com/access-analyzer/latest/APIReference/API_ListFindingsV2.html */
export const listFindingsV2 = defineAccessAnalyzer({
  name: "ListFindingsV2",
  action: "access-analyzer:ListFindings",
  resource: "Analyzer",
  conditionKeys: ["aws:ResourceTag/"],
  fields: listFields,
  target: (values, context) => analyzerTarget(context, namedByArn(context, values.analyzerArn)),
  run: (grant, values, context) => page(grant, values, context, findingV2Of),
});

/** https://docs.aws.amazon.com/access-analyzer/latest/APIReference/API_UpdateFindings.html */
export const updateFindings = defineAccessAnalyzer({
  name: "UpdateFindings",
  resource: "Analyzer",
  conditionKeys: ["aws:ResourceTag/"],
  fields: {
    analyzerArn,
    status: jsonOneOf("ACTIVE", "ARCHIVED"),
    ids: jsonList(findingId, 100),
    resourceArn: jsonOptional(storedText(2048)),
  },
  target: (values, context) => analyzerTarget(context, namedByArn(context, values.analyzerArn)),
  async run(grant, { analyzerArn: arn, status, ids, resourceArn }, context) {
    if ((ids.length === 0) === (resourceArn === undefined))
      return invalid("Name either ids or a resourceArn.", "fieldValidationFailed");
    const analyzer = await analyzerUpToDate(context, arn);
    if (isRefusal(analyzer)) return analyzer;
    const { analyzers } = context.ports;
    for (const id of ids)
      if ((await analyzers.findFinding(grant, analyzer.id, id)) === undefined)
        return missing(id, "AWS::AccessAnalyzer::Finding");
    const which = resourceArn === undefined ? { ids } : { arn: resourceArn };
    await analyzers.setFindingStatus(grant, analyzer.id, which, status, context.now);
    return undefined;
  },
});
