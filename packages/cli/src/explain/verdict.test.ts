import { explain, type Layers, namedProgram } from "@s3-credentials/policy";
import { expect, test } from "vitest";
import { verdictLines } from "./verdict.ts";

const accountId = "123456789012";
const secret = { StringEquals: { "s3:ExistingObjectTag/secret": "yes" } };
const document = {
  Version: "2012-10-17",
  Statement: [
    { Effect: "Allow", Action: "s3:GetObject", Resource: "*" },
    { Effect: "Deny", Action: "s3:GetObject", Resource: "*", Condition: secret },
  ],
};
const layers: Layers = {
  guardrails: [],
  identity: [namedProgram("own", JSON.stringify(document), "identity")],
  boundary: "none",
  sessions: [],
  resource: "none",
};
const request = {
  principal: { kind: "user", accountId, arn: `arn:aws:iam::${accountId}:user/ann`, userId: "AIDA1", userName: "ann" },
  action: "s3:GetObject",
  resource: "arn:aws:s3:::b/k",
  resourceAccount: accountId,
  context: () => undefined,
} as const;

test("a recorded denial by a tag that the event does not have is not called allowed", () => {
  const reported = { allowed: false, layer: "identity", reason: "denied by identity: own, statement 2" } as const;
  const around = { reported, from: "record", hiddenSession: false, tree: false } as const;
  const lines = verdictLines(explain(layers, request), around);
  expect(lines.slice(0, 2)).toEqual([
    "Recorded: denied by identity: own, statement 2",
    expect.stringContaining("such as a tag of an object of another account"),
  ]);
  expect(lines.join("\n")).not.toContain("ALLOWED");
});
