import { expect, test } from "vitest";
import type { RequestLine } from "../ports/request-log.ts";
import { RequestMetrics } from "./request-metrics.ts";

const line: RequestLine = {
  requestId: "R",
  remote: "127.0.0.1",
  method: "POST",
  service: "sts",
  operation: "AssumeRoleWithWebIdentity",
  bucket: undefined,
  key: undefined,
  status: 200,
  code: undefined,
  ms: 30,
  received: 100,
  sent: 10,
  principal: undefined,
  accessKeyId: undefined,
  decision: undefined,
  upstream: undefined,
};

const counted = (lines: readonly RequestLine[], name: string) => {
  const metrics = new RequestMetrics();
  for (const one of lines) metrics.count(one);
  return metrics.metrics().find((metric) => metric.name === `s3_credentials_${name}`)?.values;
};

test("keys given for a token are sessions issued, and a token that is no good is a failure to authenticate", () => {
  const refused = { ...line, status: 400, code: "InvalidIdentityToken" };
  const lines = [line, line, refused];
  expect(counted(lines, "sessions_issued_total")).toEqual([
    { labels: { operation: "AssumeRoleWithWebIdentity" }, value: 2 },
  ]);
  expect(counted(lines, "authentication_failures_total")).toEqual([
    { labels: { reason: "InvalidIdentityToken" }, value: 1 },
  ]);
});

test("an error of a caller who is known is no failure to authenticate", () => {
  const denied = { ...line, status: 403, code: "AccessDenied", principal: "arn:aws:iam::000000000000:user/ann" };
  expect(counted([denied], "authentication_failures_total")).toEqual([]);
  expect(counted([denied], "errors_total")).toEqual([{ labels: { service: "sts", code: "AccessDenied" }, value: 1 }]);
});

test("a histogram has every request in each range from its own on, and in the sum and the count", () => {
  const found = counted([line, { ...line, ms: 3_000_000 }], "request_duration_seconds") ?? [];
  const below = (le: number | string) => found.find(({ labels }) => labels["le"] === le)?.value;
  expect([below(0.025), below(0.05), below(300), below("+Inf")]).toEqual([0, 1, 1, 2]);
  expect(found.slice(-2).map(({ value }) => value)).toEqual([3000.03, 2]);
});
