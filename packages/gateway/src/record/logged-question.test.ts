import { expect, test } from "vitest";
import type { LoggedDecision } from "../ports/request-log.ts";
import { createRequestLog } from "../server/request-log.ts";
import { decisionElement } from "./decision-element.ts";

const values = new Map<string, string | readonly string[]>([
  ["aws:sourceip", "127.0.0.1"],
  ["aws:useragent", "x".repeat(1000)],
  ["aws:referer", "https://page.example/a?X-Amz-Signature=abcd#f"],
  ["aws:tagkeys", ["unlisted"]],
  ["aws:principaltag/team", "blue"],
  ["sts:externalid", "confidential"],
]);

const decision: LoggedDecision = {
  allowed: false,
  reason: "explicit-deny",
  layer: "identity",
  statement: { policyName: "inline", index: 2, sid: "NoSecrets" },
  unreadable: undefined,
  asked: {
    principal: { kind: "anonymous" },
    action: "s3:GetObject",
    resource: "arn:aws:s3:::b/k",
    resourceAccount: "000000000000",
    context: (key) => values.get(key),
  },
  ownKeys: new Map([["aws:PrincipalTag/team", "blue"]]).keys(),
  layers: { guardrails: [], identity: [], boundary: "none", sessions: [] },
  resourceLayer: "none",
  resourceControls: [],
  policyAccount: "000000000000",
  question: undefined,
};

test("the line has what was asked and the keys a policy can read, cut, and nothing that is a credential", () => {
  const lines: string[] = [];
  createRequestLog("info", { write: (line) => void lines.push(line) }).request({
    requestId: "R1",
    remote: "127.0.0.1",
    method: "GET",
    service: "s3",
    operation: "GetObject",
    bucket: "b",
    key: "k",
    status: 403,
    code: "AccessDenied",
    ms: 1,
    received: 0,
    sent: 0,
    principal: "arn:aws:iam::000000000000:user/ann",
    accessKeyId: "AKIA",
    decision,
    upstream: undefined,
  });
  expect(JSON.parse(lines[0] ?? "")).toMatchObject({
    requestId: "R1",
    decision: {
      allowed: false,
      reason: "explicit-deny",
      layer: "identity",
      statement: { policyName: "inline", index: 2, sid: "NoSecrets" },
      action: "s3:GetObject",
      resource: "arn:aws:s3:::b/k",
      resourceAccount: "000000000000",
      context: {
        "aws:sourceip": "127.0.0.1",
        "aws:useragent": "x".repeat(256),
        "aws:referer": "https://page.example/a",
        "aws:principaltag/team": "blue",
      },
    },
  });
  expect(lines.join("")).not.toMatch(/Signature|confidential/);
});

test("the log and every event of a call have the keys of the principal", () => {
  const own = decisionElement(decision, { caller: true, resource: false });
  expect(JSON.parse(own)).toMatchObject({ context: { "aws:principaltag/team": "blue" } });
  expect(decisionElement(decision, { caller: true, resource: true })).toContain("blue");
  expect(decisionElement(decision, { caller: false, resource: true })).not.toContain("blue");
});
