import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { expect, onTestFinished, test } from "vitest";
import type { Answer } from "../access/answer.ts";
import type { GatewayRequest } from "../access/request.ts";
import { parseAddressRanges } from "../config/cidr.ts";
import { randomIds } from "../config/random-ids.ts";
import { systemClock } from "../config/system-clock.ts";
import { createRequestLog } from "../observe/request-log.ts";
import type { Reply } from "../operations/operation.ts";
import { createListener } from "./listener.ts";
import { startServer } from "./server.ts";

type Serve = (request: GatewayRequest) => Promise<Answer["outcome"]>;

/** A real server and listener; what stands behind them is what the test says. Gives a connection to it. */
async function connected(serve: Serve): Promise<{ readonly socket: Socket; readonly received: () => string }> {
  const trustedProxies = parseAddressRanges([]);
  if ("invalid" in trustedProxies) throw new Error(trustedProxies.invalid);
  const listener = createListener({
    gate: {
      serve: async (request) => ({
        outcome: await serve(request),
        operation: undefined,
        caller: undefined,
        decision: undefined,
      }),
    },
    config: { domains: ["localhost"], services: new Set(["s3"]), trustedProxies },
    clock: systemClock,
    ids: randomIds,
    log: createRequestLog("silent"),
  });
  const server = await startServer(listener, { host: "127.0.0.1", port: 0 });
  onTestFinished(() => server.close());
  const socket = connect(server.port, "127.0.0.1");
  let text = "";
  socket.on("data", (chunk: Buffer) => (text += chunk.toString("latin1")));
  onTestFinished(() => void socket.destroy());
  await once(socket, "connect");
  return { socket, received: () => text };
}

const get = (target: string) => `GET ${target} HTTP/1.1\r\nHost: localhost\r\n\r\n`;
const done: Reply = { kind: "reply", status: 200, headers: {}, body: { kind: "none" } };

test("the signal of a request aborts when its client leaves before the answer", async () => {
  const { promise: aborted, resolve } = deferred<string>();
  const { promise: arrived, resolve: arrive } = deferred<GatewayRequest>();
  const { socket } = await connected(async (request) => {
    arrive(request);
    await new Promise<void>((end) => {
      request.signal.addEventListener("abort", () => end());
    });
    resolve(request.wire.path);
    return done;
  });
  socket.write(get("/left"));
  expect((await arrived).signal.aborted).toBe(false);
  socket.destroy();
  expect(await aborted).toBe("/left");
});

test("the signal of a request that was answered never aborts", async () => {
  const seen: GatewayRequest[] = [];
  const { socket } = await connected(async (request) => {
    seen.push(request);
    return done;
  });
  socket.write(get("/one"));
  await once(socket, "data");
  socket.write(get("/two"));
  await once(socket, "data");
  socket.end();
  await once(socket, "close");
  expect(seen.map(({ wire, signal }) => [wire.path, signal.aborted])).toEqual([
    ["/one", false],
    ["/two", false],
  ]);
});

function deferred<T>(): { readonly promise: Promise<T>; readonly resolve: (value: T) => void } {
  let resolve: (value: T) => void = () => {};
  const promise = new Promise<T>((yes) => {
    resolve = yes;
  });
  return { promise, resolve };
}
