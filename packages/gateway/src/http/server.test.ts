import { EventEmitter, once } from "node:events";
import { Agent, get, type ServerResponse } from "node:http";
import { connect, type Socket } from "node:net";
import { expect, onTestFinished, test } from "vitest";
import { parseAddressRanges } from "./cidr.ts";
import type { Listener } from "./listener.ts";
import { selfSigned } from "../../test/self-signed.ts";
import { type HttpServer, openServer, type ServerOptions } from "./server.ts";

function ranges(...texts: string[]) {
  const parsed = parseAddressRanges(texts);
  if ("invalid" in parsed) throw new Error(parsed.invalid);
  return parsed;
}

async function open(options: Partial<ServerOptions> = {}): Promise<HttpServer> {
  const server = await openServer({
    host: "127.0.0.1",
    port: 0,
    limits: { total: 100, perAddress: 100 },
    trustedProxies: ranges(),
    ...options,
  });
  onTestFinished(() => server.close());
  return server;
}

async function start(listener: Listener, options: Partial<ServerOptions> = {}): Promise<HttpServer> {
  const server = await open(options);
  server.serve(listener);
  return server;
}

function fetchText(port: number, agent?: Agent): Promise<string> {
  return new Promise((resolve, reject) => {
    get({ host: "127.0.0.1", port, path: "/", agent }, (response) => {
      let text = "";
      response.on("data", (chunk: Buffer) => (text += chunk.toString()));
      response.on("end", () => resolve(`${response.statusCode} ${text}`));
      response.on("error", reject);
    }).on("error", reject);
  });
}

interface Raw {
  readonly socket: Socket;
  /** All that came, once the server has closed the connection. */
  readonly whole: Promise<string>;
}

async function raw(port: number, options: { readonly from?: string } = {}): Promise<Raw> {
  const socket = connect({ port, host: "127.0.0.1", localAddress: options.from, allowHalfOpen: true });
  onTestFinished(() => void socket.destroy());
  let text = "";
  socket.on("data", (chunk: Buffer) => (text += chunk.toString()));
  const whole = new Promise<string>((resolve) => {
    socket.on("error", () => resolve(text)); // reset: the socket is gone for good
    socket.on("end", () => resolve(text));
  });
  await once(socket, "connect");
  return { socket, whole };
}

const ok: Listener = (_request, response) => void response.end("done");

test("close lets a request under way finish, and then takes no more", async () => {
  const arrivals = new EventEmitter();
  const server = await start((_request, response) => void arrivals.emit("request", response));
  const agent = new Agent({ keepAlive: true });
  onTestFinished(() => agent.destroy());
  const under = fetchText(server.port, agent);
  const [response] = (await once(arrivals, "request")) as [ServerResponse];
  const closed = server.close();
  await expect(fetchText(server.port)).rejects.toThrow();
  response.end("done");
  expect(await under).toBe("200 done");
  await closed;
});

test.each(["nothing", "half a head"])(
  "close cuts who has sent %s over TLS, and does not wait for its handshake",
  async (sent) => {
    const { cert, key } = selfSigned();
    const tls = { cert: Buffer.from(cert), key: Buffer.from(key) };
    // A handshake may take thirty seconds, longer than a test.
    const server = await start(ok, { tls, closeDeadlineMs: 50 });
    const { socket, whole } = await raw(server.port);
    if (sent !== "nothing") socket.write(Buffer.from([0x16, 0x03, 0x01]));
    await server.close();
    expect(await whole).toBe("");
  },
);

test("a port in use is the system's error", async () => {
  const { port } = await start(ok);
  await expect(open({ port })).rejects.toMatchObject({ code: "EADDRINUSE" });
});

test("until it serves, a connection gets 503", async () => {
  const server = await open();
  expect(await fetchText(server.port)).toBe("503 ");
  server.serve(ok);
  expect(await fetchText(server.port)).toBe("200 done");
});

test("connections beyond those of one address get 503, those of another address are served", async () => {
  const { port } = await start(ok, { limits: { total: 10, perAddress: 2 } });
  const first = await raw(port);
  await raw(port);
  for (let more = 0; more < 5; more += 1)
    expect(await (await raw(port)).whole).toMatch(/^HTTP\/1\.1 503 .*\r\nRetry-After: 1\r\n/);
  const other = await raw(port, { from: "127.0.0.2" });
  other.socket.write("GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
  expect(await other.whole).toMatch(/^HTTP\/1\.1 200 /);
  first.socket.write("GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
  expect(await first.whole).toMatch(/^HTTP\/1\.1 200 /);
  first.socket.destroy();
  const again = await raw(port);
  again.socket.write("GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
  expect(await again.whole).toMatch(/^HTTP\/1\.1 200 /);
});

test("a trusted proxy has no limit of its own, only the one of all", async () => {
  const limits = { total: 3, perAddress: 1 };
  const { port } = await start(ok, { limits, trustedProxies: ranges("127.0.0.1") });
  const admitted = [await raw(port), await raw(port), await raw(port)];
  expect(await (await raw(port)).whole).toMatch(/^HTTP\/1\.1 503 /);
  for (const { socket, whole } of admitted) {
    socket.write("GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
    expect(await whole).toMatch(/^HTTP\/1\.1 200 /);
  }
});

test("connections are kept for a next request as long as there are places, and shortly when more than half are taken", async () => {
  const { port } = await start(ok, { limits: { total: 4, perAddress: 4 } });
  const answers: string[] = [];
  for (let open = 0; open < 4; open += 1) {
    const { socket } = await raw(port);
    socket.write("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
    const [answer] = (await once(socket, "data")) as [Buffer];
    answers.push(/timeout=(\d+)/.exec(answer.toString())?.[1] ?? "");
  }
  expect(answers).toEqual(["65", "65", "5", "5"]);
});

test.each([
  ["a head that is not finished in time", "GET / HTTP/1.1\r\nX-Slow: ", 408, ""],
  ["a head that was never begun", "", 408, ""],
  ["a head that is too large", `GET / HTTP/1.1\r\nX-Large: ${"x".repeat(40_000)}`, 400, "RequestHeaderSectionTooLarge"],
  ["a head that is too large, of HEAD", `HEAD / HTTP/1.1\r\nX-Large: ${"x".repeat(40_000)}`, 400, ""],
  ["what is no HTTP", "no http\r\n\r\n", 400, "BadRequest"],
])(
  "%s: the answer, and the connection is destroyed though the client keeps its side open",
  async (_, text, status, code) => {
    const { port } = await start(ok, { headTimeoutMs: 50, limits: { total: 1, perAddress: 1 } });
    const slow = await raw(port);
    slow.socket.write(text);
    const document =
      code === "" ? "Content-Length: 0\r\n\r\n" : `<Error><Code>${code}</Code><Message>[^<]+</Message></Error>`;
    expect(await slow.whole).toMatch(new RegExp(`^HTTP/1\\.1 ${status} [^]*${document}$`));
    // The client has not closed its side. Its place is free again all the same.
    let next = "";
    while (next !== "200 done") next = await fetchText(port);
  },
);
