import { spawn } from "node:child_process";
import { once } from "node:events";
import { Agent } from "node:http";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { cleanEnvironment, command, startGateway } from "./gateway.ts";
import { send } from "./raw.ts";
import { useCertificate } from "../packages/gateway/test/self-signed.ts";

const certificate = useCertificate();

/** What `serve` prints until it can be used. */
async function firstLines(...args: string[]): Promise<{ readonly out: string; readonly err: () => string }> {
  const home = mkdtempSync(join(tmpdir(), "s3-credentials-serve-"));
  const words = ["serve", "--port", "0", "--data", join(home, "data"), "--log-level", "silent", ...args];
  const child = spawn(process.execPath, [command, ...words], { env: cleanEnvironment(home) });
  onTestFinished(async () => {
    child.kill("SIGTERM");
    await once(child, "exit");
    rmSync(home, { recursive: true, force: true });
  });
  let [out, err] = ["", ""];
  child.stderr.on("data", (chunk: Buffer) => (err += chunk.toString()));
  child.stdout.on("data", (chunk: Buffer) => (out += chunk.toString()));
  while (!out.includes("AWS_SHARED_CREDENTIALS_FILE")) await once(child.stdout, "data");
  return { out, err: () => err };
}

test("its first lines say where it is, and what root and admin may do", async () => {
  const { out, err } = await firstLines();
  expect(out).toMatch(/^s3-credentials gateway: http:\/\/127\.0\.0\.1:\d+ \(account \d{12}\)\n/);
  expect(out).toMatch(/^root keys: .*root-credentials \(may do everything but assume roles\)$/m);
  expect(out).toMatch(/^admin keys: .*admin-credentials \(may do everything, assume roles too\)$/m);
  expect(err()).toBe("");
});

test.each([
  ["0.0.0.0", "http://127.0.0.1:"],
  ["::", "http://[::1]:"],
])("--host %s: an address that works here, and a warning of plain HTTP", async (host, endpoint) => {
  const { out, err } = await firstLines("--host", host);
  expect(out).toContain(`s3-credentials gateway: ${endpoint}`);
  expect(out).toContain(`export AWS_ENDPOINT_URL=${endpoint}`);
  while (err() === "") await new Promise(setImmediate);
  expect(err()).toMatch(
    /^Warning: listening on every address of this machine, port \d+: other machines can reach this gateway, .*unencrypted; .*TLS.*\n$/,
  );
  const url = /gateway: (\S+)/.exec(out)?.[1] ?? "";
  expect((await fetch(url)).status).toBe(403);
});

test("with a certificate its endpoint is https, and there is nothing to warn of on every address", async () => {
  const { out, err } = await firstLines("--host", "0.0.0.0", ...certificate.options);
  expect(out).toContain("export AWS_ENDPOINT_URL=https://127.0.0.1:");
  expect(err()).toBe("");
});

test("more connections than there are descriptors: those beyond get 503, an existing client reads and writes on", async () => {
  const gateway = await startGateway({ openFiles: 256 });
  onTestFinished(() => void gateway.stop());
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  onTestFinished(() => agent.destroy());
  const mine = { keys: gateway.admin, agent };
  const body = Buffer.alloc(300_000, "x");
  expect((await send(gateway, { method: "PUT", path: "/crowded", ...mine })).status).toBe(200);
  expect((await send(gateway, { method: "PUT", path: "/crowded/k", ...mine, body })).status).toBe(200);
  const answers: string[] = [];
  for (let opened = 0; opened < 300; opened += 1) {
    // From 16 addresses: together they meet the limit of all.
    const socket = connect({ port: gateway.port, host: "127.0.0.1", localAddress: `127.0.1.${1 + (opened % 16)}` });
    onTestFinished(() => void socket.destroy());
    socket.on("error", () => {});
    socket.on("data", (chunk: Buffer) => answers.push(chunk.toString().split("\r\n")[0] ?? ""));
    await once(socket, "connect");
  }
  const statuses = new Set<number>();
  for (let request = 0; request < 40; request += 1) {
    statuses.add((await send(gateway, { path: "/crowded/k", ...mine })).status);
    statuses.add((await send(gateway, { method: "PUT", path: "/crowded/l", ...mine, body })).status);
  }
  expect(new Set(answers)).toEqual(new Set(["HTTP/1.1 503 Service Unavailable"]));
  expect(answers.length).toBeGreaterThanOrEqual(200);
  expect([...statuses]).toEqual([200]);
});

test("what cannot be closed is one line, and exit code 1", async () => {
  const gateway = await startGateway();
  const marker = join(gateway.dataDir, "blobs/store-identity");
  writeFileSync(marker, "of nothing");
  expect(await gateway.stop()).toBe(1);
  expect(gateway.log()).toMatch(
    /^Error: not everything could be closed: \S+store-identity is damaged: put it back from a copy; what was acknowledged is stored$/m,
  );
});
