/** Generated policy documents that are valid for their kind: every element, in every form the grammar has. */
import * as fc from "fast-check";
import { type OperatorFamily, type OperatorName, operators } from "../condition/operators.ts";
import type { PolicyKind } from "../model/policy.ts";

export type Written = Readonly<Record<string, unknown>>;

export const kinds = ["identity", "resource", "trust", "boundary", "session", "guardrail"] as const;
export const anyKind: fc.Arbitrary<PolicyKind> = fc.constantFrom(...kinds);

const anyText = fc.string({ unit: "binary", maxLength: 8 });
/** Text that does not begin a variable, also not together with the text after it. */
const freeText = anyText.map((text) => text.replaceAll("$", "$ "));

/** A string, or a list of at least one. */
function oneOrMore<T>(item: fc.Arbitrary<T>): fc.Arbitrary<T | T[]> {
  return fc.oneof(item, fc.array(item, { minLength: 1, maxLength: 3 }));
}

const joined = (all: readonly string[]): string => all.join("");

const variable = fc.constantFrom(
  "${aws:username}",
  "${aws:PrincipalTag/cost center, 'none at all'}",
  "${saml:sub,''}",
  "${*}",
  "${?}",
  "${$}",
);

const actionName = fc.array(fc.constantFrom("Get", "Object", "*", "?", "_", "x"), { minLength: 1, maxLength: 3 });
const action = fc.oneof(
  fc.constant("*"),
  fc
    .tuple(fc.constantFrom("s3", "S3", "s*", "*", "iam", "api-gateway"), actionName.map(joined))
    .map((all) => all.join(":")),
);
const trustAction = fc.constantFrom(
  "sts:AssumeRole",
  "sts:*",
  "STS:assumerole",
  "sts:TagSession",
  "sts:AssumeRoleWith*",
);

const segment = fc.constantFrom("", "*", "aws", "s?", "111122223333");
/** "You can't use a wildcard in the service segment." */
const service = fc.constantFrom("", "s3", "aws");
const resourceEnd = fc.array(fc.oneof(fc.constantFrom("b", "/", "*", "?", ":"), variable, freeText), {
  minLength: 1,
  maxLength: 4,
});
const resource = fc.oneof(
  fc.constant("*"),
  fc
    .tuple(
      segment,
      service,
      segment,
      segment,
      resourceEnd.map(joined).filter((text) => text !== ""),
    )
    .map((segments) => ["arn", ...segments].join(":")),
);

const ACCOUNT = "111122223333";
const aws = fc.constantFrom(
  "*",
  ACCOUNT,
  `arn:aws:iam::${ACCOUNT}:root`,
  `arn:aws:iam::${ACCOUNT}:user/team/ann`,
  `arn:aws:iam::${ACCOUNT}:role/reader`,
  `arn:aws:sts::${ACCOUNT}:assumed-role/reader/session-1`,
  `arn:aws:sts::${ACCOUNT}:federated-user/bob`,
  "AIDACKCEVSQ6C2EXAMPLE",
  "AROADBQP57FF2AEXAMPLE:session-1",
);
const principal = fc.oneof(
  fc.constant("*"),
  fc
    .record(
      {
        AWS: oneOrMore(aws),
        CanonicalUser: oneOrMore(fc.constantFrom("0".repeat(64), "af".repeat(32))),
        Federated: oneOrMore(fc.constantFrom("accounts.google.com", `arn:aws:iam::${ACCOUNT}:saml-provider/p`)),
        Service: oneOrMore(fc.constantFrom("s3.amazonaws.com", "logs.eu-west-1.amazonaws.com")),
      },
      { requiredKeys: [] },
    )
    .filter((map) => Object.keys(map).length > 0),
);

const constants: Readonly<Record<OperatorFamily, fc.Arbitrary<string | number | boolean>>> = {
  string: fc.oneof(freeText, variable, fc.tuple(freeText, variable).map(joined), fc.boolean(), fc.integer()),
  numeric: fc.oneof(
    fc.integer(),
    fc.constantFrom("10", "-1.5", "0.25"),
    fc.double({ min: -1e6, max: 1e6, noNaN: true }).map(plain),
  ),
  date: fc.constantFrom("2026-01-31T12:00:00Z", "2026-01-31", 1_700_000_000, "1700000000"),
  bool: fc.constantFrom<string | boolean>(true, false, "true", "FALSE"),
  binary: fc.constantFrom("QmluYXJ5", "", "AAE="),
  "ip-address": fc.constantFrom("203.0.113.0/24", "10.0.0.1", "2001:db8::/32", "::1"),
  arn: fc.oneof(resource, fc.constantFrom("arn:aws:s3:::b", "arn:aws:sns:*:*:topic-*")),
  null: fc.constantFrom<string | boolean>(true, false, "true", "false"),
};

/** A double without an exponent in its text. */
function plain(value: number): number {
  return Number(value.toFixed(4));
}

const names = Object.keys(operators).filter((name): name is OperatorName => Object.hasOwn(operators, name));
const conditionKey = fc.oneof(
  fc.constantFrom("aws:SourceIp", "AWS:username", "s3:x-amz-acl", "aws:RequestTag/cost center", "__proto__:x", "a:1"),
  freeText.map((text) => `aws:PrincipalTag/${text}`),
);
const operatorEntry = fc
  .tuple(
    fc.constantFrom(...names),
    fc.constantFrom("", "ForAllValues:", "ForAnyValue:"),
    fc.constantFrom("", "IfExists"),
  )
  .chain(([name, set, suffix]) => {
    const written = name === "Null" ? name : `${set}${name}${suffix}`;
    const values = oneOrMore(constants[operators[name].family]);
    return fc.tuple(fc.constant(written), fc.dictionary(conditionKey, values, { minKeys: 1, maxKeys: 3 }));
  });
const condition = fc.array(operatorEntry, { maxLength: 4 }).map((entries): Written => Object.fromEntries(entries));

/** One of two names for the same place. */
function either<T>(plainName: string, negated: string, value: fc.Arbitrary<T>): fc.Arbitrary<Written> {
  return fc.tuple(fc.constantFrom(plainName, plainName, negated), value).map(([name, one]) => ({ [name]: one }));
}

const optional = (piece: fc.Arbitrary<Written>): fc.Arbitrary<Written> => fc.oneof(piece, fc.constant<Written>({}));

function statement(kind: PolicyKind, index: number): fc.Arbitrary<Written> {
  const anySid = fc.string({ unit: "binary", maxLength: 6 }).map((text) => `${index}${text}`);
  const plainSid = fc.constantFrom("", "a", "Z9").map((text) => `Sid${index}${text}`);
  const named = kind === "resource" || kind === "trust";
  const none = fc.constant<Written>({});
  const who =
    kind === "trust"
      ? principal.map((value) => ({ Principal: value }))
      : either("Principal", "NotPrincipal", principal);
  const does =
    kind === "trust"
      ? oneOrMore(trustAction).map((value) => ({ Action: value }))
      : either("Action", "NotAction", oneOrMore(action));
  return fc
    .tuple(
      optional((kind === "resource" ? anySid : plainSid).map((Sid) => ({ Sid }))),
      fc.constantFrom<Written>({ Effect: "Allow" }, { Effect: "Deny" }),
      named ? who : none,
      does,
      kind === "trust" ? none : either("Resource", "NotResource", oneOrMore(resource)),
      optional(condition.map((Condition) => ({ Condition }))),
    )
    .map(merged);
}

function merged(pieces: readonly Written[]): Written {
  return Object.fromEntries(pieces.flatMap((piece) => Object.entries(piece)));
}

/** A valid document of this kind, its elements in any order. */
export function validDocument(kind: PolicyKind): fc.Arbitrary<Written> {
  const list = fc
    .nat({ max: 2 })
    .chain((last) => fc.tuple(...Array.from({ length: last + 1 }, (_, index) => shuffled(statement(kind, index)))));
  const Statement = fc.oneof<fc.Arbitrary<unknown>[]>(shuffled(statement(kind, 0)), list);
  const Version = fc.constantFrom("2012-10-17", "2012-10-17", "2008-10-17");
  const hasId = kind === "resource" || kind === "trust";
  return shuffled(
    fc
      .tuple(
        optional(Version.map((value) => ({ Version: value }))),
        hasId ? optional(anyText.map((Id) => ({ Id }))) : fc.constant<Written>({}),
        Statement.map((value) => ({ Statement: value })),
      )
      .map(merged),
  );
}

function shuffled(document: fc.Arbitrary<Written>): fc.Arbitrary<Written> {
  return fc.tuple(document, fc.infiniteStream(fc.nat())).map(([written, order]) => {
    const keyed = Object.entries(written).map((entry) => ({ entry, rank: order.next().value }));
    return Object.fromEntries(keyed.toSorted((left, right) => left.rank - right.rank).map(({ entry }) => entry));
  });
}
