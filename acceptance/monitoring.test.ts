/** What those see who watch a gateway: /metrics, /healthz and /readyz, at an address of their own. */
import { AssumeRoleCommand } from "@aws-sdk/client-sts";
import { CreateRoleCommand, CreateUserCommand, DeleteAccessKeyCommand } from "@aws-sdk/client-iam";
import { GetObjectCommand, PutObjectCommand } from "@aws-sdk/client-s3";
import { mkdtempSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { metricTable } from "../packages/gateway/src/telemetry/metric-table.ts";
import { selfSigned } from "../packages/gateway/test/self-signed.ts";
import { iam, outcome, s3, sts } from "./clients.ts";
import { freePorts } from "./free-ports.ts";
import { allow, makeBucket, makeUser } from "./fixtures.ts";
import { type GatewayHere, startGatewayHere } from "./gateway-here.ts";
import { valueOf, valuesOf } from "./metrics.ts";
import { send } from "./raw.ts";

describe("a gateway that is watched", () => {
  let gateway: GatewayHere;
  beforeAll(async () => {
    gateway = await startGatewayHere({ args: ["--metrics-port", "0", "--console-port", "0"] });
  });
  afterAll(() => gateway.stop());
  const get = (path: string, method = "GET") => fetch(`${gateway.metrics}${path}`, { method });

  /** The text comes from the second before at times, so it is asked for until it says what is expected. */
  const sees = (expected: Readonly<Record<string, number>>) =>
    expect
      .poll(async () => {
        const text = await (await get("/metrics")).text();
        return Object.fromEntries(Object.keys(expected).map((series) => [series, valueOf(text, series)]));
      })
      .toEqual(expected);

  test("counts requests, bytes, denials, failures, sessions and revocations by names of tables alone", async () => {
    await makeBucket(gateway, "secret-bucket");
    const user = await makeUser(gateway, "secret-user", {
      policy: allow("s3:PutObject", "arn:aws:s3:::secret-bucket/*"),
    });
    const own = s3(gateway, user.keys);
    await own.send(new PutObjectCommand({ Bucket: "secret-bucket", Key: "secret-key", Body: "12345" }));
    const read = new GetObjectCommand({ Bucket: "secret-bucket", Key: "secret-key" });
    expect(await outcome(own.send(read))).toContain("AccessDenied");
    expect(await (await s3(gateway, gateway.admin).send(read)).Body?.transformToString()).toBe("12345");
    const unknown = { accessKeyId: "AKIASECRETSECRET0000", secretAccessKey: "x" };
    expect(await outcome(s3(gateway, unknown).send(read))).toContain("InvalidAccessKeyId");
    const trust = { Effect: "Allow", Principal: { AWS: gateway.accountId }, Action: "sts:AssumeRole" };
    const policy = JSON.stringify({ Version: "2012-10-17", Statement: trust });
    const roleName = { RoleName: "secret-role", AssumeRolePolicyDocument: policy };
    await iam(gateway, gateway.admin).send(new CreateRoleCommand(roleName));
    const role = { RoleArn: `arn:aws:iam::${gateway.accountId}:role/secret-role`, RoleSessionName: "secret-session" };
    await sts(gateway, gateway.admin).send(new AssumeRoleCommand(role));
    const key = { UserName: "secret-user", AccessKeyId: user.keys.accessKeyId };
    await iam(gateway, gateway.admin).send(new DeleteAccessKeyCommand(key));
    await sees({
      's3_credentials_requests_total{service="s3",operation="PutObject",status="2xx"}': 1,
      's3_credentials_requests_total{service="s3",operation="GetObject",status="2xx"}': 1,
      's3_credentials_requests_total{service="s3",operation="GetObject",status="4xx"}': 2,
      's3_credentials_request_duration_seconds_count{service="s3",operation="GetObject"}': 3,
      's3_credentials_received_bytes_total{service="s3",operation="PutObject"}': 5,
      's3_credentials_errors_total{service="s3",code="AccessDenied"}': 1,
      's3_credentials_denials_total{layer="identity",reason="implicit-deny"}': 1,
      's3_credentials_authentication_failures_total{reason="InvalidAccessKeyId"}': 1,
      's3_credentials_sessions_issued_total{operation="AssumeRole"}': 1,
      's3_credentials_revocations_total{operation="DeleteAccessKey"}': 1,
      's3_credentials_requests_in_flight{listener="s3"}': 0,
      s3_credentials_events_dropped_total: 0,
      s3_credentials_ready: 1,
    });
    const text = await (await get("/metrics")).text();
    expect(text).not.toContain("secret");
    expect(text).not.toContain(gateway.accountId);
    expect(text).not.toContain(user.keys.accessKeyId);
  });

  test("every metric of the table is there, with what the table says of it, and has just its labels", async () => {
    const answer = await get("/metrics");
    expect(answer.headers.get("content-type")).toBe("text/plain; version=0.0.4; charset=utf-8");
    const text = await answer.text();
    // Of engines and of targets, which this gateway does not have.
    const ofOthers = /^s3_credentials_(upstream|notifications)_/;
    for (const [name, { help, type, labels }] of Object.entries(metricTable)) {
      if (ofOthers.test(name)) continue;
      expect(text).toContain(`# HELP ${name} ${help}\n# TYPE ${name} ${type}\n`);
      for (const { labels: found } of valuesOf(text, name)) expect(Object.keys(found)).toEqual(labels);
    }
    expect(text.match(/^# TYPE s3_credentials_\w+/gm)).toHaveLength(
      Object.keys(metricTable).filter((name) => !ofOthers.test(name)).length,
    );
    expect(text).toMatch(/^process_cpu_seconds_total \d/m);
    expect(text).toMatch(/^process_start_time_seconds \d/m);
    expect(valueOf(text, "s3_credentials_disk_free_bytes")).toBeGreaterThan(
      valueOf(text, "s3_credentials_disk_floor_bytes") ?? NaN,
    );
  });

  test("answers who asks for its health, and nothing else", async () => {
    expect(await (await get("/healthz")).json()).toEqual({ status: "ok" });
    const ready = await get("/readyz");
    expect(ready.status).toBe(200);
    expect(await ready.json()).toEqual({ status: "ready", checks: { database: { ok: true }, keyring: { ok: true } } });
    expect((await get("/metrics", "HEAD")).status).toBe(200);
    const other = await get("/debug");
    expect([other.status, await other.json()]).toEqual([
      404,
      { error: "There are /metrics, /healthz and /readyz here." },
    ]);
    expect((await get("/metrics", "POST")).status).toBe(405);
  });

  test("is not ready while its data folder is not in its place, and changes nothing meanwhile", async () => {
    const away = `${gateway.dataDir}-away`;
    const status = async (): Promise<number> => (await get("/readyz")).status;
    const change = () => outcome(iam(gateway, gateway.admin).send(new CreateUserCommand({ UserName: "late" })));
    renameSync(gateway.dataDir, away);
    try {
      await expect.poll(status, { timeout: 30_000 }).toBe(503);
      expect(await (await get("/readyz")).json()).toMatchObject({
        checks: { database: { ok: false, why: expect.stringContaining("moved, removed or replaced") } },
      });
      expect(await change()).toBe("ServiceUnavailable");
    } finally {
      renameSync(away, gateway.dataDir);
    }
    await expect.poll(status, { timeout: 30_000 }).toBe(200);
    expect(await change()).toBe("allowed");
  });

  test("has none of it where clients are", async () => {
    for (const path of ["/metrics", "/readyz"]) expect((await send(gateway, { path })).code).toBe("NoSuchBucket");
    expect((await fetch(`${gateway.console ?? ""}/metrics`)).status).toBe(404);
  });

  test("serves on while it drains, says that it does, and ends each connection after its answer", async () => {
    const waits = await startGatewayHere({ args: ["--metrics-port", "0", "--drain-delay", "3600"] });
    const before = await fetch(`${waits.endpoint}/`);
    expect(before.headers.get("connection")).toBe("keep-alive");
    void waits.drain();
    const state = await fetch(`${waits.metrics}/readyz`);
    expect([state.status, await state.json()]).toEqual([503, expect.objectContaining({ status: "draining" })]);
    expect((await fetch(`${waits.metrics}/healthz`)).status).toBe(200);
    const listed = await send(waits, { path: "/", keys: waits.admin });
    expect([listed.status, listed.headers["connection"]]).toEqual([200, "close"]);
    await waits.stop();
  });
});

test("says when the certificate in use ends", async () => {
  const folder = mkdtempSync(join(tmpdir(), "s3-credentials-certificate-"));
  const { cert, key } = selfSigned();
  const [certFile, keyFile] = [join(folder, "cert.pem"), join(folder, "key.pem")];
  writeFileSync(certFile, cert);
  writeFileSync(keyFile, key, { mode: 0o600 });
  const tls = ["--tls-cert", certFile, "--tls-key", keyFile];
  const gateway = await startGatewayHere({ args: ["--metrics-port", "0", ...tls] });
  const text = await (await fetch(`${gateway.metrics}/metrics`)).text();
  const end = valueOf(text, 's3_credentials_certificate_not_after_seconds{listener="s3"}') ?? 0;
  expect(new Date(end * 1000).toISOString()).toBe("2049-12-31T00:00:00.000Z");
  await gateway.stop();
  rmSync(folder, { recursive: true, force: true });
});

test("names each engine that is away or refuses the keys, and is not ready when none is there", async () => {
  const folder = mkdtempSync(join(tmpdir(), "s3-credentials-engines-"));
  writeFileSync(join(folder, "keys"), "[default]\naws_access_key_id=a\naws_secret_access_key=b\n", { mode: 0o600 });
  const engine = await startGatewayHere();
  const [free = 0] = await freePorts(1);
  const away = { name: "away", url: `http://127.0.0.1:${free}`, credentials: join(folder, "keys") };
  const here = { name: "here", url: engine.endpoint, credentials: join(engine.dataDir, "admin-credentials") };
  const otherName = engine.endpoint.replace("127.0.0.1", "localhost"); // metrics tell engines apart by their addresses
  const stranger = { name: "stranger", url: otherName, credentials: away.credentials };
  const upstreams = [away, here, stranger];
  writeFileSync(join(folder, "both.json"), JSON.stringify({ upstreams, buckets: [{ home: "here" }] }));
  const both = await startGatewayHere({ args: ["--metrics-port", "0", "--upstreams", join(folder, "both.json")] });
  const report = await fetch(`${both.metrics}/readyz`);
  expect([report.status, await report.json()]).toEqual([
    200,
    {
      status: "ready",
      checks: expect.objectContaining({
        "engine here": { ok: true },
        "engine away": { ok: false, why: expect.stringContaining("ECONNREFUSED") },
        "engine stranger": { ok: false, why: `it refuses the keys of ${away.credentials}: 403 InvalidAccessKeyId` },
      }),
    },
  ]);
  await makeBucket(both, "on-engine");
  const text = await (await fetch(`${both.metrics}/metrics`)).text();
  expect(valueOf(text, 's3_credentials_check_ok{check="engine away"}')).toBe(0);
  expect(valueOf(text, 's3_credentials_upstream_requests_total{engine="here",status="2xx"}')).toBeGreaterThan(0);
  expect(valueOf(text, 's3_credentials_upstream_duration_seconds_count{engine="here"}')).toBeGreaterThan(0);
  await both.stop();

  const keys = ["--upstream-credentials", away.credentials];
  const alone = await startGatewayHere({ args: ["--metrics-port", "0", "--upstream", away.url, ...keys] });
  const failing = await fetch(`${alone.metrics}/readyz`);
  expect([failing.status, await failing.json()]).toEqual([503, expect.objectContaining({ status: "failing" })]);
  await alone.stop();
  await engine.stop();
  rmSync(folder, { recursive: true, force: true });
});
