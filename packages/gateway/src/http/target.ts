import { isIP } from "node:net";
import { decodeComponent, decodeQuery } from "@s3-credentials/protocol";
import { type Refusal, refuse } from "../operations/operation.ts";

/** The request target, as sent. */
export interface RawTarget {
  readonly path: string;
  readonly query: string;
}

/** Printable ASCII but `#`: what a request target may hold (RFC 9112, 3.2). Anything else a client has to escape. */
function isTargetText(text: string): boolean {
  for (let at = 0; at < text.length; at += 1) {
    const code = text.charCodeAt(at);
    if (code <= 0x20 || code >= 0x7f || code === 0x23) return false;
  }
  return true;
}

/** Only the origin form: an absolute URL as target would carry a second host. */
export function splitTarget(target: string): RawTarget | Refusal {
  if (!target.startsWith("/") || !isTargetText(target)) return refuse("InvalidURI");
  const mark = target.indexOf("?");
  if (mark === -1) return { path: target, query: "" };
  const query = target.slice(mark + 1);
  return hasTooMany(query)
    ? refuse("InvalidRequest", `The query string has more than ${maxParameters} parameters.`)
    : { path: target.slice(0, mark), query };
}

/** No operation has a hundred; each one is decoded for the signature, for the operation and for the policies. */
const maxParameters = 1000;

function hasTooMany(query: string): boolean {
  let [count, at] = [1, query.indexOf("&")];
  while (at !== -1 && count <= maxParameters) [count, at] = [count + 1, query.indexOf("&", at + 1)];
  return count > maxParameters;
}

/** Lower case, without port; undefined when the header is no host. */
export function hostName(header: string): string | undefined {
  const host = header.toLowerCase();
  const end = host.startsWith("[") ? host.indexOf("]") + 1 : host.indexOf(":");
  const name = end === -1 ? host : host.slice(0, end);
  const port = end === -1 ? "" : host.slice(end);
  if (port !== "" && !/^:\d{0,5}$/.test(port)) return undefined;
  if (name.startsWith("[")) return isIP(name.slice(1, -1)) === 6 ? name : undefined;
  return /^[a-z0-9]([a-z0-9._-]*[a-z0-9])?\.?$/.test(name) ? name.replace(/\.$/, "") : undefined;
}

/** The bucket's part of `BUCKET.DOMAIN`; the longest domain wins. Anything else (addresses too) is path style. */
export function virtualBucket(host: string, domains: readonly string[]): string | undefined {
  let bucket: string | undefined;
  for (const domain of domains) {
    if (host === domain) return undefined;
    if (!host.endsWith(domain) || host.charAt(host.length - domain.length - 1) !== ".") continue;
    const label = host.slice(0, -domain.length - 1);
    if (bucket === undefined || label.length < bucket.length) bucket = label;
  }
  return bucket;
}

/**
 * A name a bucket can have. What may be *created* is narrower; this only keeps names that can never exist from the stores.
 * https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html
 */
export function isBucketName(name: string): boolean {
  return name.length >= 3 && name.length <= 63 && /^[a-z0-9][a-z0-9.-]*[a-z0-9]$/.test(name);
}

export interface S3Place {
  readonly bucket: string | undefined;
  /** Decoded once; never empty. This is the name authorized and the name stored. */
  readonly key: string | undefined;
}

const maxKeyBytes = 1024;

/** Of the path after its bucket; undefined when nothing is there. */
export function decodeKey(raw: string): string | undefined | Refusal {
  if (raw === "") return undefined;
  const key = decodeComponent(raw);
  if (key === undefined || key.includes("\0")) return refuse("InvalidURI");
  if (Buffer.byteLength(key) > maxKeyBytes) {
    return refuse("KeyTooLongError", undefined, {
      details: { MaxSizeAllowed: String(maxKeyBytes), Size: String(Buffer.byteLength(key)) },
    });
  }
  return key;
}

/** Bucket and key of a path. `..`, `.` and `//` are letters like others: nothing is normalised. */
export function locate(path: string, host: string, domains: readonly string[]): S3Place | Refusal {
  const virtual = virtualBucket(host, domains);
  const rest = path.slice(1);
  const slash = rest.indexOf("/");
  const rawBucket = slash === -1 ? rest : rest.slice(0, slash);
  if (virtual === undefined && rest === "") return { bucket: undefined, key: undefined };
  const bucket = virtual ?? decodeComponent(rawBucket);
  if (bucket === undefined) return refuse("InvalidURI");
  if (!isBucketName(bucket))
    return refuse("InvalidBucketName", undefined, isTargetText(bucket) ? { details: { BucketName: bucket } } : {});
  const key = decodeKey(virtual === undefined ? (slash === -1 ? "" : rest.slice(slash + 1)) : rest);
  return typeof key === "object" ? key : { bucket, key };
}

export interface TargetQuery {
  /** Decoded; the first of each name. */
  readonly parameters: ReadonlyMap<string, string>;
  /** Names that occur twice. They are refused where no list can be meant, because it is unclear which value is meant. */
  readonly repeated: readonly string[];
}

/** Undefined for text that is not percent-encoded UTF-8. */
export function queryParameters(query: string): TargetQuery | undefined {
  if (query === "") return noParameters;
  const pairs = decodeQuery(query);
  if (pairs === undefined) return undefined;
  const parameters = new Map<string, string>();
  const repeated: string[] = [];
  for (const [name, value] of pairs) {
    if (parameters.has(name)) repeated.push(name);
    else parameters.set(name, value);
  }
  return { parameters, repeated };
}

const noParameters: TargetQuery = { parameters: new Map(), repeated: [] };
