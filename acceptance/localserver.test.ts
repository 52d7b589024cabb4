import { fromContainerMetadata, fromInstanceMetadata } from "@aws-sdk/credential-providers";
import { GetObjectCommand } from "@aws-sdk/client-s3";
import { type ChildProcess, spawn } from "node:child_process";
import { request } from "node:http";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { cli, cliHere, outcome, s3 } from "./clients.ts";
import { makeBucket } from "./fixtures.ts";
import { cleanEnvironment, command, type RunningGateway } from "./gateway.ts";
import { startGatewayHere } from "./gateway-here.ts";

/** `localserver` as programs on the machine meet it, and as a web page does. */
describe("localserver", () => {
  let gateway: RunningGateway;
  let child: ChildProcess | undefined;
  beforeAll(async () => {
    gateway = await startGatewayHere();
    await makeBucket(gateway, "served", ["in/a.txt", "out/b.txt"]);
  });
  afterEach(() => {
    child?.kill("SIGKILL");
    for (const name of [
      "AWS_CONTAINER_CREDENTIALS_FULL_URI",
      "AWS_CONTAINER_AUTHORIZATION_TOKEN",
      "AWS_EC2_METADATA_SERVICE_ENDPOINT",
      "AWS_EC2_METADATA_DISABLED",
    ])
      delete process.env[name];
  });
  afterAll(() => gateway.stop());

  async function serve(...args: string[]) {
    const words = [
      "--local",
      "localserver",
      "served",
      "-p",
      "0",
      "-d",
      "15m",
      "--prefix",
      "in/",
      "--read-only",
      ...args,
    ];
    const running = spawn(process.execPath, [command, ...words], { env: cleanEnvironment(gateway.home) });
    child = running;
    let said = "";
    await new Promise<void>((resolve, reject) => {
      running.stderr.on("data", (chunk: Buffer) => {
        said += chunk.toString();
        if (said.includes("AWS_EC2_METADATA_SERVICE_ENDPOINT")) resolve();
      });
      running.once("exit", () => reject(new Error(said)));
    });
    const base = /Serving credentials at (http:\S+)\//.exec(said)?.[1] ?? "";
    const token = /AWS_CONTAINER_AUTHORIZATION_TOKEN=(\S+)/.exec(said)?.[1] ?? "";
    return { base, token, running, said: () => said };
  }

  /** A request with any headers, which `fetch` would not let through. */
  function ask(base: string, path: string, headers: Record<string, string> = {}, method = "GET") {
    const { hostname, port } = new URL(base);
    return new Promise<{ status: number; body: string }>((resolve, reject) => {
      const sent = request(
        { hostname: hostname === "localhost" ? "127.0.0.1" : hostname, port, path, headers, method },
        (response) => {
          let body = "";
          response.on("data", (chunk: Buffer) => (body += chunk.toString()));
          response.on("end", () => resolve({ status: response.statusCode ?? 0, body }));
        },
      );
      sent.on("error", reject);
      sent.end();
    });
  }

  test("/ answers as a credential process does, other paths not found, and the keys do what was asked", async () => {
    const { base } = await serve();
    const { status, body } = await ask(base, "/");
    expect(status).toBe(200);
    const got = JSON.parse(body) as Record<string, string>;
    expect(Object.keys(got)).toEqual(["Version", "AccessKeyId", "SecretAccessKey", "SessionToken", "Expiration"]);
    expect(body).toMatch(/^\{\n {2}"Version": 1,\n/);
    expect(got["Expiration"]).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/);
    expect(await ask(base, "/other")).toEqual({ status: 404, body: '{\n  "error": "Not found"\n}' });
    const keys = {
      accessKeyId: got["AccessKeyId"] ?? "",
      secretAccessKey: got["SecretAccessKey"] ?? "",
      sessionToken: got["SessionToken"] ?? "",
    };
    const read = (Key: string) => outcome(s3(gateway, keys).send(new GetObjectCommand({ Bucket: "served", Key })));
    expect([await read("in/a.txt"), await read("out/b.txt")]).toEqual(["allowed", "AccessDenied"]);
  });

  test("a web page gets nothing: foreign host, foreign origin", async () => {
    const { base, said } = await serve();
    const port = new URL(base).port;
    for (const headers of [
      { host: `evil.example:${port}` },
      { host: `localhost:${port}`, origin: "https://evil.example" },
      { host: `localhost:${port}`, origin: "null" },
    ]) {
      for (const path of ["/", "/container", "/latest/meta-data/iam/security-credentials/"]) {
        const answer = await ask(base, path, headers);
        expect(answer.status).toBe(403);
        expect(answer.body).not.toContain("SecretAccessKey");
      }
    }
    expect(said()).not.toMatch(/SecretAccessKey/);
  });

  test("a port in use: one line, and nothing was made at the service", async () => {
    const fresh = await startGatewayHere();
    await makeBucket(fresh, "served", []);
    const port = String(gateway.port);
    const { code, stdout, stderr } = await cli(fresh, ["--local", "localserver", "served", "-p", port, "-d", "15m"]);
    const roles = await cliHere(fresh, ["--local", "list-roles"]);
    await fresh.stop();
    expect({ code, stdout }).toEqual({ code: 1, stdout: "" });
    expect(stderr).toMatch(/^Error: cannot listen on localhost port \d+: [^\n]+; choose another with --port\n$/);
    expect(roles.stdout.trim()).toBe("[]");
  });

  test("the request log shows neither keys nor tokens; only loopback is listened on", async () => {
    const { base, token, said } = await serve();
    const { body } = await ask(base, "/");
    await ask(base, `/?token=${token}`, { authorization: token });
    const got = JSON.parse(body) as Record<string, string>;
    const logged = said().slice(said().indexOf("GET /"));
    expect(logged).toContain("GET / 200");
    for (const secret of [got["SecretAccessKey"], got["SessionToken"], token]) expect(logged).not.toContain(secret);
    expect(said()).not.toContain("Warning: other machines");
    await expect(fetch(base.replace("localhost", "127.0.0.2"))).rejects.toThrow();
  });

  test("--require-token guards / as well", async () => {
    const { base, token } = await serve("--require-token");
    expect((await ask(base, "/")).status).toBe(401);
    expect((await ask(base, "/", { authorization: "wrong" })).status).toBe(401);
    expect((await ask(base, "/", { authorization: token })).status).toBe(200);
  });

  test("the AWS SDK's container provider", async () => {
    const { base, token } = await serve();
    expect((await ask(base, "/container")).status).toBe(401);
    process.env["AWS_CONTAINER_CREDENTIALS_FULL_URI"] = `${base}/container`;
    process.env["AWS_CONTAINER_AUTHORIZATION_TOKEN"] = token;
    const got = await fromContainerMetadata()();
    expect(got.accessKeyId).toMatch(/^ASIA/);
    expect(got.expiration?.getTime()).toBeGreaterThan(Date.now());
    const read = s3(gateway, {
      accessKeyId: got.accessKeyId,
      secretAccessKey: got.secretAccessKey,
      sessionToken: got.sessionToken ?? "",
    });
    expect(await outcome(read.send(new GetObjectCommand({ Bucket: "served", Key: "in/a.txt" })))).toBe("allowed");
  });

  test("the AWS SDK's instance metadata provider, with its session token", async () => {
    const { base } = await serve();
    const path = "/latest/meta-data/iam/security-credentials/";
    expect((await ask(base, path)).status).toBe(401);
    const ttl = { "x-aws-ec2-metadata-token-ttl-seconds": "60" };
    expect((await ask(base, "/latest/api/token", ttl)).status).toBe(405);
    expect((await ask(base, "/latest/api/token", {}, "PUT")).status).toBe(400);
    expect((await ask(base, "/latest/api/token", { ...ttl, "x-forwarded-for": "10.0.0.1" }, "PUT")).status).toBe(403);
    const token = await ask(base, "/latest/api/token", ttl, "PUT");
    const listed = await ask(base, path, { "x-aws-ec2-metadata-token": token.body });
    expect(listed).toEqual({ status: 200, body: "s3-credentials" });
    process.env["AWS_EC2_METADATA_SERVICE_ENDPOINT"] = base.replace("localhost", "127.0.0.1");
    const got = await fromInstanceMetadata({ maxRetries: 0, timeout: 5000 })();
    expect(got.accessKeyId).toMatch(/^ASIA/);
    expect(got.sessionToken).toBeDefined();
  });

  test("Ctrl-C stops it cleanly; what cannot work says so at once", async () => {
    const { running } = await serve();
    const ended = new Promise((resolve) => running.once("exit", resolve));
    running.kill("SIGINT");
    expect(await ended).toBe(0);
    const local = (...args: string[]) => cliHere(gateway, ["--local", ...args]);
    expect((await local("localserver", "served")).code).toBe(2);
    expect((await local("localserver", "no-such-bucket", "-d", "1h")).stderr).toContain("Bucket does not exist");
    const port = String(gateway.port);
    expect((await local("localserver", "served", "-d", "1h", "-p", port)).stderr).toContain(
      "choose another with --port",
    );
  });
});
