import type { Principal } from "@s3-credentials/policy";
import { expect, test } from "vitest";
import { CallerLimits, callerKey } from "./caller-limits.ts";
import { ClientGone, type GatewayRequest } from "../authn/request.ts";

/** Only its identity and its signal count here. */
function requestWith(signal: AbortSignal = new AbortController().signal): GatewayRequest {
  return { signal } as GatewayRequest;
}

const settled = () => new Promise(setImmediate);

test("beyond the limit requests wait in the order they came; beyond the line they are refused; others are not touched", async () => {
  const limits = new CallerLimits(2);
  const requests = Array.from({ length: 11 }, () => requestWith());
  const entered: number[] = [];
  const refused: number[] = [];
  for (const [index, request] of requests.entries())
    void limits.enter(request, "greedy").then((entry) => (entry === "refused" ? refused : entered).push(index));
  await settled();
  expect([entered, refused]).toEqual([[0, 1], [10]]);
  expect(await limits.enter(requestWith(), "other")).toBe("at-once");
  for (const [index, request] of requests.entries()) {
    limits.leave(request);
    await settled();
    expect(entered).toEqual(requests.map((_, at) => at).filter((at) => at <= Math.min(index + 2, 9)));
  }
});

test("a request that is in goes on when it is asked again, and leaves once", async () => {
  const limits = new CallerLimits(1);
  const first = requestWith();
  expect(await limits.enter(first, "one")).toBe("at-once");
  expect(await limits.enter(first, "one")).toBe("at-once");
  limits.leave(first);
  limits.leave(first);
  expect(limits.callers).toBe(0);
});

test("a client that leaves the line takes no place, and nothing is kept of callers without requests", async () => {
  const limits = new CallerLimits(1);
  const [running, next] = [requestWith(), requestWith()];
  const gone = new AbortController();
  await limits.enter(running, "one");
  const waits = limits.enter(requestWith(gone.signal), "one");
  const waitsNext = limits.enter(next, "one");
  gone.abort();
  await expect(waits).rejects.toThrow(ClientGone);
  await expect(limits.enter(requestWith(gone.signal), "one")).rejects.toThrow(ClientGone);
  limits.leave(running);
  expect(await waitsNext).toBe("after-waiting");
  limits.leave(next);
  expect(limits.callers).toBe(0);
});

const of = { accountId: "123456789012", arn: "arn:aws:iam::123456789012:user/a" };
const principals: readonly (readonly [Principal, string])[] = [
  [{ kind: "anonymous" }, "address 192.0.2.1"],
  [{ kind: "root", ...of }, "123456789012"],
  [{ kind: "user", ...of, userId: "AIDA1", userName: "a" }, "AIDA1"],
  [{ kind: "user-session", ...of, userId: "AIDA1", userName: "a", sessionName: "s" }, "AIDA1"],
  [{ kind: "federated-user", ...of, userId: "1:x", issuer: { arn: of.arn, userId: "AIDA1" } }, "AIDA1"],
  [{ kind: "role-session", ...of, roleArn: "r", roleId: "AROA1", roleName: "r", sessionName: "1" }, "AROA1"],
];

test.each(principals)("%j counts as %s", (principal, key) => {
  expect(callerKey({ principal }, { clientNetwork: "192.0.2.1" })).toBe(key);
});
