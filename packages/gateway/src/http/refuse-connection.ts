import type { Socket } from "node:net";

const statuses = {
  400: "Bad Request",
  408: "Request Timeout",
  431: "Request Header Fields Too Large",
  503: "Service Unavailable",
} as const;

export type ConnectionRefusal = keyof typeof statuses;

/**
 * How long the gateway still reads from a refused client that is sending, so that the client reads the answer before the connection is
 * reset.
 */
const lingerMs = 1000;
/** How many connections beyond the limit may linger so; each of them needs a descriptor. */
const maxLingering = 32;

/** Fixed answers to connections that have no request which could be answered; each destroys its socket. */
export class ConnectionRefusals {
  readonly #closing = new Set<Socket>();

  has(socket: Socket): boolean {
    return this.#closing.has(socket);
  }

  refuse(socket: Socket, status: ConnectionRefusal): void {
    if (this.#closing.has(socket)) return;
    const lingers = status !== 408 && this.#closing.size < maxLingering; // after 408 nothing is on its way
    this.#closing.add(socket);
    const timer = setTimeout(() => socket.destroy(), lingerMs);
    socket.once("close", () => {
      clearTimeout(timer);
      this.#closing.delete(socket);
    });
    socket.on("error", () => socket.destroy());
    const retry = status === 503 ? "Retry-After: 1\r\n" : "";
    socket.end(
      `HTTP/1.1 ${status} ${statuses[status]}\r\n${retry}Connection: close\r\nContent-Length: 0\r\n\r\n`,
      () => {
        if (!lingers) socket.destroy();
      },
    );
    socket.resume();
  }
}
