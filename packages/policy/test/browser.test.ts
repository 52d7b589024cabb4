import { existsSync, readFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { join, normalize } from "node:path";
import { type Browser, chromium } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import * as library from "../src/index.ts";
import { everyCall } from "./browser-calls.ts";

const built = join(import.meta.dirname, "../dist");

/** The built modules as they are: what a page with `<script type="module">` gets, without a bundler. */
function serve(): Promise<Server> {
  const server = createServer((request, response) => {
    const path = normalize(new URL(request.url ?? "/", "http://localhost").pathname);
    const file = join(built, path);
    if (path === "/") response.setHeader("content-type", "text/html").end("<!doctype html><title>policy</title>");
    else if (path.endsWith(".js") && existsSync(file))
      response.setHeader("content-type", "text/javascript").end(readFileSync(file));
    else response.writeHead(404).end();
  });
  return new Promise((done) => server.listen(0, "127.0.0.1", () => done(server)));
}

let server: Server;
let browser: Browser;
let origin: string;

beforeAll(async () => {
  server = await serve();
  origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  browser = await chromium.launch({
    executablePath: "/usr/bin/chromium-headless-shell",
    args: [
      "--disable-background-networking",
      "--no-first-run",
      // Chromium's own requests, which no route sees, find no other host either.
      "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
      ...(process.getuid?.() === 0 ? ["--no-sandbox"] : []),
    ],
  });
});

afterAll(async () => {
  await browser?.close();
  server?.close();
});

test("the built package in Chromium answers as the sources do in Node", async () => {
  const context = await browser.newContext();
  const elsewhere: string[] = [];
  await context.route(
    (url) => url.origin !== origin,
    async (route) => {
      elsewhere.push(route.request().url());
      await route.abort();
    },
  );
  const page = await context.newPage();
  const faults: string[] = [];
  page.on("pageerror", (error) => faults.push(error.message));
  await page.goto(origin);
  const inPage: unknown = await page.evaluate(
    `import("/index.js").then(${everyCall.toString()}).then((value) => JSON.stringify(value))`,
  );
  const inNode = everyCall(library);
  expect(JSON.parse(String(inPage))).toEqual(JSON.parse(JSON.stringify(inNode)));
  expect(inNode).toMatchObject({
    decisions: [true, false, false, false, true].map((allowed) => ({ decided: { allowed } })),
    findings: [{ severity: "error" }],
  });
  expect(faults).toEqual([]);
  expect(elsewhere).toEqual([]);
});
