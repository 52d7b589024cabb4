import { readFileSync, writeFileSync } from "node:fs";
import { Agent, request } from "node:https";
import { request as plainRequest } from "node:http";
import { join } from "node:path";
import { text as textOf } from "node:stream/consumers";
import { HeadObjectCommand, PutObjectCommand, S3Client } from "@aws-sdk/client-s3";
import { afterAll, expect, test } from "vitest";
import { s3 } from "./clients.ts";
import { makeConsoleUser, password, useConsole } from "./console-browser.ts";
import { makeBucket } from "./fixtures.ts";
import { freePorts } from "./free-ports.ts";
import { startGateway } from "./gateway.ts";
import { type Proxy, startNginx } from "./nginx.ts";

const guide = readFileSync("docs/guide/serving-the-console.md", "utf8");
const origin = "https://console.example.com";
let proxy: Proxy | undefined;
let https = 0;
let consolePort = 0;

/** The gateway and nginx as the guide says them. */
const here = useConsole({
  start: async () => {
    [https = 0, consolePort = 0] = await freePorts(2);
    const [, serve = ""] = /^s3-credentials serve (--console-port 9001[^`]*)$/m.exec(guide) ?? [];
    const args = serve.replaceAll("\\", "").replace("9001", String(consolePort)).trim().split(/\s+/);
    expect(args).toHaveLength(10);
    const gateway = await startGateway({ args });
    const [, servers = ""] = /^```nginx\n(.*?)^```$/ms.exec(guide) ?? [];
    proxy = await startNginx(servers, { 443: https, 9001: consolePort, 9000: gateway.port });
    return gateway;
  },
  hosts: () => ["console", "s3"].map((name) => `MAP ${name}.example.com:443 127.0.0.1:${https}`),
  prepare: () => Promise.all([makeConsoleUser(here.gateway, "grace"), makeBucket(here.gateway, "reports")]),
});

afterAll(() => proxy?.stop());

interface Answer {
  readonly status: number | undefined;
  readonly cookies: readonly string[];
  readonly body: string;
}

interface Asked {
  readonly method?: string;
  readonly path?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  /** Not through nginx. */
  readonly direct?: boolean;
  /** The address of this client. */
  readonly from?: string;
}

function ask(asked: Asked): Promise<Answer> {
  const { method = "GET", path = "/signin", headers = {}, body, direct = false, from = "127.0.0.1" } = asked;
  return new Promise((resolve, reject) => {
    const place = direct ? { port: consolePort } : { port: https, rejectUnauthorized: false };
    const options = { host: "127.0.0.1", ...place, method, path, localAddress: from, agent: false as const };
    const sent = (direct ? plainRequest : request)({
      ...options,
      headers: { host: "console.example.com", ...headers },
    });
    sent.on("error", reject);
    sent.on("response", (response) => {
      const { statusCode: status, headers: answered } = response;
      const answer = (text: string): void => resolve({ status, cookies: answered["set-cookie"] ?? [], body: text });
      textOf(response).then(answer, reject);
    });
    sent.end(body);
  });
}

const signIn = (headers: Readonly<Record<string, string>>, options: Asked = {}): Promise<Answer> =>
  ask({
    method: "POST",
    path: "/session",
    headers: { "content-type": "application/x-www-form-urlencoded", ...headers },
    body: new URLSearchParams({ account: here.gateway.accountId, user: "grace", password }).toString(),
    ...options,
  });

test("behind nginx, as the guide has it, a browser signs in, uploads and downloads", async () => {
  const window = await here.open();
  const { page } = window;
  await page.goto(`${origin}/buckets/reports`);
  await window.signIn(here.gateway.accountId, "grace");
  await window.title("reports");
  const cookies = await page.context().cookies();
  const session = cookies.find(({ name }) => /^__Host-s3c-\d+$/.test(name));
  expect(session).toMatchObject({
    name: "__Host-s3c-443",
    domain: "console.example.com",
    path: "/",
    secure: true,
    httpOnly: true,
    sameSite: "Strict",
  });
  // Longer than what nginx takes by default, and than one part.
  const file = join(here.gateway.home, "large.bin");
  const content = Buffer.alloc(9 * 1024 * 1024, "0123456789");
  writeFileSync(file, content);
  await page.getByLabel("Files to upload").setInputFiles([file]);
  await page.getByText("Uploaded").first().waitFor();
  const { ContentLength } = await s3(here.gateway, here.gateway.admin).send(
    new HeadObjectCommand({ Bucket: "reports", Key: "large.bin" }),
  );
  expect(ContentLength).toBe(content.length);
  await page.reload();
  await page.getByRole("checkbox", { name: "Select large.bin" }).check();
  await window.button("Link").click();
  await window.button("Make the link").click();
  const link = (await page.getByRole("dialog").locator("dd code").textContent()) ?? "";
  expect(new URL(link).origin).toBe("https://s3.example.com");
  await window.button("Cancel").click();
  const [download] = await Promise.all([page.waitForEvent("download"), window.button("Download").click()]);
  expect(readFileSync(await download.path()).equals(content)).toBe(true);
  await window.close();
});

test("clients of S3 sign through nginx, whatever the names of keys and of metadata", async () => {
  const client = new S3Client({
    endpoint: `https://s3.example.com:${https}`,
    region: "us-east-1",
    credentials: here.gateway.admin,
    forcePathStyle: true,
    maxAttempts: 1,
    requestHandler: {
      httpsAgent: new Agent({
        rejectUnauthorized: false,
        lookup: (_name, _options, done) => done(null, [{ address: "127.0.0.1", family: 4 }]),
      }),
    },
  });
  const name = { Bucket: "reports", Key: "a//b/../c d%2F+é" };
  await client.send(new PutObjectCommand({ ...name, Body: "x", Metadata: { with_underscore: "kept" } }));
  expect((await client.send(new HeadObjectCommand(name))).Metadata).toEqual({ with_underscore: "kept" });
  client.destroy();
});

test("a foreign Host and a foreign Origin are refused behind the proxy too", async () => {
  for (const host of [
    "attacker.example",
    "console.example.com.attacker.example",
    "127.0.0.1",
    `127.0.0.1:${consolePort}`,
  ]) {
    const { status, body } = await ask({ headers: { host } });
    expect([host, status, body]).toMatchObject([host, 403, expect.stringContaining("ForeignHost")]);
  }
  for (const foreign of ["https://attacker.example", "http://console.example.com", "null"]) {
    const { status, body, cookies } = await signIn({ origin: foreign });
    expect([foreign, status, cookies]).toEqual([foreign, 403, []]);
    expect(body).toContain("ForeignOrigin");
  }
  expect((await signIn({})).status).toBe(403);
});

test("the proxy alone says who asks and how: what a client claims itself counts for nothing", async () => {
  const claim = { "x-forwarded-for": "203.0.113.9", "x-forwarded-proto": "https" };
  // Past the proxy, from an address that is not trusted.
  for (const path of ["/signin", "/"]) {
    const { status, body } = await ask({ path, headers: claim, direct: true, from: "127.0.0.2" });
    expect([path, status, body]).toMatchObject([path, 403, expect.stringContaining("NotSecure")]);
  }
  // Through the proxy: it writes the address that it sees over what came.
  const { status, cookies } = await signIn({ origin, ...claim, "x-forwarded-proto": "http" }, { from: "127.0.0.3" });
  expect([status, cookies.map((line) => line.split("=")[0])]).toEqual([
    303,
    ["__Host-s3c-443", "__Host-s3c-account-443"],
  ]);
  expect(cookies.filter((line) => !/; Secure(;|$)/.test(line) || /domain/i.test(line))).toEqual([]);
  const signIns = () =>
    here.gateway
      .log()
      .split("\n")
      .filter((line) => line.includes("ConsoleLogin"));
  await expect.poll(() => signIns().at(-1)).toContain("127.0.0.3");
  expect(here.gateway.log()).not.toContain("203.0.113.9");
});
