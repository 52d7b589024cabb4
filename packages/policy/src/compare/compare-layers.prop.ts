/** The change of somebody's rights, held against the engine on every request over a small alphabet. */
import * as fc from "fast-check";
import { expect, test } from "vitest";
import { compileLayers } from "../engine/compile-policy.ts";
import { decide } from "../engine/decide.ts";
import type { Layers } from "../engine/program.ts";
import { isAllowed } from "../engine/ruling.ts";
import { principalContext } from "../model/principal-context.ts";
import { HOME, principals } from "../test/scenario.ts";
import { smallPolicy, someRequests } from "../test/small-policies.ts";
import { compareLayers } from "./compare-layers.ts";

const numRuns = Number(process.env["TEST_RUNS"] ?? 40);
const attached = smallPolicy({ kind: "identity", variables: true, askWho: true }, 2);
const layers = fc
  .record({ identity: fc.array(attached, { maxLength: 2 }), boundary: fc.option(attached, { freq: 3 }) })
  .map(({ identity, boundary }) =>
    compileLayers({
      guardrails: [],
      identity: identity.map((policy, index) => ({ name: `identity ${index}`, policy })),
      boundary: boundary === null ? "none" : { name: "boundary", policy: boundary },
      sessions: [],
      resource: "none",
    }),
  );
const { user } = principals;
const own = Object.fromEntries(
  [...principalContext(user)].flatMap(([key, value]) => (typeof value === "string" ? [[key, value]] : [])),
);
const arn = "arn" in user ? user.arn : "";

test("what is not wider allows nothing that was not allowed, and the same allows all that was", () => {
  const seen = new Set<string>();
  const hold = (before: Layers, after: Layers, requests: Parameters<typeof decide>[1][]): void => {
    const { change } = compareLayers(before, after, arn);
    seen.add(change);
    for (const request of requests) {
      const [was, is] = [before, after].map((one) => isAllowed(decide(one, request)));
      if (change === "same") expect(is).toBe(was);
      if (change === "narrower" && is === true) expect(was).toBe(true);
    }
  };
  const requests = someRequests(user, HOME, own);
  fc.assert(
    fc.property(layers, layers, requests, (one, other, asked) => {
      hold(one, other, [...asked]);
      hold(one, one, [...asked]);
      // With one boundary more, rights can only shrink.
      if (one.boundary === "none" && other.boundary !== "none")
        expect(compareLayers(one, { ...one, boundary: other.boundary }, arn).change).not.toBe("wider");
    }),
    { numRuns, examples: [] },
  );
  expect(seen).toContain("wider");
  expect(seen).toContain("same");
});
