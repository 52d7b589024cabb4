import { BlockList, isIP, isIPv6 } from "node:net";

/** `::ffff:192.0.2.1` is the IPv4 address it maps: a policy written for IPv4 must see it. */
export function plainAddress(address: string): string {
  const lower = address.toLowerCase();
  if (!lower.startsWith("::ffff:")) return address;
  const mapped = lower.slice("::ffff:".length);
  return isIP(mapped) === 4 ? mapped : address;
}

/** Who counts as one client: an IPv4 address, or an IPv6 network of 64 bits, because one client has all addresses of such a network. */
export function clientNetwork(address: string): string {
  const plain = plainAddress(address);
  if (!isIPv6(plain)) return plain;
  const [head = "", tail] = plain.replace(/%.*$/, "").split("::");
  const first = head === "" ? [] : head.split(":");
  const last = tail === undefined || tail === "" ? [] : tail.split(":");
  const zeros = tail === undefined ? 0 : Math.max(0, 8 - first.length - last.length);
  return [...first, ...Array<string>(zeros).fill("0"), ...last].slice(0, 4).join(":");
}

/** Whether only this machine can reach what listens on `host`. https://www.rfc-editor.org/rfc/rfc6890 */
export function isLoopback(host: string): boolean {
  const address = plainAddress(host);
  return address === "localhost" || address === "::1" || (isIP(address) === 4 && address.startsWith("127."));
}

/** What listens on `host` has every address of this machine. */
export function isEveryAddress(host: string): boolean {
  return host === "0.0.0.0" || (isIP(host) === 6 && /^[0:]+$/.test(host));
}

/** Address ranges; an address alone is a range of one. */
export interface AddressRanges {
  readonly texts: readonly string[];
  contains(address: string): boolean;
}

function addRange(list: BlockList, text: string): boolean {
  const slash = text.indexOf("/");
  const address = slash === -1 ? text : text.slice(0, slash);
  const version = isIP(address);
  if (version === 0) return false;
  const family = version === 4 ? "ipv4" : "ipv6";
  if (slash === -1) {
    list.addAddress(address, family);
    return true;
  }
  const bits = text.slice(slash + 1);
  if (!/^\d{1,3}$/.test(bits) || Number(bits) > (version === 4 ? 32 : 128)) return false;
  list.addSubnet(address, Number(bits), family);
  return true;
}

/** The ranges, or the first text that is none. */
export function parseAddressRanges(texts: readonly string[]): AddressRanges | { readonly invalid: string } {
  const list = new BlockList();
  for (const text of texts) {
    if (!addRange(list, text)) return { invalid: text };
  }
  return {
    texts,
    contains(address) {
      if (texts.length === 0) return false;
      const plain = plainAddress(address);
      const version = isIP(plain);
      return version !== 0 && list.check(plain, version === 4 ? "ipv4" : "ipv6");
    },
  };
}
