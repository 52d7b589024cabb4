/** https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html; lengths in characters. */
export const quota = {
  accessKeys: 2,
  /** All inline policies of one user together, white space aside. */
  inlinePolicies: 2048,
  /** All inline policies of one role together. */
  roleInlinePolicies: 10_240,
  /** The inline session policy of AssumeRole. */
  sessionPolicy: 2048,
  /** Seconds, when the caller is a role session itself. */
  chainedSession: 3600,
  roleSession: 43_200,
} as const;
