import { request } from "node:http";
import { once } from "node:events";
import { connect } from "node:net";
import { signRequest } from "@s3-credentials/protocol";
import { expect, onTestFinished, test } from "vitest";
import { createTimeBudget } from "../src/pipeline/time-budget.ts";
import { admin, call, type PipelineGateway, session, startPipeline } from "./pipeline-gateway.ts";
import { formOf } from "./post-form.ts";

/** An upload whose body does not go on. Resolves when the body is asked for, with what ends it and gives the status. */
async function slowUpload({ port }: PipelineGateway): Promise<() => Promise<number>> {
  const host: [string, string] = ["host", `127.0.0.1:${port}`];
  const wire = { method: "PUT", path: "/bucket/slow", query: "", headers: [host] };
  const place = { region: "us-east-1", service: "s3", time: Date.now() };
  const headers = [host, ...signRequest(wire, "UNSIGNED-PAYLOAD", admin, place)];
  const upload = request({
    port,
    host: "127.0.0.1",
    method: "PUT",
    path: "/bucket/slow",
    headers: [...headers, ["content-length", "4"], ["expect", "100-continue"]].flat(),
  });
  upload.flushHeaders();
  await once(upload, "continue");
  upload.write("so");
  return async () => {
    const uploaded = once(upload, "response");
    upload.end("me");
    const [response] = (await uploaded) as [{ readonly statusCode: number; resume(): void }];
    response.resume();
    return response.statusCode;
  };
}

test("one caller's requests beyond its limit wait, then are refused; another caller's are served", async () => {
  const gateway = await startPipeline({ maxRequestsPerCaller: 1 });
  onTestFinished(() => gateway.close());
  await call(gateway, { method: "PUT", target: "/bucket/key", body: "text", keys: admin });

  const end = await slowUpload(gateway); // holds the only place

  const get = () => call(gateway, { target: "/bucket/key", keys: admin });
  const answers: number[] = [];
  const gets = Array.from({ length: 6 }, async () => {
    const { status, code } = await get();
    answers.push(status);
    return code;
  });
  await Promise.race(gets);
  expect((await call(gateway, { target: "/bucket/key", keys: session })).status).toBe(200);
  expect((await call(gateway, { target: "/bucket/key" })).status).toBe(403);
  while (answers.length < 2) await new Promise(setImmediate);
  expect(answers).toEqual([503, 503]);

  expect(await end()).toBe(200);
  expect((await Promise.all(gets)).filter((code) => code !== undefined)).toEqual(["SlowDown", "SlowDown"]);
  expect(answers).toEqual([503, 503, 200, 200, 200, 200]);
});

test("a request that waited is served by the rights that its caller has then", async () => {
  const gateway = await startPipeline({ maxRequestsPerCaller: 1 });
  onTestFinished(() => gateway.close());
  const end = await slowUpload(gateway);
  const query = {
    method: "POST",
    target: "/",
    keys: admin,
    headers: { "content-type": "application/x-www-form-urlencoded" },
  };
  const asked = [
    call(gateway, { target: "/bucket/slow", keys: admin }),
    call(gateway, { ...query, body: "Action=GetUser&Version=2010-05-08&UserName=admin", service: "iam" }),
    call(gateway, { ...query, body: "Action=GetCallerIdentity&Version=2011-06-15", service: "sts" }),
    call(gateway, formOf("bucket", { keys: admin, fields: { key: "form" } })),
    call(gateway, { target: "/bucket/slow", keys: admin }),
  ];
  await Promise.race(asked); // one is refused, so the line is full of the others
  gateway.deactivated.add(admin.accessKeyId);
  expect(await end()).toBe(200);
  const codes = (await Promise.all(asked)).map(({ code }) => code ?? "served");
  const full = codes.filter((code) => /^(?:SlowDown|ServiceUnavailable)$/.test(code));
  const unknown = codes.filter((code) => /^Invalid(?:AccessKey|ClientToken)Id$/.test(code));
  expect([full.length, unknown.length, codes.length]).toEqual([1, 4, 5]);
});

test("a form that waited and is refused then gives its place to others of its caller", async () => {
  const gateway = await startPipeline({ maxRequestsPerCaller: 1 });
  onTestFinished(() => gateway.close());
  const end = await slowUpload(gateway);
  const form = call(gateway, formOf("bucket", { keys: admin, fields: { key: "form" } }));
  while (gateway.waiting() === 0) await new Promise(setImmediate);
  gateway.deactivated.add(admin.accessKeyId);
  expect(await end()).toBe(200);
  expect((await form).code).toBe("InvalidAccessKeyId");
  gateway.deactivated.clear();
  expect((await call(gateway, { target: "/bucket/slow", keys: admin })).status).toBe(200);
});

test("anonymous callers of two addresses do not share one budget of time", async () => {
  const callers: string[] = [];
  const budget = createTimeBudget();
  const time = {
    of: (caller: string, signal: AbortSignal) => {
      callers.push(caller);
      return budget.of(caller, signal);
    },
  };
  const gateway = await startPipeline({ trusted: ["127.0.0.1"], time });
  onTestFinished(() => gateway.close());
  for (const address of ["192.0.2.1", "192.0.2.2", "2001:db8::1", "2001:db8::2"])
    await call(gateway, { target: "/bucket/key", headers: { "x-forwarded-for": address } });
  expect(callers).toEqual([
    "address 192.0.2.1",
    "address 192.0.2.2",
    expect.stringMatching(/^address 2001:db8:/),
    callers[2],
  ]);
});

test("an answer that its client does not take counts against its caller's limit, because it is in memory", async () => {
  const gateway = await startPipeline({ maxRequestsPerCaller: 1 });
  onTestFinished(() => gateway.close());
  await call(gateway, { method: "PUT", target: "/bucket/key", body: "text", keys: admin });
  const host: [string, string] = ["host", `127.0.0.1:${gateway.port}`];
  const place = { region: "us-east-1", service: "s3", time: Date.now() };
  const sha256 = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
  const signed = signRequest({ method: "GET", path: "/bucket", query: "", headers: [host] }, sha256, admin, place);
  const socket = connect(gateway.port, "127.0.0.1");
  onTestFinished(() => void socket.destroy());
  const lines = [host, ...signed].map(([name, value]) => `${name}: ${value}\r\n`);
  socket.write(`GET /bucket HTTP/1.1\r\nConnection: close\r\n${lines.join("")}\r\n`);
  await once(socket, "readable"); // the answer has begun, and no more of it is read
  const order: string[] = [];
  const waiting = call(gateway, { target: "/bucket/key", keys: admin }).then(({ status }) =>
    order.push(String(status)),
  );
  expect((await call(gateway, { target: "/bucket/key", keys: session })).status).toBe(200);
  order.push("read");
  let length = 0;
  socket.on("data", (chunk: Buffer) => (length += chunk.length));
  await Promise.all([once(socket, "end"), waiting]);
  expect(order).toEqual(["read", "200"]);
  expect(length).toBeGreaterThan(40_000 * 1000);
});
