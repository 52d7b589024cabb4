import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { contextOf, HOME, named, noLayers, principals, type Written } from "../test/scenario.ts";
import { evaluate } from "../test/oracle/evaluate.ts";
import { readJson, type JsonNode } from "../parse/json.ts";
import { validDocument } from "../test/documents.ts";
import { describeRule } from "./rules.ts";
import type { Finding } from "./finding.ts";
import { type PolicyUse, policyUses } from "./policy-uses.ts";
import { renderFindingsJson } from "./render-json.ts";
import { renderFindingsSarif } from "./render-sarif.ts";
import { renderFindingsText } from "./render-text.ts";
import { validatePolicy } from "./validate-policy.ts";

const numRuns = Number(process.env["TEST_RUNS"] ?? 100);

const uses = Object.keys(policyUses) as PolicyUse[];

/** The spans of the value a pointer names: its own, and that of its name. */
function spansAt(root: JsonNode, pointer: string): readonly (readonly [number, number])[] {
  let node: JsonNode | undefined = root;
  let name: readonly [number, number] | undefined;
  for (const token of pointer.split("/").slice(1)) {
    const key = token.replaceAll("~1", "/").replaceAll("~0", "~");
    if (node?.kind === "array") node = node.items[Number(key)];
    else if (node?.kind === "object") {
      const member = node.members.find((one) => one.key === key);
      name = member && [member.keySpan.start, member.keySpan.end];
      node = member?.value;
    }
  }
  return [
    ...(node === undefined ? [] : [[node.span.start, node.span.end] as const]),
    ...(name === undefined ? [] : [name]),
  ];
}

function expectPlaced(findings: readonly Finding[], text: string): void {
  const read = readJson(text);
  for (const { code, pointer, span } of findings) {
    expect(describeRule(code), code).toBeDefined();
    if (pointer === "" || "fault" in read) expect(span.end).toBeLessThanOrEqual(text.length);
    else expect(spansAt(read.node, pointer), `${code} ${pointer}`).toContainEqual([span.start, span.end]);
  }
}

describe("validatePolicy", () => {
  it("finds places in any valid document and renders them", () => {
    const document = fc
      .constantFrom(...uses)
      .chain((use) => fc.tuple(fc.constant(use), validDocument(policyUses[use].kind)));
    fc.assert(
      fc.property(document, fc.constantFrom(0, 2), ([kind, written], indent) => {
        const text = JSON.stringify(written, undefined, indent);
        const findings = validatePolicy(text, { kind, bucket: "b" });
        expectPlaced(findings, text);
        const options = { name: "policy.json", text };
        expect(renderFindingsText(findings, options).split("\n").length).toBeGreaterThanOrEqual(3 * findings.length);
        expect(JSON.parse(renderFindingsJson(findings, options)).findings).toHaveLength(findings.length);
        expect(JSON.parse(renderFindingsSarif([{ ...options, findings }])).runs[0].results).toHaveLength(
          findings.length,
        );
      }),
      { numRuns },
    );
  });

  it("never throws, whatever the text", () => {
    const text = fc.oneof(
      fc.string({ unit: "binary" }),
      fc.json(),
      fc.json().map((json) => `{"Statement":${json}}`),
    );
    fc.assert(
      fc.property(text, fc.constantFrom(...uses), (written, kind) => {
        const findings = validatePolicy(written, { kind });
        expectPlaced(findings, written);
        renderFindingsText(findings, { name: "policy.json", text: written });
        renderFindingsSarif([{ name: "policy.json", text: written, findings }]);
      }),
      { numRuns },
    );
  });
});

const action = fc.constantFrom("*", "s3:*", "s3:Get*", "s3:GetObject", "s3:?etObject", "s3:PutObject", "iam:*");
const resource = fc.constantFrom(
  "*",
  "arn:aws:s3:::*",
  "arn:aws:s3:::b/*",
  "arn:aws:s3:::b/a*",
  "arn:aws:s3:::b/${aws:username}/*",
  "arn:aws:s3:::b/ann/?",
  "arn:aws:s3:::b",
);
const conditions = [
  undefined,
  undefined,
  { Bool: { "aws:SecureTransport": "true" } },
  { Bool: { "aws:SecureTransport": "true" }, StringEquals: { "aws:username": "ann" } },
];

const few = <T>(one: fc.Arbitrary<T>): fc.Arbitrary<T[]> => fc.array(one, { minLength: 1, maxLength: 3 });

const statement = fc
  .record({
    Effect: fc.constantFrom("Allow", "Allow", "Deny"),
    does: fc.tuple(fc.constantFrom("Action", "Action", "NotAction"), few(action)),
    on: fc.tuple(fc.constantFrom("Resource", "Resource", "NotResource"), few(resource)),
    condition: fc.constantFrom(...conditions),
  })
  .map(({ Effect, does, on, condition }): Written => {
    const asked = condition === undefined ? {} : { Condition: condition };
    return { Effect, [does[0]]: does[1], [on[0]]: on[1], ...asked };
  });

/** What can really be asked: each action on a resource of its own kind. */
const requests = [
  ["s3:GetObject", "arn:aws:s3:::b/ann/x"],
  ["s3:GetObject", "arn:aws:s3:::b/k"],
  ["s3:PutObject", "arn:aws:s3:::b/a"],
  ["s3:ListBucket", "arn:aws:s3:::b"],
  ["iam:CreateUser", "arn:aws:iam::111122223333:user/ann"],
  ["s3:ListAllMyBuckets", "*"],
].flatMap(([name = "", on = ""]) => ["true", "false"].map((secure) => ({ name, on, secure })));

function allowed(statements: readonly Written[]): readonly boolean[] {
  const identity = statements.length === 0 ? [] : [named(statements, "identity")];
  return requests.map(({ name, on, secure }) => {
    const context = contextOf({ "aws:username": "ann", "aws:SecureTransport": secure });
    const request = { principal: principals.user, action: name, resource: on, resourceAccount: HOME, context };
    return evaluate({ ...noLayers, identity }, request).allowed;
  });
}

/** The policy without what the pointer names; undefined when nothing would be left where something must be. */
function without(statements: readonly Written[], pointer: string): readonly Written[] | undefined {
  const [, , index, element, item] = pointer.split("/");
  if (element === undefined) return statements.filter((_one, at) => at !== Number(index));
  const of = statements[Number(index)];
  const patterns = of?.[element];
  if (of === undefined || !Array.isArray(patterns)) return undefined;
  const left = patterns.filter((_one, at) => at !== Number(item));
  // Nothing is left of the element: the statement speaks of nothing, or with `Not…` of everything.
  if (left.length === 0)
    return element.startsWith("Not") ? undefined : without(statements, `/Statement/${index ?? ""}`);
  return statements.map((one, at) => (at === Number(index) ? { ...one, [element]: left } : one));
}

describe("what is said to be without effect", () => {
  const idle = [
    "redundant-statement",
    "redundant-action",
    "redundant-resource",
    "unreachable-allow",
    "action-without-resource",
    "resource-without-action",
  ];

  it("the policy allows the same without it", () => {
    const seen = new Map(idle.map((code) => [code, 0]));
    fc.assert(
      fc.property(few(statement), (statements) => {
        const text = JSON.stringify({ Version: "2012-10-17", Statement: statements });
        const before = allowed(statements);
        for (const { code, pointer } of validatePolicy(text, { kind: "identity" })) {
          const count = seen.get(code);
          const after = count === undefined ? undefined : without(statements, pointer);
          if (count === undefined || after === undefined) continue;
          seen.set(code, count + 1);
          expect(allowed(after), `${code}: ${text} ${pointer}`).toEqual(before);
        }
      }),
      { numRuns: numRuns * 10 },
    );
    expect([...seen].filter(([, count]) => count === 0)).toEqual([]);
  });
});
