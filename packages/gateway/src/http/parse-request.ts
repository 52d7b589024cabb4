import type { IncomingMessage } from "node:http";
import { type AuthOutcome, isSignedByV2, parseAuth, type WireRequest } from "@s3-credentials/protocol";
import { type GatewayRequest, type IncomingBody, type Route, type Service, services } from "../authn/request.ts";
import { type AddressRanges, clientNetwork } from "./cidr.ts";
import { isRefusal, type Refusal, refuse } from "../operations/operation.ts";
import { serviceOfTarget } from "../operations/json/json-services.ts";
import { isListParameter } from "../operations/json/rest-routes.ts";
import type { Clock } from "../ports/clock.ts";
import { type ClientAddress, clientAddress, type Peer } from "./client-address.ts";
import { detectS3, detectS3Control, isS3Control, objectParameters, subResources } from "./detect.ts";
import { withHoisted } from "./hoisted-headers.ts";
import { hostName, locate, queryParameters, splitTarget, virtualBucket } from "./target.ts";

/** The part of the configuration that says how requests are read. */
export interface HttpSettings {
  readonly domains: readonly string[];
  readonly services: ReadonlySet<Service>;
  readonly trustedProxies: AddressRanges;
  /** Whether presigned URLs of Signature Version 2 are accepted. */
  readonly sigv2: boolean;
}

export interface ParserParts {
  readonly config: HttpSettings;
  readonly clock: Clock;
}

/** What of a request is read before its body. */
export type RequestHead = Pick<IncomingMessage, "method" | "url" | "rawHeaders" | "headers">;

export interface ParseInput {
  readonly request: RequestHead;
  readonly body: IncomingBody;
  readonly peer: Peer;
  /** Of a request that did not come over this socket as it is: the console knows its client already. */
  readonly client?: ClientAddress;
  readonly requestId: string;
  readonly signal: AbortSignal;
}

/** What the request is for, or why it is refused before anyone asks who sent it. */
export type Parsed = {
  readonly service: Service;
  readonly remote: string;
  readonly path: string;
  /** See `RenderInput`. */
  readonly isControl: boolean;
} & ({ readonly request: GatewayRequest; readonly route: Route } | { readonly refusal: Refusal });

function pairs(rawHeaders: readonly string[]): readonly (readonly [string, string])[] {
  const headers: (readonly [string, string])[] = [];
  for (let at = 0; at + 1 < rawHeaders.length; at += 2) headers.push([rawHeaders[at] ?? "", rawHeaders[at + 1] ?? ""]);
  return headers;
}

function joined(headers: WireRequest["headers"]): Map<string, string> {
  const map = new Map<string, string>();
  for (const [name, value] of headers) {
    const lower = name.toLowerCase();
    const before = map.get(lower);
    map.set(lower, before === undefined ? value : `${before},${value}`);
  }
  return map;
}

/** The service a signature was made for decides; without one it is S3, whose anonymous callers may have rights. */
function serviceOf(auth: AuthOutcome): Service | undefined {
  if (auth.kind !== "signed") return "s3";
  const { service } = auth.auth.scope;
  return services.find((one) => one === service);
}

/** An unsigned form with an `Action` is for IAM or STS: its answer is a missing token, not a bucket's. */
function isUnsignedQuery(request: RequestHead, { auth, wire, query, host }: Head, domains: readonly string[]): boolean {
  if (auth.kind === "signed" || wire.path !== "/" || virtualBucket(host, domains) !== undefined) return false;
  const type = request.headers["content-type"]?.toLowerCase() ?? "";
  return query.has("Action") || (request.method === "POST" && type.startsWith("application/x-www-form-urlencoded"));
}

/** The JSON service that a request without a signature names. Its answer is a missing token, in JSON. */
function unsignedJson({ auth, wire, headers }: Head): Service | undefined {
  const target = headers.get("x-amz-target");
  return auth.kind === "signed" || wire.path !== "/" || target === undefined ? undefined : serviceOfTarget(target);
}

interface Head {
  readonly wire: WireRequest;
  readonly headers: ReadonlyMap<string, string>;
  readonly query: ReadonlyMap<string, string>;
  readonly repeated: readonly string[];
  readonly auth: AuthOutcome;
  readonly host: string;
}

function readHead(request: RequestHead): Head | Refusal {
  const target = splitTarget(request.url ?? "");
  if (isRefusal(target)) return target;
  const read = queryParameters(target.query);
  if (read === undefined) return refuse("InvalidURI");
  const { parameters: query, repeated } = read;
  const sent = pairs(request.rawHeaders);
  const map = joined(sent);
  const host = hostName(map.get("host") ?? "");
  if (host === undefined) return refuse("InvalidRequest", "The Host header is not valid.");
  const wire: WireRequest = { method: request.method ?? "", path: target.path, query: target.query, headers: sent };
  const auth = parseAuth(wire);
  if (auth.kind === "signed-v2") {
    const { headers } = auth;
    return { wire: { ...wire, headers }, headers: joined(headers), query, repeated, auth, host };
  }
  const all = auth.kind === "signed" ? withHoisted(map, query, auth.auth) : map;
  return isRefusal(all) ? all : { wire, headers: all, query, repeated, auth, host };
}

function routeOf(service: Service, head: Head, domains: readonly string[]): Route | Refusal {
  if (service !== "s3") return { service };
  if (isS3Control(head.wire.path, head.headers)) {
    const unfit = head.auth.kind === "signed-v2" ? unfitForV2(head, undefined) : undefined;
    const operation = unfit ?? detectS3Control(head.wire.method, head.wire.path);
    return isRefusal(operation) ? operation : { service, operation, bucket: undefined, key: undefined };
  }
  const place = locate(head.wire.path, head.host, domains);
  if (isRefusal(place)) return place;
  const unfit = head.auth.kind === "signed-v2" ? unfitForV2(head, place.key) : undefined;
  if (unfit !== undefined) return unfit;
  const operation = detectS3({ method: head.wire.method, ...place, query: head.query, headers: head.headers });
  return isRefusal(operation) ? operation : { service, operation, ...place };
}

/** Parse and detect: names decoded once, one operation found, nothing believed. */
export function parseRequest(parts: ParserParts, input: ParseInput): Parsed {
  const { config } = parts;
  const { request, peer } = input;
  const head = readHead(request);
  if (isRefusal(head))
    return { service: "s3", remote: peer.address, path: request.url ?? "", isControl: false, refusal: head };
  const client = input.client ?? clientAddress(peer, head.headers, config.trustedProxies);
  const service = unsignedJson(head) ?? (isUnsignedQuery(request, head, config.domains) ? "sts" : serviceOf(head.auth));
  const isControl = service === "s3" && isS3Control(head.wire.path, head.headers);
  const about = { service: service ?? "s3", remote: client.sourceIp, path: head.wire.path, isControl } as const;
  if (service === undefined) return { ...about, refusal: foreignScope(head.auth) };
  if (!config.services.has(service)) return { ...about, refusal: disabled(service) };
  if (head.auth.kind === "signed-v2" && !config.sigv2) return { ...about, refusal: sigv2Off };
  const twice = head.repeated.find((name) => !isListParameter(service, name));
  if (twice !== undefined) return { ...about, refusal: sentTwice(service, twice) };
  const route = routeOf(service, head, config.domains);
  if (isRefusal(route)) return { ...about, refusal: route };
  const { remote, path } = about;
  return { service, remote, path, isControl, route, request: gatewayRequest(parts, input, head, client) };
}

function gatewayRequest(parts: ParserParts, input: ParseInput, head: Head, client: ClientAddress): GatewayRequest {
  const { wire, headers, query, auth, host } = head;
  return {
    requestId: input.requestId,
    wire,
    hostBucket: virtualBucket(host, parts.config.domains),
    headers,
    query,
    auth,
    sourceIp: client.sourceIp,
    clientNetwork: clientNetwork(client.sourceIp),
    secure: client.secure,
    tlsVersion: client.tlsVersion,
    now: parts.clock.now(),
    origin: `${client.secure ? "https" : "http"}://${headers.get("host") ?? host}`,
    body: input.body,
    signal: input.signal,
  };
}

/** `--no-sigv2`, or `--strict-region`: Signature Version 2 names no region. */
const sigv2Off = refuse(
  "InvalidRequest",
  "The authorization mechanism you have provided is not supported. Please use AWS4-HMAC-SHA256: Signature Version 2 is turned off here. Set signature_version = s3v4 in AWS CLI and boto3, signatureVersion v4 in older SDKs.",
);

/**
 * What Signature Version 2 is not accepted for. `key` is undefined when the request is not for an object. INVARIANT: a parameter
 * that the signature does not cover never changes what a request does.
 */
function unfitForV2({ wire, query }: Head, key: string | undefined): Refusal | undefined {
  const { method } = wire;
  // A preflight has the same URL, and is answered without authentication.
  if (method === "OPTIONS") return undefined;
  if (key === undefined || !["GET", "HEAD", "PUT", "DELETE"].includes(method)) {
    return refuse(
      "InvalidRequest",
      "Signature Version 2 is accepted only for GET, HEAD, PUT and DELETE of objects. Please use AWS4-HMAC-SHA256.",
    );
  }
  for (const name of query.keys()) {
    if (isSignedByV2(name) || !(subResources.has(name) || objectParameters.has(name))) continue;
    return refuse(
      "InvalidRequest",
      `Signature Version 2 does not cover the parameter ${name}. Please use AWS4-HMAC-SHA256.`,
    );
  }
  return undefined;
}

/** What the SDKs' client of S3 signs for another service than S3, by that service. */
const kindsOfS3: Readonly<Record<string, string>> = {
  s3express: "Directory buckets (S3 Express One Zone) are not implemented.",
  "s3-object-lambda": "S3 Object Lambda, and WriteGetObjectResponse with it, is not implemented.",
  "s3-outposts": "S3 on Outposts is not implemented.",
};

function foreignScope(auth: AuthOutcome): Refusal {
  const kind = auth.kind === "signed" ? kindsOfS3[auth.auth.scope.service] : undefined;
  if (kind !== undefined) return refuse("NotImplemented", kind);
  return refuse(
    "AuthorizationHeaderMalformed",
    `The credential scope is for another service; expected one of ${services.join(", ")}.`,
  );
}

/**
 * INVARIANT: a request has one value for each parameter: the one that is authorized is the one that is used, whatever another
 * reader of the same query would have taken. Also for names that mean nothing: which they are changes with time.
 */
function sentTwice(service: Service, name: string): Refusal {
  return service === "s3"
    ? refuse("InvalidArgument", "A query parameter is sent twice.", {
        details: /^[\x20-\x7e]{1,128}$/.test(name) ? { ArgumentName: name } : {},
      })
    : refuse("ValidationError", "A query parameter is sent twice.");
}

/** `--apis` left it out. */
function disabled(service: Service): Refusal {
  const message = `This gateway does not answer ${service}: it was started without it (--apis).`;
  return refuse("NotImplemented", message);
}
