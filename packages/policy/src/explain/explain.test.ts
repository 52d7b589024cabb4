import { describe, expect, test } from "vitest";
import { compileNamed } from "../engine/compile-policy.ts";
import type { Layers, NamedProgram } from "../engine/program.ts";
import type { AccessRequest } from "../model/request.ts";
import { parsePolicy } from "../parse/parse.ts";
import type { PolicyKind } from "../model/policy.ts";
import { explanationLines } from "./explanation-lines.ts";
import { explanationData } from "./explanation-data.ts";
import { explain } from "./explain.ts";

const account = "123456789012";
const user = {
  kind: "user",
  accountId: account,
  arn: `arn:aws:iam::${account}:user/ann`,
  userId: "AIDA1",
  userName: "ann",
} as const;

function policy(name: string, statements: readonly object[], kind: PolicyKind = "identity"): NamedProgram {
  const { policy: read, diagnostics } = parsePolicy(
    JSON.stringify({ Version: "2012-10-17", Statement: statements }),
    kind,
  );
  if (read === undefined) throw new Error(JSON.stringify(diagnostics));
  return compileNamed({ name, policy: read });
}

function layers(parts: Partial<Layers>): Layers {
  return { guardrails: [], identity: [], boundary: "none", sessions: [], resource: "none", ...parts };
}

function get(resource: string, context: Readonly<Record<string, string>> = {}): AccessRequest {
  return {
    principal: user,
    action: "s3:GetObject",
    resource,
    resourceAccount: account,
    context: (key) => context[key.toLowerCase()],
  };
}

const object = "arn:aws:s3:::b/in/k";
const allow = (more: object) => ({ Effect: "Allow", Action: "s3:GetObject", Resource: "arn:aws:s3:::b/*", ...more });

test("a change is made in the policy it names, not in another one with the same text", () => {
  const other = policy("a", [allow({ Resource: "arn:aws:s3:::other/*" })]);
  const explained = explain(layers({ identity: [other], boundary: { ...other, name: "b" } }), get(object));
  const add = (layer: string, name: string) =>
    expect.objectContaining({ kind: "add-resource", layer, policy: name }) as unknown;
  expect(explained.changes).toEqual([]);
  expect(explained.pairs).toEqual([[add("identity", "a"), add("boundary", "b")]]);
});

describe("the tree", () => {
  test("every layer, policy and statement, with the first element that did not match and what decided", () => {
    const explained = explain(
      layers({
        identity: [policy("p", [allow({ Action: "s3:PutObject" }), allow({ Sid: "Read" })])],
        boundary: policy("limit", [allow({ Resource: "arn:aws:s3:::other/*" })], "boundary"),
        sessions: [
          [
            policy(
              "session",
              [allow({ Condition: { StringEquals: { "s3:ExistingObjectTag/team": "blue" } } })],
              "session",
            ),
          ],
        ],
      }),
      get(object),
    );
    expect(explained.decision).toMatchObject({ allowed: false, reason: "implicit-deny", layer: "boundary" });
    expect(explanationData(explained).layers).toEqual([
      {
        layer: "identity",
        decided: false,
        policies: [
          {
            name: "p",
            decided: false,
            statements: [
              { index: 0, effect: "Allow", applies: false, failedAt: "action", conditions: [], decided: false },
              { index: 1, sid: "Read", effect: "Allow", applies: true, conditions: [], decided: false },
            ],
          },
        ],
      },
      {
        layer: "boundary",
        decided: true,
        policies: [
          {
            name: "limit",
            decided: false,
            statements: [
              { index: 0, effect: "Allow", applies: false, failedAt: "resource", conditions: [], decided: false },
            ],
          },
        ],
      },
      {
        layer: "session",
        decided: false,
        policies: [
          {
            name: "session",
            decided: false,
            statements: [
              {
                index: 0,
                effect: "Allow",
                applies: false,
                failedAt: "condition",
                conditions: [
                  {
                    operator: "StringEquals",
                    key: "s3:ExistingObjectTag/team",
                    expected: ["blue"],
                    actual: undefined,
                    missing: [],
                    holds: false,
                    indeterminate: false,
                  },
                ],
                decided: false,
              },
            ],
          },
        ],
      },
    ]);
    // Two layers lack an Allow, so no single change helps, but two do.
    expect(explained.changes).toEqual([]);
    expect(explained.pairs).toEqual([
      [
        { kind: "add-resource", layer: "boundary", policy: "limit", statement: 0, resource: object },
        {
          kind: "set-key",
          layer: "session",
          policy: "session",
          statement: 0,
          key: "s3:ExistingObjectTag/team",
          value: "blue",
        },
      ],
    ]);
  });

  test("a policy that cannot be read is shown to deny", () => {
    const explained = explain(layers({ identity: [{ name: "p", program: "unreadable" }] }), get(object));
    expect(explained.decision).toMatchObject({ allowed: false, unreadable: "p" });
    expect(explanationLines(explained).join("\n")).toContain("  p\n    cannot be read, so it denies");
  });

  test("sessions of a stack are kept apart, also when their policies have the same name", () => {
    const stack = [
      [policy("session policy", [allow({})], "session")],
      [policy("session policy", [{ Effect: "Deny", Action: "*", Resource: "*" }], "session")],
    ];
    const explained = explain(layers({ identity: [policy("p", [allow({})])], sessions: stack }), get(object));
    expect(explained.levels.slice(1).map(({ policies }) => policies[0]?.statements)).toMatchObject([
      [{ index: 0, effect: "Allow", applies: true, decided: false }],
      [{ index: 0, effect: "Deny", applies: true, decided: true }],
    ]);
  });

  test("a condition shows the value it asks for, and what the request has", () => {
    const spaced = allow({ Condition: { StringEquals: { "aws:PrincipalTag/cost center": "a" } } });
    const lines = (key?: string) =>
      explanationLines(
        explain(layers({ identity: [policy("p", [spaced])] }), {
          ...get(object),
          context: (asked) => (asked === key ? "b" : undefined),
        }),
      );
    const line = '    1 Allow: does not apply: condition StringEquals aws:PrincipalTag/cost center "a"';
    expect(lines()).toContain(`${line} (not in the request)`);
    expect(lines("aws:PrincipalTag/cost center")).toContain(`${line} (the request has "b")`);
  });

  test("of a Deny, the conditions by which it applies", () => {
    const deny = {
      Sid: "TlsOnly",
      Effect: "Deny",
      Action: "*",
      Resource: "*",
      Condition: { Bool: { "aws:SecureTransport": "false" }, StringNotEquals: { "aws:PrincipalTag/team": "ops" } },
    };
    const request = get(object, { "aws:securetransport": "false" });
    const lines = explanationLines(explain(layers({ identity: [policy("p", [deny])] }), request));
    expect(lines.slice(3, 8)).toEqual([
      "Policies of the caller  <- decided",
      "  p",
      "    1 (TlsOnly) Deny: applies  <- decided",
      '      condition Bool aws:SecureTransport "false" (the request has "false")',
      '      condition StringNotEquals aws:PrincipalTag/team "ops" (not in the request)',
    ]);
  });

  test("as text", () => {
    const explained = explain(layers({ identity: [policy("p", [allow({ Sid: "Read" })])] }), get(object));
    expect(explanationLines(explained)).toEqual([
      "ALLOWED by policies of the caller",
      "",
      "Policies of the caller  <- decided",
      "  p",
      "    1 (Read) Allow: applies  <- decided",
    ]);
  });
});

describe("what single change would allow it", () => {
  const changes = (parts: Partial<Layers>, request = get(object)) => explain(layers(parts), request).changes;
  const at = { layer: "identity", policy: "p", statement: 0 };

  test.each([
    ["an action", [allow({ Action: "s3:PutObject" })], { kind: "add-action", action: "s3:GetObject", ...at }],
    [
      "an action no longer left out",
      [{ Effect: "Allow", NotAction: ["s3:GetObject", "iam:*"], Resource: "*" }],
      { kind: "add-action", action: "s3:GetObject", ...at },
    ],
    ["a resource", [allow({ Resource: "arn:aws:s3:::b/out/*" })], { kind: "add-resource", resource: object, ...at }],
    [
      "a key",
      [allow({ Condition: { StringEquals: { "s3:ExistingObjectTag/t": "x" } } })],
      { kind: "set-key", key: "s3:ExistingObjectTag/t", value: "x", ...at },
    ],
    [
      "a key with a wildcard",
      [allow({ Condition: { StringLike: { "aws:UserAgent": "curl/*" } } })],
      { kind: "set-key", key: "aws:UserAgent", value: "curl/", ...at },
    ],
    [
      "a boolean key",
      [allow({ Condition: { Bool: { "aws:SecureTransport": "true" } } })],
      { kind: "set-key", key: "aws:SecureTransport", value: "true", ...at },
    ],
  ])("%s", (_what, statements, change) => {
    expect(changes({ identity: [policy("p", statements)] })).toEqual([change]);
  });

  test("a tag is given to what has it, because no request brings it", () => {
    const statements = [allow({ Condition: { StringEquals: { "s3:ExistingObjectTag/t": "x" } } })];
    const explained = explain(layers({ identity: [policy("p", statements)] }), get(object));
    expect(explanationLines(explained).join("\n")).toContain(
      "give the object the tag t = x (s3:ExistingObjectTag/t), which statement 1 of p asks for",
    );
  });

  test("an explicit Deny goes, or its condition is not met", () => {
    const deny = {
      Effect: "Deny",
      Action: "*",
      Resource: "*",
      Condition: { Bool: { "aws:SecureTransport": "false" } },
    };
    expect(
      changes({ identity: [policy("p", [deny, allow({})])] }, get(object, { "aws:securetransport": "false" })),
    ).toEqual([
      { kind: "remove-statement", ...at },
      { kind: "set-key", key: "aws:SecureTransport", value: "true", ...at },
    ]);
  });

  test("without anything near, a statement of its own, in the layer that lacks it", () => {
    expect(changes({})).toEqual([
      { kind: "add-statement", layer: "identity", action: "s3:GetObject", resource: object },
    ]);
    const identity = [policy("p", [allow({})])];
    const boundary = policy(
      "limit",
      [{ Effect: "Allow", Action: "iam:*", Resource: "*", Condition: { Bool: { "aws:x": "true" } } }],
      "boundary",
    );
    expect(changes({ identity, boundary })).toEqual([
      { kind: "add-statement", layer: "boundary", action: "s3:GetObject", resource: object },
    ]);
  });

  test("what is about no resource needs a statement about `*`", () => {
    const request = { ...get("*"), action: "s3:ListAllMyBuckets" };
    expect(explain(layers({ identity: [policy("p", [allow({})])] }), request).changes).toEqual([
      { kind: "add-statement", layer: "identity", action: "s3:ListAllMyBuckets", resource: "*" },
    ]);
  });

  test("an address of the range is named, and no value where only presence is asked", () => {
    const office = allow({ Condition: { IpAddress: { "aws:SourceIp": "203.0.113.0/24" } } });
    const place = { layer: "identity", policy: "p", statement: 0 } as const;
    expect(explain(layers({ identity: [policy("p", [office])] }), get(object)).changes).toEqual([
      { kind: "set-key", ...place, key: "aws:SourceIp", value: "203.0.113.0" },
    ]);
    const noMfa = allow({ Effect: "Deny", Condition: { Null: { "aws:MultiFactorAuthAge": "true" } } });
    expect(explain(layers({ identity: [policy("p", [noMfa, allow({})])] }), get(object)).changes).toEqual([
      { kind: "remove-statement", ...place },
    ]);
  });

  test("a Deny and a missing Allow take two changes", () => {
    const deny = { Sid: "No", Effect: "Deny", Action: "s3:*", Resource: "*" };
    const { changes: single, pairs } = explain(layers({ identity: [policy("p", [deny])] }), get(object));
    expect(single).toEqual([]);
    expect(pairs).toEqual([
      [
        { kind: "remove-statement", ...at, sid: "No" },
        { kind: "add-statement", layer: "identity", action: "s3:GetObject", resource: object },
      ],
    ]);
    const lines = explanationLines(explain(layers({ identity: [policy("p", [deny])] }), get(object)));
    expect(lines.slice(-3)).toEqual([
      "No single change would allow it. These two together would:",
      "  - remove statement 1 (No) of p, which denies it",
      `    and in policies of the caller, add a statement that allows s3:GetObject on ${object}`,
    ]);
  });

  test("two Denies go together", () => {
    const denies = [allow({}), { Effect: "Deny", Action: "s3:*", Resource: "*" }];
    const { changes: single, pairs } = explain(
      layers({ identity: [policy("p", denies)], boundary: policy("limit", denies, "boundary") }),
      get(object),
    );
    expect(single).toEqual([]);
    expect(pairs).toEqual([
      [
        { kind: "remove-statement", ...at, statement: 1 },
        { kind: "remove-statement", layer: "boundary", policy: "limit", statement: 1 },
      ],
    ]);
  });

  test("nothing is said that three changes would be needed for", () => {
    const deny = [{ Effect: "Deny", Action: "s3:*", Resource: "*" }];
    const explained = explain(
      layers({ identity: [policy("p", deny)], boundary: policy("limit", deny, "boundary") }),
      get(object),
    );
    expect([explained.changes, explained.pairs]).toEqual([[], []]);
  });

  test("who calls is not a value to choose: the caller's ARN names somebody to act as, the rest is left", () => {
    const role = `arn:aws:iam::${account}:role/reader`;
    const asRole = allow({ Condition: { ArnEquals: { "aws:PrincipalArn": role } } });
    expect(changes({ identity: [policy("p", [asRole])] })).toEqual([{ kind: "act-as", arn: role, ...at }]);
    const tagged = allow({ Condition: { StringEquals: { "aws:PrincipalTag/team": "blue", "aws:userid": "AIDA2" } } });
    expect(changes({ identity: [policy("p", [tagged])] })).toEqual([
      { kind: "add-statement", layer: "identity", action: "s3:GetObject", resource: object },
    ]);
  });

  test("another account's bucket needs a grant in its policy, to the caller by name", () => {
    const request = { ...get(object), resourceAccount: "444455556666" };
    const identity = [policy("p", [allow({})])];
    expect(changes({ identity }, request)).toEqual([
      { kind: "add-statement", layer: "resource", action: "s3:GetObject", resource: object, principal: user.arn },
    ]);
  });
});

test("GetCallerIdentity needs no permission, even under a Deny", () => {
  const deny = { Effect: "Deny", Action: "*", Resource: "*" };
  const request = { ...get("*"), action: "sts:GetCallerIdentity" };
  const explained = explain(layers({ identity: [policy("p", [deny])] }), request);
  expect(explained.decision).toMatchObject({ allowed: true, layer: "none" });
  expect(explanationLines(explained)[0]).toBe("ALLOWED: this action needs no permission");
});
