/** Documents over a small alphabet, and all requests over it: what comparisons are held against. */
import * as fc from "fast-check";
import type { AccessRequest, Principal } from "../model/request.ts";
import type { Policy, PolicyKind } from "../model/policy.ts";
import { parsePolicy } from "../parse/parse.ts";
import { ABROAD, contextOf, HOME, policyOf, principals, type Written } from "./scenario.ts";

const actions = ["s3:GetObject", "s3:Get*", "s3:*", "*", "s3:PutObject", "s3:?etObject", "s3:GetObject*"];
const resources = ["*", "b/*", "b/a*", "b/a", "b/ab", "b/?", "b/*a", "b/*a*", "*/a", "?/*", "b", "b*", "c/*"];
const variableResources = [
  "b/${aws:username}/*",
  "b/${aws:username}",
  "b/${aws:username, 'a'}*",
  "b/a/${aws:username}",
];

const conditions: readonly (readonly [operators: readonly string[], key: string, values: readonly string[]])[] = [
  [
    ["StringEquals", "StringNotEquals", "StringLike", "StringNotLike", "StringEqualsIfExists", "StringNotLikeIfExists"],
    "s3:prefix",
    ["a", "a*", "*", "?", "ab", "", "*a*", "b"],
  ],
  [["StringEqualsIgnoreCase", "StringNotEqualsIgnoreCase"], "s3:prefix", ["a", "A", "ab"]],
  [["Null"], "s3:prefix", ["true", "false"]],
  [
    ["NumericLessThan", "NumericLessThanEquals", "NumericEquals", "NumericNotEquals", "NumericGreaterThanIfExists"],
    "s3:max-keys",
    ["1", "2", "1.5", "10"],
  ],
  [
    ["IpAddress", "NotIpAddress", "IpAddressIfExists"],
    "aws:SourceIp",
    ["0.0.0.0/0", "10.0.0.0/8", "10.1.0.0/16", "::/0"],
  ],
  [["Bool", "BoolIfExists", "Null"], "aws:SecureTransport", ["true", "false"]],
  [["DateLessThan", "DateGreaterThanEquals"], "aws:CurrentTime", ["2026-01-01T00:00:00Z", "2027-01-01T00:00:00Z"]],
  [
    [
      "ForAllValues:StringEquals",
      "ForAnyValue:StringEquals",
      "ForAllValues:StringNotLike",
      "ForAnyValue:StringNotLike",
      "StringLike",
      "ForAllValues:StringLikeIfExists",
    ],
    "aws:TagKeys",
    ["a", "b", "a*", "*"],
  ],
  [
    ["ArnLike", "ArnNotEquals", "StringLike"],
    "aws:SourceArn",
    ["arn:aws:s3:::a", "arn:aws:s3:::*", "arn:*:s3:::a*", "*"],
  ],
];
/** What is rarer: keys that every request has, the same moment as a number, tags, sets of one value, other spellings of a key. */
const rarerConditions: typeof conditions = [
  [["Null"], "aws:SecureTransport", ["true", "false"]],
  [["Null"], "aws:CurrentTime", ["true", "false"]],
  [["Null"], "aws:TagKeys", ["true", "false"]],
  [["BoolIfExists"], "aws:ViaAWSService", ["true", "false"]],
  [
    ["NumericGreaterThanEquals", "DateLessThanIfExists", "DateNotEquals"],
    "aws:EpochTime",
    ["1767225600", "1780272000.5", "999999999999"],
  ],
  [["StringEquals", "StringNotEqualsIfExists", "ForAnyValue:StringLike"], "aws:RequestTag/team", ["a", "a*"]],
  [["StringEquals", "StringNotLike"], "s3:ExistingObjectTag/team", ["a", "*"]],
  [["ForAllValues:StringEquals", "ForAnyValue:StringNotEquals"], "S3:Prefix", ["a", "b", ""]],
  [["ForAllValues:NumericLessThan", "NumericNotEqualsIfExists"], "S3:MAX-KEYS", ["2", "10"]],
  [["NotIpAddressIfExists", "IpAddress"], "aws:sourceip", ["2001:db8::/32", "::ffff:10.0.0.0/104"]],
  [["ArnLike", "ArnNotLikeIfExists"], "aws:SourceArn", ["arn:aws:s3:::?", "arn:aws:s3:::a"]],
  [["StringEquals", "StringLike"], "s3:prefix", ["${aws:RequestTag/team, 'a'}", "${*}", "a${?}"]],
];
const principalConditions: typeof conditions = [
  [
    ["ArnLike", "StringEquals", "ArnNotLike"],
    "aws:PrincipalArn",
    [principals.user.arn, `arn:aws:iam::${HOME}:user/*`, "*"],
  ],
  [["StringEquals", "StringNotEquals"], "aws:PrincipalAccount", [HOME, ABROAD]],
  [["StringEquals", "StringLike"], "aws:username", ["ann", "a*"]],
  [["StringEquals", "StringNotEquals"], "aws:PrincipalTag/team", ["a", "b"]],
  [["BoolIfExists", "Bool", "Null"], "aws:MultiFactorAuthPresent", ["true", "false"]],
  [["Bool", "Null"], "aws:PrincipalIsAWSService", ["true", "false"]],
  [["StringEquals", "StringNotEquals"], "aws:PrincipalType", ["User", "AssumedRole", "FederatedUser"]],
  [["StringEquals", "StringNotLike"], "aws:userid", [principals.user.userId, `${principals.roleSession.roleId}:*`]],
];

const some = (values: readonly string[], maxLength = 3): fc.Arbitrary<readonly string[]> =>
  fc.uniqueArray(fc.constantFrom(...values), { minLength: 1, maxLength });

function conditionBlock(rows: typeof conditions): fc.Arbitrary<Written> {
  return fc
    .array(
      fc
        .constantFrom(...rows)
        .chain(([operators, key, values]) =>
          fc.record({ operator: fc.constantFrom(...operators), key: fc.constant(key), values: some(values, 2) }),
        ),
      { maxLength: 2 },
    )
    .map((list) => {
      const block: Record<string, Record<string, readonly string[]>> = {};
      for (const { operator, key, values } of list) block[operator] = { ...block[operator], [key]: values };
      return block;
    });
}

export interface SmallOptions {
  readonly kind: PolicyKind;
  readonly variables: boolean;
  readonly askWho: boolean;
  /** Only conditions that `smt.ts` can write. */
  readonly plain?: boolean;
}

export const providerOfSessions = `arn:aws:iam::${HOME}:oidc-provider/issuer.example`;

const whom: readonly unknown[] = [
  "*",
  { AWS: HOME },
  { AWS: ABROAD },
  { AWS: principals.user.arn },
  { AWS: principals.roleSession.arn },
  { AWS: [principals.user.arn, HOME] },
  { AWS: `arn:aws:iam::${HOME}:role/reader` },
  { AWS: principals.roleSession.roleArn },
  { AWS: [principals.roleSession.roleId, principals.user.userId] },
  { AWS: principals.federatedUser.arn },
  { CanonicalUser: principals.user.canonicalId },
  { Federated: providerOfSessions },
  { Service: "logging.s3.amazonaws.com" },
  { AWS: [HOME, principals.roleSession.roleArn, principals.roleSession.arn] },
];

function statement({ kind, variables, askWho, plain = false }: SmallOptions): fc.Arbitrary<Written> {
  const simple = conditions.filter(
    ([operators, key]) => key.startsWith("s3:") && !operators[0]?.includes("IgnoreCase"),
  );
  const usual = [...conditions, ...rarerConditions];
  const rows = plain ? simple : askWho ? [...usual, ...principalConditions] : usual;
  const names = variables ? [...resources, ...variableResources] : resources;
  return fc
    .record({
      effect: fc.constantFrom("Allow", "Allow", "Allow", "Deny"),
      action: fc.tuple(fc.constantFrom("Action", "Action", "Action", "NotAction"), some(actions)),
      resource: fc.tuple(fc.constantFrom("Resource", "Resource", "Resource", "NotResource"), some(names)),
      principal: fc.tuple(fc.constantFrom("Principal", "Principal", "NotPrincipal"), fc.constantFrom(...whom)),
      condition: fc.oneof(
        { weight: 2, arbitrary: fc.constant<Written>({}) },
        { weight: 3, arbitrary: conditionBlock(rows) },
      ),
    })
    .map(({ effect, action, resource, principal, condition }) => ({
      Effect: effect,
      [action[0]]: action[1],
      [resource[0]]: resource[1].map((one) => (one === "*" ? one : `arn:aws:s3:::${one}`)),
      ...(kind === "resource" ? { [effect === "Deny" ? principal[0] : "Principal"]: principal[1] } : {}),
      Condition: condition,
    }));
}

export function smallPolicy(options: SmallOptions, maxLength = 3): fc.Arbitrary<Policy> {
  return fc.array(statement(options), { minLength: 1, maxLength }).map((statements) => {
    const { policy, diagnostics } = parsePolicy(
      JSON.stringify({ Version: "2012-10-17", Statement: statements }),
      options.kind,
    );
    if (policy === undefined) throw new Error(JSON.stringify(diagnostics));
    return policy;
  });
}

/** Of a bucket: who may do one thing, and who may not, by all kinds of names. */
export const namingPolicy: fc.Arbitrary<Policy> = fc
  .array(
    fc.record({
      Effect: fc.constantFrom("Allow", "Deny"),
      Principal: fc.constantFrom(...whom),
      Action: fc.constant("s3:GetObject"),
      Resource: fc.constant("*"),
    }),
    { minLength: 1, maxLength: 4 },
  )
  .map((statements) => policyOf(statements, "resource"));

const askedActions = ["s3:GetObject", "s3:GetObjectAcl", "s3:PutObject", "s3:ListBucket", "iam:ListUsers"];
const askedResources = [
  "arn:aws:s3:::b",
  "arn:aws:s3:::b/",
  "arn:aws:s3:::b/a",
  "arn:aws:s3:::b/b",
  "arn:aws:s3:::b/ab",
  "arn:aws:s3:::b/ba",
  "arn:aws:s3:::b/bab",
  "arn:aws:s3:::b/ann",
  "arn:aws:s3:::b/ann/x",
  "arn:aws:s3:::b/a/ann",
  "arn:aws:s3:::bb/a",
  "arn:aws:s3:::c/a",
  "arn:aws:iam::1:x/a",
  "*",
];

const absent = fc.constant<string | readonly string[] | undefined>(undefined);
const values = (...list: string[]): fc.Arbitrary<string | undefined> => fc.constantFrom(undefined, ...list);

const contexts = fc.record({
  "s3:prefix": values("", "a", "A", "b", "ab", "ba", "x", "aB"),
  "s3:max-keys": values("0", "1", "1.2", "1.5", "1.7", "2", "5", "10", "11"),
  "aws:SourceIp": values("10.0.0.1", "10.1.2.3", "192.0.2.1", "2001:db8::1", "::ffff:10.1.2.3"),
  "aws:SecureTransport": fc.constantFrom("true", "false"),
  "aws:ViaAWSService": values("true", "false"),
  "aws:RequestTag/team": values("", "a", "ab", "b"),
  "s3:ExistingObjectTag/team": values("a", "b"),
  "aws:CurrentTime": fc.constantFrom(
    "2025-06-01T00:00:00Z",
    "2026-01-01T00:00:00Z",
    "2026-06-01T00:00:00Z",
    "2028-01-01T00:00:00Z",
  ),
  "aws:TagKeys": fc.oneof(
    absent,
    fc.constantFrom<readonly string[]>(["a"], ["b"], ["ab"], ["x"], ["a", "b"], ["a", "x"], ["ab", "b"], ["x", "y"]),
  ),
  "aws:SourceArn": values("arn:aws:s3:::a", "arn:aws:s3:::ab", "arn:aws:s3:::b", "arn:aws-cn:s3:::a"),
});

/** Requests over the alphabet; the caller's own keys are in `own`. */
export function someRequests(
  principal: Principal,
  resourceAccount: string | undefined,
  own: Readonly<Record<string, string>>,
): fc.Arbitrary<readonly AccessRequest[]> {
  return fc.array(contexts, { minLength: 10, maxLength: 10 }).map((list) =>
    list.flatMap((context) =>
      askedActions.flatMap((action) =>
        askedResources.map((resource) => ({
          principal,
          action,
          resource,
          resourceAccount,
          context: contextOf(withoutAbsent({ ...context, "aws:EpochTime": secondsOf(context), ...own })),
        })),
      ),
    ),
  );
}

/** The same moment as a number. */
function secondsOf(context: { readonly "aws:CurrentTime": string }): string {
  return String(Date.parse(context["aws:CurrentTime"]) / 1000);
}

function withoutAbsent(
  record: Readonly<Record<string, string | readonly string[] | undefined>>,
): Readonly<Record<string, string | readonly string[]>> {
  return Object.fromEntries(
    Object.entries(record).flatMap(([key, value]) => (value === undefined ? [] : [[key, value]])),
  );
}
