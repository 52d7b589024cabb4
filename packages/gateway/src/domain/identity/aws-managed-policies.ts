import type { ManagedPolicyRecord } from "../../ports/identity-store.ts";

/**
 * AWS's own managed policies, with AWS's rules for the services here.
 * https://docs.aws.amazon.com/aws-managed-policy/latest/reference/policy-list.html
 */
interface AwsPolicy {
  readonly id: string;
  readonly description: string;
  readonly created: string;
  readonly updated: string;
  readonly version: number;
  readonly actions: readonly string[];
}

const policies = {
  AdministratorAccess: {
    id: "ANPAIWMBCKSKIEE64ZLYK",
    description: "Provides full access to AWS services and resources.",
    created: "2015-02-06T18:39:46Z",
    updated: "2015-02-06T18:39:46Z",
    version: 1,
    actions: ["*"],
  },
  AmazonS3FullAccess: {
    id: "ANPAIFIR6V6BVTRAHWINE",
    description: "Provides full access to all buckets via the AWS Management Console.",
    created: "2015-02-06T18:40:58Z",
    updated: "2021-09-27T20:16:37Z",
    version: 2,
    actions: ["s3:*", "s3-object-lambda:*"],
  },
  AmazonS3ReadOnlyAccess: {
    id: "ANPAIZTJ4DXE7G6AGAE6M",
    description: "Provides read only access to all buckets via the AWS Management Console.",
    created: "2015-02-06T18:40:59Z",
    updated: "2023-08-10T21:31:39Z",
    version: 3,
    actions: ["s3:Get*", "s3:List*", "s3:Describe*", "s3-object-lambda:Get*", "s3-object-lambda:List*"],
  },
  IAMFullAccess: {
    id: "ANPAI7XKCFMBPM3QQRRVQ",
    description: "Provides full access to IAM via the AWS Management Console.",
    created: "2015-02-06T18:40:38Z",
    updated: "2019-06-21T19:40:00Z",
    version: 2,
    actions: [
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
    ],
  },
  ReadOnlyAccess: {
    id: "ANPAILL3HVNFSB6DCOWYQ",
    description: "Provides read-only access to AWS services and resources.",
    created: "2015-02-06T18:39:48Z",
    updated: "2025-01-01T00:00:00Z",
    version: 1,
    actions: [
      "iam:Generate*",
      "iam:Get*",
      "iam:List*",
      "iam:Simulate*",
      "s3:DescribeJob",
      "s3:Get*",
      "s3:List*",
      "sts:GetAccessKeyInfo",
      "sts:GetCallerIdentity",
      "sts:GetSessionToken",
    ],
  },
} as const satisfies Readonly<Record<string, AwsPolicy>>;

export type AwsManagedPolicy = Omit<ManagedPolicyRecord, "attachmentCount" | "boundaryCount">;

function record(name: string, { id, description, created, updated, version, actions }: AwsPolicy): AwsManagedPolicy {
  const document = {
    Version: "2012-10-17",
    Statement: [{ Effect: "Allow", Action: actions.length === 1 ? actions[0] : actions, Resource: "*" }],
  };
  return {
    arn: `arn:aws:iam::aws:policy/${name}`,
    policyId: id,
    name,
    path: "/",
    description,
    createdAt: Date.parse(created),
    updatedAt: Date.parse(updated),
    defaultVersionId: `v${version}`,
    document: JSON.stringify(document),
    tags: new Map(),
  };
}

export const awsManagedPolicies: ReadonlyMap<string, AwsManagedPolicy> = new Map(
  Object.entries(policies).map(([name, policy]) => {
    const made = record(name, policy);
    return [made.arn, made];
  }),
);
