import { trimBlanks } from "@s3-credentials/protocol";
import { isIP } from "node:net";
import { type AddressRanges, plainAddress } from "./cidr.ts";

export interface ClientAddress {
  readonly sourceIp: string;
  readonly secure: boolean;
}

/**
 * The address of the socket's peer. When that is a trusted proxy, it is the last address in `X-Forwarded-For` that is not a trusted proxy.
 * The addresses before it were written by the client and prove nothing.
 */
export function clientAddress(
  peer: string,
  headers: ReadonlyMap<string, string>,
  proxies: AddressRanges,
): ClientAddress {
  const socket = plainAddress(peer);
  if (!proxies.contains(socket)) return { sourceIp: socket, secure: false };
  const secure = trimBlanks(headers.get("x-forwarded-proto") ?? "").toLowerCase() === "https";
  let sourceIp = socket;
  const hops = (headers.get("x-forwarded-for") ?? "").split(",").reverse();
  for (const hop of hops) {
    const address = plainAddress(trimBlanks(hop));
    if (isIP(address) === 0) break;
    sourceIp = address;
    if (!proxies.contains(address)) break;
  }
  return { sourceIp, secure };
}
