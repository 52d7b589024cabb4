import type { ArchiveRule } from "../../ports/analyzer-store.ts";
import { jsonOptional, jsonText } from "../json/json-fields.ts";
import { dateTime, type JsonOutput } from "../json/json-value.ts";
import { isRefusal } from "../operation.ts";
import {
  analyzerArn,
  analyzerName,
  analyzerTarget,
  arnOf,
  missing,
  namedByArn,
  namedByName,
  outcomeOf,
  requireAnalyzer,
  ruleName,
} from "./analyzer-targets.ts";
import {
  type AccessAnalyzerContext,
  type AccessAnalyzerTarget,
  defineAccessAnalyzer,
} from "./define-access-analyzer.ts";
import { pageFields, pageOf } from "./fields.ts";
import { filterOf, ruleFilter } from "./filters.ts";

interface Named {
  readonly analyzerName: string;
  readonly ruleName: string;
}

async function ruleTarget(named: Named, context: AccessAnalyzerContext): Promise<AccessAnalyzerTarget> {
  const arn = `${arnOf(context, named.analyzerName)}/archive-rule/${named.ruleName}`;
  return { resource: { arn, accountId: context.accountId } };
}

function ruleOf({ name, filter, createdAt, updatedAt }: ArchiveRule): JsonOutput {
  return { ruleName: name, filter: filterOf(filter), createdAt: dateTime(createdAt), updatedAt: dateTime(updatedAt) };
}

/** https://docs.aws.amazon.com/access-analyzer/latest/APIReference/API_CreateArchiveRule.html: for findings from now on */
export const createArchiveRule = defineAccessAnalyzer({
  name: "CreateArchiveRule",
  resource: "ArchiveRule",
  fields: { analyzerName, ruleName, filter: ruleFilter, clientToken: jsonOptional(jsonText({ max: 2048 })) },
  target: ruleTarget,
  async run(grant, values, context) {
    const analyzer = await requireAnalyzer(context, namedByName(context, values.analyzerName));
    if (isRefusal(analyzer)) return analyzer;
    const { ruleName: name, filter, clientToken: token } = values;
    const rule = { name, filter, createdAt: context.now, updatedAt: context.now, token };
    return outcomeOf(await context.ports.analyzers.createRule(grant, analyzer.id, rule), name);
  },
});

export const getArchiveRule = defineAccessAnalyzer({
  name: "GetArchiveRule",
  resource: "ArchiveRule",
  fields: { analyzerName, ruleName },
  target: ruleTarget,
  async run(grant, values, context) {
    const analyzer = await requireAnalyzer(context, namedByName(context, values.analyzerName));
    if (isRefusal(analyzer)) return analyzer;
    const rule = await context.ports.analyzers.findRule(grant, analyzer.id, values.ruleName);
    if (rule === undefined) return missing(values.ruleName, "AWS::AccessAnalyzer::ArchiveRule");
    return { archiveRule: ruleOf(rule) };
  },
});

export const listArchiveRules = defineAccessAnalyzer({
  name: "ListArchiveRules",
  resource: "Analyzer",
  conditionKeys: ["aws:ResourceTag/"],
  fields: { analyzerName, ...pageFields },
  target: (values, context) => analyzerTarget(context, namedByName(context, values.analyzerName)),
  async run(grant, values, context) {
    const analyzer = await requireAnalyzer(context, namedByName(context, values.analyzerName));
    if (isRefusal(analyzer)) return analyzer;
    const page = pageOf(await context.ports.analyzers.listRules(grant, analyzer.id), values, ({ name }) => name);
    return isRefusal(page) ? page : { archiveRules: page.items.map(ruleOf), nextToken: page.nextToken };
  },
});

export const updateArchiveRule = defineAccessAnalyzer({
  name: "UpdateArchiveRule",
  resource: "ArchiveRule",
  fields: { analyzerName, ruleName, filter: ruleFilter },
  target: ruleTarget,
  async run(grant, values, context) {
    const analyzer = await requireAnalyzer(context, namedByName(context, values.analyzerName));
    if (isRefusal(analyzer)) return analyzer;
    const rule = { name: values.ruleName, filter: values.filter, updatedAt: context.now };
    return outcomeOf(await context.ports.analyzers.changeRule(grant, analyzer.id, rule), values.ruleName);
  },
});

export const deleteArchiveRule = defineAccessAnalyzer({
  name: "DeleteArchiveRule",
  resource: "ArchiveRule",
  fields: { analyzerName, ruleName },
  target: ruleTarget,
  async run(grant, values, context) {
    const analyzer = await requireAnalyzer(context, namedByName(context, values.analyzerName));
    if (isRefusal(analyzer)) return analyzer;
    return outcomeOf(await context.ports.analyzers.deleteRule(grant, analyzer.id, values.ruleName), values.ruleName);
  },
});

/** https://docs.aws.amazon.com/access-analyzer/latest/APIReference/API_ApplyArchiveRule.html: for the findings that are there */
export const applyArchiveRule = defineAccessAnalyzer({
  name: "ApplyArchiveRule",
  resource: "Analyzer",
  conditionKeys: ["aws:ResourceTag/"],
  fields: { analyzerArn, ruleName },
  target: (values, context) => analyzerTarget(context, namedByArn(context, values.analyzerArn)),
  async run(grant, values, context) {
    const analyzer = await requireAnalyzer(context, namedByArn(context, values.analyzerArn));
    if (isRefusal(analyzer)) return analyzer;
    const outcome = await context.ports.analyzers.applyRule(grant, analyzer.id, values.ruleName, context.now);
    return outcomeOf(outcome, values.ruleName);
  },
});
