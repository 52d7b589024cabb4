import {
  foreignPartition,
  isResourceOfBucket,
  isS3ConditionKey,
  matchResource,
  parsePolicy,
  type Policy,
  type S3Action,
  s3ActionsMatching,
  type Statement,
} from "@s3-credentials/policy";
import { type Refusal, refuse } from "../operation.ts";

/** Bytes. https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucket-policies.html */
const largest = 20 * 1024;

/** Less than a millisecond. */
const patternsPerTurn = 4;

function malformed(message: string): Refusal {
  return refuse("MalformedPolicy", message);
}

/**
 * A bucket policy, or S3's own refusal of it, beyond the grammar: it may speak of this bucket only, with actions that fit its
 * resources and condition keys that requests for them may have.
 * https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutBucketPolicy.html
 * A policy may have two thousand patterns, and each is compared with every action, so this awaits a `turn` after a few of them.
 */
export async function checkBucketPolicy(
  text: string,
  bucket: string,
  turn: () => Promise<void>,
): Promise<Policy | Refusal> {
  if (Buffer.byteLength(text) > largest) return malformed(`The policy is larger than ${largest} bytes`);
  const { policy, diagnostics } = parsePolicy(text, "resource");
  if (policy === undefined) {
    const [first] = diagnostics;
    const where = first === undefined || first.pointer === "" ? "" : ` (at ${first.pointer})`;
    const help = first?.help === undefined ? "" : `; ${first.help}`;
    return malformed(`${first?.message ?? "the policy is not valid"}${where}${help}`);
  }
  const foreign = foreignPartition(policy, "aws");
  if (foreign !== undefined)
    return malformed(`Policy has invalid resource: ${foreign.resource} is not in the partition aws`);
  for (const statement of policy.statements) {
    const refusal = await checkStatement(statement, bucket, turn);
    if (refusal !== undefined) return refusal;
  }
  return policy;
}

async function checkStatement(
  statement: Statement,
  bucket: string,
  turn: () => Promise<void>,
): Promise<Refusal | undefined> {
  const resources = statement.resource?.patterns ?? [];
  const foreign = resources.find((pattern) => !isResourceOfBucket(pattern, bucket));
  if (foreign !== undefined)
    return malformed(`Policy has invalid resource: ${foreign.text} is not ${bucket} or an object of it`);
  const { patterns, negated } = statement.action;
  const meant: Applicable[] = [];
  for (const pattern of patterns) {
    if (meant.length % patternsPerTurn === 0) await turn();
    const actions = s3ActionsMatching(pattern.text === "*" ? { ...pattern, service: "s3" } : pattern);
    meant.push({ text: pattern.text, actions });
  }
  const unknown = meant.find(({ actions }) => actions.length === 0);
  if (unknown !== undefined) return malformed(`Policy has invalid action: ${unknown.text}`);
  const onBucket = fitsBucket(statement, bucket);
  const onObjects = fitsObjects(statement, bucket);
  const fits = ({ resource }: S3Action): boolean =>
    resource === "bucket" ? onBucket : resource === "object" && onObjects;
  // Each element of Action must apply to something; NotAction and NotResource always leave something.
  const applying = negated ? [allBut(meant.flatMap(({ actions }) => actions))] : meant;
  const applicable = applying.map(({ text, actions }) => ({ text, actions: actions.filter(fits) }));
  const idle = applicable.find(({ actions }) => actions.length === 0);
  if (idle !== undefined && !negated)
    return malformed(`Action does not apply to any resource(s) in statement: ${idle.text}`);
  return checkKeys(statement, applicable, turn);
}

interface Applicable {
  /** As the policy writes it. */
  readonly text: string;
  readonly actions: readonly S3Action[];
}

function allBut(left: readonly S3Action[]): Applicable {
  const names = new Set(left.map(({ name }) => name));
  const everything = s3ActionsMatching({ text: "s3:*", service: "s3", name: "*" });
  return { text: "NotAction", actions: everything.filter(({ name }) => !names.has(name)) };
}

/**
 * S3 takes a key only when requests for every action of the statement may have it: `s3:prefix` beside `s3:ListBucket` and
 * `s3:GetObject` is refused. Of the actions that a pattern means, one is enough: `s3:*` with `s3:x-amz-acl` is stored.
 */
async function checkKeys(
  { conditions }: Statement,
  applicable: readonly Applicable[],
  turn: () => Promise<void>,
): Promise<Refusal | undefined> {
  const keys = conditions.map(({ key }) => key).filter((key) => !/^aws:/i.test(key));
  const unknown = keys.find((key) => !isS3ConditionKey(key));
  if (unknown !== undefined) return malformed(`Policy has an invalid condition key: ${unknown}`);
  // Keys of one family get one answer, so that a long policy asks no more often than S3 has keys.
  const distinct = new Map(keys.map((key) => [key.toLowerCase().replace(/\/.*$/s, "/x"), key]));
  for (const [asked, key] of distinct) {
    for (const [at, { text, actions }] of applicable.entries()) {
      if (at % patternsPerTurn === 0) await turn();
      if (!actions.some((action) => action.hasKey(asked)))
        return malformed(
          `Conditions do not apply to combination of actions and resources in statement: requests for ${text} never have ${key}`,
        );
    }
  }
  return undefined;
}

const absent = (): undefined => undefined;

function fitsBucket({ resource }: Statement, bucket: string): boolean {
  if (resource === undefined || resource.negated) return true;
  return resource.patterns.some(
    (pattern) => pattern.text === "*" || matchResource(pattern, `arn:aws:s3:::${bucket}`, absent),
  );
}

/** A variable may become any text. */
function fitsObjects({ resource }: Statement, bucket: string): boolean {
  if (resource === undefined || resource.negated) return true;
  return resource.patterns.some(
    ({ text }) =>
      text === "*" || text.includes(`${bucket}/`) || /[*?]/.test(text.slice(text.indexOf(bucket) + bucket.length)),
  );
}
