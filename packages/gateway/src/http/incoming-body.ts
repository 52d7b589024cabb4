import type { IncomingMessage, ServerResponse } from "node:http";
import { ClientGone, type IncomingBody } from "../authn/request.ts";
import { ClientPace } from "./client-pace.ts";

/** The length the request says; undefined for chunked transfer. `node:http` has refused anything that is not a number. */
function bodyLength(request: IncomingMessage): number | undefined {
  if (request.headers["transfer-encoding"] !== undefined) return undefined;
  return Number(request.headers["content-length"] ?? 0);
}

/** How much of a body has been read. */
export interface Received {
  bytes: number;
}

/** Longer bodies are read piece by piece. */
const maxWhole = 128 * 1024;

/** As `bytesOf`, without what a stream and an iterator cost for each piece. */
function wholeOf(request: IncomingMessage, received: Received): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const pace = new ClientPace();
    const pieces: Buffer[] = [];
    let asked = performance.now();
    const take = (piece: Buffer): void => {
      const now = performance.now();
      pieces.push(piece);
      received.bytes += piece.length;
      if (!pace.moved(piece.length, now - asked)) leave(() => reject(new ClientGone("the body comes too slowly")));
      asked = now;
    };
    const end = (): void => leave(() => resolve(pieces.length === 1 && pieces[0] ? pieces[0] : Buffer.concat(pieces)));
    const fail = (cause?: Error): void =>
      leave(() => reject(new ClientGone("the connection ended before the body", { cause })));
    const leave = (settle: () => void): void => {
      // The connection must live on for the answer.
      request.pause().off("data", take).off("end", end).off("error", fail).off("close", fail);
      settle();
    };
    request.on("data", take).on("end", end).on("error", fail).on("close", fail);
    if (request.destroyed) fail(); // its events have been
  });
}

async function* bytesOf(request: IncomingMessage, received: Received): AsyncGenerator<Buffer> {
  const pace = new ClientPace();
  try {
    let asked = performance.now();
    // Left early (a body that does not verify), the connection must live on for the answer.
    for await (const chunk of request.iterator({ destroyOnReturn: false })) {
      const bytes = chunk as Buffer;
      received.bytes += bytes.length;
      if (!pace.moved(bytes.length, performance.now() - asked)) throw new ClientGone("the body comes too slowly");
      yield bytes;
      asked = performance.now();
    }
  } catch (error) {
    throw new ClientGone("the connection ended before the body", { cause: error });
  }
}

/** `expectsContinue`: nothing has been said to `Expect: 100-continue` yet; it is answered when the body is first read. */
export function incomingBody(
  request: IncomingMessage,
  response: ServerResponse,
  expectsContinue: boolean,
  received: Received,
): IncomingBody {
  const length = bodyLength(request);
  const goOn = (): void => {
    if (expectsContinue && !response.headersSent) response.writeContinue();
  };
  return {
    length,
    bytes() {
      goOn();
      return bytesOf(request, received);
    },
    whole() {
      if (length === undefined || length > maxWhole) return undefined;
      if (length === 0) return Promise.resolve(Buffer.alloc(0));
      goOn();
      return wholeOf(request, received);
    },
  };
}

/** How much of a rejected body is still read, and for how long, so that the client gets to read the answer. */
const lingerBytes = 16 * 1024 * 1024;
const lingerMs = 5000;

/**
 * Ends a response whose request was not read to its end. The answer is already on its way; closing now would reset the
 * connection under a client that is still sending, and it would see EPIPE in place of the answer.
 */
export function lingerThenEnd(request: IncomingMessage, response: ServerResponse, expectsContinue: boolean): void {
  // A client that waits for 100 Continue sends no body once it has the answer.
  if (request.complete || expectsContinue || request.destroyed) {
    response.end();
    return;
  }
  let left = lingerBytes;
  const end = (): void => {
    clearTimeout(timer);
    request.off("data", count);
    response.end();
  };
  const count = (chunk: Buffer): void => {
    left -= chunk.length;
    if (left < 0) end();
  };
  const timer = setTimeout(end, lingerMs);
  request.once("end", end);
  request.once("close", end);
  request.on("data", count);
  request.resume();
}
