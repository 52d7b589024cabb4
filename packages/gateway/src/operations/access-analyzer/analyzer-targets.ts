import type { AnalyzerOutcome, AnalyzerRecord } from "../../ports/analyzer-store.ts";
import { requestTagKeys, resourceTagKeys } from "../query/tag-keys.ts";
import { jsonText } from "../json/json-fields.ts";
import type { JsonResult } from "../json/json-value.ts";
import { type OperationContext, type Refusal, refuse } from "../operation.ts";
import type { AccessAnalyzerContext, AccessAnalyzerTarget } from "./define-access-analyzer.ts";

const nameShape = "[A-Za-z][A-Za-z0-9_.-]{0,254}";

export const analyzerName = jsonText({ pattern: new RegExp(`^${nameShape}$`), max: 255 });
export const ruleName = jsonText({ pattern: new RegExp(`^${nameShape}$`), max: 255 });

const arnShape = new RegExp(`^arn:aws:access-analyzer:([a-z0-9-]{1,32}):(\\d{12}):analyzer/(${nameShape})$`);
export const analyzerArn = jsonText({ pattern: arnShape, max: 2048 });

export function arnOf({ accountId, ports: { region } }: AccessAnalyzerContext, name: string): string {
  return `arn:aws:access-analyzer:${region}:${accountId}:analyzer/${name}`;
}

/** An analyzer, whether it is there or not. */
interface Named {
  readonly arn: string;
  readonly accountId: string;
  readonly name: string;
  /** ARNs of other regions name nothing here. */
  readonly isHere: boolean;
}

export function namedByArn({ ports }: OperationContext, arn: string): Named {
  const [, region = "", accountId = "", name = ""] = arnShape.exec(arn) ?? [];
  return { arn, accountId, name, isHere: region === ports.region };
}

export function namedByName(context: AccessAnalyzerContext, name: string): Named {
  return { arn: arnOf(context, name), accountId: context.accountId, name, isHere: true };
}

async function find({ ports }: OperationContext, { accountId, name, isHere }: Named) {
  return isHere ? ports.analyzers.findAnalyzer(accountId, name) : undefined;
}

/** What an operation on an analyzer is asked on, with the tags that the analyzer has and those that are sent. */
export async function analyzerTarget(
  context: OperationContext,
  named: Named,
  sent: ReadonlyMap<string, string> = new Map(),
): Promise<AccessAnalyzerTarget> {
  const analyzer = await find(context, named);
  const tags = resourceTagKeys("analyzer", analyzer?.tags ?? new Map());
  return {
    resource: { arn: named.arn, accountId: named.accountId },
    context: new Map(Object.entries({ ...requestTagKeys(sent), ...tags })),
  };
}

export async function requireAnalyzer(context: OperationContext, named: Named): Promise<AnalyzerRecord | Refusal> {
  return (await find(context, named)) ?? missing(named.arn, "AWS::AccessAnalyzer::Analyzer");
}

export function missing(resourceId: string, resourceType: string): Refusal {
  return refuse("ResourceNotFoundException", undefined, { details: { resourceId, resourceType } });
}

const quota = (what: string): Refusal =>
  refuse("ServiceQuotaExceededException", `The request would exceed the quota of ${what}.`);

/** Undefined: done. */
export function outcomeOf({ kind }: AnalyzerOutcome, name: string): JsonResult | undefined | Refusal {
  const existing = (resourceType: string): Refusal =>
    refuse("ConflictException", `${name} exists already.`, { details: { resourceId: name, resourceType } });
  switch (kind) {
    case "done":
      return undefined;
    case "analyzer-missing":
      return missing(name, "AWS::AccessAnalyzer::Analyzer");
    case "rule-missing":
      return missing(name, "AWS::AccessAnalyzer::ArchiveRule");
    case "analyzer-exists":
      return existing("AWS::AccessAnalyzer::Analyzer");
    case "rule-exists":
      return existing("AWS::AccessAnalyzer::ArchiveRule");
    case "too-many-analyzers":
      return quota("one analyzer of external access in an account");
    case "too-many-rules":
      return quota("100 archive rules in an analyzer");
    case "too-large-rules":
      return quota("64 KB, and 500 texts of contains, in the filters of an analyzer's archive rules");
    case "too-many-tags":
      return quota("50 tags of an analyzer");
  }
}
