import { trimBlanks } from "@s3-credentials/protocol";
import { isIP, type Socket } from "node:net";
import { TLSSocket } from "node:tls";
import { type AddressRanges, plainAddress } from "./cidr.ts";

export interface ClientAddress {
  readonly sourceIp: string;
  readonly secure: boolean;
  /** `1.3`: of the client's own connection; undefined without TLS, and behind a proxy, which ends it. */
  readonly tlsVersion: string | undefined;
}

/** The other end of a socket. */
export interface Peer {
  readonly address: string;
  readonly tlsVersion: string | undefined;
}

export function peerOf(socket: Socket): Peer {
  const protocol = socket instanceof TLSSocket ? (socket.getProtocol() ?? "") : "";
  return { address: socket.remoteAddress ?? "", tlsVersion: /^TLSv([\d.]+)$/.exec(protocol)?.[1] };
}

/**
 * The address of the socket's peer. When that is a trusted proxy, it is the last address in `X-Forwarded-For` that is not a trusted proxy.
 * The addresses before it were written by the client and prove nothing. A trusted address that sends neither header is a client itself.
 */
export function clientAddress(peer: Peer, headers: ReadonlyMap<string, string>, proxies: AddressRanges): ClientAddress {
  const { address, tlsVersion } = peer;
  const socket = plainAddress(address);
  const isProxied = headers.has("x-forwarded-for") || headers.has("x-forwarded-proto");
  if (!proxies.contains(socket) || !isProxied)
    return { sourceIp: socket, secure: tlsVersion !== undefined, tlsVersion };
  const secure = trimBlanks(headers.get("x-forwarded-proto") ?? "").toLowerCase() === "https";
  let sourceIp = socket;
  const hops = (headers.get("x-forwarded-for") ?? "").split(",").reverse();
  for (const hop of hops) {
    const address = plainAddress(trimBlanks(hop));
    if (isIP(address) === 0) break;
    sourceIp = address;
    if (!proxies.contains(address)) break;
  }
  return { sourceIp, secure, tlsVersion: undefined };
}
