import { Agent, get } from "node:http";
import { setTimeout as sleep } from "node:timers/promises";
import { expect, onTestFinished, test } from "vitest";
import { type HttpServer, startServer } from "./server.ts";
import type { Listener } from "./listener.ts";

async function start(listener: Listener): Promise<HttpServer> {
  const server = await startServer(listener, { host: "127.0.0.1", port: 0 });
  onTestFinished(() => server.close());
  return server;
}

function fetchText(port: number, agent?: Agent): Promise<string> {
  return new Promise((resolve, reject) => {
    get({ host: "127.0.0.1", port, path: "/", agent }, (response) => {
      let text = "";
      response.on("data", (chunk: Buffer) => (text += chunk.toString()));
      response.on("end", () => resolve(text));
      response.on("error", reject);
    }).on("error", reject);
  });
}

test("close lets a request under way finish, and then takes no more", async () => {
  const server = await start((_request, response) => void setTimeout(() => response.end("done"), 200));
  const agent = new Agent({ keepAlive: true });
  onTestFinished(() => agent.destroy());
  const under = fetchText(server.port, agent);
  await sleep(50);
  const began = performance.now();
  const closed = server.close();
  await expect(fetchText(server.port)).rejects.toThrow();
  expect(await under).toBe("done");
  await closed;
  // The kept-alive connection does not hold it up until its own timeout.
  expect(performance.now() - began).toBeLessThan(3000);
});

test("a port in use is the system's error", async () => {
  const { port } = await start((_request, response) => void response.end());
  await expect(startServer(() => {}, { host: "127.0.0.1", port })).rejects.toMatchObject({ code: "EADDRINUSE" });
});
