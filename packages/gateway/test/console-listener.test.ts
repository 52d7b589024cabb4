import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { brotliCompressSync, brotliDecompressSync, gzipSync } from "node:zlib";
import { afterAll, beforeAll, expect, test } from "vitest";
import { openAssets } from "../src/console/assets.ts";
import { consoleOrigins, originsOf, sharedOrigin } from "../src/console/origins.ts";
import { ask, type ConsoleGateway, consoleForTest, startConsole } from "./console-gateway.ts";
import { selfSigned } from "./self-signed.ts";
import { temporaryFolder } from "./temporary-folder.ts";

let running: ConsoleGateway;
beforeAll(async () => {
  running = await startConsole();
});
afterAll(() => running.close());

test("every answer of the console has its security headers, and nothing is kept by a browser", async () => {
  for (const [path, accept] of [
    ["/", "text/html"],
    ["/nothing", "*/*"],
    ["/assets/nothing.js", "*/*"],
    ["/../../etc/passwd", "*/*"],
  ] as const) {
    const { headers } = await ask(running.origin, { path, headers: { accept } });
    expect(headers).toMatchObject({
      "cache-control": "no-store",
      "x-content-type-options": "nosniff",
      "referrer-policy": "no-referrer",
      "cross-origin-opener-policy": "same-origin",
      "cross-origin-resource-policy": "same-origin",
      "content-security-policy":
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types 'none'",
    });
    expect(headers["access-control-allow-origin"]).toBeUndefined();
  }
});

test("what is not there is 404, in words and with the request's id", async () => {
  const got = await ask(running.origin, { path: "/nothing" });
  expect([got.status, got.json]).toEqual([
    404,
    {
      requestId: expect.stringMatching(/^[0-9A-F]{16}$/),
      error: { code: "NotFound", message: "The console has nothing at this path." },
    },
  ]);
});

test("the console answers by its own names only: a name that somebody points at it reaches nothing", async () => {
  const { port } = new URL(running.origin);
  for (const host of [`127.0.0.1:${port}`, `localhost:${port}`, `LOCALHOST:${port}`, `[::1]:${port}`])
    expect([host, (await ask(running.origin, { path: "/x", headers: { host } })).status]).toEqual([host, 404]);
  for (const host of [
    `attacker.example:${port}`,
    "127.0.0.1",
    `127.0.0.1.attacker.example:${port}`,
    `x@127.0.0.1:${port}`,
  ]) {
    const got = await ask(running.origin, { path: "/x", headers: { host } });
    expect([host, got.status, got.json]).toMatchObject([host, 403, { error: { code: "ForeignHost" } }]);
  }
});

test("the S3 port has no console, and the console's port no S3", async () => {
  const { status } = await ask(running.gateway.endpoint, { path: "/signin", headers: { accept: "text/html" } });
  expect(status).toBe(404);
  const head = await ask(running.origin, { path: "/bucket?list-type=2" });
  expect(head.json).toMatchObject({ error: { code: "NotFound" } });
});

test("behind a proxy, the console answers at its https origin, and only over https", async () => {
  const { origin, gateway } = await consoleForTest([
    "--console-origin",
    "https://console.example.com",
    "--trusted-proxy",
    "127.0.0.1",
  ]);
  expect(origin).toBe("https://console.example.com");
  const socket = `http://127.0.0.1:${gateway.consolePort}`;
  const host = "console.example.com";
  const plain = await ask(socket, { path: "/x", headers: { host } });
  expect([plain.status, plain.json]).toMatchObject([403, { error: { code: "NotSecure" } }]);
  const secure = { host, "x-forwarded-proto": "https", "x-forwarded-for": "192.0.2.7" };
  expect((await ask(socket, { path: "/x", headers: secure })).status).toBe(404);
  expect((await ask(socket, { path: "/x", headers: { ...secure, host: `${host}:443` } })).status).toBe(404);
  const local = await ask(socket, { path: "/x", headers: { host: `127.0.0.1:${gateway.consolePort}` } });
  expect(local.json).toMatchObject({ error: { code: "ForeignHost" } });
});

test("with a certificate of its own the console is https, and clear text gets nothing", async () => {
  const folder = await temporaryFolder();
  const { cert, key } = selfSigned();
  writeFileSync(join(folder, "cert.pem"), cert);
  writeFileSync(join(folder, "key.pem"), key);
  const tls = ["--console-tls-cert", join(folder, "cert.pem"), "--console-tls-key", join(folder, "key.pem")];
  const { origin } = await consoleForTest(tls);
  expect(origin).toMatch(/^https:\/\/127\.0\.0\.1:\d+$/);
  expect((await ask(origin, { path: "/x", ca: cert })).status).toBe(404);
  await expect(ask(origin.replace("https", "http"), { path: "/x" })).rejects.toThrow();
  const swapped = ["--console-tls-cert", join(folder, "key.pem"), "--console-tls-key", join(folder, "cert.pem")];
  await expect(startConsole(swapped)).rejects.toThrow(/they are not a certificate in PEM and its key/);
  const absent = ["--console-tls-cert", join(folder, "none.pem"), "--console-tls-key", join(folder, "key.pem")];
  await expect(startConsole(absent)).rejects.toThrow(
    /cannot read .*none\.pem \(--console-tls-cert\): there is no such file/,
  );
});

test("a gateway does not start when the console and websites would have one origin", async () => {
  const sites = ["--website-port", "0", "--website-domain", "example.com", "--website-origin", "https://example.com"];
  await expect(startConsole(["--console-origin", "https://console.example.com", ...sites])).rejects.toThrow(
    /the console and websites would have one origin, https:\/\/console\.example\.com/,
  );
});

test("a gateway does not start when the console and S3 would have one origin", async () => {
  await expect(
    startConsole(["--console-origin", "https://s3.example.com", "--s3-origin", "https://s3.example.com"]),
  ).rejects.toThrow(/the console and S3 would have one origin, https:\/\/s3\.example\.com: .*host or port of its own/);
});

test("origins are compared as browsers compare them, and a bucket's name is none for the console", () => {
  const s3 = originsOf({ scheme: "http", host: "127.0.0.1", port: 9000 });
  expect(s3).toEqual(["http://127.0.0.1:9000", "http://localhost:9000", "http://[::1]:9000"]);
  const domains = ["s3.example.com"];
  expect(sharedOrigin(["http://localhost:9000"], s3, domains)).toBe("http://localhost:9000");
  expect(sharedOrigin(["http://localhost:9001"], s3, domains)).toBeUndefined();
  expect(sharedOrigin(["https://console.example.com"], ["https://s3.example.com"], domains)).toBeUndefined();
  expect(sharedOrigin(["https://console.s3.example.com"], ["https://s3.example.com"], domains)).toBe(
    "https://console.s3.example.com",
  );
  expect(sharedOrigin(["https://a.example:443"], ["https://a.example"], domains)).toBe("https://a.example:443");
  expect(consoleOrigins({ scheme: "https", host: "::1", port: 443 }, undefined).main).toBe("https://[::1]");
});

test("files come from a list that is made at start, in the form that the browser takes", async () => {
  const folder = await temporaryFolder();
  const script = `console.log("${"x".repeat(200)}")`;
  mkdirSync(join(folder, "assets"));
  writeFileSync(join(folder, "index.html"), "<!doctype html>");
  writeFileSync(join(folder, "secret.js"), "secret");
  for (const [name, bytes] of [
    ["a-123.js", script],
    ["a-123.js.br", brotliCompressSync(script)],
    ["a-123.js.gz", gzipSync(script)],
    ["b-123.js", script],
    ["note.txt", "not of the page"],
  ] as const)
    writeFileSync(join(folder, "assets", name), bytes);
  const assets = openAssets(pathToFileURL(`${folder}/`), []);
  expect(assets.hasPage).toBe(true);
  const brotli = await assets.find("/assets/a-123.js", "gzip, deflate, br;q=1.0");
  expect(brotli?.headers).toMatchObject({
    "content-encoding": "br",
    "cache-control": "public, max-age=31536000, immutable",
    "content-type": "text/javascript; charset=utf-8",
    vary: "accept-encoding",
  });
  expect(Buffer.isBuffer(brotli?.body) && brotliDecompressSync(brotli.body).toString()).toBe(script);
  expect((await assets.find("/assets/a-123.js", "gzip"))?.headers["content-encoding"]).toBe("gzip");
  const plain = await assets.find("/assets/a-123.js", "br;q=0, identity");
  expect([plain?.headers["content-encoding"], plain?.body]).toEqual([undefined, Buffer.from(script)]);
  expect((await assets.page(undefined))?.headers["cache-control"]).toBe("no-store");
  for (const path of [
    "/secret.js",
    "/assets/../secret.js",
    "/assets/%2e%2e/secret.js",
    "/assets/note.txt",
    "/assets/a-123.js.br",
    "/assets/",
    "/index.html",
    "/__proto__",
    "/assets/constructor",
  ])
    expect([path, await assets.find(path, "br")]).toEqual([path, undefined]);
  // Another version is installed over this one.
  rmSync(join(folder, "index.html"));
  rmSync(join(folder, "assets", "b-123.js"));
  expect((await assets.page(undefined))?.status).toBe(200); // it was read before
  const gone = await assets.find("/assets/b-123.js", "br");
  expect([gone?.status, Buffer.isBuffer(gone?.body) && gone.body.includes("Restart the gateway")]).toEqual([503, true]);
  writeFileSync(join(folder, "assets", "later-1.js"), "later");
  expect(await assets.find("/assets/later-1.js", "")).toBeUndefined();
});

test("without the page in the installation, the console says so", async () => {
  const assets = openAssets(pathToFileURL(`${await temporaryFolder()}/`), []);
  expect([assets.hasPage, await assets.page("br"), await assets.find("/index.html", "br")]).toEqual([
    false,
    undefined,
    undefined,
  ]);
});
