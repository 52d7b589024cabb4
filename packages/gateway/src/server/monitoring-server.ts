import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { Exposition } from "../telemetry/exposition.ts";
import type { Report } from "./readiness.ts";

interface Page {
  readonly status: number;
  readonly type: string;
  readonly text: string;
}

export interface Watched {
  readonly report: () => Report;
  readonly expose: () => Promise<Exposition>;
}

export interface MonitoringServer {
  readonly port: number;
  close(): Promise<void>;
}

/** A collector and a few probes need no more. */
const maxConnections = 32;
/** A head of a request of these has a few hundred bytes. */
const maxHeadBytes = 8 * 1024;
/** Whoever asks more often gets the same text: to make it takes milliseconds. */
const keptMs = 1000;

const pathsText = "There are /metrics, /healthz and /readyz here.";

/** For those who watch the gateway: an address of its own, so that nothing of it can be asked where clients are. Rejects when it cannot be used. */
export async function openMonitoring(
  { host, port }: { readonly host: string; readonly port: number },
  watched: Watched,
): Promise<MonitoringServer> {
  const metrics = keptFor(keptMs, watched.expose);
  const server = createServer({ maxHeaderSize: maxHeadBytes, headersTimeout: 5000, requestTimeout: 5000 });
  server.maxConnections = maxConnections;
  server.on("request", (request, response) => {
    pageOf(request, watched, metrics).then(
      (page) => send(request, response, page),
      () => send(request, response, problem(500, "The metrics could not be gathered; see the gateway's log.")),
    );
  });
  const bound = await listen(server, host, port);
  return { port: bound, close: () => closed(server) };
}

async function pageOf(
  { method, url = "" }: IncomingMessage,
  { report }: Watched,
  metrics: () => Promise<Exposition>,
): Promise<Page> {
  const [path] = url.split("?");
  if (path !== "/healthz" && path !== "/readyz" && path !== "/metrics") return problem(404, pathsText);
  if (method !== "GET" && method !== "HEAD") return problem(405, "Only GET and HEAD are answered here.");
  if (path === "/healthz") return json(200, { status: "ok" });
  if (path === "/metrics") return { status: 200, ...(await metrics()) };
  const state = report();
  return json(state.status === "ready" ? 200 : 503, state);
}

function json(status: number, value: object): Page {
  return { status, type: "application/json", text: `${JSON.stringify(value)}\n` };
}

function problem(status: number, error: string): Page {
  return json(status, { error });
}

function send({ method }: IncomingMessage, response: ServerResponse, { status, type, text }: Page): void {
  const body = Buffer.from(text, "utf8");
  response.writeHead(status, { "content-type": type, "content-length": body.length, "cache-control": "no-store" });
  response.end(method === "HEAD" ? undefined : body);
}

/** One value for all who ask at a time, and for some time after. */
function keptFor<T>(ms: number, make: () => Promise<T>): () => Promise<T> {
  let made: Promise<T> | undefined;
  return () => {
    if (made !== undefined) return made;
    const forget = (): void => {
      made = undefined;
    };
    made = make();
    made.then(() => setTimeout(forget, ms).unref(), forget);
    return made;
  };
}

function listen(server: Server, host: string, port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, host, () => {
      server.off("error", reject);
      const address = server.address();
      resolve(typeof address === "object" && address !== null ? address.port : port);
    });
  });
}

function closed(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
    server.closeAllConnections();
  });
}
