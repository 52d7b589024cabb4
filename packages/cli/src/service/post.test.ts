import { createServer, type Server } from "node:http";
import { afterAll, beforeAll, expect, onTestFinished, test } from "vitest";
import { runCommand } from "../test/run-command.ts";
import { scriptedService } from "../test/scripted-service.ts";
import { networkOf } from "./network.ts";
import { post } from "./post.ts";

/** https://fetch.spec.whatwg.org/#port-blocking */
const refusedByBrowsers = [6665, 6666, 6667, 6668, 6669, 6697, 10080];

let server: Server;
let url: URL;
beforeAll(async () => {
  server = createServer((request, response) => {
    request.setEncoding("utf8").on("data", (body: string) => response.end(`${request.url} ${body}`));
  });
  for (const port of refusedByBrowsers) {
    const listens = await new Promise<boolean>((done) => {
      server.once("error", () => done(false));
      server.listen(port, "127.0.0.1", () => done(true));
    });
    if (listens) break;
  }
  const address = server.address();
  if (typeof address !== "object" || address === null) throw new Error("no port of these is free");
  url = new URL(`http://127.0.0.1:${address.port}/path`);
});
afterAll(() => void server.close());

test("a service may listen on any port, also on those that browsers refuse", async () => {
  expect(await post(networkOf({}), url, [["content-type", "text/plain"]], "sent")).toMatchObject({
    status: 200,
    text: "/path sent",
  });
});

test("when nobody listens there, the message says so", async () => {
  const keys = ["--access-key", "AKIAIOSFODNN7EXAMPLE", "--secret-key", "wJalrXUtnFEMIEXAMPLEKEY"];
  const free = refusedByBrowsers.find((port) => String(port) !== url.port) ?? 0;
  const { code, stderr } = await runCommand(["events", "--endpoint-url", `http://127.0.0.1:${free}`, ...keys]);
  expect({ code, stderr }).toEqual({
    code: 1,
    stderr: `Error: connect ECONNREFUSED 127.0.0.1:${free} (ECONNREFUSED); check that the service runs at that endpoint\n`,
  });
});

test.each([
  [
    "a redirection",
    { status: 302, headers: { location: "/elsewhere" }, body: "{}" },
    "answered with HTTP 302 and no reason",
  ],
  ["what a proxy says", { status: 502, body: "{}" }, "answered with HTTP 502 and no reason"],
  [
    "an error that a header names",
    { status: 403, headers: { "x-amzn-errortype": "AccessDeniedException:x" }, body: '{"message":"no"}' },
    "AccessDeniedException",
  ],
])("%s is never taken for an answer", async (_, reply, reason) => {
  const service = await scriptedService(() => reply);
  onTestFinished(() => service.stop());
  const commands = [
    ["account", "close", "123456789012", "--yes"],
    ["account", "rename", "123456789012", "new name"],
    ["events"],
  ];
  for (const words of commands) {
    const { code, stderr } = await runCommand([...words, ...service.options]);
    expect({ words, code, stderr }).toEqual({ words, code: 1, stderr: expect.stringContaining(reason) as string });
  }
});
