import type { IncomingHttpHeaders } from "node:http";
import type { AddressRanges } from "../http/cidr.ts";
import { type ClientAddress, clientAddress, peerOf } from "../http/client-address.ts";
import type { Exchange } from "../http/exchange.ts";
import type { Failure } from "./console-reply.ts";
import type { Origins } from "./origins.ts";

/** A request to the console, after it is known that it came by one of the console's own names. */
export interface ConsoleRequest {
  readonly exchange: Exchange;
  readonly requestId: string;
  readonly method: string;
  /** As sent: nothing is decoded. */
  readonly path: string;
  /** As sent, without the question mark. */
  readonly query: string;
  readonly headers: IncomingHttpHeaders;
  readonly client: ClientAddress;
  /** By which the browser reached the console. */
  readonly origin: string;
}

export interface ReadingParts {
  readonly origins: Origins;
  readonly trustedProxies: AddressRanges;
  /** The console's own port has TLS. */
  readonly tls: boolean;
}

const foreignHost: Failure = {
  status: 403,
  code: "ForeignHost",
  message:
    "The console does not answer by this name. Its operator names the address of the console with --console-origin.",
};

const notSecure: Failure = {
  status: 403,
  code: "NotSecure",
  message:
    "The console is at an https address, and this request came over plain HTTP. A proxy in front of it must send X-Forwarded-Proto, and be named with --trusted-proxy.",
};

/**
 * A name that an attacker has pointed at this machine is not the console's: without this check, a page of that name could read what the
 * console answers (DNS rebinding).
 */
export function readRequest(
  { origins, trustedProxies, tls }: ReadingParts,
  exchange: Exchange,
): ConsoleRequest | Failure {
  const { request, requestId } = exchange;
  const forwarded = new Map(
    ["x-forwarded-for", "x-forwarded-proto"].flatMap((name) => {
      const value = request.headers[name];
      return value === undefined ? [] : [[name, String(value)] as const];
    }),
  );
  const client = clientAddress(peerOf(request.socket), forwarded, trustedProxies);
  const secure = tls || client.secure;
  const origin = origins.find(request.headers.host ?? "");
  if (origin === undefined) return foreignHost;
  if (origin.startsWith("https:") && !secure) return notSecure;
  const target = request.url ?? "";
  const mark = target.indexOf("?");
  return {
    exchange,
    requestId,
    method: request.method ?? "",
    path: mark === -1 ? target : target.slice(0, mark),
    query: mark === -1 ? "" : target.slice(mark + 1),
    headers: request.headers,
    client: { ...client, secure },
    origin,
  };
}
