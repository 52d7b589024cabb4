import { createServer, type Server } from "node:http";
import type { AddressInfo, Socket } from "node:net";
import type { Listener } from "./listener.ts";

/** Octets of request line and headers: session tokens are long, and S3 allows 2 KiB of metadata. */
const longestHead = 32 * 1024;
const headTimeoutMs = 30_000;
/** A whole request: 5 GiB on a slow line takes hours; a silent socket is cut by `silenceMs` long before. */
const requestTimeoutMs = 6 * 60 * 60 * 1000;
const silenceMs = 120_000;
const keepAliveMs = 65_000;
/** How long `close` waits for requests under way. */
const closeDeadlineMs = 10_000;

export interface HttpServer {
  readonly port: number;
  /** Stops accepting, lets requests under way finish until a deadline, then cuts the rest. */
  close(): Promise<void>;
}

/** What cannot be parsed as HTTP has no request to answer: one fixed response, then the connection ends. */
function refuseConnection(error: NodeJS.ErrnoException, socket: Socket): void {
  if (!socket.writable || error.code === "ECONNRESET") {
    socket.destroy();
    return;
  }
  const status =
    error.code === "HPE_HEADER_OVERFLOW"
      ? "431 Request Header Fields Too Large"
      : error.code === "ERR_HTTP_REQUEST_TIMEOUT"
        ? "408 Request Timeout"
        : "400 Bad Request";
  socket.end(`HTTP/1.1 ${status}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`);
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

/** Rejects with the system's error when the address cannot be had. */
export async function startServer(
  listener: Listener,
  { host, port }: { readonly host: string; readonly port: number },
): Promise<HttpServer> {
  const server = createServer(
    {
      maxHeaderSize: longestHead,
      headersTimeout: headTimeoutMs,
      requestTimeout: requestTimeoutMs,
      keepAliveTimeout: keepAliveMs,
      connectionsCheckingInterval: 5000,
    },
    (request, response) => listener(request, response, false),
  );
  // The size of the head bounds their number; a count limit would drop headers silently, signed ones among them.
  server.maxHeadersCount = 0;
  server.setTimeout(silenceMs);
  server.on("checkContinue", (request, response) => listener(request, response, true));
  server.on("clientError", refuseConnection);
  const address = await listen(server, host, port);
  return { port: address.port, close: () => closeServer(server) };
}

function closeServer(server: Server): Promise<void> {
  return new Promise((resolve) => {
    const deadline = setTimeout(() => server.closeAllConnections(), closeDeadlineMs);
    // A connection whose last request has ended would otherwise be kept alive.
    const idle = setInterval(() => server.closeIdleConnections(), 50);
    server.close(() => {
      clearTimeout(deadline);
      clearInterval(idle);
      resolve();
    });
  });
}
