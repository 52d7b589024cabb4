import {
  decisionTree,
  explain,
  type Layers,
  namedProgram,
  plainRequest,
  type PolicyOrigin,
  type PolicyKind,
  type PrincipalPolicies,
} from "@s3-credentials/policy";
import { expect, test } from "vitest";
import { layoutOf } from "../src/picture/layout.ts";
import { waysOf, type WhyGraph, whyGraph } from "../src/picture/why-graph.ts";

const accountId = "123456789012";
const caller: PrincipalPolicies = {
  principal: { kind: "user", accountId, arn: `arn:aws:iam::${accountId}:user/ann`, userId: "AIDA", userName: "ann" },
  layers: { identity: [], boundary: "none" },
  tags: new Map(),
};
const policy = (origin: PolicyOrigin, kind: PolicyKind, ...Statement: readonly object[]) =>
  namedProgram(origin, JSON.stringify({ Version: "2012-10-17", Statement }), kind);
const read = policy({ kind: "inline", name: "reads", group: "staff" }, "identity", {
  Sid: "Read",
  Effect: "Allow",
  Action: "s3:GetObject",
  Resource: "arn:aws:s3:::b/*",
});
const list = policy({ kind: "inline", name: "lists" }, "identity", {
  Effect: "Allow",
  Action: "s3:ListBucket",
  Resource: "*",
});
const never = {
  kind: "resource",
  policy: policy({ kind: "bucket", bucket: "b", withAcl: false }, "resource", {
    Sid: "Never",
    Effect: "Deny",
    Principal: "*",
    Action: "s3:*",
    Resource: "arn:aws:s3:::b/*",
  }),
} as const;

function graphOf(parts: Partial<Layers>): WhyGraph {
  const layers = { guardrails: [], identity: [], boundary: "none", sessions: [], resource: "none", ...parts } as const;
  const asked = { action: "s3:GetObject", resource: "arn:aws:s3:::b/k" };
  const request = plainRequest(caller, asked, { account: accountId, context: {} });
  return whyGraph({ principal: caller.principal, bucket: "b", tree: decisionTree(explain(layers, request)) });
}

const lines = (graph: WhyGraph): readonly string[] =>
  waysOf(graph).map(
    ({ path, decided, end }) => `${path.map(({ name }) => name).join(" > ")}${end && `: ${end}`}${decided ? "!" : ""}`,
  );

test("an allowed request goes through the group, its policy and the statement", () => {
  expect(lines(graphOf({ identity: [list, read] }))).toEqual([
    "ann > staff > reads > Read > b!",
    "ann > lists: neither allows nor denies",
  ]);
});

test("a Deny ends it, whatever else allows it", () => {
  expect(lines(graphOf({ identity: [read], resource: never }))).toEqual([
    "ann > bucket policy of b > Never: denied!",
    "ann > staff > reads > Read > b",
  ]);
});

test("without an Allow it ends at once, or at the boundary that has none", () => {
  expect(lines(graphOf({ identity: [list] }))).toEqual([
    "ann: nothing allows it!",
    "ann > lists: neither allows nor denies",
  ]);
  expect(lines(graphOf({ identity: [read], boundary: list }))).toContain("ann > lists: nothing allows it!");
  const unreadable = namedProgram({ kind: "inline", name: "x" }, "{", "identity");
  expect(lines(graphOf({ identity: [unreadable] }))).toContain("ann > x: cannot be read!");
});

test("boxes stand in columns, in the picture, and none over another", () => {
  const { nodes, width, height } = layoutOf(graphOf({ identity: [list, read], resource: never }));
  const places = [...nodes.values()].map(({ x, y }) => `${x} ${y}`);
  expect(new Set(places).size).toBe(places.length);
  for (const { x, y } of nodes.values()) {
    expect(x).toBeLessThan(width - 184);
    expect(y).toBeLessThan(height - 46);
  }
});
