/** parse → print → parse, for documents with every element in every form. */
import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { parsePolicy } from "./parse.ts";
import type { Policy, PolicyKind } from "../model/policy.ts";
import { policyDocument, policySize, printPolicy } from "./print.ts";
import { anyKind, validDocument, type Written } from "../test/documents.ts";

const numRuns = Number(process.env["TEST_RUNS"] ?? 250);

function parsed(text: string, kind: PolicyKind): Policy {
  const { policy, diagnostics } = parsePolicy(text, kind);
  if (policy === undefined) throw new Error(`${text}: ${JSON.stringify(diagnostics)}`);
  expect(diagnostics).toEqual([]);
  return policy;
}

/** The policy but for the places its statements were read from. */
const spanless = ({ statements, ...policy }: Policy): unknown => ({
  ...policy,
  statements: statements.map((statement) => Object.entries(statement).filter(([name]) => name !== "span")),
});

const document = anyKind.chain((kind) => fc.tuple(fc.constant(kind), validDocument(kind)));
const white = fc.constantFrom(undefined, 2, "\t");

/** Scalars as text: the printer may write a number's text where the document had the number. */
function textual(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(textual);
  if (typeof value === "object" && value !== null)
    return Object.fromEntries(Object.entries(value).map(([key, one]) => [key, textual(one)]));
  return String(value);
}

describe("a valid document", () => {
  test("is taken, and printing it keeps the policy", () => {
    fc.assert(
      fc.property(document, white, ([kind, written], space) => {
        const policy = parsed(JSON.stringify(written, null, space), kind);
        const printed = printPolicy(policy);
        const again = parsed(printed, kind);
        expect(spanless(again)).toEqual(spanless(policy));
        expect(printPolicy(again)).toBe(printed);
      }),
      { numRuns },
    );
  });

  test("loses nothing and gains nothing when it is printed", () => {
    const emptyCondition = (statement: Written): Written => {
      const { Condition, ...rest } = statement;
      const isEmpty = Condition === undefined || Object.keys(Object(Condition)).length === 0;
      return isEmpty ? rest : statement;
    };
    const isWritten = (value: unknown): value is Written => typeof value === "object" && value !== null;
    fc.assert(
      fc.property(document, ([kind, written]) => {
        const { Statement, ...rest } = written;
        const statements = Array.isArray(Statement)
          ? Statement.filter(isWritten).map(emptyCondition)
          : isWritten(Statement) && emptyCondition(Statement);
        const printed = policyDocument(parsed(JSON.stringify(written), kind));
        expect(textual(printed)).toEqual(textual({ ...rest, Statement: statements }));
      }),
      { numRuns },
    );
  });

  test("has statements whose spans are their own text", () => {
    fc.assert(
      fc.property(document, white, ([kind, written], space) => {
        const text = JSON.stringify(written, null, space);
        const { statements } = parsed(text, kind);
        const own = statements.map(({ span }): unknown => JSON.parse(text.slice(span.start, span.end)));
        expect(own).toEqual([written["Statement"]].flat().map((one): unknown => JSON.parse(JSON.stringify(one))));
      }),
      { numRuns },
    );
  });

  test("has the same size, however much white space is between its tokens", () => {
    fc.assert(
      fc.property(document, white, ([, written], space) => {
        const minified = JSON.stringify(written);
        expect(policySize(minified)).toBe(minified.length);
        expect(policySize(` \r\n\t${JSON.stringify(written, null, space)}\n`)).toBe(minified.length);
      }),
      { numRuns },
    );
  });

  test("without a version has no variables, nor has 2008-10-17", () => {
    fc.assert(
      fc.property(document, fc.constantFrom<Written>({}, { Version: "2008-10-17" }), ([kind, written], version) => {
        const { Version: _, ...rest } = written;
        const { policy } = parsePolicy(JSON.stringify({ ...version, ...rest }), kind);
        const parts = policy?.statements.flatMap(({ resource, conditions }) =>
          [...(resource?.patterns ?? []), ...conditions.flatMap(({ values }) => values)].flatMap((one) => one.parts),
        );
        expect(parts?.filter(({ kind: part }) => part === "variable")).toEqual([]);
      }),
      { numRuns },
    );
  });
});
