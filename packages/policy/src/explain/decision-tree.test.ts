import { describe, expect, test } from "vitest";
import { namedProgram } from "../access/principal-policies.ts";
import type { Layers, NamedProgram } from "../engine/program.ts";
import { trace } from "../engine/trace.ts";
import type { PolicyOrigin } from "../model/policy-origin.ts";
import type { PolicyKind } from "../model/policy.ts";
import type { AccessRequest, Principal } from "../model/request.ts";
import { type DecisionTree, decisionTree, failedCondition } from "./decision-tree.ts";
import { treeLines } from "./tree-lines.ts";

const account = "123456789012";
const arn = `arn:aws:iam::${account}:user/ann`;
const user: Principal = { kind: "user", accountId: account, arn, userId: "AIDA1", userName: "ann" };

function policy(of: PolicyOrigin | string, statements: readonly object[], kind: PolicyKind = "identity"): NamedProgram {
  const named = namedProgram(of, JSON.stringify({ Version: "2012-10-17", Statement: statements }), kind);
  if (named.program === "unreadable") throw new Error(`${named.name} is no ${kind} policy`);
  return named;
}

const all = { Effect: "Allow", Action: "*", Resource: "*" };
const ours = policy("p", [all]);

function treeOf(parts: Partial<Layers>, more: Partial<AccessRequest> = {}): DecisionTree {
  const layers = { guardrails: [], identity: [], boundary: "none", sessions: [], resource: "none", ...parts } as const;
  const context: Readonly<Record<string, string>> = { "s3:prefix": "out/" };
  const request: AccessRequest = {
    principal: user,
    action: "s3:ListBucket",
    resource: "arn:aws:s3:::b",
    resourceAccount: account,
    context: (key) => context[key.toLowerCase()],
    ...more,
  };
  return decisionTree(trace(layers, request));
}

/** `layer outcome`, with `!` at what decided. */
const outline = ({ levels }: DecisionTree) =>
  levels.map(({ layer, outcome, decided }) => `${layer} ${outcome}${decided ? "!" : ""}`);

describe("the tree of a decision", () => {
  test("the path leads from the layer to the statement that decided; a failed condition has both values", () => {
    const tree = treeOf({
      guardrails: [
        [policy({ kind: "service-control", name: "Full", id: "p-1" }, [all])],
        [policy({ kind: "resource-control", name: "Full", id: "p-2" }, [all])],
      ],
      identity: [
        ours,
        policy("home", [
          { ...all, Sid: "In", Condition: { StringLike: { "s3:prefix": "in/*" } } },
          { ...all, Effect: "Deny", Sid: "Out", Condition: { StringLike: { "s3:prefix": ["out/*"] } } },
        ]),
      ],
    });
    expect(tree.decision).toMatchObject({ allowed: false, reason: "explicit-deny" });
    expect(outline(tree)).toEqual(["service-control allows", "resource-control allows", "identity denies!"]);
    const [, home] = tree.levels[2]?.policies ?? [];
    expect(home).toMatchObject({ name: "home", outcome: "denies", decided: true });
    const [first, second] = home?.statements ?? [];
    expect(first).toMatchObject({ sid: "In", outcome: "says-nothing", decided: false });
    expect(first && failedCondition(first)).toMatchObject({ expected: ["in/*"], actual: ["out/"] });
    expect(second).toMatchObject({ sid: "Out", outcome: "denies", decided: true });
    expect(JSON.parse(JSON.stringify(tree))).toMatchObject({ levels: [{ layer: "service-control" }, {}, {}] });
    expect(treeLines(tree)).toEqual([
      "├─ Service control policies of the organization: allows",
      "│  └─ service control policy Full (p-1): allows",
      "│     └─ statement 1, Allow: applies",
      "├─ Resource control policies of the organization: allows",
      "│  └─ resource control policy Full (p-2): allows",
      "│     └─ statement 1, Allow: applies",
      "└─ Policies of the caller: denies  <- decided",
      "   ├─ p: allows",
      "   │  └─ statement 1, Allow: applies",
      "   └─ home: denies  <- decided",
      "      ├─ statement 1 (In), Allow: does not apply: condition",
      '      │  └─ failed: StringLike s3:prefix "in/*" (the request has "out/")',
      "      └─ statement 2 (Out), Deny: applies  <- decided",
      '         └─ holds: StringLike s3:prefix "out/*" (the request has "out/")',
    ]);
  });

  test("a layer that lacks an Allow decided, and so did a policy that cannot be read", () => {
    const boundary = policy("limit", [{ ...all, Resource: "arn:aws:s3:::other" }], "boundary");
    expect(outline(treeOf({ identity: [ours], boundary }))).toEqual(["identity allows", "boundary says-nothing!"]);
    expect(outline(treeOf({}))).toEqual(["identity says-nothing!"]);
    const tree = treeOf({ identity: [ours], sessions: [[{ name: "broken", program: "unreadable" }]] });
    expect(outline(tree)).toEqual(["identity allows", "session denies!"]);
    expect(treeLines(tree).at(-1)).toBe("   └─ broken: cannot be read, so it denies  <- decided");
    expect(treeLines(treeOf({}))).toEqual([
      "└─ Policies of the caller: neither allows nor denies  <- decided",
      "   └─ (no policy)",
    ]);
  });

  test("a trust policy is told from the policy of a bucket", () => {
    const statement = { Effect: "Allow", Principal: { AWS: arn }, Action: "sts:AssumeRole" };
    const trust = { kind: "trust", policy: policy("trust of r", [statement], "trust") } as const;
    const asked = { action: "sts:AssumeRole", resource: `arn:aws:iam::${account}:role/r` };
    expect(outline(treeOf({ resource: trust }, asked))[0]).toBe("trust allows!");
    const bucket = policy("bucket policy", [{ ...all, Principal: "*" }], "resource");
    expect(outline(treeOf({ resource: { kind: "resource", policy: bucket } }))[0]).toBe("resource allows!");
  });

  test("what has no policies and decided is in its place", () => {
    const root: Principal = { kind: "root", accountId: account, arn: `arn:aws:iam::${account}:root` };
    const guardrails = [[policy({ kind: "service-control", name: "Full", id: "p-1" }, [all])]];
    expect(outline(treeOf({ guardrails }, { principal: root }))).toEqual([
      "service-control allows",
      "identity says-nothing",
      "root allows!",
    ]);
    const anonymous: Principal = { kind: "anonymous" };
    expect(outline(treeOf({}, { principal: anonymous }))).toEqual(["resource says-nothing!", "identity says-nothing"]);
    const free = { action: "sts:GetCallerIdentity", resource: "*" };
    expect(outline(treeOf({}, free))[0]).toBe("none allows!");
  });
});
