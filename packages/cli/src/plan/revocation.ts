import { createHash } from "node:crypto";
import { jsonObject } from "../formats/json.ts";
import { policyOfValue, type PolicyText } from "../input/policy-text.ts";
import { isoSeconds } from "../service/tool-tags.ts";

/** The name the AWS console gives the policy that does the same. */
export const revocationPolicyName = "AWSRevokeOlderSessions";

/** A policy of its own for each source identity, so that one revocation does not undo another. */
export function identityRevocationName(sourceIdentity: string): string {
  return `s3-credentials.revoked.${createHash("sha256").update(sourceIdentity).digest("hex").slice(0, 16)}`;
}

/**
 * Denies everything to sessions issued before a time; long-term keys have no such time, so they go on working.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_use_revoke-sessions.html
 */
export function revocationPolicy(now: Date, sourceIdentity?: string): PolicyText {
  // Issue times have whole seconds, so the second that has begun counts as a whole.
  const before = new Date(Math.ceil((now.getTime() + 1) / 1000) * 1000);
  const condition = jsonObject({
    DateLessThan: jsonObject({ "aws:TokenIssueTime": isoSeconds(before) }),
    ...(sourceIdentity === undefined ? {} : { StringEquals: jsonObject({ "aws:SourceIdentity": sourceIdentity }) }),
  });
  const statement = jsonObject({ Effect: "Deny", Action: "*", Resource: "*", Condition: condition });
  return policyOfValue(jsonObject({ Version: "2012-10-17", Statement: [statement] }));
}
