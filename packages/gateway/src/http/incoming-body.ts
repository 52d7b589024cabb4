import type { IncomingMessage, ServerResponse } from "node:http";
import { ClientGone, type IncomingBody } from "../authn/request.ts";
import { ClientPace } from "./client-pace.ts";

/** The length the request says; undefined for chunked transfer. `node:http` has refused anything that is not a number. */
function bodyLength(request: IncomingMessage): number | undefined {
  if (request.headers["transfer-encoding"] !== undefined) return undefined;
  return Number(request.headers["content-length"] ?? 0);
}

async function* bytesOf(request: IncomingMessage): AsyncGenerator<Buffer> {
  const pace = new ClientPace();
  try {
    let asked = performance.now();
    // Left early (a body that does not verify), the connection must live on for the answer.
    for await (const chunk of request.iterator({ destroyOnReturn: false })) {
      const bytes = chunk as Buffer;
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
): IncomingBody {
  return {
    length: bodyLength(request),
    bytes() {
      if (expectsContinue && !response.headersSent) response.writeContinue();
      return bytesOf(request);
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
