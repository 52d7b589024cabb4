import { createServer, type IncomingMessage, request, type Server } from "node:http";
import { type AddressInfo, createServer as createRawServer, type Server as RawServer } from "node:net";
import { once } from "node:events";
import { afterEach, expect, test } from "vitest";
import { runCommand } from "../test/run-command.ts";
import { limitIdleTime } from "./idle-time.ts";
import { proxyFor } from "./proxy.ts";
import { proxyAuthorization } from "./tunnel-agent.ts";

const open: (Server | RawServer)[] = [];
afterEach(() => {
  for (const server of open.splice(0)) {
    if ("closeAllConnections" in server) server.closeAllConnections();
    server.close();
  }
});

async function portOf(server: Server | RawServer): Promise<number> {
  open.push(server);
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return (server.address() as AddressInfo).port;
}

const keys = ["--access-key", "AKIAEXAMPLE", "--secret-key", "wJalrXUtnFEMIEXAMPLEKEY", "--region", "us-east-1"];

test.each([
  [{ HTTPS_PROXY: "http://p:1" }, "https://s3.example.com", "http://p:1/"],
  [{ HTTPS_PROXY: "p:1" }, "https://s3.example.com", "http://p:1/"],
  [{ HTTPS_PROXY: "http://p:1", https_proxy: "http://q:2" }, "https://s3.example.com", "http://q:2/"],
  [{ HTTPS_PROXY: "http://p:1", https_proxy: "" }, "https://s3.example.com", undefined],
  [{ HTTPS_PROXY: "http://p:1" }, "http://s3.example.com", undefined],
  [{ HTTP_PROXY: "http://p:1" }, "http://s3.example.com", "http://p:1/"],
  [{ HTTP_PROXY: "http://p:1", REQUEST_METHOD: "GET" }, "http://s3.example.com", undefined],
  [{ HTTP_PROXY: "http://p:1" }, "http://localhost:9000", undefined],
  [{ HTTP_PROXY: "http://p:1" }, "http://127.0.0.1:9000", undefined],
  [{ HTTP_PROXY: "http://p:1" }, "http://[::1]:9000", undefined],
  [{ HTTP_PROXY: "http://p:1" }, "http://[::]:9000", undefined],
  [{ HTTP_PROXY: "http://p:1" }, "http://0.0.0.0:9000", undefined],
  [{ HTTP_PROXY: "http://p:1" }, "http://[::ffff:127.0.0.1]:9000", undefined],
  [{ HTTP_PROXY: "http://p:1" }, "http://localhost.:9000", undefined],
  [{ HTTP_PROXY: "http://p:1" }, "http://[::ffff:10.0.0.1]:9000", "http://p:1/"],
  [{ HTTP_PROXY: "http://p:1" }, "http://127.0.0.1.example.com", "http://p:1/"],
  [{ HTTPS_PROXY: "http://p:1", NO_PROXY: "*" }, "https://s3.example.com", undefined],
  [{ HTTPS_PROXY: "http://p:1", NO_PROXY: "a.com, Example.com" }, "https://s3.example.com", undefined],
  [{ HTTPS_PROXY: "http://p:1", NO_PROXY: ".example.com" }, "https://s3.example.com", undefined],
  [{ HTTPS_PROXY: "http://p:1", NO_PROXY: "ample.com" }, "https://s3.example.com", "http://p:1/"],
  [{ HTTPS_PROXY: "http://p:1", NO_PROXY: "s3.example.com:8443" }, "https://s3.example.com:8443", undefined],
  [{ HTTPS_PROXY: "http://p:1", NO_PROXY: "s3.example.com:8443" }, "https://s3.example.com", "http://p:1/"],
])("with %o, %s goes through %s", (env, url, proxy) => {
  expect(proxyFor(env, new URL(url))?.href).toBe(proxy);
});

test.each([
  ["a proxy", { HTTPS_PROXY: "socks5://ann:xK9w2pQ7@p:1" }, "HTTPS_PROXY is not the address of a proxy"],
  ["certificates", { AWS_CA_BUNDLE: "/no/such" }, "cannot read /no/such, of AWS_CA_BUNDLE or ca_bundle"],
  ["a limit", { S3_CREDENTIALS_IDLE_TIMEOUT: "1m" }, "S3_CREDENTIALS_IDLE_TIMEOUT must be a number of seconds"],
])("%s that cannot be used: one line", async (_name, env, message) => {
  const { code, stderr } = await runCommand(["list-buckets", "--endpoint-url", "https://s3.example.test", ...keys], {
    env,
  });
  expect([code, stderr.split("\n").length]).toEqual([2, 2]);
  expect(stderr).toContain(message);
  expect(stderr).not.toContain("xK9w2pQ7");
});

test("a service, or a proxy, that takes a connection and never answers is given up", async () => {
  const port = await portOf(createRawServer((socket) => void socket.on("error", () => {}).resume()));
  const env = { S3_CREDENTIALS_IDLE_TIMEOUT: "0.05" };
  const direct = await runCommand(["list-buckets", "--endpoint-url", `http://127.0.0.1:${port}`, ...keys], { env });
  const advice =
    "did not answer for 0.05 seconds (TimeoutError); check the endpoint and the network; S3_CREDENTIALS_IDLE_TIMEOUT is how many seconds it gets";
  expect([direct.code, direct.stderr]).toEqual([1, `Error: 127.0.0.1:${port} ${advice}\n`]);
  const through = await runCommand(["list-buckets", "--endpoint-url", "https://s3.example.test", ...keys], {
    env: { ...env, HTTPS_PROXY: `http://127.0.0.1:${port}` },
  });
  expect([through.code, through.stderr]).toEqual([1, `Error: the proxy 127.0.0.1:${port} ${advice}\n`]);
});

test.each([["create", "my-bucket"], ["delete-user", "ann"], ["revoke", "ann"], ["list-users"]])(
  "%s that looks at a service which does not answer ends with the first interrupt",
  async (...argv) => {
    const interrupted = new AbortController();
    const port = await portOf(createRawServer((socket) => void socket.once("data", () => interrupted.abort())));
    const options = ["--endpoint-url", `http://127.0.0.1:${port}`, ...keys];
    const { code, stderr } = await runCommand([...argv, ...options], { signal: interrupted.signal });
    expect([code, stderr]).toEqual([130, argv[0] === "list-users" ? "" : expect.stringMatching(/interrupted\n$/)]);
  },
);

test.each([
  ["sends interim answers alone", "HTTP/1.1 103 Early Hints\r\n\r\n".repeat(200), "sent 101 interim answers"],
  [
    "changes the protocol",
    "HTTP/1.1 101 Up\r\nupgrade: x\r\nconnection: upgrade\r\n\r\n",
    "(HTTP 101); check the endpoint",
  ],
  [
    "sends a document without end",
    `HTTP/1.1 200 OK\r\ncontent-length: ${2 ** 40}\r\n\r\n<ListUsersResponse>`,
    "the service's answer is larger than 64 MiB; check the endpoint",
  ],
])("a service that %s is given up with a word", async (_name, answer, message) => {
  const mebibyte = Buffer.alloc(2 ** 20, " ");
  const server = createRawServer((socket) => {
    const goOn = (): void => {
      if (message.includes("MiB")) while (!socket.destroyed && socket.write(mebibyte));
    };
    socket.on("error", () => {}).on("drain", goOn);
    socket.once("data", () => {
      socket.write(answer);
      goOn();
    });
  });
  const options = ["--endpoint-url", `http://127.0.0.1:${await portOf(server)}`, ...keys];
  const { code, stderr } = await runCommand(["list-users", ...options]);
  expect(code).toBe(1);
  expect(stderr).toMatch(/^Error: .*\n$/);
  expect(stderr).toContain(message);
});

test("the password of a proxy may have a percent sign, written as it is or as %25", () => {
  const sent = (proxy: string): string => {
    const basic = proxyAuthorization(new URL(proxy))["proxy-authorization"]?.replace("Basic ", "") ?? "";
    return Buffer.from(basic, "base64").toString("utf8");
  };
  expect(["http://ann:100%@p:1", "http://ann:100%25@p:1", "http://%C3%A4:b%zz@p:1"].map(sent)).toEqual([
    "ann:100%",
    "ann:100%",
    "ä:b%zz",
  ]);
});

test("a reader that is slow is waited for, a service that stops in the middle is not", async () => {
  const server = createServer((_, response) => void response.write(Buffer.alloc(1 << 20)));
  const sent = request({ host: "127.0.0.1", port: await portOf(server) });
  // The limit itself never passes here: what Node.js says when it does, is said by hand.
  limitIdleTime(sent, "s3.example.test", 1e8);
  sent.on("error", () => {}).end();
  const [response] = (await once(sent, "response")) as [IncomingMessage];
  await once(response, "readable");
  sent.emit("timeout");
  expect(sent.destroyed).toBe(false);
  let size = 0;
  await new Promise<void>((resolve) => {
    response.on("data", (chunk: Buffer) => {
      size += chunk.length;
      if (size === 1 << 20) resolve();
    });
    response.resume();
  });
  const failed = once(response, "error");
  sent.emit("timeout");
  expect(await failed).toEqual([expect.objectContaining({ name: "TimeoutError" })]);
});
