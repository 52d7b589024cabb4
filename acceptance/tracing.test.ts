/** Traces that a gateway sends to a collector of its operator. The last spans are sent when it stops. */
import { expect, onTestFinished, test, vi } from "vitest";
import { attributesOf, type CollectedSpan, type Collector, startCollector } from "./collector.ts";
import { makeBucket, makeUser } from "./fixtures.ts";
import { freePorts } from "./free-ports.ts";
import { type GatewayHere, startGatewayHere } from "./gateway-here.ts";
import { presigned, send } from "./raw.ts";

const traceparent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";

/** What is collected of a gateway while something is done with it. */
async function collected(args: readonly string[], act: (gateway: GatewayHere) => Promise<void>): Promise<Collector> {
  const collector = await startCollector();
  onTestFinished(() => collector.close());
  const gateway = await startGatewayHere({ args: ["--otlp-endpoint", collector.url, ...args] });
  await act(gateway);
  await gateway.stop();
  return collector;
}

const named = (spans: readonly CollectedSpan[], name: string): CollectedSpan => {
  const span = spans.find((one) => one.name === name);
  if (span === undefined) throw new Error(`no span ${name} in ${spans.map((one) => one.name).join(", ")}`);
  return span;
};

test("a request is a trace with its steps, what it asked of an engine, and what its line in the log says", async () => {
  const engine = await startGatewayHere();
  const upstream = ["--upstream", engine.endpoint, "--upstream-credentials", `${engine.dataDir}/admin-credentials`];
  let log = "";
  const collector = await collected(upstream, async (gateway) => {
    await makeBucket(gateway, "traced", ["key"]);
    await send(gateway, { path: "/traced/key", keys: gateway.admin, unsignedHeaders: { traceparent } });
    log = gateway.log();
  });
  await engine.stop();
  const spans = collector.spans();
  const root = named(spans, "GetObject");
  expect(root).toMatchObject({ kind: 2, traceId: expect.stringMatching(/^[0-9a-f]{32}$/) });
  expect(root.parentSpanId ?? "").toBe("");
  expect(root.traceId, "a client does not choose the trace").not.toBe(traceparent.split("-")[1]);
  const own = spans.filter(({ traceId }) => traceId === root.traceId);
  for (const name of ["authenticate", "resolve", "authorize", "execute"])
    expect(named(own, name)).toMatchObject({ kind: 1, parentSpanId: root.spanId });
  const asked = own.filter(({ kind }) => kind === 3);
  expect(asked.map(attributesOf)).toContainEqual(
    expect.objectContaining({ "peer.service": "default", "http.request.method": "GET" }),
  );
  const steps = new Set(own.filter(({ kind }) => kind === 1).map(({ spanId }) => spanId));
  for (const { parentSpanId = "" } of asked) expect(steps).toContain(parentSpanId);

  const [line = ""] = log.split("\n").filter((one) => one.includes('"operation":"GetObject"'));
  const { requestId, traceId, sent } = JSON.parse(line) as Readonly<Record<string, unknown>>;
  expect(traceId).toBe(root.traceId);
  expect(attributesOf(root)).toMatchObject({
    "aws.request_id": requestId,
    "aws.s3.bucket": "traced",
    "aws.s3.key": "key",
    "http.response.status_code": 200,
    "http.response.body.size": sent,
    "rpc.method": "GetObject",
    "s3_credentials.decision.allowed": true,
  });
  expect(collector.resource()).toMatchObject({ "service.name": "s3-credentials" });
});

test("what a request was refused for is at its step, and no signature, token or query string is anywhere", async () => {
  let secrets: readonly string[] = [];
  const collector = await collected([], async (gateway) => {
    await makeBucket(gateway, "traced", ["key"]);
    const { keys } = await makeUser(gateway, "nobody");
    const query = presigned(gateway, keys, { path: "/traced/key" });
    expect((await send(gateway, { path: "/traced/key", query })).status).toBe(403);
    expect((await send(gateway, { path: "/", keys: { ...keys, secretAccessKey: "wrong" } })).status).toBe(403);
    secrets = [keys.secretAccessKey, gateway.admin.secretAccessKey, query.slice(-64), "X-Amz-"];
  });
  const spans = collector.spans();
  const refused = spans.filter(({ name }) => name === "authorize" || name === "authenticate").map(attributesOf);
  expect(refused).toContainEqual({ "error.type": "AccessDenied" });
  expect(refused).toContainEqual({ "error.type": "SignatureDoesNotMatch" });
  for (const secret of secrets) expect(collector.bodies.join("\n")).not.toContain(secret);
});

test("with --trust-traceparent a request goes on in its caller's trace", async () => {
  const collector = await collected(["--trust-traceparent"], async (gateway) => {
    await send(gateway, { path: "/", keys: gateway.admin, unsignedHeaders: { traceparent } });
    await send(gateway, { path: "/nothing", unsignedHeaders: { traceparent: "00-nonsense" } });
  });
  const [, traceId, parentSpanId] = traceparent.split("-");
  expect(named(collector.spans(), "ListBuckets")).toMatchObject({ traceId, parentSpanId });
  expect(named(collector.spans(), "ListObjects").parentSpanId ?? "").toBe("");
});

test("a collector that is away costs no request anything, and is said once", async () => {
  const [port = 0] = await freePorts(1);
  // The SDK tries again for so long.
  vi.stubEnv("OTEL_EXPORTER_OTLP_TIMEOUT", "100");
  onTestFinished(() => void vi.unstubAllEnvs());
  const gateway = await startGatewayHere({ args: ["--otlp-endpoint", `http://127.0.0.1:${port}`] });
  expect((await send(gateway, { path: "/", keys: gateway.admin })).status).toBe(200);
  await gateway.stop();
  expect(gateway.log().match(/spans cannot be sent to http:[^"]*/g)).toEqual([
    expect.stringContaining(`http://127.0.0.1:${port}/v1/traces`),
  ]);
});
