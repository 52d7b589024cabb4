/**
 * The canonical request and the string to sign.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html
 */
import { hash } from "node:crypto";
import { percentBytes } from "../uri/decode.ts";
import { uriEncode } from "../uri/encode.ts";
import { hasHighBytes, trimBlanks } from "./header-value.ts";
import type { CredentialScope, WireRequest } from "./request-auth.ts";

export const algorithm = "AWS4-HMAC-SHA256";
export const emptySha256 = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

export interface CanonicalInput {
  readonly request: WireRequest;
  /** Lower case, sorted. */
  readonly signedHeaders: readonly string[];
  readonly payloadHash: string;
  /** S3 paths are signed as they are; other services' are normalised and encoded once more. */
  readonly normalizePath: boolean;
  /** Left out of the canonical query: the presigned signature itself. */
  readonly leaveOut?: string;
}

export function canonicalRequest({
  request,
  signedHeaders,
  payloadHash,
  normalizePath,
  leaveOut,
}: CanonicalInput): string {
  const headers = canonicalHeaders(request, signedHeaders);
  const path = normalizePath ? normalizedPath(request.path) : plainPath(request.path);
  return `${request.method}\n${path}\n${canonicalQuery(request.query, leaveOut)}\n${headers}\n${signedHeaders.join(";")}\n${payloadHash}`;
}

export function scopeText({ date, region, service }: CredentialScope): string {
  return `${date}/${region}/${service}/aws4_request`;
}

/**
 * The canonical request has the bytes of header values as characters. `latin1` signs these bytes; `utf8` what they are as
 * characters, see `verifyRequest`.
 */
export function stringToSign(
  amzDate: string,
  scope: CredentialScope,
  canonical: string,
  encoding: "latin1" | "utf8" = "latin1",
): string {
  return `${algorithm}\n${amzDate}\n${scopeText(scope)}\n${sha256(canonical, encoding)}`;
}

function sha256(text: string, encoding: "latin1" | "utf8"): string {
  // ASCII is the same bytes in both.
  return hash("sha256", encoding === "utf8" || !hasHighBytes(text) ? text : Buffer.from(text, encoding), "hex");
}

/** Most texts, of which nothing is encoded. */
const plain = /^[\w.~-]*$/;
const plainWithSlashes = /^[\w.~/-]*$/;

/** Encoded afresh from the bytes meant, so that `%7E` and `~` sign alike; a malformed escape is taken as plain text. */
function reencode(text: string, keepSlash: boolean): string {
  if (keepSlash ? plainWithSlashes.test(text) : plain.test(text)) return text;
  return uriEncode(percentBytes(text) ?? Buffer.from(text, "latin1"), keepSlash);
}

function plainPath(path: string): string {
  return path === "" ? "/" : reencode(path, true);
}

function normalizedPath(path: string): string {
  const segments: string[] = [];
  for (const segment of path.split("/")) {
    if (segment === "..") segments.pop();
    else if (segment !== "" && segment !== ".") segments.push(segment);
  }
  const trailing = segments.length > 0 && /\/\.{0,2}$/.test(path) ? "/" : "";
  // The path as it was sent is encoded once more, whatever it means. Only S3 signs the path as it was sent.
  return uriEncode(Buffer.from(`/${segments.join("/")}${trailing}`, "latin1"), true);
}

function canonicalQuery(query: string, leaveOut: string | undefined): string {
  const pairs: (readonly [string, string])[] = [];
  for (const pair of query.split("&")) {
    if (pair === "") continue;
    const equals = pair.indexOf("=");
    const name = reencode(equals === -1 ? pair : pair.slice(0, equals), false);
    if (name !== leaveOut) pairs.push([name, equals === -1 ? "" : reencode(pair.slice(equals + 1), false)]);
  }
  const order = (left: string, right: string): number => (left < right ? -1 : left > right ? 1 : 0);
  pairs.sort(
    ([leftName, leftValue], [rightName, rightValue]) => order(leftName, rightName) || order(leftValue, rightValue),
  );
  return pairs.map(([name, value]) => `${name}=${value}`).join("&");
}

function canonicalHeaders({ headers }: WireRequest, signedHeaders: readonly string[]): string {
  const values = new Map<string, string | undefined>(signedHeaders.map((name) => [name, undefined]));
  for (const [name, value] of headers) {
    const lower = name.toLowerCase();
    if (!values.has(lower)) continue;
    const trimmed = trimBlanks(value).replace(/[ \t]+/g, " ");
    const before = values.get(lower);
    values.set(lower, before === undefined ? trimmed : `${before},${trimmed}`);
  }
  let text = "";
  for (const [name, value = ""] of values) text += `${name}:${value}\n`;
  return text;
}
