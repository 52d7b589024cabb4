/** Whether a policy grants nothing but what somebody names. */
import type { Policy } from "../model/policy.ts";
import { matchAction, parseActionPattern } from "../match/action.ts";
import { literalPattern } from "../match/pattern.ts";
import { parsePolicy } from "../parse/parse.ts";
import type { Answer } from "./answer.ts";
import { type CompareOptions, isInside } from "./compare-policies.ts";

export interface AccessBounds {
  /** Patterns of actions; none: every action. */
  readonly actions?: readonly string[];
  /** Names of buckets; none: every resource. */
  readonly buckets?: readonly string[];
  /** Beginnings of keys in those buckets; none: every key, and the buckets themselves. */
  readonly prefixes?: readonly string[];
  /** `aws`, `aws-cn` …; none: those of public regions, of China and of the US government. */
  readonly partitions?: readonly string[];
  /** A `Condition` block that every grant has to ask for. */
  readonly conditions?: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
}

const publicPartitions = ["aws", "aws-cn", "aws-us-gov"];
/** They list keys that begin with the `s3:prefix` of the request. */
const listing = ["s3:ListBucket", "s3:ListBucketVersions", "s3:ListBucketMultipartUploads"];
/** Says nothing of what is in the bucket. */
const locating = "s3:GetBucketLocation";

/** Undefined when the bounds are no policy: an action or a bucket is misspelt. */
function boundsPolicy(bounds: AccessBounds, kind: "identity" | "resource" = "identity"): Policy | undefined {
  const whom = kind === "resource" ? { Principal: "*" } : {};
  const statements = grantsOf(bounds).map(({ actions, resources, conditions }) => ({
    Effect: "Allow",
    ...whom,
    Action: actions,
    Resource: resources,
    ...(Object.keys(conditions).length === 0 ? {} : { Condition: conditions }),
  }));
  return parsePolicy(JSON.stringify({ Version: "2012-10-17", Statement: statements }), kind).policy;
}

interface Grant {
  readonly actions: readonly string[];
  readonly resources: readonly string[];
  readonly conditions: NonNullable<AccessBounds["conditions"]>;
}

function grantsOf(bounds: AccessBounds): readonly Grant[] {
  const { actions = ["*"], buckets = [], prefixes = [], conditions = {}, partitions = publicPartitions } = bounds;
  if (buckets.length === 0) return [{ actions, resources: ["*"], conditions }];
  const arns = (names: readonly string[]): readonly string[] =>
    partitions.flatMap((partition) => names.map((name) => `arn:${partition}:s3:::${name}`));
  const names = buckets.map(literalPattern);
  if (prefixes.length === 0)
    return [{ actions, resources: arns(names.flatMap((name) => [name, `${name}/*`])), conditions }];
  const starred = prefixes.map((prefix) => `${literalPattern(prefix.replace(/\*$/, ""))}*`);
  const onPrefix = { ...conditions, StringLike: { ...conditions.StringLike, "s3:prefix": starred } };
  const isNamed = (action: string): boolean => actions.some((one) => matches(one, action));
  return [
    { actions, resources: arns(names.flatMap((name) => starred.map((prefix) => `${name}/${prefix}`))), conditions },
    ...listing.filter(isNamed).map((action) => ({ actions: [action], resources: arns(names), conditions: onPrefix })),
    ...(isNamed(locating) ? [{ actions: [locating], resources: arns(names), conditions }] : []),
  ];
}

function matches(pattern: string, action: string): boolean {
  const parsed = parseActionPattern(pattern);
  return parsed !== undefined && matchAction(parsed, action);
}

export function checkAccess(policy: Policy, bounds: AccessBounds, options: CompareOptions = {}): Answer {
  const isOfResource = policy.statements.some(({ principal }) => principal !== undefined);
  const allowed = boundsPolicy(bounds, isOfResource ? "resource" : "identity");
  if (allowed === undefined)
    return { answer: "unknown", construct: "bounds that are not names of actions and buckets" };
  return isInside(policy, allowed, { ...options, strengths: false });
}
