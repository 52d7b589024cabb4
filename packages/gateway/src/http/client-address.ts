import { trimBlanks } from "@s3-credentials/protocol";
import { isIP } from "node:net";
import { type AddressRanges, plainAddress } from "./cidr.ts";

export interface ClientAddress {
  readonly sourceIp: string;
  readonly secure: boolean;
}

/**
 * The socket's peer, unless that is a trusted proxy: then the last address of `X-Forwarded-For` that is not itself one.
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
