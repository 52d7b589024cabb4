import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { HOME, noLayers, policyOf, principals, to, type Written } from "../test/scenario.ts";
import type { Principal } from "../model/request.ts";
import type { DocumentLayers } from "../test/oracle/evaluate.ts";
import { canAllow } from "./can-allow.ts";
import { decide } from "./decide.ts";
import { isAllowed } from "./ruling.ts";
import { compileLayers } from "./compile-policy.ts";
import { layers, request } from "../test/generators.ts";

const longer = process.env["TEST_RUNS"];
const numRuns = longer === undefined ? 3000 : Number(longer) * 10;

test("what can be allowed is never said to be impossible", () => {
  let [allowed, impossible] = [0, 0];
  fc.assert(
    fc.property(layers, request, fc.nat(60), (given, asked, length) => {
      const programs = compileLayers(given);
      const { principal, action, resourceAccount, resource } = asked;
      // `decide` asks an action without a resource with another text.
      const resourcePrefix = resource === "*" ? "" : resource.slice(0, length);
      const possible = canAllow(programs, { principal, action, resourceAccount, resourcePrefix });
      const isAllow = isAllowed(decide(programs, asked));
      if (isAllow) expect(possible).toBe(true);
      allowed += isAllow ? 1 : 0;
      impossible += possible ? 0 : 1;
    }),
    { numRuns },
  );
  expect(allowed).toBeGreaterThan(numRuns / 100);
  expect(impossible).toBeGreaterThan(numRuns / 100);
});

describe("what is impossible", () => {
  const { user, root } = principals;
  const anonymous: Principal = { kind: "anonymous" };
  const put: Written = { Effect: "Allow", Action: "s3:PutObject", Resource: "*" };
  const away: Written = { Effect: "Allow", Action: "s3:DeleteObject", Resource: "arn:aws:s3:::away/*" };
  const here: Written = { Effect: "Allow", Action: "s3:Delete*", Resource: "arn:aws:s3:::b/home/${aws:username}/*" };
  const never: Written = { ...put, Action: "s3:*", Condition: { Bool: { "aws:SecureTransport": "true" } } };
  const identity = (...statements: readonly Written[]): DocumentLayers => ({
    ...noLayers,
    identity: [{ name: "p", policy: policyOf(statements, "identity") }],
  });
  const on = (...statements: readonly Written[]): DocumentLayers => ({
    ...noLayers,
    resource: { kind: "resource", policy: { name: "b", policy: policyOf(statements, "resource") } },
  });
  const boundary = { name: "boundary", policy: policyOf([put], "identity") };

  test.each<readonly [string, DocumentLayers, Principal, boolean]>([
    ["no policy", noLayers, user, false],
    ["another action", identity(put), user, false],
    ["another bucket", identity(away), user, false],
    ["some keys of the bucket", identity(away, here), user, true],
    ["a condition nobody has asked yet", identity(never), user, true],
    ["a boundary without the action", { ...identity(here), boundary }, user, false],
    ["a session policy without the action", { ...identity(here), sessions: [[boundary]] }, user, false],
    ["root", noLayers, root, true],
    ["an unreadable policy", { ...noLayers, identity: [{ name: "p", policy: "unreadable" }] }, user, false],
    ["anonymous, without a bucket policy", noLayers, anonymous, false],
    ["anonymous, with one for everybody", on(to("*", here)), anonymous, true],
    ["anonymous, with one for a user", on(to({ AWS: user.arn }, here)), anonymous, false],
  ])("%s", (_what, given, principal, expected) => {
    const about = { principal, action: "s3:DeleteObject", resourceAccount: HOME, resourcePrefix: "arn:aws:s3:::b/" };
    expect(canAllow(compileLayers(given), about)).toBe(expected);
  });

  test("an action that needs no permission", () => {
    const about = { principal: user, action: "sts:GetCallerIdentity", resourceAccount: HOME, resourcePrefix: "*" };
    expect(canAllow(compileLayers(noLayers), about)).toBe(true);
  });
});
