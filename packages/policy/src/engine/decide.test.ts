import { describe, expect, test } from "vitest";
import type { DocumentLayers } from "../test/oracle/evaluate.ts";
import {
  ABROAD,
  GET,
  getObject,
  layersOf,
  noLayers,
  policyOf,
  principals,
  PUT,
  to,
  toAccount,
  toEveryone,
  toUser,
  type Written,
} from "../test/scenario.ts";
import { compileLayers, compilePolicy } from "./compile-policy.ts";
import { decide } from "./decide.ts";
import { compileResourcePattern, matchesResource } from "../match/resource.ts";
import { referenceMatch } from "../test/reference-match.ts";
import * as rulings from "./ruling.ts";
import { bothAnswers } from "../test/compare-evaluators.ts";
import { textPattern } from "../test/generators.ts";

const { user, root } = principals;

const allow = (action: string | readonly string[], resource: string | readonly string[]): Written => ({
  Effect: "Allow",
  Action: action,
  Resource: resource,
});

function identityOf(...documents: readonly (readonly Written[])[]): DocumentLayers {
  return {
    ...noLayers,
    identity: documents.map((statements, at) => ({ name: `document ${at}`, policy: policyOf(statements, "identity") })),
  };
}

/** `allow identity 1 3`: reason, layer, policy and statement; the two evaluators have to agree on it first. */
function rulingOn(layers: DocumentLayers, request = getObject(user)): string {
  const programs = compileLayers(layers);
  const { evaluated, decided } = bothAnswers(layers, programs, request);
  expect(decided).toEqual(evaluated);
  const ruling = decide(programs, request);
  const [reason, layer] = [rulings.reasonOf(ruling), rulings.layerOf(ruling)];
  return [reason, layer, rulings.policyIndexOf(ruling) ?? "-", rulings.statementIndexOf(ruling) ?? "-"].join(" ");
}

describe("the deciding statement is the document's first, however the index meets them", () => {
  const object = "arn:aws:s3:::b/k";
  test.each<readonly [string, readonly Written[], string]>([
    ["a wildcard action before a listed one", [allow("s3:Get*", "*"), allow("s3:GetObject", "*")], "0"],
    ["a listed action before a wildcard", [allow("s3:GetObject", "*"), allow("s3:Get*", "*")], "0"],
    [
      "a wildcard action before several listed",
      [allow("s3:Get*", "*"), allow("s3:GetObject", "*"), allow("s3:GetObject", "*")],
      "0",
    ],
    ["a longer literal before a shorter", [allow("s3:*", object), allow("s3:*", "arn:aws:s3:::b/*")], "0"],
    ["a shorter literal before a longer", [allow("s3:*", "arn:aws:s3:::*"), allow("s3:*", object)], "0"],
    ["everything last", [allow("s3:*", "arn:aws:s3:::c/*"), allow("s3:*", object), allow("s3:*", "*")], "1"],
    [
      "a shared pattern whose first statement fails",
      [
        { ...allow("s3:*", "arn:aws:s3:::b/*"), Condition: { StringEquals: { "aws:username": "nobody" } } },
        allow("s3:*", "*"),
        allow("s3:*", "arn:aws:s3:::b/*"),
      ],
      "1",
    ],
    ["a statement with several ways in", [PUT, allow("s3:*", ["*", object, "arn:aws:s3:::b/*"]), GET], "1"],
    ["an action listed twice", [PUT, allow(["s3:GetObject", "S3:getobject"], object), GET], "1"],
  ])("%s", (_name, statements, index) => {
    expect(rulingOn(identityOf(statements))).toBe(`allow identity 0 ${index}`);
    const denying = statements.map((one) => ({ ...one, Effect: "Deny" }));
    expect(rulingOn(identityOf(denying))).toBe(`explicit-deny identity 0 ${index}`);
  });

  test("of an action without a resource, in any case", () => {
    const list = identityOf([
      allow("s3:ListAllMyBuckets", "arn:aws:s3:::*"),
      allow("iam:ListUsers", "arn:aws:iam::*:*"),
    ]);
    const ask = (action: string): string => rulingOn(list, { ...getObject(user), action, resource: "*" });
    expect(ask("s3:ListAllMyBuckets")).toBe("allow identity 0 0");
    expect(ask("S3:listallmybuckets")).toBe("allow identity 0 0");
    expect(ask("iam:ListUsers")).toBe("implicit-deny identity - -");
  });

  test("of the first document that has one", () => {
    expect(rulingOn(identityOf([PUT], [PUT, GET], [GET]))).toBe("allow identity 1 1");
  });

  test("the strongest grant of a resource's policy, then the first", () => {
    const onResource = (...statements: readonly Written[]): string => rulingOn(layersOf({ resource: statements }));
    expect(onResource(toAccount, toEveryone, toUser, toUser)).toBe("allow resource 0 2");
    expect(onResource(toEveryone, to("*", allow("s3:*", "*")))).toBe("allow resource 0 0");
    expect(onResource(to("*", allow("s3:*", "*")), toEveryone)).toBe("allow resource 0 0");
    expect(onResource(toAccount)).toBe("implicit-deny identity - -");
  });
});

describe("policies are counted through the lists of a layer", () => {
  const DENY = { ...GET, Effect: "Deny" };
  const named = (statement: Written, at: number): DocumentLayers["identity"][number] => ({
    name: `policy ${at}`,
    policy: policyOf(statement, "session"),
  });
  test("sessions", () => {
    const sessions = [[named(GET, 0), named(PUT, 1)], [named(DENY, 2)]];
    expect(rulingOn({ ...layersOf({ identity: GET }), sessions })).toBe("explicit-deny session 2 0");
  });
  test("guardrails, with an unreadable one", () => {
    const guardrails = [[named(GET, 0)], [named(GET, 1), { name: "broken", policy: "unreadable" as const }]];
    expect(rulingOn({ ...layersOf({ identity: GET }), guardrails })).toBe("explicit-deny guardrail 2 -");
  });
  test("more of them than a small integer holds", () => {
    const many = Array.from({ length: 200 }, (_, at) => named(at === 170 ? GET : PUT, at));
    expect(rulingOn({ ...noLayers, identity: many })).toBe("allow identity 170 0");
  });
});

describe("a ruling", () => {
  test("gives back what was put in", () => {
    for (const policy of [0, 1, 63, 64, 5000, 2 ** 20]) {
      for (const statement of [0, 1, 255, rulings.MAX_STATEMENTS - 1]) {
        for (const [make, reason] of [
          [rulings.allow, "allow"],
          [rulings.explicitDeny, "explicit-deny"],
        ] as const) {
          const ruling = make(rulings.layerIndex.session, policy, statement);
          expect(Number.isSafeInteger(ruling)).toBe(true);
          expect(rulings.isAllowed(ruling)).toBe(reason === "allow");
          expect([rulings.reasonOf(ruling), rulings.layerOf(ruling)]).toEqual([reason, "session"]);
          expect([rulings.policyIndexOf(ruling), rulings.statementIndexOf(ruling)]).toEqual([policy, statement]);
        }
      }
    }
  });
  test("names no statement where none decided", () => {
    expect(rulingOn(noLayers, getObject(root))).toBe("allow root - -");
    expect(rulingOn(noLayers)).toBe("implicit-deny identity - -");
    expect(rulingOn(noLayers, getObject(root, ABROAD))).toBe("implicit-deny resource - -");
  });
});

describe("a program", () => {
  test("answers alike whatever and however much it was asked before", () => {
    const layers = identityOf([allow("s3:Get*", "*"), { Effect: "Deny", NotAction: "s3:*", Resource: "*" }]);
    const programs = compileLayers(layers);
    const long = `s3:Get${"x".repeat(500)}`;
    for (let at = 0; at < 2000; at += 1) {
      for (const action of [`s3:Get${at}`, `iam:${at}`, "S3:GETOBJECT", long]) {
        expect(bothAnswers(layers, programs, { ...getObject(user), action }).equal).toBe(true);
      }
    }
    const [one] = programs.identity;
    if (one === undefined || one.program === "unreadable") throw new Error("the program was lost");
    expect(one.program.blocks.size).toBeLessThanOrEqual(512);
    expect(one.program.blocks.has(long)).toBe(false);
  });

  test("holds literals nested as deep as a document is long", () => {
    const nested = Array.from({ length: 700 }, (_, at) => allow("s3:*", `arn:aws:s3:::${"a".repeat(at + 1)}*`));
    const layers = identityOf([...nested, allow("s3:*", "arn:aws:s3:::ab")]);
    const request = { ...getObject(user), resource: `arn:aws:s3:::${"a".repeat(800)}` };
    expect(rulingOn(layers, request)).toBe("allow identity 0 0");
    expect(rulingOn(layers, { ...request, resource: "arn:aws:s3:::b" })).toBe("implicit-deny identity - -");
  });

  test("of more statements than a ruling counts is refused", () => {
    const { statements, ...policy } = policyOf(GET, "identity");
    const [one] = statements;
    if (one === undefined) throw new Error("the parser lost the statement");
    const many = Array.from({ length: rulings.MAX_STATEMENTS + 1 }, () => one);
    expect(() => compilePolicy({ ...policy, statements: many })).toThrow(RangeError);
  });
});

describe("a resource pattern matches", () => {
  const head = "arn:aws:s3:::";
  test.each<readonly [string, string, boolean]>([
    [`${head}b/*`, `${head}b/`, true],
    [`${head}b/*`, `${head}b`, false],
    [`${head}b`, `${head}b/k`, false],
    ["arn:aws:s3:*", `${head}b`, false],
    ["arn:aws:s3:*:*:b", `${head}b`, true],
    ["arn:*:s3:::b", `${head}b`, true],
    // A `*` at the end of a segment may match beyond its colon; another `*` may not.
    ["arn:aws:s3:*:*:b/*", "arn:aws:s3::::b/", true],
    ["arn:aws:s3:::*:b", `${head}a:b`, true],
    ["arn:a*s:s3:::b", "arn:a:s:s3:::b", false],
    ["*", "anything", true],
    ["*:*", `${head}b`, false],
    [`${head}\${aws:username}`, `${head}ann`, true],
    [`${head}\${aws:username}*`, `${head}anna`, true],
    [`${head}\${none}*`, `${head}b`, false],
    [`${head}*\${none}`, `${head}b`, false],
    [`${head}b\${empty}`, `${head}b`, true],
    [`${head}b\${aws:username}`, `${head}b`, false],
    // A wildcard in a value, or written `${*}`, is a character.
    [`${head}\${star}`, `${head}b`, false],
    [`${head}\${*}`, `${head}*`, true],
    // `?` and `*` step over whole characters.
    [`${head}?`, `${head}\u{1f600}`, true],
    [`${head}??`, `${head}\u{1f600}`, false],
    [`${head}*\ude00`, `${head}\u{1f600}`, false],
    [`${head}\ud83d*`, `${head}\u{1f600}`, false],
    [`${head}\ud83d?`, `${head}\u{1f600}`, false],
  ])("%j and %j: %s", (text, asked, matched) => {
    const values = new Map([
      ["aws:username", "ann"],
      ["empty", ""],
      ["star", "*"],
    ]);
    const context = (key: string): string | undefined => values.get(key);
    const pattern = textPattern(text, { wildcards: true, variables: true });
    expect(matchesResource(compileResourcePattern(pattern), asked, context)).toBe(matched);
    expect(referenceMatch(pattern, asked, context)).toBe(matched);
  });
});
