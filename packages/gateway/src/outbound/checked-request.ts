import {
  type Agent as HttpAgent,
  type IncomingMessage,
  type OutgoingHttpHeaders,
  request as httpRequest,
} from "node:http";
import { type Agent as HttpsAgent, request as httpsRequest } from "node:https";
import type { LookupFunction } from "node:net";
import { placeOf, type SafeAddress } from "./safe-addresses.ts";

/** How to reach a server whose addresses were checked. */
export interface CheckedConnection {
  /** Of the URL's host, as `safePlace` gave them. */
  readonly addresses: readonly SafeAddress[];
  /** INVARIANT: of one's own, because another's pool may have a connection to an address that was not checked. */
  readonly agent: HttpAgent | HttpsAgent;
  /** Certificates in PEM that vouch for the server; undefined: those that Node trusts. */
  readonly authorities: string | undefined;
}

export interface CheckedRequest extends CheckedConnection {
  readonly headers: OutgoingHttpHeaders;
  /** Sent with POST; undefined: it is a GET. */
  readonly body?: string | Buffer | undefined;
  readonly signal: AbortSignal;
}

/** The head of the answer. Redirects are not followed, no proxy of the environment is used, and nothing is looked up again. */
export function checkedRequest(url: URL, parts: CheckedRequest): Promise<IncomingMessage> {
  const { addresses, agent, authorities, headers, body, signal } = parts;
  const { host, port } = placeOf(url);
  const method = body === undefined ? "GET" : "POST";
  const target = { host, port, path: `${url.pathname}${url.search}`, method, headers };
  const checked = { ...target, lookup: given(addresses), agent, signal, maxHeaderSize: 16 * 1024 };
  const verified = {
    rejectUnauthorized: true,
    minVersion: "TLSv1.2",
    ...(authorities && { ca: authorities }),
  } as const;
  return new Promise((resolve, reject) => {
    const request =
      url.protocol === "http:" ? httpRequest(checked, resolve) : httpsRequest({ ...checked, ...verified }, resolve);
    request.on("error", reject).end(body);
  });
}

/** Stands for name resolution: whatever name is asked for has the addresses that were checked. */
function given(addresses: readonly SafeAddress[]): LookupFunction {
  return (_host, { all }, done) => {
    const [first] = addresses;
    if (all === true) done(null, [...addresses]);
    else done(null, first?.address ?? "", first?.family);
  };
}
