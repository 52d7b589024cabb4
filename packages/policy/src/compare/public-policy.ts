import { parseIpRange } from "../condition/ip-address.ts";
import type { Condition, Policy, Statement, TextPattern } from "../model/policy.ts";

/**
 * Whether a bucket policy is public, as block public access and GetBucketPolicyStatus mean it: public until every Allow is
 * held to fixed principals or to fixed values of the keys below.
 * https://docs.aws.amazon.com/AmazonS3/latest/userguide/access-control-block-public-access.html#access-control-block-public-access-policy-status
 */
export function isPublicPolicy(policy: Policy): boolean {
  return policy.statements.some(isPublicStatement);
}

/** Whether this statement alone makes a bucket policy public. */
export function isPublicStatement(statement: Statement): boolean {
  return statement.effect === "Allow" && !isHeldToFixed(statement);
}

function isHeldToFixed(statement: Statement): boolean {
  return hasFixedPrincipal(statement) || statement.conditions.some(isFixing);
}

/**
 * A provider in a bucket policy is no fixed principal: the page calls `"Federated": "graph.facebook.com"` public, because anybody can have
 * an identity there. A role's trust policy, which has no resource, can let in a provider's identities only so.
 */
function hasFixedPrincipal({ principal, resource }: Statement): boolean {
  if (principal === undefined || principal.negated || principal.entries.length === 0) return false;
  return principal.entries.every(({ kind }) => kind !== "everyone" && (kind !== "federated" || resource === undefined));
}

/** Operators that hold a key to the values listed. Negated ones, and all that pass on a missing key, do not. */
const holdingOperators: ReadonlySet<string> = new Set([
  "StringEquals",
  "StringEqualsIgnoreCase",
  "StringLike",
  "ArnEquals",
  "ArnLike",
  "BinaryEquals",
]);

const fixedKeys: ReadonlySet<string> = new Set([
  "aws:principalarn",
  "aws:principalaccount",
  "aws:principalorgid",
  "aws:principalorgpaths",
  "aws:sourcearn",
  "aws:sourcevpc",
  "aws:sourcevpce",
  "aws:sourceowner",
  "aws:sourceaccount",
  "aws:sourceorgid",
  "aws:sourceorgpaths",
  "aws:userid",
  "s3:x-amz-server-side-encryption-aws-kms-key-id",
  "s3:dataaccesspointarn",
  "s3:dataaccesspointaccount",
]);

function isFixing(condition: Condition): boolean {
  if (condition.ifExists || condition.set === "ForAllValues" || condition.values.length === 0) return false;
  const key = condition.key.toLowerCase();
  if (key === "aws:sourceip") return condition.operator === "IpAddress" && condition.values.every(isNarrowRange);
  if (!holdingOperators.has(condition.operator) || !fixedKeys.has(key)) return false;
  return condition.values.every(
    (value) => isFixed(value) || (key === "s3:dataaccesspointarn" && isOwnersAccessPoints(value)),
  );
}

function isFixed({ text, parts }: TextPattern): boolean {
  return !/[*?]|\$\{/.test(text) && parts.every((part) => part.kind === "literal");
}

/** Access points by wildcard are fixed when their account is. */
function isOwnersAccessPoints({ text }: TextPattern): boolean {
  return /^arn:aws[a-z-]*:s3:[a-z0-9-]*:\d{12}:accesspoint\/[^$]+$/.test(text);
}

/** Ranges wider than /8 (IPv4, mapped into IPv6 too) or /32 (IPv6) count as everyone. */
function isNarrowRange({ text }: TextPattern): boolean {
  const range = parseIpRange(text);
  return range !== undefined && range.prefix >= (range.version === 4 ? 8 : 32);
}
