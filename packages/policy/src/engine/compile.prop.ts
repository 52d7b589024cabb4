/** Two evaluators, one answer. */
import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { evaluateCondition } from "../condition/evaluate-condition.ts";
import { applies } from "../condition/outcome.ts";
import type { AccessRequest, StatementPlace } from "../model/request.ts";
import type { DocumentLayers } from "../test/oracle/evaluate.ts";
import { compileCondition } from "./compile-condition.ts";
import { decide } from "./decide.ts";
import type { NamedPolicy } from "./program.ts";
import { readRuling } from "./ruling.ts";
import { trace } from "./trace.ts";
import { failingElement } from "../test/oracle/statement.ts";
import { compileResourcePattern, matchesResource } from "../match/resource.ts";
import { referenceMatch } from "../test/reference-match.ts";
import { compileLayers } from "./compile-policy.ts";
import { bothAnswers } from "../test/compare-evaluators.ts";
import {
  condition,
  context,
  layers,
  longLayers,
  request,
  resourceAsked,
  resourceText,
  steppedAsked,
  steppedContext,
  steppedText,
  textPattern,
} from "../test/generators.ts";

const longer = process.env["TEST_RUNS"];
/** `npm run test:long` asks more than two million questions of both. */
const numRuns = longer === undefined ? 2000 : Number(longer) * 10;
/** Run beside the one of the run: a seed that has found a difference is added here. */
const keptSeeds = [20_261_118, -1_804_289_383, 1_957_747_793];
const settings = { numRuns };

const requests = fc.array(request, { minLength: 1, maxLength: 12 });

/** Asks every request of the same programs, so that later ones meet what earlier ones left behind. */
function expectEqual(given: DocumentLayers, asked: readonly AccessRequest[], reached: Map<string, number>): void {
  const programs = compileLayers(given);
  for (const one of asked) {
    const { evaluated, decided, equal } = bothAnswers(given, programs, one);
    if (!equal) expect(decided).toEqual(evaluated);
    expect(equal).toBe(true);
    const outcome = `${evaluated.reason} ${evaluated.layer}${evaluated.unreadable === undefined ? "" : " unreadable"}`;
    reached.set(outcome, (reached.get(outcome) ?? 0) + 1);
  }
}

/** For the properties beside the main one. */
const fewer = { ...settings, numRuns: longer === undefined ? 250 : numRuns };

describe("decide over programs", () => {
  test("answers as evaluate does over documents, layer and statement too", () => {
    const reached = new Map<string, number>();
    fc.assert(
      fc.property(layers, requests, (given, asked) => expectEqual(given, asked, reached)),
      settings,
    );
    // The pools are only worth something while every outcome comes up.
    const limiting = ["guardrail", "resource", "identity", "boundary", "session"];
    const outcomes = [
      ...limiting.flatMap((layer) => [`implicit-deny ${layer}`, `explicit-deny ${layer}`]),
      ...["resource", "identity", "root"].map((layer) => `allow ${layer}`),
      ...limiting.map((layer) => `explicit-deny ${layer} unreadable`),
    ];
    if (numRuns >= 2000) expect(outcomes.filter((outcome) => !reached.has(outcome))).toEqual([]);
  });

  test.each(keptSeeds)("answers so for the kept seed %i", (kept) => {
    fc.assert(
      fc.property(layers, requests, (given, asked) => expectEqual(given, asked, new Map())),
      { seed: kept, numRuns: 500 },
    );
  });

  test("answers so for long documents", () => {
    fc.assert(
      fc.property(longLayers, requests, (given, asked) => expectEqual(given, asked, new Map())),
      { ...settings, numRuns: longer === undefined ? 200 : Math.ceil(numRuns / 4) },
    );
  });
});

/** What the oracle says of each statement, in the order of the layers. */
function outcomes(given: DocumentLayers, request: AccessRequest): readonly (string | undefined)[] {
  const bounded: AccessRequest = given.boundary === "none" ? request : { ...request, bounded: true };
  const of = (policies: readonly NamedPolicy[], place: StatementPlace) =>
    policies.flatMap(({ policy }) =>
      policy === "unreadable" ? [] : policy.statements.map((one) => failingElement(one, bounded, place)),
    );
  return [
    ...of(given.guardrails.flat(), "attached"),
    ...(given.resource === "none" ? [] : of([given.resource.policy], given.resource.kind)),
    ...of(given.identity, "attached"),
    ...(given.boundary === "none" ? [] : of([given.boundary], "attached")),
    ...of(given.sessions.flat(), "attached"),
  ];
}

describe("a trace", () => {
  test("has the decision, and of every statement the first element that does not hold, as the oracle says", () => {
    fc.assert(
      fc.property(layers, request, (given, asked) => {
        const programs = compileLayers(given);
        const { decision, levels } = trace(programs, asked);
        expect(decision).toEqual(readRuling(programs, decide(programs, asked)));
        const failed = levels.flatMap(({ policies }) =>
          policies.flatMap(({ statements = [] }) => statements.map(({ failedAt }) => failedAt)),
        );
        expect(failed).toEqual(outcomes(given, asked));
      }),
      fewer,
    );
  });
});

describe("the parts of a program", () => {
  test("a resource pattern matches what the rule says, taken one character at a time", () => {
    fc.assert(
      fc.property(resourceText, fc.boolean(), resourceAsked, context, (text, variables, asked, lookup) => {
        const pattern = textPattern(text, { wildcards: true, variables });
        const matched = referenceMatch(pattern, asked, lookup);
        expect(matchesResource(compileResourcePattern(pattern), asked, lookup)).toBe(matched);
      }),
      { ...settings, numRuns: fewer.numRuns * 4 },
    );
  });

  test("its wildcards never split a character", () => {
    fc.assert(
      fc.property(steppedText, steppedAsked, steppedContext, (text, asked, lookup) => {
        const pattern = textPattern(text, { wildcards: true, variables: true });
        const matched = referenceMatch(pattern, asked, lookup);
        expect(matchesResource(compileResourcePattern(pattern), asked, lookup)).toBe(matched);
      }),
      { ...settings, numRuns: fewer.numRuns * 10 },
    );
  });

  test("a compiled condition holds when the condition does", () => {
    const versions = fc.constantFrom("2012-10-17" as const, "2012-10-17" as const, "2008-10-17" as const);
    const effects = fc.constantFrom("Allow" as const, "Deny" as const);
    fc.assert(
      fc.property(versions.chain(condition), effects, context, (written, effect, lookup) => {
        const holds = applies(evaluateCondition(written, lookup), effect);
        expect(compileCondition(written, effect)(lookup)).toBe(holds);
      }),
      { ...settings, numRuns: fewer.numRuns * 4 },
    );
  });
});
