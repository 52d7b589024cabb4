import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { element, renderXml } from "@s3-credentials/protocol";
import { expect, onTestFinished, test } from "vitest";
import { type Answer, nothingKnown } from "../pipeline/answer.ts";
import type { GatewayRequest } from "../authn/request.ts";
import { parseAddressRanges } from "./cidr.ts";
import { randomIds } from "../server/random-ids.ts";
import { systemClock } from "../server/system-clock.ts";
import { createRequestLog } from "../server/request-log.ts";
import type { Reply } from "../operations/operation.ts";
import { StoreError } from "../ports/store-error.ts";
import type { PaceLimits } from "./client-pace.ts";
import { createListener } from "./listener.ts";
import { openServer } from "./server.ts";

type Serve = (request: GatewayRequest) => Promise<Answer["outcome"]>;

interface More {
  readonly pace?: PaceLimits;
  readonly turn?: () => Promise<void>;
  /** Called when the client has taken the answer, or has left. */
  readonly taken?: () => void;
}

/** A real server and listener; the test says what answers behind them. Returns a connection to it. */
async function connected(
  serve: Serve,
  more: More = {},
): Promise<{ readonly socket: Socket; readonly received: () => string }> {
  const trustedProxies = parseAddressRanges([]);
  if ("invalid" in trustedProxies) throw new Error(trustedProxies.invalid);
  const listener = createListener({
    gate: {
      async serve(request, _route, finish) {
        const outcome = await serve(request);
        const time =
          more.turn === undefined ? undefined : { turn: more.turn, each: () => Promise.reject(new Error("not asked")) };
        await finish({ ...nothingKnown(), outcome, time });
        more.taken?.();
      },
    },
    config: { domains: ["localhost"], services: new Set(["s3"]), trustedProxies, sigv2: true },
    clock: systemClock,
    ids: randomIds,
    log: createRequestLog("silent"),
    ...(more.pace === undefined ? {} : { pace: more.pace }),
  });
  const limits = { total: 10, perAddress: 10 };
  const server = await openServer({ host: "127.0.0.1", port: 0, limits, trustedProxies });
  server.serve(listener);
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

test("requests sent ahead begin one after another, and are answered in their order", async () => {
  const begun: string[] = [];
  let atWork = 0;
  let most = 0;
  const { socket, received } = await connected(async ({ wire }) => {
    begun.push(wire.path);
    most = Math.max(most, (atWork += 1));
    await new Promise((resolve) => {
      setImmediate(resolve);
    });
    atWork -= 1;
    return { ...done, headers: { "x-path": wire.path } };
  });
  const paths = Array.from({ length: 17 }, (_, index) => `/bucket/${index}`);
  socket.write(paths.map(get).join(""));
  while (!received().includes("x-path: /bucket/16")) await once(socket, "data");
  expect(begun).toEqual(paths);
  expect([...received().matchAll(/x-path: (\S+)/g)].map(([, path]) => path)).toEqual(paths);
  expect(most).toBe(1);
});

test("a client that sends requests ahead without end loses the connection; one of them was begun", async () => {
  let begun = 0;
  const { socket } = await connected(async ({ signal }) => {
    begun += 1;
    await once(signal, "abort");
    return done;
  });
  socket.write(get("/").repeat(18));
  await once(socket, "close");
  expect(begun).toBe(1);
});

test("what follows a request and is no HTTP does not get into an answer that has begun", async () => {
  const { promise: more, resolve: goOn } = deferred<undefined>();
  async function* chunks(): AsyncGenerator<Buffer> {
    yield Buffer.from("first");
    await more;
    yield Buffer.from("second");
  }
  const { socket, received } = await connected(async () => ({
    ...done,
    body: { kind: "stream", chunks: chunks(), length: 11 },
  }));
  socket.write(get("/"));
  await once(socket, "data");
  socket.write("no http\r\n\r\n");
  await once(socket, "close");
  goOn(undefined);
  expect(received()).toMatch(/^HTTP\/1\.1 200 [^]*first$/);
});

test("a store out of descriptors, met when the answer begins: 503, not 500", async () => {
  async function* chunks(): AsyncGenerator<Buffer> {
    if (Date.now() > 0)
      throw new StoreError("corrupt", "a blob file cannot be opened", {
        cause: Object.assign(new Error("too many open files"), { code: "EMFILE" }),
      });
    yield Buffer.alloc(1);
  }
  const { socket, received } = await connected(async () => ({
    ...done,
    body: { kind: "stream", chunks: chunks(), length: 1 },
  }));
  socket.write(get("/"));
  await once(socket, "data");
  expect(received()).toMatch(/^HTTP\/1\.1 503 [^]*<Code>SlowDown</);
});

const long = element(
  "List",
  Array.from({ length: 5000 }, (_, index) => element("Key", `${index}${"&".repeat(1000)}`)),
);

test("a long document is made in turns while it is sent, and comes whole", async () => {
  let turns = 0;
  const turn = async (): Promise<void> => void (turns += 1);
  const { socket, received } = await connected(async () => ({ ...done, body: { kind: "xml", root: long } }), { turn });
  socket.write(get("/").replace("\r\n\r\n", "\r\nConnection: close\r\n\r\n"));
  await once(socket, "close");
  const text = renderXml(long);
  const chunks = received().split("\r\n\r\n").slice(1).join("\r\n\r\n");
  expect(chunks.replaceAll(/(?:^|\r\n)[0-9a-f]+\r\n/g, "").trimEnd()).toBe(text);
  expect(turns).toBeGreaterThan(text.length / (64 * 1024));
});

test("a short document has a length", async () => {
  const { socket, received } = await connected(async () => ({
    ...done,
    body: { kind: "xml", root: element("A", "b") },
  }));
  socket.write(get("/"));
  await once(socket, "data");
  expect(received()).toMatch(/\r\ncontent-length: \d+\r\n/);
});

test.each([
  ["document", { kind: "xml", root: long }],
  ["object", { kind: "stream", chunks: zeros(), length: 64 * 1024 * 1024 }],
] as const)("a client that does not take a %s loses the connection", async (_name, body) => {
  const { promise: taken, resolve } = deferred<undefined>();
  const { socket } = await connected(async () => ({ ...done, body }), {
    pace: { graceMs: 50, minBytesPerSecond: Number.POSITIVE_INFINITY },
    taken: () => resolve(undefined),
  });
  socket.pause();
  socket.write(get("/"));
  await taken;
  socket.resume();
  await once(socket, "close");
  expect(socket.bytesRead).toBeLessThan(25_000_000);
});

async function* zeros(): AsyncGenerator<Buffer> {
  for (let mebibyte = 0; mebibyte < 64; mebibyte += 1) yield Buffer.alloc(1024 * 1024);
}

function deferred<T>(): { readonly promise: Promise<T>; readonly resolve: (value: T) => void } {
  let resolve: (value: T) => void = () => {};
  const promise = new Promise<T>((yes) => {
    resolve = yes;
  });
  return { promise, resolve };
}
