import { expect, test } from "vitest";
import { logFields } from "./log-fields.ts";
import { createRequestLog } from "./request-log.ts";

test("the line of a request has the fields of the table, in that order", () => {
  let written = "";
  createRequestLog("info", { write: (line) => (written += line) }).request({
    requestId: "R",
    traceId: "T",
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
    sent: 10,
    principal: "arn",
    accessKeyId: "AKIA",
    upstream: { name: "default", requestId: "E" },
    decision: {
      allowed: false,
      reason: "implicit-deny",
      layer: "identity",
      statement: undefined,
      unreadable: undefined,
      question: '"action":"s3:GetObject"',
      asked: {} as never,
      ownKeys: [],
      layers: { guardrails: [], identity: [], boundary: "none", sessions: [] },
      resourceLayer: "none",
      resourceControls: [],
      policyAccount: undefined,
    },
  });
  expect(Object.keys(JSON.parse(written) as object)).toEqual(Object.keys(logFields));
});
