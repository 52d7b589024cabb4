/** Which addresses the gateway connects to outside of it: of an issuer of tokens, of where that has its keys, of a webhook. */
import { lookup, Resolver } from "node:dns/promises";
import { isIP } from "node:net";
import ipaddr from "ipaddr.js";

/** What the operator trusts beside the public network. */
export interface AllowedPlaces {
  /** `HOST` or `HOST:PORT`, lower case. */
  readonly hosts: readonly string[];
  readonly ranges: { contains(address: string): boolean };
}

export interface SafeAddress {
  readonly address: string;
  readonly family: 4 | 6;
}

/** A host that may not be connected to, or that has no address. `message` is for the client. */
export class UnsafeHost extends Error {}

const defaultPorts: Readonly<Record<string, number>> = { "http:": 80, "https:": 443 };

/** Where a URL leads; a host in the form of a URL has no brackets here. */
export function placeOf(url: URL): { readonly host: string; readonly port: number } {
  return { host: url.hostname.replace(/^\[|\]$/g, ""), port: Number(url.port || defaultPorts[url.protocol]) };
}

/** Where a host may be connected to. */
export interface SafePlace {
  readonly addresses: readonly SafeAddress[];
  /** The operator allows it, by its name or by an address. */
  readonly isOwn: boolean;
  /** One of the addresses is public. */
  readonly isPublic: boolean;
}

/**
 * All addresses of the host, looked up once. INVARIANT: one address that is neither public nor allowed refuses the host, so a name that
 * has several cannot lead elsewhere at another time; and who connects uses these addresses and looks nothing up again.
 * @throws {UnsafeHost}
 */
export async function safePlace(url: URL, { hosts, ranges }: AllowedPlaces): Promise<SafePlace> {
  const { host, port } = placeOf(url);
  const isNamed = hosts.includes(host) || hosts.includes(`${host}:${port}`);
  const addresses = isIP(host) === 0 ? await addressesOf(host, isNamed) : [host];
  const isSafe = (one: string): boolean => !isMetadata(one) && (isNamed || isPublic(one) || ranges.contains(one));
  // One answer for both, so that nobody learns which names a private network has.
  if (addresses.length === 0 || !addresses.every(isSafe))
    throw new UnsafeHost(`${host} has no public address, or one that the operator does not allow`);
  const isOwn = isNamed || addresses.some((one) => ranges.contains(one));
  return {
    addresses: addresses.map((address) => ({ address, family: isIP(address) === 6 ? 6 : 4 })),
    isOwn,
    isPublic: addresses.some(isPublic),
  };
}

/** Where clouds have addresses that give out credentials, beside those of the local link. */
const metadata: ReadonlySet<string> = new Set([
  "fd00:ec2::254", // Amazon EC2
  "fd00:ec2::23", // Amazon EKS Pod Identity
  "fd20:ce::254", // Google
  "100.100.100.200", // Alibaba
  "168.63.129.16", // Azure; of the public ones by its number
  "192.0.0.192", // Oracle
]);

/** INVARIANT: never connected to, whatever the operator allows: a wide range, or a name that leads there. */
function isMetadata(text: string): boolean {
  const address = reached(ipaddr.process(text));
  return address.range() === "linkLocal" || metadata.has(address.toString());
}

/** The IPv4 address that a translator of the network leads to. https://www.rfc-editor.org/rfc/rfc6052, https://www.rfc-editor.org/rfc/rfc3056 */
function reached(address: ipaddr.IPv4 | ipaddr.IPv6): ipaddr.IPv4 | ipaddr.IPv6 {
  const bytes = address.toByteArray();
  const range = address.range();
  if (range === "rfc6052" || range === "rfc6145") return new ipaddr.IPv4(bytes.slice(12));
  return range === "6to4" ? new ipaddr.IPv4(bytes.slice(2, 6)) : address;
}

/** https://www.iana.org/assignments/iana-ipv6-special-registry/: of IPv6, only global unicast has been given out. */
function isPublic(text: string): boolean {
  const address = ipaddr.parse(text);
  if (address.range() !== "unicast") return false;
  return address.kind() === "ipv4" || /^[23][0-9a-f]{3}:/.test(address.toNormalizedString());
}

/** ms. */
const nameTimeout = 3000;

/**
 * The names that the operator gave are looked up as every program does, with the hosts file and the search domains of a cluster. That
 * occupies a thread that files need too, for as long as a name server likes, so all other names are asked for without one.
 */
async function addressesOf(host: string, isNamed: boolean): Promise<readonly string[]> {
  if (isNamed) return (await lookup(host, { all: true })).map(({ address }) => address);
  const resolver = new Resolver({ timeout: nameTimeout, tries: 1 });
  const answers = await Promise.allSettled([resolver.resolve4(host), resolver.resolve6(host)]);
  return answers.flatMap((answer) => (answer.status === "fulfilled" ? answer.value : []));
}
