/** No input throws; whatever is refused is refused at a place inside the text that the pointer agrees with. */
import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { readJson, type JsonNode } from "./json.ts";
import { parsePolicy } from "./parse.ts";
import type { Diagnostic, PolicyKind, Span } from "../model/policy.ts";
import { printPolicy } from "./print.ts";
import { anyKind, validDocument } from "../test/documents.ts";

const numRuns = Number(process.env["TEST_RUNS"] ?? 250);

interface Found {
  readonly node: JsonNode;
  readonly keySpan?: Span;
}

/** The value an RFC 6901 pointer names, and the span of its key; undefined when there is none. */
function resolve(root: JsonNode, pointer: string): Found | undefined {
  let found: Found | undefined = { node: root };
  for (const token of pointer.split("/").slice(1)) {
    const key = token.replaceAll("~1", "/").replaceAll("~0", "~");
    const parent: JsonNode | undefined = found?.node;
    if (parent?.kind === "array") {
      const item: JsonNode | undefined = parent.items[Number(key)];
      found = item && { node: item };
    } else if (parent?.kind === "object") {
      const member = parent.members.find((one) => one.key === key);
      found = member && { node: member.value, keySpan: member.keySpan };
    } else return undefined;
  }
  return found;
}

const isSame = (left: Span, right: Span | undefined): boolean =>
  right !== undefined && left.start === right.start && left.end === right.end;

function expectPlace({ pointer, span, code }: Diagnostic, text: string): void {
  expect(Number.isInteger(span.start) && Number.isInteger(span.end)).toBe(true);
  expect(span.start).toBeGreaterThanOrEqual(0);
  expect(span.end).toBeGreaterThanOrEqual(span.start);
  expect(span.end).toBeLessThanOrEqual(text.length);
  const read = readJson(text);
  if ("fault" in read) {
    expect([pointer, span, code]).toEqual(["", read.fault.span, read.fault.code]);
    return;
  }
  const found = resolve(read.node, pointer);
  expect(found).toBeDefined();
  if (found !== undefined) expect(isSame(span, found.node.span) || isSame(span, found.keySpan)).toBe(true);
}

/** Whether the text is taken. */
function expectAnswer(text: string, kind: PolicyKind): boolean {
  const { policy, diagnostics } = parsePolicy(text, kind);
  expect(policy === undefined).toBe(diagnostics.length > 0);
  for (const diagnostic of diagnostics) {
    expectPlace(diagnostic, text);
    expect(diagnostic.code).toMatch(/^[a-z]+(-[a-z]+)*$/);
    expect(diagnostic.message).not.toBe("");
  }
  if (policy !== undefined) expect(parsePolicy(printPolicy(policy), kind).diagnostics).toEqual([]);
  return policy !== undefined;
}

const elements = (
  "Version Id Statement Sid Effect Principal NotPrincipal Action NotAction Resource NotResource Condition " +
  "StringLike Bool Null aws:username AWS Service __proto__ constructor toString effect a/b ~ 0 \ud800"
)
  .split(" ")
  .concat("");
const texts = (
  "Allow Deny allow * s3:* sts:AssumeRole arn:aws:s3:::b/* 2012-10-17 2008-10-17 ${ ${*} ${aws:username} " +
  "${aws:x,'y'} arn:aws:iam::111122223333:root \udc00 \u0000"
).split(" ");
const scalars = [...texts, "", true, false, null, 0, -0, 1e308, 5e-324, 2 ** 53 + 2];

/** JSON whose names and values are those of policies, in places where they are not allowed. */
const { document: nearlyPolicy } = fc.letrec((tie) => ({
  document: fc.oneof(
    { maxDepth: 6, depthSize: "large" },
    fc.constantFrom<unknown>(...scalars),
    fc.array(tie("document"), { maxLength: 3 }),
    fc.dictionary(fc.constantFrom(...elements), tie("document"), { maxKeys: 6 }),
  ),
}));

/** A valid document with one value, somewhere inside it, made another. */
function replaced(value: unknown, place: number, put: unknown): unknown {
  let left = place;
  const visit = (one: unknown): unknown => {
    left -= 1;
    if (left < 0) {
      left = Number.POSITIVE_INFINITY;
      return put;
    }
    if (Array.isArray(one)) return one.map(visit);
    if (typeof one !== "object" || one === null) return one;
    return Object.fromEntries(Object.entries(one).map(([key, inner]) => [key, visit(inner)]));
  };
  return visit(value);
}

describe("any text", () => {
  test("is answered, never thrown at", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary", maxLength: 200 }), anyKind, (text, kind) => {
        expect(expectAnswer(text, kind)).toBe(false);
      }),
      { numRuns },
    );
  });

  test("that is JSON is answered at a place the pointer agrees with", () => {
    fc.assert(
      fc.property(fc.oneof(fc.jsonValue({ stringUnit: "binary" }), nearlyPolicy), anyKind, (value, kind) => {
        expectAnswer(JSON.stringify(value) ?? "null", kind);
      }),
      { numRuns: numRuns * 4 },
    );
  });

  test("made from a valid document by changing one value is answered at its place", () => {
    let refused = 0;
    const document = anyKind.chain((kind) => fc.tuple(fc.constant(kind), validDocument(kind)));
    fc.assert(
      fc.property(document, fc.nat({ max: 40 }), nearlyPolicy, ([kind, written], place, put) => {
        if (!expectAnswer(JSON.stringify(replaced(written, place, put)), kind)) refused += 1;
      }),
      { numRuns: numRuns * 2 },
    );
    expect(refused).toBeGreaterThan(numRuns / 4);
  });

  test("made from a valid document by changing characters is answered at its place", () => {
    const document = anyKind.chain((kind) => fc.tuple(fc.constant(kind), validDocument(kind)));
    const put = fc.oneof(
      fc.constantFrom("", '"', "{", "}", "[", "]", ",", ":", "\\", "\ud800", "\u0000", "*", "$", "${", "e", "9", " "),
      fc.string({ unit: "binary", maxLength: 3 }),
    );
    fc.assert(
      fc.property(document, fc.nat(), fc.nat({ max: 2 }), put, ([kind, written], place, removed, text) => {
        const valid = JSON.stringify(written);
        const at = place % (valid.length + 1);
        expectAnswer(valid.slice(0, at) + text + valid.slice(at + removed), kind);
      }),
      { numRuns: numRuns * 2 },
    );
  });

  test("with numbers of any size is answered", () => {
    const digits = fc.array(fc.nat({ max: 9 }), { minLength: 1, maxLength: 400 }).map((all) => all.join(""));
    const number = fc
      .tuple(fc.constantFrom("", "-"), digits, fc.constantFrom("", ".5", "e999", "E-999", "e+0"))
      .map((all) => all.join(""));
    const operator = fc.constantFrom("NumericEquals", "StringEquals", "DateEquals", "Bool", "Null", "ArnLike");
    fc.assert(
      fc.property(number, operator, (text, name) => {
        const condition = `{"${name}":{"aws:x":[${text}]}}`;
        const members = `"Effect":"Allow","Action":"*","Resource":"*","Condition":${condition}`;
        expectAnswer(`{"Version":"2012-10-17","Statement":{${members}}}`, "identity");
        expectAnswer(`{"Version":${text},"Statement":${text}}`, "identity");
      }),
      { numRuns },
    );
  });

  test("with values nested to any depth is answered", () => {
    const open = fc.constantFrom('{"Statement":', "[", '{"Condition":', '{"__proto__":');
    fc.assert(
      fc.property(
        fc.array(open, { minLength: 1, maxLength: 3 }),
        fc.nat({ max: 5000 }),
        fc.boolean(),
        (all, depth, closed) => {
          const close = (piece: string): string => (piece === "[" ? "]" : "}");
          const opened = Array.from({ length: depth }, (_, level) => all[level % all.length] ?? "[");
          const end = closed ? opened.toReversed().map(close).join("") : "";
          expectAnswer(`${opened.join("")}1${end}`, "resource");
        },
      ),
      { numRuns: numRuns / 5 },
    );
  });
});
