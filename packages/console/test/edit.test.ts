import { decide, isAllowed, type Layers, namedProgram } from "@s3-credentials/policy";
import { expect, test } from "vitest";
import { withEdit } from "../src/explain/edit.ts";

const accountId = "123456789012";
const limit = `arn:aws:iam::${accountId}:policy/limit`;
const document = (...Action: readonly string[]): string =>
  JSON.stringify({ Version: "2012-10-17", Statement: [{ Effect: "Allow", Action, Resource: "*" }] });

/** An administrator who may make others within `limit`, and is within it: that policy is attached, and is the boundary. */
const layers: Layers = {
  guardrails: [],
  identity: [namedProgram(limit, document("s3:GetObject"), "identity")],
  boundary: namedProgram(limit, document("s3:GetObject"), "boundary"),
  sessions: [],
  resource: "none",
};
const arn = `arn:aws:iam::${accountId}:user/ann`;
const write = {
  principal: { kind: "user", accountId, arn, userId: "AIDA1", userName: "ann" },
  action: "s3:PutObject",
  resource: "arn:aws:s3:::b/k",
  resourceAccount: accountId,
  context: () => undefined,
} as const;

test.each([
  ["a statement of the policy", "identity", limit],
  ["a statement of the boundary", "boundary", limit],
  ["a new statement of the boundary", "boundary", undefined],
] as const)("%s counts in both, where a policy is its own boundary", (_, layer, policy) => {
  const place = { kind: "managed", arn: limit, identity: undefined } as const;
  const after = document("s3:GetObject", "s3:PutObject");
  const changed = withEdit(layers, { place, policy, layer, before: document("s3:GetObject"), after });
  expect([layers, changed].map((one) => isAllowed(decide(one, write)))).toEqual([false, true]);
});
