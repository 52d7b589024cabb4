import type { ServiceTable } from "./service.ts";

const tagging = ["aws:RequestTag/", "aws:TagKeys"];

/** IAM Access Analyzer. */
export const accessAnalyzer = {
  prefix: "access-analyzer",
  page: "https://docs.aws.amazon.com/service-authorization/latest/reference/list_awsiamaccessanalyzer.html",
  commonKeys: [],
  conditionKeys: {},
  resourceTypes: {
    Analyzer: {
      arn: "arn:${Partition}:access-analyzer:${Region}:${Account}:analyzer/${AnalyzerName}",
      keys: ["aws:ResourceTag/"],
    },
    ArchiveRule: {
      arn: "arn:${Partition}:access-analyzer:${Region}:${Account}:analyzer/${AnalyzerName}/archive-rule/${RuleName}",
    },
  },
  actions: {
    ApplyArchiveRule: ["Write", ["Analyzer*"]],
    CancelPolicyGeneration: ["Write", []],
    CheckAccessNotGranted: ["Read", []],
    CheckNoNewAccess: ["Read", []],
    CheckNoPublicAccess: ["Read", []],
    CreateAccessPreview: ["Write", ["Analyzer*"]],
    CreateAnalyzer: ["Write", ["Analyzer*"], tagging],
    CreateArchiveRule: ["Write", ["ArchiveRule*"]],
    CreateServiceLinkedAnalyzer: ["Write", ["Analyzer*"], tagging],
    DeleteAnalyzer: ["Write", ["Analyzer*"], tagging],
    DeleteArchiveRule: ["Write", ["ArchiveRule*"]],
    DeleteServiceLinkedAnalyzer: ["Write", ["Analyzer*"], tagging],
    GenerateFindingRecommendation: ["Write", ["Analyzer*"]],
    GetAccessPreview: ["Read", ["Analyzer*"]],
    GetAnalyzedResource: ["Read", ["Analyzer*"]],
    GetAnalyzer: ["Read", ["Analyzer*"], tagging],
    GetArchiveRule: ["Read", ["ArchiveRule*"]],
    GetFinding: ["Read", ["Analyzer*"]],
    GetFindingRecommendation: ["Read", ["Analyzer*"]],
    GetFindingsStatistics: ["Read", ["Analyzer*"]],
    GetGeneratedPolicy: ["Read", []],
    ListAccessPreviewFindings: ["Read", ["Analyzer*"]],
    ListAccessPreviews: ["List", ["Analyzer*"]],
    ListAnalyzedResources: ["Read", ["Analyzer*"]],
    ListAnalyzers: ["List", []],
    ListArchiveRules: ["List", ["Analyzer*"]],
    ListFindings: ["Read", ["Analyzer*"]],
    ListPolicyGenerations: ["Read", []],
    ListTagsForResource: ["Read", ["Analyzer"]],
    StartPolicyGeneration: ["Write", []],
    StartResourceScan: ["Write", ["Analyzer*"]],
    TagResource: ["Tagging", ["Analyzer"], tagging],
    UntagResource: ["Tagging", ["Analyzer"], ["aws:TagKeys"]],
    UpdateAnalyzer: ["Write", ["Analyzer*"]],
    UpdateArchiveRule: ["Write", ["ArchiveRule*"]],
    UpdateFindings: ["Write", ["Analyzer*"]],
    ValidatePolicy: ["Read", []],
  },
} as const satisfies ServiceTable;
