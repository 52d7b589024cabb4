import { type AnalyzedResource, analyzedTypes } from "../../ports/analyzer-store.ts";
import { jsonOptional, jsonText } from "../json/json-fields.ts";
import { dateTime, type JsonOutput } from "../json/json-value.ts";
import { isRefusal, refuse } from "../operation.ts";
import { analyzerArn, analyzerTarget, missing, namedByArn, requireAnalyzer } from "./analyzer-targets.ts";
import { defineAccessAnalyzer } from "./define-access-analyzer.ts";
import { pageFields, positionOf, tokenOf } from "./fields.ts";
import { upToDate } from "./findings.ts";

const resourceArn = jsonText({ pattern: /^arn:[\x21-\x7e]+$/, max: 2048 });

/** https://docs.aws.amazon.com/access-analyzer/latest/APIReference/API_StartResourceScan.html */
export const startResourceScan = defineAccessAnalyzer({
  name: "StartResourceScan",
  resource: "Analyzer",
  conditionKeys: ["aws:ResourceTag/"],
  fields: { analyzerArn, resourceArn, resourceOwnerAccount: jsonOptional(jsonText({ max: 12 })) },
  target: (values, context) => analyzerTarget(context, namedByArn(context, values.analyzerArn)),
  async run(grant, values, context) {
    const { ports, accountId } = context;
    const analyzer = await requireAnalyzer(context, namedByArn(context, values.analyzerArn));
    if (isRefusal(analyzer)) return analyzer;
    const isOwn = (values.resourceOwnerAccount ?? accountId) === accountId;
    const isStarted = isOwn && (await ports.analyzers.requestScan(grant, accountId, values.resourceArn));
    return isStarted ? undefined : missing(values.resourceArn, "resource");
  },
});

function resourceOf(one: AnalyzedResource): JsonOutput {
  return {
    resourceArn: one.arn,
    resourceType: one.type,
    resourceOwnerAccount: one.owner,
    createdAt: dateTime(one.createdAt),
    analyzedAt: dateTime(one.analyzedAt),
    updatedAt: dateTime(one.updatedAt),
    isPublic: one.isPublic,
    actions: one.actions.length === 0 ? undefined : one.actions,
    sharedVia: one.sharedVia.length === 0 ? undefined : one.sharedVia,
    error: one.error,
  };
}

/** https://docs.aws.amazon.com/access-analyzer/latest/APIReference/API_GetAnalyzedResource.html */
export const getAnalyzedResource = defineAccessAnalyzer({
  name: "GetAnalyzedResource",
  resource: "Analyzer",
  conditionKeys: ["aws:ResourceTag/"],
  fields: { analyzerArn, resourceArn },
  target: (values, context) => analyzerTarget(context, namedByArn(context, values.analyzerArn)),
  async run(grant, values, context) {
    const analyzer = await requireAnalyzer(context, namedByArn(context, values.analyzerArn));
    if (isRefusal(analyzer)) return analyzer;
    const old = await upToDate(context);
    if (old !== undefined) return old;
    const found = await context.ports.analyzers.findResource(grant, analyzer.id, values.resourceArn);
    return found === undefined ? missing(values.resourceArn, "resource") : { resource: resourceOf(found) };
  },
});

/** https://docs.aws.amazon.com/access-analyzer/latest/APIReference/API_ListAnalyzedResources.html */
export const listAnalyzedResources = defineAccessAnalyzer({
  name: "ListAnalyzedResources",
  resource: "Analyzer",
  conditionKeys: ["aws:ResourceTag/"],
  fields: { analyzerArn, resourceType: jsonOptional(jsonText({ max: 128 })), ...pageFields },
  target: (values, context) => analyzerTarget(context, namedByArn(context, values.analyzerArn)),
  async run(grant, { analyzerArn: arn, resourceType, maxResults, nextToken }, context) {
    const after = positionOf(nextToken);
    if (isRefusal(after)) return after;
    const type = analyzedTypes.find((one) => one === resourceType);
    if (resourceType !== undefined && type === undefined)
      return refuse("NotImplemented", `The resource type ${resourceType} is not implemented.`);
    const analyzer = await requireAnalyzer(context, namedByArn(context, arn));
    if (isRefusal(analyzer)) return analyzer;
    const old = await upToDate(context);
    if (old !== undefined) return old;
    const query = { type, after: after ?? "", limit: maxResults };
    const { items, next } = await context.ports.analyzers.listResources(grant, analyzer.id, query);
    return {
      analyzedResources: items.map((one) => ({
        resourceArn: one.arn,
        resourceOwnerAccount: one.owner,
        resourceType: one.type,
      })),
      nextToken: tokenOf(next),
    };
  },
});
