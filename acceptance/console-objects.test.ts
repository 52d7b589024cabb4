import { closeSync, ftruncateSync, openSync, readdirSync, readFileSync } from "node:fs";
import { Agent } from "node:http";
import { join } from "node:path";
import { HeadObjectCommand, ListMultipartUploadsCommand } from "@aws-sdk/client-s3";
import type { Browser } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { s3 } from "./clients.ts";
import { consoleOf, ConsoleWindow, launch, makeConsoleUser } from "./console-browser.ts";
import { makeBucket } from "./fixtures.ts";
import { type RunningGateway, startGateway } from "./gateway.ts";
import { send } from "./raw.ts";

const mebibyte = 1024 * 1024;
let gateway: RunningGateway;
let browser: Browser;
let origin: string;

beforeAll(async () => {
  gateway = await startGateway({ args: ["--console-port", "0"] });
  origin = await consoleOf(gateway);
  await makeConsoleUser(gateway, "grace");
  await makeBucket(gateway, "uploads");
  browser = await launch();
});

afterAll(async () => {
  await browser?.close();
  await gateway?.stop();
});

async function signedIn(): Promise<ConsoleWindow> {
  const window = await ConsoleWindow.open(browser, origin);
  await window.signIn(gateway.accountId, "grace");
  await window.title("Hello, grace");
  return window;
}

/** A file of zeros, which takes no room on the disk. */
function emptyFile(name: string, bytes: number): string {
  const path = join(gateway.home, name);
  const file = openSync(path, "w");
  ftruncateSync(file, bytes);
  closeSync(file);
  return path;
}

/** What a process has in memory, in bytes. */
function memoryOf(pid: number): number {
  const [, kibibytes = "0"] = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, "utf8")) ?? [];
  return Number(kibibytes) * 1024;
}

function gatewayPid(): number {
  const [file = ""] = readdirSync(join(gateway.home, "state/s3-credentials/gateways"));
  return Number(file.replace(".json", ""));
}

async function rendererPids(): Promise<readonly number[]> {
  const session = await browser.newBrowserCDPSession();
  const { processInfo } = await session.send("SystemInfo.getProcessInfo");
  await session.detach();
  return processInfo.filter(({ type }) => type === "renderer").map(({ id }) => id);
}

test("200 MiB go up in parts: neither the page nor the gateway holds them", async () => {
  const window = await signedIn();
  const { page } = window;
  await window.open("/buckets/uploads", "uploads");
  const small = emptyFile("small.bin", 20 * mebibyte); // what any upload needs is there before it is measured
  await page.getByLabel("Files to upload").setInputFiles([small]);
  await page.getByText("Uploaded").first().waitFor();
  const pids = [...(await rendererPids()), gatewayPid()];
  const before = pids.map(memoryOf);
  const most = [...before];
  const watch = setInterval(() => pids.forEach((pid, at) => (most[at] = Math.max(most[at] ?? 0, memoryOf(pid)))), 20);
  await page.getByLabel("Files to upload").setInputFiles([emptyFile("large.bin", 200 * mebibyte)]);
  await page.getByText("200.0 MiB of 200.0 MiB").waitFor({ timeout: 120_000 });
  await page.getByText("Uploaded").first().waitFor();
  clearInterval(watch);
  const growth = most.map((bytes, at) => (bytes - (before[at] ?? 0)) / mebibyte);
  expect(growth.length).toBeGreaterThan(1);
  for (const mebibytes of growth) expect(mebibytes).toBeLessThan(50);
  const stored = await s3(gateway, gateway.admin).send(new HeadObjectCommand({ Bucket: "uploads", Key: "large.bin" }));
  expect(stored.ContentLength).toBe(200 * mebibyte);
  await window.close();
});

test("an upload that fails goes on with the parts that are missing; one that is cancelled leaves nothing", async () => {
  const window = await signedIn();
  const { page } = window;
  // The page's own requests, so that no part of a file goes through the test.
  await page.addInitScript(`globalThis.sent = []; globalThis.refuse = true;
    const { open, send } = XMLHttpRequest.prototype;
    XMLHttpRequest.prototype.open = function (method, url) {
      const part = new URL(url, location.href).searchParams.get("partNumber");
      if (part !== null) sent.push(part);
      this.held = url.includes("/cancelled.bin");
      return open.call(this, method, part === "2" && refuse ? "/nowhere" : url);
    };
    XMLHttpRequest.prototype.send = function (body) { if (!this.held) send.call(this, body); };`);
  const sent = (): Promise<string[]> => page.evaluate("sent");
  await window.open("/buckets/uploads", "uploads");
  await page.getByLabel("Files to upload").setInputFiles([emptyFile("again.bin", 20 * mebibyte)]);
  await page
    .getByText(/Failed: The console has nothing at this path\. \(NotFound, request \w+\)/)
    .first()
    .waitFor();
  await expect.poll(async () => (await sent()).toSorted()).toEqual(["1", "2", "3"]);
  await page.evaluate("refuse = false");
  await window.button("Try again to upload again.bin").click();
  await page.getByText("Uploaded").first().waitFor();
  const all = await sent();
  expect(all.filter((part) => part === "2")).toHaveLength(2);
  expect(all.length).toBeLessThan(6); // a part that had arrived is not sent again
  const client = s3(gateway, gateway.admin);
  expect((await client.send(new HeadObjectCommand({ Bucket: "uploads", Key: "again.bin" }))).ContentLength).toBe(
    20 * mebibyte,
  );
  await page.getByLabel("Files to upload").setInputFiles([emptyFile("cancelled.bin", 20 * mebibyte)]);
  await expect.poll(async () => (await sent()).length).toBeGreaterThan(all.length);
  await window.button("Cancel the upload of cancelled.bin").click();
  const unfinished = async () =>
    (await client.send(new ListMultipartUploadsCommand({ Bucket: "uploads" }))).Uploads ?? [];
  await expect.poll(unfinished).toEqual([]);
  await window.close();
});

test("a bucket of 5,000 keys is listed by one request a view", async () => {
  await makeBucket(gateway, "large");
  const names = Array.from({ length: 5000 }, (_, at) => `key-${String(at).padStart(5, "0")}`);
  const agent = new Agent({ keepAlive: true, maxSockets: 8 });
  const body = Buffer.from("x");
  const put = async (name: string): Promise<number> => {
    const request = { method: "PUT", path: `/large/${name}`, body, keys: gateway.admin, agent };
    return (await send(gateway, request)).status;
  };
  expect(new Set(await Promise.all(names.map(put)))).toEqual(new Set([200]));
  agent.destroy();
  const window = await signedIn();
  const { page } = window;
  const lists: string[] = [];
  page.on("request", (request) => {
    if (request.url().includes("list-type=2")) lists.push(request.url());
  });
  await window.open("/buckets/large", "large");
  await page.getByText("key-00000").waitFor();
  await page.waitForLoadState("networkidle");
  expect(lists).toHaveLength(1);
  await page.getByRole("button", { name: /next thousand/i }).click();
  await page.getByText("key-01000").waitFor();
  expect(lists).toHaveLength(2);
  await page.getByLabel("Begins with").fill("key-0499");
  await page.keyboard.press("Enter");
  await page.getByText("key-04999").waitFor();
  expect(lists).toHaveLength(3);
  await window.close();
});
