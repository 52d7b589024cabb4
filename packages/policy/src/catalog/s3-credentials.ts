import type { ServiceTable } from "./service.ts";

/** What the gateway has beyond AWS: the list of sessions, the keys that seal them, buckets of engines behind it, and quotas. */
export const s3Credentials = {
  prefix: "s3-credentials",
  page: "docs/guide/temporary-credentials.md",
  commonKeys: [],
  conditionKeys: {},
  resourceTypes: {
    bucket: { arn: "arn:${Partition}:s3:::${BucketName}" },
    role: { arn: "arn:${Partition}:iam::${Account}:role/${RoleNameWithPath}" },
    user: { arn: "arn:${Partition}:iam::${Account}:user/${UserNameWithPath}" },
  },
  actions: {
    AdoptBucket: ["Write", []],
    DescribeBucketMove: ["Read", []],
    DescribeKeyring: ["Read", []],
    EndBucketMove: ["Write", []],
    GetAccountQuota: ["Read", []],
    GetBucketQuota: ["Read", ["bucket"]],
    ListSessions: ["List", ["role", "user"]],
    MoveBucket: ["Write", []],
    PutAccountQuota: ["Write", []],
    PutBucketQuota: ["Write", ["bucket"]],
    ReleaseBucket: ["Write", []],
    RevokeSessions: ["Write", ["role", "user"]],
    RotateKeyring: ["Write", []],
  },
} as const satisfies ServiceTable;
