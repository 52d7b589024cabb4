import { describe, expect, test } from "vitest";
import { validatePolicy } from "@s3-credentials/policy";
import { isRefusal } from "../operation.ts";
import { checkBucketPolicy } from "./check-bucket-policy.ts";

/** Why the policy is refused. `validate-policy` must find an error in the same policies. */
async function check(more: object): Promise<string | undefined> {
  const statement = { Effect: "Allow", Principal: "*", Action: "s3:GetObject", Resource: "arn:aws:s3:::b/*", ...more };
  const text = JSON.stringify({ Version: "2012-10-17", Statement: statement });
  const checked = await checkBucketPolicy(text, "b", async () => undefined);
  const errors = validatePolicy(text, { kind: "resource", bucket: "b" }).filter(({ severity }) => severity === "error");
  expect(errors.length > 0, JSON.stringify(errors)).toBe(isRefusal(checked));
  return isRefusal(checked) ? checked.message : undefined;
}

describe("is taken", () => {
  test.each([
    ["the bucket and its objects", { Action: "s3:*", Resource: ["arn:aws:s3:::b", "arn:aws:s3:::b/*"] }],
    ["every action", { Action: "*", Resource: "arn:aws:s3:::b/*" }],
    ["actions that begin alike", { Action: "s3:Get*" }],
    ["case of actions", { Action: "S3:getobject" }],
    ["an action for the bucket", { Action: "s3:ListBucket", Resource: "arn:aws:s3:::b" }],
    ["both at once", { Action: ["s3:ListBucket", "s3:GetObject"], Resource: ["arn:aws:s3:::b", "arn:aws:s3:::b/*"] }],
    ["one object", { Resource: "arn:aws:s3:::b/dir/k" }],
    ["a variable in the key", { Resource: "arn:aws:s3:::b/${aws:username}/*" }],
    ["a pattern over bucket and objects", { Action: ["s3:ListBucket", "s3:GetObject"], Resource: "arn:aws:s3:::b*" }],
    ["all but some actions", { Effect: "Deny", Action: undefined, NotAction: "s3:GetObject" }],
    ["all but some objects", { Effect: "Deny", Resource: undefined, NotResource: "arn:aws:s3:::b/open/*" }],
    [
      "its condition keys",
      {
        Action: "s3:PutObject",
        Condition: { StringEquals: { "s3:X-Amz-Acl": "private" }, Bool: { "aws:SecureTransport": "true" } },
      },
    ],
    [
      "a key that every named action has",
      {
        Action: ["s3:ListBucket", "s3:ListBucketVersions"],
        Resource: "arn:aws:s3:::b",
        Condition: { StringLike: { "s3:prefix": "a/*" } },
      },
    ],
    [
      "a key that one of a pattern's actions has",
      { Effect: "Deny", Action: "s3:*", Condition: { StringNotEquals: { "s3:x-amz-acl": "private" } } },
    ],
    [
      "a key of every request",
      { Effect: "Deny", Action: "s3:*", Condition: { NumericLessThan: { "s3:TlsVersion": "1.2" } } },
    ],
    [
      "a key that an action beyond NotAction has",
      {
        Effect: "Deny",
        Action: undefined,
        NotAction: "s3:GetObject",
        Condition: { StringNotEquals: { "s3:x-amz-acl": "private" } },
      },
    ],
    ["a tag's key", { Condition: { StringEquals: { "s3:ExistingObjectTag/a": "b" } } }],
  ])("%s", async (_what, more) => expect(await check(more)).toBeUndefined());
});

describe("is refused", () => {
  test.each([
    ["another bucket", { Resource: "arn:aws:s3:::c/*" }, "invalid resource"],
    ["one more bucket", { Resource: ["arn:aws:s3:::b/*", "arn:aws:s3:::c/*"] }, "invalid resource"],
    ["a sibling", { Resource: "arn:aws:s3:::bb/*" }, "invalid resource"],
    ["all buckets", { Resource: "arn:aws:s3:::*" }, "invalid resource"],
    ["a bucket by variable", { Resource: "arn:aws:s3:::${aws:username}/*" }, "invalid resource"],
    ["another service", { Resource: "arn:aws:iam:::b" }, "invalid resource"],
    ["another service's action", { Action: ["s3:GetObject", "iam:*"] }, "invalid action"],
    ["no such action", { Action: "s3:Fetch*" }, "invalid action"],
    ["objects alone for the bucket's action", { Action: ["s3:GetObject", "s3:ListBucket"] }, "does not apply"],
    ["the bucket alone for objects' action", { Resource: "arn:aws:s3:::b" }, "does not apply"],
    [
      "a key of listings on reading",
      { Effect: "Deny", Condition: { StringNotLike: { "s3:prefix": "a/*" } } },
      "Conditions do not apply to combination of actions and resources in statement: requests for s3:GetObject never have s3:prefix",
    ],
    [
      "a key that one of two named actions has",
      {
        Action: ["s3:ListBucket", "s3:GetBucketLocation"],
        Resource: "arn:aws:s3:::b",
        Condition: { StringLike: { "s3:prefix": "a/*" } },
      },
      "requests for s3:GetBucketLocation never have s3:prefix",
    ],
    [
      "a key of writing beside reading",
      { Action: ["s3:GetObject", "s3:PutObject"], Condition: { StringEquals: { "s3:x-amz-acl": "private" } } },
      "requests for s3:GetObject never have s3:x-amz-acl",
    ],
    [
      "the tags of an object that is written",
      { Action: "s3:PutObject", Condition: { StringEquals: { "s3:ExistingObjectTag/a": "b" } } },
      "requests for s3:PutObject never have s3:ExistingObjectTag/a",
    ],
    [
      "every action, when none of those on the resource has the key",
      { Action: "s3:*", Condition: { StringLike: { "s3:prefix": "a/*" } } },
      "requests for s3:* never have s3:prefix",
    ],
    [
      "NotAction that leaves no action with the key",
      {
        Effect: "Deny",
        Action: undefined,
        NotAction: "s3:List*",
        Condition: { StringLike: { "s3:prefix": "a/*" } },
      },
      "requests for NotAction never have s3:prefix",
    ],
    ["no such key", { Condition: { StringEquals: { "s3:Prefix2": "x" } } }, "condition key"],
    ["another service's key", { Condition: { StringEquals: { "iam:PolicyARN": "x" } } }, "condition key"],
    ["a family without a tag", { Condition: { StringEquals: { "s3:ExistingObjectTag/": "x" } } }, "condition key"],
  ])("%s", async (_what, more, message) => expect(await check(more)).toContain(message));
});

// `validate-policy` is for the policies of every partition, so it does not refuse this one.
test("a policy for the same bucket of another partition is refused", async () => {
  const statement = { Effect: "Deny", Principal: "*", Action: "s3:GetObject", Resource: "arn:aws-cn:s3:::b/*" };
  const text = JSON.stringify({ Version: "2012-10-17", Statement: statement });
  const checked = await checkBucketPolicy(text, "b", async () => undefined);
  expect(isRefusal(checked) && checked.message).toContain("not in the partition aws");
});

test("a policy of many patterns takes a turn for every few of them", async () => {
  const patterns = Array.from({ length: 1000 }, (_, at) => `s3:Get*t${"*".repeat(at % 9)}`);
  const policy = (action: readonly string[]) => ({
    Version: "2012-10-17",
    Statement: {
      Effect: "Deny",
      Principal: "*",
      Action: action,
      Resource: "arn:aws:s3:::b/*",
      Condition: { StringEquals: { "s3:ExistingObjectTag/a": "b", "s3:authType": "c" } },
    },
  });
  const turnsOf = async (action: readonly string[]): Promise<number> => {
    let turns = 0;
    const turn = async () => void (turns += 1);
    expect(isRefusal(await checkBucketPolicy(JSON.stringify(policy(action)), "b", turn))).toBe(false);
    return turns;
  };
  // The patterns once, and once for each of the two keys.
  expect(await turnsOf(patterns)).toBe(3 * 250);
  expect(await turnsOf(patterns.slice(0, 1))).toBe(3);
});
