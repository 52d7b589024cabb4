/** Decisions over unknowns, held against the engine on every request over a small alphabet. */
import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { findAction, hasConditionKey } from "../catalog/catalog.ts";
import { compileLayers } from "../engine/compile-policy.ts";
import { decide } from "../engine/decide.ts";
import { isAllowed } from "../engine/ruling.ts";
import { principalContext } from "../model/principal-context.ts";
import type { AccessRequest, Principal } from "../model/request.ts";
import { ABROAD, HOME, principals } from "../test/scenario.ts";
import { smallPolicy, someRequests } from "../test/small-policies.ts";
import { accessOverUnknowns } from "./decide-unknowns.ts";
import { matchAction, parseActionPattern } from "../match/action.ts";
import { matchResource } from "../match/resource.ts";
import { parsePattern } from "../match/pattern.ts";

const numRuns = Number(process.env["TEST_RUNS"] ?? 30);
/** What it draws has every answer: the property is only worth something while each comes up. */
const keptSeed = 3;

const attached = smallPolicy({ kind: "identity", variables: true, askWho: true }, 2);
const onResource = smallPolicy({ kind: "resource", variables: true, askWho: true });

const layers = fc
  .record({
    identity: fc.array(attached, { maxLength: 2 }),
    boundary: fc.option(attached, { freq: 3 }),
    session: fc.option(attached, { freq: 3 }),
    guardrail: fc.option(attached, { freq: 3 }),
    resource: fc.option(onResource, { freq: 2 }),
  })
  .map(({ identity, boundary, session, guardrail, resource }) =>
    compileLayers({
      guardrails: guardrail === null ? [] : [[{ name: "guardrail", policy: guardrail }]],
      identity: identity.map((policy, index) => ({ name: `identity ${index}`, policy })),
      boundary: boundary === null ? "none" : { name: "boundary", policy: boundary },
      sessions: session === null ? [] : [[{ name: "session", policy: session }]],
      resource: resource === null ? "none" : { kind: "resource", policy: { name: "resource", policy: resource } },
    }),
  );

const callers = fc.constantFrom<readonly [Principal, string | undefined]>(
  ...Object.values(principals).flatMap((principal) => [[principal, HOME] as const, [principal, ABROAD] as const]),
  [principals.user, undefined],
);

/** Whether a request for a known action has only keys of its own service that the action has. */
function hasPossibleKeys({ action, context }: AccessRequest): boolean {
  const known = findAction(action);
  const sent = ["s3:prefix", "s3:max-keys", "s3:ExistingObjectTag/team"].filter((key) => context(key) !== undefined);
  return known === undefined || sent.every((key) => !action.startsWith("s3:") || hasConditionKey(known, key));
}

/** Holds the answers against the engine, and counts them. */
function holdAnswers(parameters: { readonly seed?: number; readonly numRuns: number }) {
  const counts = { always: 0, never: 0, depends: 0, unknown: 0 };
  const asked = callers.chain(([principal, resourceAccount]) => {
    const own = [...principalContext(principal)].flatMap(([key, value]) =>
      typeof value === "string" ? [[key, value]] : [],
    );
    return fc.record({
      principal: fc.constant(principal),
      resourceAccount: fc.constant(resourceAccount),
      requests: someRequests(principal, resourceAccount, Object.fromEntries(own)),
    });
  });
  const scopes = fc.record({
    action: fc.constantFrom("s3:*", "s3:GetObject", "s3:PutObject", "s3:ListBucket", "*"),
    resource: fc.constantFrom("*", "arn:aws:s3:::b/*", "arn:aws:s3:::b/a", "arn:aws:s3:::b"),
  });
  fc.assert(
    fc.property(layers, asked, scopes, (given, { principal, resourceAccount, requests }, scope) => {
      const found = accessOverUnknowns({ layers: given, principal, resourceAccount })(scope);
      counts[found.answer] += 1;
      const action = parseActionPattern(scope.action);
      const resource = parsePattern(scope.resource, { wildcards: true, variables: false });
      if (action === undefined || "error" in resource) throw new Error("the scope is not a pattern");
      // A single action on `*` is one without a resource.
      const isNone = scope.resource === "*" && !scope.action.includes("*");
      const within = requests.filter(
        (one) =>
          matchAction(action, one.action) &&
          (scope.action.includes("*") || hasPossibleKeys(one)) &&
          (isNone ? one.resource === "*" : matchResource(resource, one.resource, () => undefined)),
      );
      for (const one of within) {
        if (found.answer === "never") expect(isAllowed(decide(given, one))).toBe(false);
        if (found.answer === "always") expect(isAllowed(decide(given, one))).toBe(true);
      }
      if (found.answer === "depends") expect(found.on.length).toBeGreaterThan(0);
    }),
    parameters,
  );
  return counts;
}

describe("always, never and depends are what the engine decides of every request", () => {
  test("of the kept seed, where each comes up", () => {
    const { always, never, depends, unknown } = holdAnswers({ seed: keptSeed, numRuns: 40 });
    for (const count of [always, never, depends]) expect(count).toBeGreaterThan(0);
    expect(unknown).toBeLessThanOrEqual(4);
  });

  test("of the seed of the run", () => {
    holdAnswers({ numRuns });
  });
});
