import type { ServiceTable } from "./service.ts";

/** What the gateway has beyond AWS: the list of sessions, and the keys that seal them. */
export const s3Credentials = {
  prefix: "s3-credentials",
  page: "docs/guide/temporary-credentials.md",
  commonKeys: [],
  conditionKeys: {},
  resourceTypes: {
    role: { arn: "arn:${Partition}:iam::${Account}:role/${RoleNameWithPath}" },
    user: { arn: "arn:${Partition}:iam::${Account}:user/${UserNameWithPath}" },
  },
  actions: {
    DescribeKeyring: ["Read", []],
    ListSessions: ["List", ["role", "user"]],
    RevokeSessions: ["Write", ["role", "user"]],
    RotateKeyring: ["Write", []],
  },
} as const satisfies ServiceTable;
