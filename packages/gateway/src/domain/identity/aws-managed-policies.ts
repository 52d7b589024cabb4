import type { ManagedPolicyRecord } from "../../ports/identity-records.ts";

/**
 * AWS's own managed policies, as the reference has them. The ids are those of every AWS account; the reference does not show them.
 * Of the three that name each service of AWS (ReadOnlyAccess, SecurityAudit, ViewOnlyAccess) only the actions of these services are
 * here: S3, IAM, STS, Organizations, CloudTrail, Access Analyzer and account management.
 * https://docs.aws.amazon.com/aws-managed-policy/latest/reference/policy-list.html
 */
interface AwsPolicy {
  readonly id: string;
  /** Default: `/`. */
  readonly path?: string;
  readonly description: string;
  readonly created: string;
  readonly updated: string;
  /** Of the default version. */
  readonly version: number;
  readonly statements: readonly Readonly<Record<string, unknown>>[];
}

function allow(...actions: readonly string[]): Readonly<Record<string, unknown>> {
  return { Effect: "Allow", Action: actions.length === 1 ? actions[0] : actions, Resource: "*" };
}

const policies = {
  AdministratorAccess: {
    id: "ANPAIWMBCKSKIEE64ZLYK",
    description: "Provides full access to AWS services and resources.",
    created: "2015-02-06T18:39:46Z",
    updated: "2015-02-06T18:39:46Z",
    version: 1,
    statements: [allow("*")],
  },
  AWSDenyAll: {
    id: "ANPAZKAPJZG4P43IUQ5E5",
    description: "Deny all access.",
    created: "2019-05-01T22:36:14Z",
    updated: "2023-12-18T16:42:05Z",
    version: 2,
    statements: [{ Sid: "DenyAll", Effect: "Deny", Action: ["*"], Resource: "*" }],
  },
  AmazonS3FullAccess: {
    id: "ANPAIFIR6V6BVTRAHWINE",
    description: "Provides full access to all buckets via the AWS Management Console.",
    created: "2015-02-06T18:40:58Z",
    updated: "2021-09-27T20:16:37Z",
    version: 2,
    statements: [allow("s3:*", "s3-object-lambda:*")],
  },
  AmazonS3ReadOnlyAccess: {
    id: "ANPAIZTJ4DXE7G6AGAE6M",
    description: "Provides read only access to all buckets via the AWS Management Console.",
    created: "2015-02-06T18:40:59Z",
    updated: "2023-08-10T21:31:39Z",
    version: 3,
    statements: [allow("s3:Get*", "s3:List*", "s3:Describe*", "s3-object-lambda:Get*", "s3-object-lambda:List*")],
  },
  IAMFullAccess: {
    id: "ANPAI7XKCFMBPM3QQRRVQ",
    description: "Provides full access to IAM via the AWS Management Console.",
    created: "2015-02-06T18:40:38Z",
    updated: "2019-06-21T19:40:00Z",
    version: 2,
    statements: [
      allow(
        "iam:*",
        "organizations:DescribeAccount",
        "organizations:DescribeOrganization",
        "organizations:DescribeOrganizationalUnit",
        "organizations:DescribePolicy",
        "organizations:ListChildren",
        "organizations:ListParents",
        "organizations:ListPoliciesForTarget",
        "organizations:ListRoots",
        "organizations:ListPolicies",
        "organizations:ListTargetsForPolicy",
      ),
    ],
  },
  IAMReadOnlyAccess: {
    id: "ANPAJKSO7NDY4T57MWDSQ",
    description: "Provides read only access to IAM via the AWS Management Console.",
    created: "2015-02-06T18:40:39Z",
    updated: "2018-01-25T19:11:27Z",
    version: 4,
    statements: [
      allow(
        "iam:GenerateCredentialReport",
        "iam:GenerateServiceLastAccessedDetails",
        "iam:Get*",
        "iam:List*",
        "iam:SimulateCustomPolicy",
        "iam:SimulatePrincipalPolicy",
      ),
    ],
  },
  IAMUserChangePassword: {
    id: "ANPAJ4L4MM2A7QIEB56MS",
    description: "Provides the ability for an IAM user to change their own password.",
    created: "2016-11-15T00:25:16Z",
    updated: "2026-02-12T17:58:57Z",
    version: 5,
    statements: [
      {
        Effect: "Allow",
        Action: ["iam:ChangePassword"],
        Resource: ["arn:aws:iam::*:user/${aws:username}", "arn:aws:iam::*:user/*/${aws:username}"],
      },
      { Effect: "Allow", Action: ["iam:GetAccountPasswordPolicy"], Resource: "*" },
    ],
  },
  PowerUserAccess: {
    id: "ANPAJYRXTHIB4FOVS3ZXS",
    description:
      "Provides full access to AWS services and resources, but does not allow management of Users and groups.",
    created: "2015-02-06T18:39:47Z",
    updated: "2026-02-12T17:59:14Z",
    version: 12,
    statements: [
      { Effect: "Allow", NotAction: ["iam:*", "organizations:*", "account:*"], Resource: "*" },
      allow(
        "account:GetAccountInformation",
        "account:GetGovCloudAccountInformation",
        "account:GetPrimaryEmail",
        "account:ListRegions",
        "iam:CreateServiceLinkedRole",
        "iam:DeleteServiceLinkedRole",
        "iam:ListRoles",
        "organizations:DescribeEffectivePolicy",
        "organizations:DescribeOrganization",
      ),
    ],
  },
  ReadOnlyAccess: {
    id: "ANPAILL3HVNFSB6DCOWYQ",
    description: "Provides read-only access to AWS services and resources.",
    created: "2015-02-06T18:39:48Z",
    updated: "2026-04-03T15:27:12Z",
    version: 182,
    statements: [
      {
        Sid: "ReadOnlyActionsGroup1",
        ...allow(
          "access-analyzer:GetAccessPreview",
          "access-analyzer:GetAnalyzedResource",
          "access-analyzer:GetAnalyzer",
          "access-analyzer:GetArchiveRule",
          "access-analyzer:GetFinding",
          "access-analyzer:GetFindingsStatistics",
          "access-analyzer:GetGeneratedPolicy",
          "access-analyzer:ListAccessPreviewFindings",
          "access-analyzer:ListAccessPreviews",
          "access-analyzer:ListAnalyzedResources",
          "access-analyzer:ListAnalyzers",
          "access-analyzer:ListArchiveRules",
          "access-analyzer:ListFindings",
          "access-analyzer:ListPolicyGenerations",
          "access-analyzer:ListTagsForResource",
          "access-analyzer:ValidatePolicy",
          "account:GetAccountInformation",
          "account:GetAlternateContact",
          "account:GetContactInformation",
          "account:GetGovCloudAccountInformation",
          "account:GetPrimaryEmail",
          "account:GetRegionOptStatus",
          "account:ListRegions",
          "cloudtrail:Describe*",
          "cloudtrail:Get*",
          "cloudtrail:List*",
          "cloudtrail:LookupEvents",
          "iam:Generate*",
          "iam:Get*",
          "iam:List*",
          "iam:Simulate*",
        ),
      },
      {
        Sid: "ReadOnlyActionsGroup2",
        ...allow(
          "organizations:Describe*",
          "organizations:List*",
          "s3:DescribeJob",
          "s3:Get*",
          "s3:List*",
          "sts:GetAccessKeyInfo",
          "sts:GetCallerIdentity",
          "sts:GetSessionToken",
        ),
      },
    ],
  },
  SecurityAudit: {
    id: "ANPAIX2T3QCXHR2OGGCTO",
    description: "The security audit template grants access to read security configuration metadata.",
    created: "2015-02-06T18:41:01Z",
    updated: "2026-05-01T03:12:13Z",
    version: 86,
    statements: [
      {
        Sid: "BaseSecurityAuditStatement",
        ...allow(
          "access-analyzer:GetAnalyzedResource",
          "access-analyzer:GetAnalyzer",
          "access-analyzer:GetArchiveRule",
          "access-analyzer:GetFinding",
          "access-analyzer:ListAnalyzedResources",
          "access-analyzer:ListAnalyzers",
          "access-analyzer:ListArchiveRules",
          "access-analyzer:ListFindings",
          "access-analyzer:ListTagsForResource",
          "account:GetAccountInformation",
          "account:GetAlternateContact",
          "account:GetPrimaryEmail",
          "account:GetRegionOptStatus",
          "cloudtrail:DescribeTrails",
          "cloudtrail:GetEventSelectors",
          "cloudtrail:GetInsightSelectors",
          "cloudtrail:GetTrail",
          "cloudtrail:GetTrailStatus",
          "cloudtrail:ListTags",
          "cloudtrail:ListTrails",
          "cloudtrail:LookupEvents",
          "iam:GenerateCredentialReport",
          "iam:GenerateServiceLastAccessedDetails",
          "iam:Get*",
          "iam:List*",
          "iam:SimulateCustomPolicy",
          "iam:SimulatePrincipalPolicy",
          "organizations:Describe*",
          "organizations:List*",
          "s3:DescribeJob",
          "s3:GetAccelerateConfiguration",
          "s3:GetAccessGrantsInstanceResourcePolicy",
          "s3:GetAccessPoint",
          "s3:GetAccessPointConfigurationForObjectLambda",
          "s3:GetAccessPointForObjectLambda",
          "s3:GetAccessPointPolicy",
          "s3:GetAccessPointPolicyForObjectLambda",
          "s3:GetAccessPointPolicyStatus",
          "s3:GetAccessPointPolicyStatusForObjectLambda",
          "s3:GetAccountPublicAccessBlock",
          "s3:GetAnalyticsConfiguration",
          "s3:GetBucket*",
          "s3:GetEncryptionConfiguration",
          "s3:GetInventoryConfiguration",
          "s3:GetLifecycleConfiguration",
          "s3:GetMetricsConfiguration",
          "s3:GetMultiRegionAccessPoint",
          "s3:GetMultiRegionAccessPointPolicy",
          "s3:GetMultiRegionAccessPointPolicyStatus",
          "s3:GetObjectAcl",
          "s3:GetObjectTagging",
          "s3:GetObjectVersionAcl",
          "s3:GetReplicationConfiguration",
          "s3:GetStorageLensConfiguration",
          "s3:GetStorageLensGroup",
          "s3:ListAccessGrants",
          "s3:ListAccessGrantsInstances",
          "s3:ListAccessPoints",
          "s3:ListAccessPointsForObjectLambda",
          "s3:ListAllMyBuckets",
          "s3:ListBucket",
          "s3:ListCallerAccessGrants",
          "s3:ListJobs",
          "s3:ListMultiRegionAccessPoints",
          "s3:ListStorageLensConfigurations",
          "s3:ListStorageLensGroups",
          "sts:GetAccessKeyInfo",
        ),
      },
    ],
  },
  ViewOnlyAccess: {
    id: "ANPAID22R6XPJATWOFDK6",
    path: "/job-function/",
    description: "This policy grants permissions to view resources and basic metadata across all AWS services.",
    created: "2016-11-10T17:20:15Z",
    updated: "2026-04-22T18:12:21Z",
    version: 45,
    statements: [
      {
        Sid: "GeneralViewOnlyAccessStatement",
        ...allow(
          "cloudtrail:DescribeTrails",
          "cloudtrail:ListTrails",
          "cloudtrail:LookupEvents",
          "iam:GetAccountSummary",
          "iam:GetLoginProfile",
          "iam:List*",
          "organizations:List*",
          "s3:ListAllMyBuckets",
          "s3:ListBucket",
          "s3:ListMultiRegionAccessPoints",
        ),
      },
    ],
  },
} as const satisfies Readonly<Record<string, AwsPolicy>>;

export type AwsManagedPolicy = Omit<ManagedPolicyRecord, "attachmentCount" | "boundaryCount">;

function record(
  name: string,
  { id, path = "/", description, created, updated, version, statements }: AwsPolicy,
): AwsManagedPolicy {
  return {
    arn: `arn:aws:iam::aws:policy${path}${name}`,
    policyId: id,
    name,
    path,
    description,
    createdAt: Date.parse(created),
    updatedAt: Date.parse(updated),
    defaultVersionId: `v${version}`,
    document: JSON.stringify({ Version: "2012-10-17", Statement: statements }),
    tags: new Map(),
  };
}

export const awsManagedPolicies: ReadonlyMap<string, AwsManagedPolicy> = new Map(
  Object.entries(policies).map(([name, policy]) => {
    const made = record(name, policy);
    return [made.arn, made];
  }),
);
