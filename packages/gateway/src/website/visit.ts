import type { IncomingMessage } from "node:http";
import type { GatewayRequest, Route } from "../authn/request.ts";
import { type AddressRanges, clientNetwork } from "../http/cidr.ts";
import { clientAddress, peerOf } from "../http/client-address.ts";
import { incomingBody } from "../http/incoming-body.ts";
import type { Exchange } from "../http/exchange.ts";
import type { Parsed } from "../http/parse-request.ts";
import { decodeKey, hostName, isBucketName, splitTarget, virtualBucket } from "../http/target.ts";
import { isRefusal, type Refusal, refuse } from "../operations/operation.ts";
import type { Clock } from "../ports/clock.ts";

/** How the site is found that a browser asks for. */
export interface SiteSettings {
  /** `BUCKET.DOMAIN` is the site of a bucket; lower case, none empty. */
  readonly domains: readonly string[];
  /** Under any other host the bucket is the first name of the path; otherwise such a host is the name of a bucket. */
  readonly paths: boolean;
  readonly trustedProxies: AddressRanges;
}

/** What a browser asks of a site, as its address says it. */
export interface Visit {
  /** Host and port, as the client names them. */
  readonly host: string;
  /** The path of the site itself: `/`, or `/BUCKET/`. */
  readonly root: string;
  /** Decoded; empty for the site itself. */
  readonly key: string;
  /** As sent. */
  readonly query: string;
}

/** What S3 reads of a visitor: the rest, all that could be credentials among it, means nothing here. */
const keptHeaders = [
  "host",
  "if-match",
  "if-modified-since",
  "if-none-match",
  "if-range",
  "if-unmodified-since",
  "origin",
  "range",
  "referer",
  "user-agent",
] as const;

type Headers = ReadonlyMap<string, string>;

function headersOf({ headersDistinct }: IncomingMessage): Headers {
  return new Map(Object.entries(headersDistinct).map(([name, values = []]) => [name, values.join(",")]));
}

export interface ParsedVisit {
  readonly parsed: Parsed;
  /** Undefined when it is refused. */
  readonly visit?: Visit;
}

type S3Route = Extract<Route, { service: "s3" }>;

/**
 * A visit as a request to S3 for the object at the address. INVARIANT: it is anonymous, whatever else was sent with it.
 */
export function parseVisit(settings: SiteSettings, clock: Clock, exchange: Exchange): ParsedVisit {
  const { request, response, requestId, expectsContinue, signal, received } = exchange;
  const all = headersOf(request);
  const client = clientAddress(peerOf(request.socket), all, settings.trustedProxies);
  const { method = "", url = "" } = request;
  const target = splitTarget(url);
  const about = { service: "s3", remote: client.sourceIp, path: url, isControl: false } as const;
  if (isRefusal(target)) return { parsed: { ...about, refusal: target } };
  const { path, query } = target;
  const host = all.get("host") ?? "";
  const site = siteOf(settings, host, path);
  if (isRefusal(site)) return { parsed: { ...about, path, refusal: site } };
  if (method !== "GET" && method !== "HEAD") return { parsed: { ...about, path, refusal: notAllowed(method) } };
  const { bucket, root, key } = site;
  const headers = new Map([...all].filter(([name]) => keptHeaders.some((kept) => kept === name)));
  const route: S3Route = {
    service: "s3",
    operation: method === "HEAD" ? "HeadObject" : "GetObject",
    bucket,
    key: key || undefined,
  };
  const asked: GatewayRequest = {
    requestId,
    wire: { method, path, query: "", headers: [...headers] },
    hostBucket: undefined,
    headers,
    query: new Map(),
    auth: { kind: "anonymous" },
    sourceIp: client.sourceIp,
    clientNetwork: clientNetwork(client.sourceIp),
    secure: client.secure,
    tlsVersion: client.tlsVersion,
    now: clock.now(),
    origin: `${client.secure ? "https" : "http"}://${host}`,
    body: incomingBody(request, response, expectsContinue, received),
    signal,
  };
  return { parsed: { ...about, path, route, request: asked }, visit: { host, root, key, query } };
}

/** The bucket and the key that an address means. Like every other name of a request, they are decoded once and strictly. */
export function siteOf(
  { domains, paths }: Pick<SiteSettings, "domains" | "paths">,
  hostHeader: string,
  path: string,
): { readonly bucket: string; readonly root: string; readonly key: string } | Refusal {
  const host = hostName(hostHeader);
  if (host === undefined) return refuse("InvalidRequest", "The Host header is not valid.");
  // A domain itself is no bucket, although it could be the name of one.
  const named = virtualBucket(host, domains) ?? (paths ? undefined : domains.includes(host) ? "" : host);
  const rest = path.slice(1);
  const slash = rest.indexOf("/");
  const bucket = named ?? (slash === -1 ? rest : rest.slice(0, slash));
  if (!isBucketName(bucket)) return refuse("NoSuchBucket", "There is no website at this address.");
  const key = decodeKey(named === undefined ? (slash === -1 ? "" : rest.slice(slash + 1)) : rest);
  if (isRefusal(key)) return key;
  return { bucket, root: named === undefined ? `/${bucket}/` : "/", key: key ?? "" };
}

function notAllowed(method: string): Refusal {
  const details = { Method: method, ResourceType: "OBJECT" };
  return refuse("MethodNotAllowed", undefined, { details, headers: { allow: "GET, HEAD" } });
}
