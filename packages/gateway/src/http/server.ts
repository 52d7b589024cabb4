import { createServer, type Server } from "node:http";
import { createServer as createTlsServer } from "node:https";
import type { AddressInfo, Socket } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import type { AddressRanges } from "./cidr.ts";
import { type ConnectionLimits, Connections } from "./connections.ts";
import type { Listener } from "./listener.ts";
import { OneByOne } from "./one-by-one.ts";
import { type ConnectionRefusal, ConnectionRefusals } from "./refuse-connection.ts";

/** Bytes of request line and headers: session tokens are long, and S3 allows 2 KiB of metadata. */
const maxHeadBytes = 32 * 1024;
/** A whole request: 5 GiB on a slow line takes hours; a silent socket is cut by `silenceMs` long before. */
const requestTimeoutMs = 6 * 60 * 60 * 1000;
const silenceMs = 120_000;
/** How long a connection is kept for a next request: while there are places for all, and when more than half are taken. */
const keepAliveMs = 65_000;
const crowdedKeepAliveMs = 5000;

/** A certificate chain and its key, in PEM. */
export interface TlsPair {
  readonly cert: Buffer;
  readonly key: Buffer;
}

export interface ServerOptions {
  readonly host: string;
  readonly port: number;
  readonly limits: ConnectionLimits;
  readonly trustedProxies: AddressRanges;
  /** Every connection is TLS then. */
  readonly tls?: TlsPair | undefined;
  /** How long a client may take for the head of a request. */
  readonly headTimeoutMs?: number;
  /** How long `close` waits for requests under way. */
  readonly closeDeadlineMs?: number;
  /**
   * Processes take turns with the connections of this address. Then `close` gives it up last, and refuses connections until then: one that is
   * given to a process that has left would wait for nothing.
   */
  readonly shared?: boolean;
}

const idleCheckMs = 50;

const leastTls = "TLSv1.2";

export interface ServerCounts {
  /** Open now. */
  readonly connections: number;
  /** Being answered now. */
  readonly requests: number;
  /** Connections that got 503 since the start. */
  readonly refused: number;
}

export interface HttpServer {
  readonly port: number;
  /** Until then every connection gets 503. */
  serve(listener: Listener): void;
  /** The certificate of new connections; those that are open go on. Only of a server that was opened with one. */
  setTls(pair: TlsPair): void;
  readonly counts: ServerCounts;
  /** Goes on serving, but each connection ends after its next answer, so that clients go elsewhere for the one after. */
  endConnections(): void;
  /** Stops accepting, lets requests under way finish until a deadline, then cuts the rest. */
  close(): Promise<void>;
}

/** Takes the address. Rejects with the error of the system when it cannot. */
export async function openServer(options: ServerOptions): Promise<HttpServer> {
  const { headTimeoutMs = 30_000, closeDeadlineMs = 10_000, shared = false } = options;
  const settings = {
    maxHeaderSize: maxHeadBytes,
    headersTimeout: headTimeoutMs,
    requestTimeout: requestTimeoutMs,
    keepAliveTimeout: keepAliveMs,
    connectionsCheckingInterval: Math.min(5000, headTimeoutMs),
  };
  const { tls } = options;
  const secure =
    tls === undefined
      ? undefined
      : createTlsServer({ ...settings, ...tls, handshakeTimeout: headTimeoutMs, minVersion: leastTls });
  const server = secure ?? createServer(settings);
  // The size of the head bounds their number; a count limit would drop headers silently, signed ones among them.
  server.maxHeadersCount = 0;
  server.setTimeout(silenceMs);
  const refusals = new ConnectionRefusals();
  const requests = new OneByOne();
  let listener: Listener | undefined;
  let leaving = false;
  const sockets = admitConnections(server, options, refusals, () => listener !== undefined && !leaving);
  server.on("request", (request, response) => listener && requests.serve(listener, request, response, false));
  // Any other expectation. Without a listener Node answers 417 by itself; S3 ignores it.
  server.on("checkExpectation", (request, response) => listener && requests.serve(listener, request, response, false));
  server.on("checkContinue", (request, response) => listener && requests.serve(listener, request, response, true));
  server.on("clientError", (error: ClientError, socket: Socket) => {
    // The client would read bytes that are written into an answer that has begun as a part of it.
    const begun = requests.current(socket)?.headersSent === true;
    if (begun || error.code === "ECONNRESET" || (!socket.writable && !refusals.has(socket))) socket.destroy();
    else refusals.refuse(socket, refusalOf(error), methodOf(error));
  });
  const { port } = await listen(server, options.host, options.port);
  const endConnections = (): void => requests.endConnections(sockets);
  const close = async (): Promise<void> => {
    endConnections();
    leaving = shared;
    if (shared) await closeConnections(server, sockets, closeDeadlineMs);
    await closeServer(server, sockets, closeDeadlineMs);
  };
  let closed: Promise<void> | undefined;
  return {
    port,
    serve: (to) => {
      listener = to;
    },
    setTls: (pair) => secure?.setSecureContext({ ...pair, minVersion: leastTls }),
    get counts() {
      return { connections: sockets.size, requests: requests.running, refused: refusals.busy };
    },
    endConnections,
    close: () => (closed ??= close()),
  };
}

/** Runs before Node's own listener, so that a connection beyond the limits never gets a parser. Returns those that are open. */
function admitConnections(
  server: Server,
  { limits, trustedProxies }: ServerOptions,
  refusals: ConnectionRefusals,
  isServing: () => boolean,
): ReadonlySet<Socket> {
  const sockets = new Set<Socket>();
  const connections = new Connections(limits, trustedProxies);
  server.on("secureConnection", writeHeadsAsBytes);
  const accept = server.listeners("connection");
  server.removeAllListeners("connection");
  server.on("connection", (socket: Socket) => {
    const admitted = isServing() ? connections.admit(socket.remoteAddress ?? "") : undefined;
    if (admitted === undefined) {
      refusals.refuse(socket, "busy");
      return;
    }
    const setKeepAlive = (): void => {
      server.keepAliveTimeout = connections.crowded ? crowdedKeepAliveMs : keepAliveMs;
    };
    setKeepAlive();
    sockets.add(socket);
    socket.once("close", () => {
      sockets.delete(socket);
      admitted();
      setKeepAlive();
    });
    writeHeadsAsBytes(socket);
    for (const listener of accept) listener.call(server, socket);
  });
  return sockets;
}

/** Node writes a head that has no body after it in the default encoding of the socket, and header values are bytes. */
function writeHeadsAsBytes(socket: Socket): void {
  socket.setDefaultEncoding("latin1");
}

/** What cannot be parsed as HTTP has no request to answer. */
interface ClientError extends NodeJS.ErrnoException {
  /** The last bytes that came. */
  readonly rawPacket?: Buffer;
}

/** Undefined when the last bytes are not the first of their request. */
function methodOf({ rawPacket }: ClientError): string | undefined {
  return /^([A-Z]+) \//.exec(rawPacket?.toString("latin1", 0, 16) ?? "")?.[1];
}

function refusalOf({ code }: NodeJS.ErrnoException): ConnectionRefusal {
  if (code === "HPE_HEADER_OVERFLOW") return "too-large";
  return code === "ERR_HTTP_REQUEST_TIMEOUT" ? "too-slow" : "malformed";
}

function listen(server: Server, host: string, port: number): Promise<AddressInfo> {
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, host, () => {
      server.off("error", reject);
      const address = server.address();
      if (address === null || typeof address === "string") reject(new Error("no address"));
      else resolve(address);
    });
  });
}

/** Each of those that are open, when its request has ended; at the deadline those that are left. */
async function closeConnections(server: Server, sockets: ReadonlySet<Socket>, deadlineMs: number): Promise<void> {
  const deadline = setTimeout(() => {
    for (const socket of sockets) socket.destroy();
  }, deadlineMs);
  while (sockets.size > 0) {
    server.closeIdleConnections();
    await sleep(idleCheckMs);
  }
  clearTimeout(deadline);
}

function closeServer(server: Server, sockets: ReadonlySet<Socket>, deadlineMs: number): Promise<void> {
  return new Promise((resolve) => {
    // Those too that Node does not count, because their TLS has not begun.
    const deadline = setTimeout(() => {
      for (const socket of sockets) socket.destroy();
    }, deadlineMs);
    // A connection whose last request has ended would otherwise be kept alive.
    const idle = setInterval(() => server.closeIdleConnections(), idleCheckMs);
    server.close(() => {
      clearTimeout(deadline);
      clearInterval(idle);
      resolve();
    });
  });
}
