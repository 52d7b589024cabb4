import { isIP } from "node:net";

/**
 * Whether a request comes from a program on this machine that meant this server. A page a browser shows can send requests
 * here, and by DNS rebinding under the name of its own site; what it cannot do is change `Host`, or leave `Origin` out.
 */
export function isForeign(
  headers: { readonly host?: string | undefined; readonly origin?: string | undefined },
  ownHost: string,
): boolean {
  const host = hostName(headers.host);
  if (host === undefined || !isOwn(host, ownHost)) return true;
  if (headers.origin === undefined) return false;
  return !URL.canParse(headers.origin) || new URL(headers.origin).host !== headers.host;
}

/** A site cannot have a bare address as its name, so any address is accepted, and of names only those of this machine. */
function isOwn(host: string, ownHost: string): boolean {
  return host === "localhost" || host === ownHost.toLowerCase() || isIP(host.replace(/^\[|\]$/g, "")) !== 0;
}

function hostName(host: string | undefined): string | undefined {
  const match = /^(\[[0-9a-f:.]+\]|[^:[\]/@]+)(?::\d{1,5})?$/i.exec(host ?? "");
  return match?.[1]?.toLowerCase();
}

/** Whether only this machine can reach an address. https://www.rfc-editor.org/rfc/rfc6890 */
export function isLoopback(address: string): boolean {
  return address === "::1" || (isIP(address) === 4 && address.startsWith("127."));
}
