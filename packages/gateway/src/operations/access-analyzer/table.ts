import type { AccessAnalyzerOperationName } from "../../ports/operation-name.ts";
import type { JsonOperation } from "../operation.ts";
import * as resources from "./analyzed-resources.ts";
import * as analyzers from "./analyzers.ts";
import * as rules from "./archive-rules.ts";
import * as findings from "./findings.ts";
import * as checks from "./policy-checks.ts";
import { validatePolicy } from "./validate-policy.ts";

export const accessAnalyzerOperations: Readonly<Partial<Record<AccessAnalyzerOperationName, JsonOperation>>> = {
  ValidatePolicy: validatePolicy,
  CheckNoNewAccess: checks.checkNoNewAccess,
  CheckAccessNotGranted: checks.checkAccessNotGranted,
  CheckNoPublicAccess: checks.checkNoPublicAccess,
  CreateAnalyzer: analyzers.createAnalyzer,
  GetAnalyzer: analyzers.getAnalyzer,
  ListAnalyzers: analyzers.listAnalyzers,
  UpdateAnalyzer: analyzers.updateAnalyzer,
  DeleteAnalyzer: analyzers.deleteAnalyzer,
  ListTagsForResource: analyzers.listTagsForResource,
  TagResource: analyzers.tagResource,
  UntagResource: analyzers.untagResource,
  CreateArchiveRule: rules.createArchiveRule,
  GetArchiveRule: rules.getArchiveRule,
  ListArchiveRules: rules.listArchiveRules,
  UpdateArchiveRule: rules.updateArchiveRule,
  DeleteArchiveRule: rules.deleteArchiveRule,
  ApplyArchiveRule: rules.applyArchiveRule,
  GetFinding: findings.getFinding,
  GetFindingV2: findings.getFindingV2,
  ListFindings: findings.listFindings,
  ListFindingsV2: findings.listFindingsV2,
  UpdateFindings: findings.updateFindings,
  StartResourceScan: resources.startResourceScan,
  GetAnalyzedResource: resources.getAnalyzedResource,
  ListAnalyzedResources: resources.listAnalyzedResources,
};
