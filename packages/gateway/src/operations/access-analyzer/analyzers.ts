import type { AnalyzerRecord } from "../../ports/analyzer-store.ts";
import {
  jsonDefault,
  jsonList,
  jsonMap,
  jsonOneOf,
  jsonOptional,
  jsonStructure,
  jsonText,
} from "../json/json-fields.ts";
import { dateTime, type JsonOutput } from "../json/json-value.ts";
import { isRefusal, type Refusal, refuse } from "../operation.ts";
import { tagKeyRule, tagValueRule } from "../query/fields.ts";
import {
  analyzerArn,
  analyzerName,
  analyzerTarget,
  arnOf,
  namedByArn,
  namedByName,
  outcomeOf,
  requireAnalyzer,
  ruleName,
} from "./analyzer-targets.ts";
import { type AccessAnalyzerContext, defineAccessAnalyzer, invalid } from "./define-access-analyzer.ts";
import { pageFields, pageOf } from "./fields.ts";
import { ruleFilter } from "./filters.ts";

const analyzerType = jsonOneOf(
  "ACCOUNT",
  "ORGANIZATION",
  "ACCOUNT_UNUSED_ACCESS",
  "ORGANIZATION_UNUSED_ACCESS",
  "ACCOUNT_INTERNAL_ACCESS",
  "ORGANIZATION_INTERNAL_ACCESS",
);
const noTags: ReadonlyMap<string, string> = new Map();
const tags = jsonMap(tagKeyRule, jsonText(tagValueRule), 50);
const clientToken = jsonOptional(jsonText({ max: 2048 }));

/** As IAM's: no key is another one in another case, and AWS's own keys are nobody's to set. */
function badTags(sent: ReadonlyMap<string, string>): Refusal | undefined {
  const keys = [...sent.keys()].map((key) => key.toLowerCase());
  if (keys.some((key) => key.startsWith("aws:")))
    return invalid("Tag keys that begin with aws: are reserved.", "fieldValidationFailed");
  return new Set(keys).size === keys.length
    ? undefined
    : invalid("Tag keys must be different, also without case.", "fieldValidationFailed");
}

/** https://docs.aws.amazon.com/access-analyzer/latest/APIReference/API_CreateAnalyzer.html */
export const createAnalyzer = defineAccessAnalyzer({
  name: "CreateAnalyzer",
  resource: "Analyzer",
  conditionKeys: ["aws:RequestTag/", "aws:ResourceTag/", "aws:TagKeys"],
  fields: {
    analyzerName,
    type: analyzerType,
    archiveRules: jsonList(jsonStructure({ ruleName, filter: ruleFilter }), 100),
    tags: jsonDefault(tags, noTags),
    clientToken,
  },
  target: async (values, context) =>
    badTags(values.tags) ?? analyzerTarget(context, namedByName(context, values.analyzerName), values.tags),
  async run(grant, values, context) {
    const { accountId, ports, now } = context;
    if (values.type !== "ACCOUNT") return refuse("NotImplemented", `The type ${values.type} is not implemented.`);
    const names = values.archiveRules.map((rule) => rule.ruleName);
    if (new Set(names).size < names.length) return invalid("Archive rules must have different names.", "other");
    const times = { createdAt: now, updatedAt: now, token: undefined };
    const outcome = await ports.analyzers.createAnalyzer(
      grant,
      {
        accountId,
        name: values.analyzerName,
        createdAt: now,
        tags: values.tags,
        token: values.clientToken,
      },
      values.archiveRules.map((rule) => ({ name: rule.ruleName, filter: rule.filter, ...times })),
    );
    return outcomeOf(outcome, values.analyzerName) ?? { arn: arnOf(context, values.analyzerName) };
  },
});

function summaryOf(
  context: AccessAnalyzerContext,
  { name, createdAt, tags: own, lastScan }: AnalyzerRecord,
): JsonOutput {
  return {
    arn: arnOf(context, name),
    name,
    type: "ACCOUNT",
    createdAt: dateTime(createdAt),
    lastResourceAnalyzed: lastScan?.arn,
    lastResourceAnalyzedAt: lastScan === undefined ? undefined : dateTime(lastScan.at),
    tags: Object.fromEntries(own),
    status: "ACTIVE",
  };
}

/** https://docs.aws.amazon.com/access-analyzer/latest/APIReference/API_GetAnalyzer.html */
export const getAnalyzer = defineAccessAnalyzer({
  name: "GetAnalyzer",
  resource: "Analyzer",
  conditionKeys: ["aws:ResourceTag/"],
  fields: { analyzerName },
  target: (values, context) => analyzerTarget(context, namedByName(context, values.analyzerName)),
  async run(_grant, values, context) {
    const found = await requireAnalyzer(context, namedByName(context, values.analyzerName));
    return isRefusal(found) ? found : { analyzer: summaryOf(context, found) };
  },
});

/** https://docs.aws.amazon.com/access-analyzer/latest/APIReference/API_ListAnalyzers.html */
export const listAnalyzers = defineAccessAnalyzer({
  name: "ListAnalyzers",
  fields: { type: jsonOptional(analyzerType), ...pageFields },
  async run(grant, values, context) {
    const all = await context.ports.analyzers.listAnalyzers(grant, context.accountId);
    const page = pageOf(values.type === undefined || values.type === "ACCOUNT" ? all : [], values, ({ name }) => name);
    if (isRefusal(page)) return page;
    return { analyzers: page.items.map((one) => summaryOf(context, one)), nextToken: page.nextToken };
  },
});

/** Its `configuration` is of other types of analyzers; one of external access has none. */
export const updateAnalyzer = defineAccessAnalyzer({
  name: "UpdateAnalyzer",
  resource: "Analyzer",
  conditionKeys: ["aws:ResourceTag/"],
  fields: { analyzerName },
  target: (values, context) => analyzerTarget(context, namedByName(context, values.analyzerName)),
  async run(_grant, values, context) {
    const found = await requireAnalyzer(context, namedByName(context, values.analyzerName));
    return isRefusal(found) ? found : undefined;
  },
});

/** https://docs.aws.amazon.com/access-analyzer/latest/APIReference/API_DeleteAnalyzer.html */
export const deleteAnalyzer = defineAccessAnalyzer({
  name: "DeleteAnalyzer",
  resource: "Analyzer",
  conditionKeys: ["aws:ResourceTag/"],
  fields: { analyzerName },
  target: (values, context) => analyzerTarget(context, namedByName(context, values.analyzerName)),
  async run(grant, values, context) {
    const found = await requireAnalyzer(context, namedByName(context, values.analyzerName));
    if (isRefusal(found)) return found;
    return outcomeOf(await context.ports.analyzers.deleteAnalyzer(grant, found.id), values.analyzerName);
  },
});

/** https://docs.aws.amazon.com/access-analyzer/latest/APIReference/API_ListTagsForResource.html */
export const listTagsForResource = defineAccessAnalyzer({
  name: "ListTagsForResource",
  resource: "Analyzer",
  conditionKeys: ["aws:ResourceTag/"],
  fields: { resourceArn: analyzerArn },
  target: ({ resourceArn }, context) => analyzerTarget(context, namedByArn(context, resourceArn)),
  async run(_grant, { resourceArn }, context) {
    const found = await requireAnalyzer(context, namedByArn(context, resourceArn));
    return isRefusal(found) ? found : { tags: Object.fromEntries(found.tags) };
  },
});

/** https://docs.aws.amazon.com/access-analyzer/latest/APIReference/API_TagResource.html */
export const tagResource = defineAccessAnalyzer({
  name: "TagResource",
  resource: "Analyzer",
  conditionKeys: ["aws:RequestTag/", "aws:ResourceTag/", "aws:TagKeys"],
  fields: { resourceArn: analyzerArn, tags },
  target: async (values, context) =>
    badTags(values.tags) ?? analyzerTarget(context, namedByArn(context, values.resourceArn), values.tags),
  async run(grant, values, context) {
    const found = await requireAnalyzer(context, namedByArn(context, values.resourceArn));
    if (isRefusal(found)) return found;
    const change = { set: values.tags, removed: [] };
    return outcomeOf(await context.ports.analyzers.changeAnalyzerTags(grant, found.id, change), values.resourceArn);
  },
});

/** https://docs.aws.amazon.com/access-analyzer/latest/APIReference/API_UntagResource.html */
export const untagResource = defineAccessAnalyzer({
  name: "UntagResource",
  resource: "Analyzer",
  conditionKeys: ["aws:ResourceTag/", "aws:TagKeys"],
  fields: { resourceArn: analyzerArn, tagKeys: jsonList(jsonText(tagKeyRule), 50) },
  async target({ resourceArn, tagKeys }, context) {
    const found = await analyzerTarget(context, namedByArn(context, resourceArn));
    const keys = tagKeys.length === 0 ? [] : [["aws:TagKeys", tagKeys] as const];
    return { ...found, context: new Map([...(found.context ?? []), ...keys]) };
  },
  async run(grant, { resourceArn, tagKeys }, context) {
    const found = await requireAnalyzer(context, namedByArn(context, resourceArn));
    if (isRefusal(found)) return found;
    const change = { set: noTags, removed: tagKeys };
    return outcomeOf(await context.ports.analyzers.changeAnalyzerTags(grant, found.id, change), resourceArn);
  },
});
