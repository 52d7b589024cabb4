import { describe, expect, test } from "vitest";
import { decideBoth } from "../test/compare-evaluators.ts";
import type { DocumentLayers } from "../test/oracle/evaluate.ts";
import {
  GET,
  getObject,
  layersOf,
  noLayers,
  outcomeOf,
  policyOf,
  principals,
  to,
  toUser,
  type Written,
} from "../test/scenario.ts";

const { user, roleSession } = principals;

describe("unreadable policies", () => {
  const allowing = layersOf({ identity: GET, boundary: GET, sessions: [GET], guardrails: [GET], resource: toUser });
  const broken = { name: "broken", policy: "unreadable" } as const;
  test.each<readonly [string, Partial<DocumentLayers>]>([
    ["guardrail", { guardrails: [[broken]] }],
    ["resource", { resource: { kind: "resource", policy: broken } }],
    ["resource", { resource: { kind: "trust", policy: broken } }],
    ["identity", { identity: [...allowing.identity, broken] }],
    ["boundary", { boundary: broken }],
    ["session", { sessions: [[...(allowing.sessions[0] ?? []), broken]] }],
  ])("in %s make it deny", (layer, change) => {
    const decision = decideBoth({ ...allowing, ...change }, getObject(user));
    expect(decision).toMatchObject({ allowed: false, reason: "explicit-deny", layer, unreadable: "broken" });
    expect(decision.statement).toBeUndefined();
  });

  test("a level or session without a policy allows nothing", () => {
    expect(decideBoth({ ...allowing, guardrails: [[]] }, getObject(user))).toMatchObject({
      allowed: false,
      layer: "guardrail",
    });
    expect(decideBoth({ ...allowing, resource: "none", sessions: [[]] }, getObject(user))).toMatchObject({
      allowed: false,
      layer: "session",
    });
  });
});

describe("what the parser would have refused fails closed", () => {
  const policy = (kind: "identity" | "resource", statement: Written): DocumentLayers["identity"][number] => ({
    name: kind,
    policy: policyOf(statement, kind),
  });

  test("a principal in an identity policy, or none in a resource policy", () => {
    const swapped = (effect: "Allow" | "Deny"): DocumentLayers => ({
      ...noLayers,
      identity: [policy("resource", { ...to("*"), Effect: effect })],
      resource: { kind: "resource", policy: policy("identity", { ...GET, Effect: effect }) },
    });
    expect(decideBoth(swapped("Allow"), getObject(user)).allowed).toBe(false);
    expect(decideBoth(swapped("Deny"), getObject(user))).toMatchObject({ reason: "explicit-deny" });
  });

  test("an unknown condition operator: an Allow does not apply, a Deny does", () => {
    const withUnknown = (effect: "Allow" | "Deny"): DocumentLayers => {
      const parsed = policyOf(
        { ...GET, Effect: effect, Condition: { Bool: { "aws:SecureTransport": "true" } } },
        "identity",
      );
      const statements = parsed.statements.map((statement) => ({
        ...statement,
        conditions: statement.conditions.map((condition) => ({ ...condition, operator: "BoolMaybe" })),
      }));
      return { ...noLayers, identity: [policy("identity", GET), { name: "odd", policy: { ...parsed, statements } }] };
    };
    expect(decideBoth(withUnknown("Deny"), getObject(user))).toMatchObject({
      reason: "explicit-deny",
      layer: "identity",
    });
    const { identity } = withUnknown("Allow");
    expect(decideBoth({ ...noLayers, identity: identity.slice(1) }, getObject(user)).allowed).toBe(false);
  });

  test("no Resource outside a trust policy", () => {
    const bare = (effect: "Allow" | "Deny"): DocumentLayers => {
      const parsed = policyOf({ ...GET, Effect: effect }, "identity");
      const statements = parsed.statements.map(({ resource: _resource, ...rest }) => rest);
      return { ...noLayers, identity: [policy("identity", GET), { name: "bare", policy: { ...parsed, statements } }] };
    };
    expect(decideBoth(bare("Deny"), getObject(user)).reason).toBe("explicit-deny");
    expect(decideBoth({ ...bare("Allow"), identity: bare("Allow").identity.slice(1) }, getObject(user)).allowed).toBe(
      false,
    );
  });
});

describe("a missing variable in a resource", () => {
  const home = "arn:aws:s3:::b/${aws:username}*";
  test.each<readonly [string, Written, string]>([
    ["Allow on it does not apply", { ...GET, Resource: home }, "implicit-deny identity"],
    ["Allow on all but it applies", { Effect: "Allow", Action: "s3:*", NotResource: home }, "allow identity"],
    ["Deny on all but it applies", { Effect: "Deny", Action: "s3:*", NotResource: home }, "explicit-deny identity"],
  ])("%s", (_name, identity, outcome) => {
    expect(outcomeOf({ identity }, roleSession)).toBe(outcome);
  });
});
