import type { IncomingMessage, ServerResponse } from "node:http";
import type { Socket } from "node:net";
import type { Listener } from "./listener.ts";

/** Requests that a client may send ahead on one connection. No known client sends more than a few. */
const maxAhead = 16;

interface Line {
  readonly current: ServerResponse;
  readonly ahead: (() => void)[];
}

/**
 * Node hands over every request of a connection as soon as it has read it, and keeps all their answers in memory. Here a
 * request begins when the one before it has been answered, so a connection has one request at work. A client that sends too
 * many ahead loses the connection: there is no place in the order of answers for a refusal.
 */
export class OneByOne {
  readonly #lines = new WeakMap<Socket, Line>();
  #running = 0;
  #isLast = false;

  /** Requests that are being answered. */
  get running(): number {
    return this.#running;
  }

  /** No connection is kept after the answer that it has now, or gets next. `sockets`: those that are open. */
  endConnections(sockets: Iterable<Socket>): void {
    this.#isLast = true;
    for (const socket of sockets) {
      const response = this.current(socket);
      if (response !== undefined) endAfter(response);
    }
  }

  /** The answer under way on a connection. */
  current(socket: Socket): ServerResponse | undefined {
    return this.#lines.get(socket)?.current;
  }

  serve(listener: Listener, request: IncomingMessage, response: ServerResponse, expectsContinue: boolean): void {
    const { socket } = request;
    const line = this.#lines.get(socket);
    if (line === undefined) this.#begin(socket, [], listener, request, response, expectsContinue);
    else if (line.ahead.length >= maxAhead) socket.destroy();
    else line.ahead.push(() => this.#begin(socket, line.ahead, listener, request, response, expectsContinue));
  }

  #begin(
    socket: Socket,
    ahead: (() => void)[],
    listener: Listener,
    request: IncomingMessage,
    response: ServerResponse,
    expectsContinue: boolean,
  ): void {
    this.#lines.set(socket, { current: response, ahead });
    this.#running += 1;
    if (this.#isLast) endAfter(response);
    response.once("close", () => {
      this.#running -= 1;
      this.#lines.delete(socket);
      if (socket.writable) ahead.shift()?.();
    });
    listener(request, response, expectsContinue);
  }
}

/** Node then says `Connection: close` in the head, unless that has gone out. */
function endAfter(response: ServerResponse): void {
  response.shouldKeepAlive = false;
}
