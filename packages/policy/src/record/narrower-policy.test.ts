import { expect, test } from "vitest";
import { namedProgram } from "../access/principal-policies.ts";
import type { Layers } from "../engine/program.ts";
import { narrowerPolicy, type NarrowerQuestion } from "./narrower-policy.ts";
import type { UsedRequest } from "./used-requests.ts";

const accountId = "123456789012";
const arn = `arn:aws:iam::${accountId}:user/ann`;

function layersOf(...statements: readonly object[]): Layers {
  const text = JSON.stringify({ Version: "2012-10-17", Statement: statements });
  const identity = [namedProgram("all (inline)", text, "identity")];
  return { guardrails: [], identity, boundary: "none", sessions: [], resource: "none" };
}

function ask(statements: readonly object[], used: readonly (readonly [string, string])[], maxLength = 2048) {
  const requests = used.map(([action, resource]): UsedRequest => ({
    action,
    resource,
    resourceAccount: undefined,
    context: new Map(),
  }));
  const question: NarrowerQuestion = {
    layers: layersOf(...statements),
    principal: { kind: "user", accountId, arn, userId: "AIDA", userName: "ann" },
    tags: new Map(),
    arn,
    used: requests,
    maxLength,
  };
  return narrowerPolicy(question);
}

const all = { Effect: "Allow", Action: "*", Resource: "*" };

test("actions on no resource stay on all, the others get what they were used on", () => {
  const used = [
    ["s3:ListAllMyBuckets", "*"],
    ["s3:GetObject", "arn:aws:s3:::data/a"],
  ] as const;
  expect(ask([all], used)).toMatchObject({
    kind: "narrower",
    document: {
      Statement: [
        { Action: ["s3:GetObject"], Resource: ["arn:aws:s3:::data/a"] },
        { Action: ["s3:ListAllMyBuckets"], Resource: ["*"] },
      ],
    },
    tried: 2,
  });
});

test("nothing is proposed for what is used whole, for nobody's use, and for what does not fit into a policy", () => {
  const read = { Effect: "Allow", Action: "s3:GetObject", Resource: "arn:aws:s3:::data/a" };
  const get = ["s3:GetObject", "arn:aws:s3:::data/a"] as const;
  expect(ask([read], [get])).toEqual({ kind: "as-used" });
  expect(ask([read], [])).toEqual({ kind: "unused" });
  expect(ask([read], [["s3:PutObject", "arn:aws:s3:::other/a"]])).toEqual({ kind: "unused" });
  expect(ask([all], [get], 20)).toMatchObject({
    kind: "not-decided",
    why: expect.stringMatching(/^the policy would have \d+ characters, and IAM takes 20$/),
  });
});
