import {
  isResourceOfBucket,
  isS3ConditionKey,
  matchResource,
  parsePolicy,
  type Policy,
  s3ActionsMatching,
  type Statement,
  type TextPattern,
} from "@s3-credentials/policy";
import { type Refusal, refuse } from "../operation.ts";

/** Octets. https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucket-policies.html */
const largest = 20 * 1024;

function malformed(message: string): Refusal {
  return refuse("MalformedPolicy", message);
}

/**
 * A bucket policy, or S3's own refusal of it, beyond the grammar: it may speak of this bucket only, with actions that fit its
 * resources and condition keys S3 knows.
 * https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutBucketPolicy.html
 */
export function checkBucketPolicy(text: string, bucket: string): Policy | Refusal {
  if (Buffer.byteLength(text) > largest) return malformed(`The policy is larger than ${largest} bytes`);
  const { policy, diagnostics } = parsePolicy(text, "resource");
  if (policy === undefined) {
    const first = diagnostics.find(({ severity }) => severity === "error");
    const where = first === undefined || first.pointer === "" ? "" : ` (at ${first.pointer})`;
    const help = first?.help === undefined ? "" : `; ${first.help}`;
    return malformed(`${first?.message ?? "the policy is not valid"}${where}${help}`);
  }
  for (const statement of policy.statements) {
    const refusal = checkStatement(statement, bucket);
    if (refusal !== undefined) return refusal;
  }
  return policy;
}

function checkStatement(statement: Statement, bucket: string): Refusal | undefined {
  const resources = statement.resource?.patterns ?? [];
  const foreign = resources.find((pattern) => !isResourceOfBucket(pattern, bucket));
  if (foreign !== undefined)
    return malformed(`Policy has invalid resource: ${foreign.text} is not ${bucket} or an object of it`);
  const { patterns, negated } = statement.action;
  for (const pattern of patterns) {
    const actions =
      pattern.text === "*" ? s3ActionsMatching({ ...pattern, service: "s3" }) : s3ActionsMatching(pattern);
    if (actions.length === 0) return malformed(`Policy has invalid action: ${pattern.text}`);
    if (
      !negated &&
      !(statement.resource?.negated ?? false) &&
      !actions.some(({ resource }) => resources.some((one) => fits(one, bucket, resource)))
    ) {
      return malformed(`Action does not apply to any resource(s) in statement: ${pattern.text}`);
    }
  }
  const keys = statement.conditions.map((condition) => condition.key);
  const key = keys.find((one) => !/^aws:/i.test(one) && !isS3ConditionKey(one));
  return key === undefined ? undefined : malformed(`Policy has an invalid condition key: ${key}`);
}

const absent = (): undefined => undefined;

/** A variable may become any text. */
function fits(pattern: TextPattern, bucket: string, resource: "bucket" | "object" | "none"): boolean {
  if (resource === "none") return false;
  if (pattern.text === "*") return true;
  if (resource === "bucket") return matchResource(pattern, `arn:aws:s3:::${bucket}`, absent);
  return (
    pattern.text.includes(`${bucket}/`) || /[*?]/.test(pattern.text.slice(pattern.text.indexOf(bucket) + bucket.length))
  );
}
