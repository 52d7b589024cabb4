/**
 * DocumentLayers and requests for holding the two evaluators against each other. Documents are built, not parsed, so that they
 * also hold what the parser refuses; names come from small pools, so that requests meet the statements.
 */
import * as fc from "fast-check";
import { operators, type OperatorFamily, type OperatorName } from "../condition/operators.ts";
import type { NamedPolicy } from "../engine/program.ts";
import type { AccessRequest, ContextLookup, Principal } from "../model/request.ts";
import type { DocumentLayers } from "./oracle/evaluate.ts";
import { ABROAD, CANONICAL, contextOf, HOME, principals } from "./scenario.ts";
import { parseActionPattern } from "../match/action.ts";
import { parsePattern } from "../match/pattern.ts";
import type {
  ActionPattern,
  Condition,
  Policy,
  PolicyVersion,
  PrincipalElement,
  PrincipalEntry,
  Statement,
  TextPattern,
} from "../model/policy.ts";

const { user, federatedUser, roleSession, service } = principals;
const SPAN = { start: 0, end: 0 };

/** Text as the parser reads it; what is not a pattern is itself. */
export function textPattern(
  text: string,
  rules: { readonly wildcards: boolean; readonly variables: boolean },
): TextPattern {
  const parsed = parsePattern(text, rules);
  return "error" in parsed ? { text, parts: [{ kind: "literal", text }] } : parsed;
}

/** An empty list. */
const none = <T>(): fc.Arbitrary<T[]> => fc.constant<T[]>([]);

const often = <T>(common: fc.Arbitrary<T>, rare: fc.Arbitrary<T>, weight = 12): fc.Arbitrary<T> =>
  fc.oneof({ weight, arbitrary: common }, { weight: 1, arbitrary: rare });

// Actions

const asked = ["s3:GetObject", "s3:PutObject", "s3:PutBucketPolicy", "s3:ListAllMyBuckets", "iam:ListUsers"] as const;
const odd = [
  "S3:getobject",
  "S3:ListAllMyBuckets",
  "s3:",
  ":GetObject",
  "GetObject",
  "",
  "s3:a:GetObject",
  "s3:\u212a",
  "s:\u03a3",
  "s3:\ud83d\ude00",
];
const written = [
  "*",
  "s3:*",
  "s3:Get*",
  "s3:GetObject",
  "s3:GetObject",
  "s3:PutObject",
  "s3:*Policy",
  "s3:?etObject",
  "i*:*",
];

const actionPattern: fc.Arbitrary<ActionPattern> = often(
  fc.constantFrom(...written).map((text) => parseActionPattern(text) ?? { text, service: "", name: "" }),
  fc.constantFrom(
    { text: "S3:GetObject", service: "S3", name: "GetObject" },
    { text: "s3:a:getobject", service: "s3:a", name: "getobject" },
    { text: "", service: "", name: "" },
    { text: "s3:*", service: "s3", name: "" },
    { text: "s?:?", service: "s?", name: "?" },
  ),
);

// Resources

const heads = [
  "arn:aws:s3:::",
  "arn:aws:s3:::",
  "arn:aws:s3:::b/",
  "arn:aws:s3:::b/",
  "arn:aws:iam::1:",
  "arn:*:s3:::",
  "arn:aws:s3:",
  "arn:aws:${aws:username}:::",
  "",
];
const pieces = [
  "b",
  "b/",
  "/",
  "a",
  "aa",
  "an",
  "n",
  "*",
  "*",
  "?",
  ":",
  "${aws:username}",
  "${aws:none, 'a'}",
  "${aws:none}",
  "${aws:TagKeys}",
  "${*}",
  "\ud83d\ude00",
  "\ud83d",
  "\ude00",
];
const usual = [
  "*",
  "arn:aws:s3:::*",
  "arn:aws:s3:::b",
  "arn:aws:s3:::b/*",
  "arn:aws:s3:::b/a/*",
  "arn:aws:s3:::b/${aws:username}/*",
  "arn:aws:s3:*:*:b/*",
  "arn:aws:iam::*:*",
  "arn",
];
const plainPieces = ["b", "b/", "/", "a", "an", "n", "ann", "*", "?", ":", "\ud83d\ude00", "\ud83d", "\ude00"];

const joined = (head: readonly string[], tail: readonly string[], maxLength: number): fc.Arbitrary<string> =>
  fc
    .tuple(fc.constantFrom(...head), fc.array(fc.constantFrom(...tail), { maxLength }))
    .map(([first, rest]) => first + rest.join(""));

export const resourceText = fc.oneof(fc.constantFrom(...usual), joined(heads, pieces, 6));
export const resourceAsked = fc.oneof(
  fc.constantFrom(
    "*",
    "arn:aws:s3:::b",
    "arn:aws:s3:::b/a",
    "arn:aws:s3:::b/a/x",
    "arn:aws:s3:::b/ann/x",
    "arn:aws:s3:::*",
  ),
  joined(
    ["arn:aws:s3:::", "arn:aws:s3:::b/", "arn:aws:s3:::b/", "arn:aws:iam::1:", "arn:aws:ann:::", ""],
    plainPieces,
    6,
  ),
);

// Halves of a surrogate pair, wildcards and values beside one another: what `*` and `?` step over. A lone half is no
// character AWS knows, but both evaluators have to treat it alike.
const units = ["a", "\ud83d\ude00", "\ud83d", "\ude00"];
export const steppedText = joined(
  ["arn:aws:s3:::", "arn:aws:s3:::a", "arn:aws:s3:::\ud83d"],
  [...units, "*", "*", "?", "${v}", "${e}"],
  6,
);
export const steppedAsked = joined(["arn:aws:s3:::", "arn:aws:s3:::a", "arn:aws:s3:::\ud83d"], units, 6);
export const steppedContext = joined([""], units, 2).map((v) => contextOf({ v, e: "" }));

// Conditions

const constants = {
  string: ["a", "ann", "a*", "*", "?", "", "A", "${aws:username}", "${aws:none}", "${aws:none, 'a'}", "${aws:TagKeys}"],
  numeric: ["5", "5.0", "10", "-1", "5e1", "many"],
  date: ["2026-01-01T00:00:00Z", "2026", "0", "1767225600", "soon"],
  bool: ["true", "True", "false", "${aws:SecureTransport}", "${aws:none}", "maybe"],
  binary: ["QQ==", "YQ==", "Q"],
  "ip-address": ["203.0.113.0/24", "203.0.113.7", "::/0", "0.0.0.0/0", "house"],
  arn: [
    "*",
    "arn:aws:iam::*:user/*",
    user.arn,
    "arn:aws:*:::${aws:username}",
    "${aws:PrincipalArn}",
    "arn:aws",
    "${aws:none}",
  ],
  null: ["true", "false", "maybe"],
} as const satisfies Record<OperatorFamily, readonly string[]>;

const contextKeys = [
  "aws:username",
  "aws:TagKeys",
  "aws:SecureTransport",
  "s3:max-keys",
  "aws:SourceIp",
  "aws:CurrentTime",
  "aws:PrincipalArn",
  "s3:\u0130",
] as const;
const allNames = Object.keys(operators).filter((name): name is OperatorName => Object.hasOwn(operators, name));

export const condition = (version: PolicyVersion): fc.Arbitrary<Condition> =>
  fc.constantFrom(...allNames).chain((operator) => {
    const { family, wildcards, variables } = operators[operator];
    const rules = { wildcards, variables: variables && version === "2012-10-17" };
    const texts = often(fc.constantFrom<string>(...constants[family]), fc.constantFrom("a", "true", "*"));
    return fc
      .record({
        operator: often<string>(fc.constant(operator), fc.constantFrom("Maybe", "toString"), 30),
        set: fc.constantFrom(undefined, undefined, undefined, "ForAllValues" as const, "ForAnyValue" as const),
        ifExists: fc.constantFrom(false, false, true),
        key: fc.constantFrom(...contextKeys, "AWS:PRINCIPALARN", "S3:Max-Keys", "aws:none", "s3:\u0130"),
        values: often(fc.array(texts, { minLength: 1, maxLength: 3 }), none(), 30),
      })
      .map(({ set, values, ...rest }) => ({
        ...rest,
        ...(set === undefined ? {} : { set }),
        written: rest.operator,
        values: values.map((text) => textPattern(text, rules)),
        writtenValues: values,
      }));
  });

// Principals

const entry = fc.constantFrom<PrincipalEntry>(
  { kind: "everyone" },
  { kind: "everyone" },
  { kind: "account", accountId: HOME },
  { kind: "account", accountId: ABROAD },
  { kind: "canonical-user", id: CANONICAL },
  { kind: "user", arn: user.arn },
  { kind: "unique-id", id: user.userId },
  { kind: "role", arn: roleSession.roleArn },
  { kind: "unique-id", id: roleSession.roleId },
  { kind: "unique-id", id: `${roleSession.roleId}:${roleSession.sessionName}` },
  { kind: "role-session", arn: roleSession.arn },
  { kind: "federated-user", arn: federatedUser.arn },
  { kind: "unique-id", id: federatedUser.userId },
  { kind: "federated", provider: "accounts.google.com" },
  { kind: "service", service: service.service },
);

const principalElement: fc.Arbitrary<PrincipalElement> = fc.record({
  negated: fc.constantFrom(false, false, false, true),
  entries: often(fc.array(entry, { minLength: 1, maxLength: 4 }), none(), 30),
  written: fc.constant("*" as const),
});

const caller: fc.Arbitrary<Principal> = fc.constantFrom<Principal>(
  ...Object.values(principals),
  user,
  roleSession,
  { ...roleSession, provider: "accounts.google.com" },
  { ...user, arn: `${user.arn}2`, userId: "AIDABOBBOBBOBBOBBOBBO" },
  { kind: "federated-user", accountId: HOME, arn: federatedUser.arn, userId: federatedUser.userId },
);

// Statements and policies

interface Odds {
  /** How many statements have a principal: nearly all where one is needed, a few where none is allowed. */
  readonly principal: "mostly" | "seldom";
  /** How many have no resource. */
  readonly bare: "half" | "seldom";
  readonly maxStatements: number;
}

function statement(version: PolicyVersion, { principal, bare }: Odds): fc.Arbitrary<Statement> {
  const variables = version === "2012-10-17";
  const patterns = often(fc.array(resourceText, { minLength: 1, maxLength: 4 }), none(), 30);
  const element = fc.record({
    negated: fc.constantFrom(false, false, false, true),
    single: fc.constant(false),
    patterns: patterns.map((texts) => texts.map((text) => textPattern(text, { wildcards: true, variables }))),
  });
  return fc
    .record({
      sid: fc.constantFrom(undefined, "One", ""),
      effect: fc.constantFrom("Allow" as const, "Allow" as const, "Allow" as const, "Deny" as const),
      action: fc.record({
        negated: fc.constantFrom(false, false, false, false, true),
        single: fc.constant(false),
        patterns: often(fc.array(actionPattern, { minLength: 1, maxLength: 3 }), none(), 30),
      }),
      resource: often(element, fc.constant(undefined), bare === "half" ? 1 : 30),
      principal:
        principal === "mostly"
          ? often(principalElement, fc.constant(undefined), 30)
          : often(fc.constant(undefined), principalElement, 60),
      conditions: fc.oneof(
        { weight: 3, arbitrary: fc.constant([]) },
        { weight: 1, arbitrary: fc.array(condition(version), { minLength: 1, maxLength: 2 }) },
      ),
    })
    .map(({ sid, effect, action, resource, principal: who, conditions }) => ({
      effect,
      action,
      conditions,
      span: SPAN,
      ...(sid === undefined ? {} : { sid }),
      ...(resource === undefined ? {} : { resource }),
      ...(who === undefined ? {} : { principal: who }),
    }));
}

function policy(odds: Odds): fc.Arbitrary<Policy> {
  return fc
    .constantFrom<PolicyVersion>("2012-10-17", "2012-10-17", "2012-10-17", "2008-10-17")
    .chain((version) =>
      fc
        .array(statement(version, odds), { maxLength: odds.maxStatements })
        .map((statements) => ({ version, explicitVersion: true, statementList: true, statements })),
    );
}

function namedPolicy(odds: Odds): fc.Arbitrary<NamedPolicy> {
  return fc.record({
    name: fc.constantFrom("one", "two", "three"),
    policy: often<Policy | "unreadable">(policy(odds), fc.constant("unreadable"), 20),
  });
}

const attached: Odds = { principal: "seldom", bare: "seldom", maxStatements: 4 };
const list = (maxLength: number): fc.Arbitrary<NamedPolicy[]> => fc.array(namedPolicy(attached), { maxLength });
const maybe = <T>(value: fc.Arbitrary<T>): fc.Arbitrary<T | "none"> => fc.oneof(fc.constant("none" as const), value);

export const layers: fc.Arbitrary<DocumentLayers> = fc.record({
  guardrails: fc.oneof({ weight: 3, arbitrary: fc.constant([]) }, fc.array(list(2), { maxLength: 2 })),
  identity: list(3),
  boundary: fc.oneof(fc.constant("none" as const), fc.constant("none" as const), namedPolicy(attached)),
  sessions: fc.oneof(fc.constant([]), fc.constant([]), fc.array(list(2), { maxLength: 2 })),
  resource: maybe(
    fc.oneof(
      fc.record({
        kind: fc.constantFrom("resource" as const, "resource" as const, "trust" as const),
        policy: namedPolicy({ principal: "mostly", bare: "seldom", maxStatements: 8 }),
      }),
      fc.record({
        kind: fc.constant("trust" as const),
        policy: namedPolicy({ principal: "mostly", bare: "half", maxStatements: 4 }),
      }),
    ),
  ),
});

// Requests

const word = fc.constantFrom("a", "ann", "A", "an", "", "*", "5", "5.00", "50", "many", "true", "FALSE", "QQ==");
const fact = fc.oneof(
  word,
  fc.constantFrom(
    "203.0.113.7",
    "::ffff:203.0.113.7",
    "2001:db8::1",
    "2026-01-01T00:00:00Z",
    "2027",
    user.arn,
    "arn:aws:s3:::ann",
  ),
);
const facts = fc.oneof({ weight: 4, arbitrary: fact }, { weight: 1, arbitrary: fc.array(fact, { maxLength: 3 }) });

export const context: fc.Arbitrary<ContextLookup> = fc
  .array(fc.tuple(fc.constantFrom(...contextKeys), facts), { maxLength: 8 })
  .map((entries) =>
    contextOf({ "aws:username": "ann", "aws:SecureTransport": "true", ...Object.fromEntries(entries) }),
  );

const emptyContext = fc.constant<ContextLookup>(() => undefined);

export const request: fc.Arbitrary<AccessRequest> = fc.record({
  principal: caller,
  action: often<string>(fc.constantFrom(...asked), fc.constantFrom(...odd), 8),
  resource: resourceAsked,
  resourceAccount: fc.constantFrom(HOME, HOME, HOME, undefined, ABROAD),
  context: often(context, emptyContext),
});

/** One long document, attached to the caller or on the resource: what indexes and the order of statements have to survive. */
export const longLayers: fc.Arbitrary<DocumentLayers> = fc
  .oneof(
    policy({ principal: "seldom", bare: "seldom", maxStatements: 40 }).map((long) => ({ identity: long })),
    policy({ principal: "mostly", bare: "seldom", maxStatements: 40 }).map((long) => ({ resource: long })),
  )
  .map((given) => ({
    guardrails: [],
    identity: "identity" in given ? [{ name: "long", policy: withoutDenies(given.identity) }] : [],
    boundary: "none",
    sessions: [],
    resource:
      "resource" in given
        ? { kind: "resource", policy: { name: "long", policy: withoutDenies(given.resource) } }
        : "none",
  }));

/** Among forty statements a Deny would nearly always decide; one in ten documents keeps its own. */
function withoutDenies(long: Policy): Policy {
  if (long.statements.length % 10 === 0) return long;
  return { ...long, statements: long.statements.map((one) => ({ ...one, effect: "Allow" })) };
}
