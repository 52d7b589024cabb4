import type { IncomingMessage, ServerResponse } from "node:http";
import type { Received } from "./incoming-body.ts";
import type { Rendered } from "./send.ts";

/** One HTTP exchange, from the socket's side. */
export interface Exchange {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly requestId: string;
  readonly started: number;
  readonly expectsContinue: boolean;
  readonly signal: AbortSignal;
  readonly received: Received;
}

/** What went out. */
export interface Sent {
  readonly status: number;
  readonly headers: Rendered["headers"];
  /** Why the connection was broken; undefined when the answer went out whole. */
  readonly broken: string | undefined;
  /** Bytes of the body. */
  readonly bytes: number;
}
