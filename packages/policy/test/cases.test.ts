/** What the pages of the AWS documentation promise, one scenario at a time, by both evaluators. */
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import { compileLayers } from "../src/engine/compile-policy.ts";
import type { NamedPolicy } from "../src/engine/program.ts";
import type { AccessRequest, Principal } from "../src/model/request.ts";
import { bothAnswers } from "../src/test/compare-evaluators.ts";
import type { DocumentLayers } from "../src/test/oracle/evaluate.ts";
import { contextOf, HOME, principals } from "../src/test/scenario.ts";
import { parsePolicy } from "../src/parse/parse.ts";
import type { PolicyKind } from "../src/model/policy.ts";
import {
  type AcceptedScenario,
  type DecisionScenario,
  documentOf,
  policiesOf,
  readScenarioFiles,
  type RefusalScenario,
  type Refusal,
  type Scenario,
  type WrittenDocument,
  type WrittenPolicies,
  type WrittenRequest,
} from "./scenario-file.ts";

const files = readScenarioFiles(fileURLToPath(new URL("cases/", import.meta.url)));

class Refused extends Error {
  readonly refusal: Refusal;
  constructor(kind: PolicyKind, code: string, message: string) {
    super(`a ${kind} policy is refused: ${code}: ${message}`);
    this.refusal = { kind, code };
  }
}

function named(document: WrittenDocument, kind: PolicyKind, name: string = kind): NamedPolicy {
  const { policy, diagnostics } = parsePolicy(JSON.stringify(documentOf(document)), kind);
  if (policy !== undefined) return { name, policy };
  const [first] = diagnostics;
  throw new Refused(kind, first?.code ?? "", first?.message ?? "");
}

function layersOf({ identity, boundary, session, resource, trust, guardrails }: WrittenPolicies): DocumentLayers {
  return {
    identity: (identity ?? []).map((document, index) => named(document, "identity", `identity ${index}`)),
    boundary: boundary ? named(boundary, "boundary") : "none",
    sessions: (session ?? []).map((stack) => stack.map((document) => named(document, "session"))),
    resource: resourceOf(resource, trust),
    guardrails: (guardrails ?? []).map((document) => [named(document, "guardrail")]),
  };
}

function resourceOf(
  resource: WrittenPolicies["resource"],
  trust: WrittenPolicies["trust"],
): DocumentLayers["resource"] {
  if (resource) return { kind: "resource", policy: named(resource, "resource") };
  return trust ? { kind: "trust", policy: named(trust, "trust") } : "none";
}

function principalOf(written: WrittenRequest["principal"] = "user"): Principal {
  if (typeof written !== "string") return written;
  const found = Object.entries(principals).find(([name]) => name === written);
  if (found === undefined) throw new Error(`no principal is called ${written}`);
  return found[1];
}

function requestOf({ principal, action, resource, resourceAccount, context }: WrittenRequest = {}): AccessRequest {
  return {
    principal: principalOf(principal),
    action: action ?? "s3:GetObject",
    resource: resource ?? "arn:aws:s3:::b/k",
    resourceAccount: resourceAccount === undefined ? HOME : (resourceAccount ?? undefined),
    context: contextOf(context ?? {}),
  };
}

function decisionOf(scenario: DecisionScenario): string | Refusal {
  try {
    const layers = layersOf(policiesOf(scenario));
    const { evaluated, equal } = bothAnswers(layers, compileLayers(layers), requestOf(scenario.request));
    if (!equal) throw new Error("the two evaluators disagree");
    if (evaluated.allowed !== (evaluated.reason === "allow")) throw new Error("the decision contradicts itself");
    return `${evaluated.reason} ${evaluated.layer}`;
  } catch (error) {
    if (error instanceof Refused) return error.refusal;
    throw error;
  }
}

/** The first error's code, or `accepted`. */
function receptionOf(text: string, kind: PolicyKind): string {
  const { diagnostics } = parsePolicy(text, kind);
  return diagnostics.find(({ severity }) => severity === "error")?.code ?? "accepted";
}

function checkRefusal({ document, text, refused, differs }: RefusalScenario): void {
  const answer = receptionOf(text ?? JSON.stringify(document), refused.kind);
  expect(answer).toBe(differs === undefined ? refused.code : differs.ours);
}

function checkAcceptance({ document, accepted, differs }: AcceptedScenario): void {
  const answer = receptionOf(JSON.stringify(document), accepted);
  expect(answer).toBe(differs === undefined ? "accepted" : differs.ours.code);
}

function checkDecision(scenario: DecisionScenario): void {
  const { expect: promised, differs } = scenario;
  expect(decisionOf(scenario)).toEqual(differs === undefined ? promised : differs.ours);
  // A difference that is none any more must not stay listed.
  if (differs !== undefined) expect(differs.ours).not.toEqual(promised);
}

function check(scenario: Scenario): void {
  if ("refused" in scenario) checkRefusal(scenario);
  else if ("accepted" in scenario) checkAcceptance(scenario);
  else checkDecision(scenario);
}

for (const { name, subject, page, scenarios } of files) {
  describe(`${name}: ${subject}`, () => {
    for (const scenario of scenarios) {
      test(`${scenario.rule}: ${scenario.what} (${scenario.page ?? page})`, () => {
        check(scenario);
      });
    }
  });
}

test("every scenario names its page and no two say the same", () => {
  const all = files.flatMap(({ page, scenarios }) => scenarios.map((one) => ({ page, ...one })));
  for (const { page, what } of all) expect(page, what).toMatch(/^https:\/\/docs\.aws\.amazon\.com\/.+\.html/);
  const titles = all.map(({ rule, what }) => `${rule}: ${what}`);
  expect(titles.filter((title, index) => titles.indexOf(title) !== index)).toEqual([]);
});
