import type { PolicyKind } from "../model/policy.ts";
import type { SizeLimit } from "./subject.ts";

interface PolicyUseRow {
  readonly kind: PolicyKind;
  readonly limit?: SizeLimit;
}

/**
 * What a document is used as, and how long it may then be: the parser's kinds, and the inline policies of identities, whose limits
 * differ. `identity` and `boundary` are managed policies, `resource` is a bucket policy. An inline limit is for all inline policies
 * of the identity together; one document alone is compared with it.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html#reference_iam-quotas-entity-length
 * https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucket-policies.html
 */
export const policyUses = {
  identity: { kind: "identity", limit: { size: 6_144, unit: "characters", of: "a managed policy" } },
  "user-inline": {
    kind: "identity",
    limit: { size: 2_048, unit: "characters", of: "a user's inline policies together" },
  },
  "group-inline": {
    kind: "identity",
    limit: { size: 5_120, unit: "characters", of: "a group's inline policies together" },
  },
  "role-inline": {
    kind: "identity",
    limit: { size: 10_240, unit: "characters", of: "a role's inline policies together" },
  },
  resource: { kind: "resource", limit: { size: 20_480, unit: "bytes", of: "a bucket policy" } },
  trust: { kind: "trust", limit: { size: 2_048, unit: "characters", of: "a trust policy" } },
  boundary: { kind: "boundary", limit: { size: 6_144, unit: "characters", of: "a managed policy" } },
  session: { kind: "session", limit: { size: 2_048, unit: "characters", of: "a session policy" } },
  guardrail: { kind: "guardrail", limit: { size: 5_120, unit: "characters", of: "a service control policy" } },
  "resource-guardrail": {
    kind: "resource-guardrail",
    limit: { size: 5_120, unit: "characters", of: "a resource control policy" },
  },
} as const satisfies Readonly<Record<PolicyKind, PolicyUseRow> & Record<string, PolicyUseRow>>;

export type PolicyUse = keyof typeof policyUses;
