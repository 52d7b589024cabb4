import { createHmac, timingSafeEqual } from "node:crypto";
import type { CommonErrorCode } from "../errors/error-table.ts";
import { headerText, trimBlanks } from "../sigv4/header-value.ts";
import { hexBytes, maxDetailBytes } from "../sigv4/mismatch-details.ts";
import type { AuthRefusal, RequestAuthV2, WireRequest } from "../sigv4/request-auth.ts";
import { decodeComponent } from "../uri/decode.ts";

/** The parameters of the query that a signature covers beside those that begin with `x-amz-`, as the page lists them. Nothing else of the query is signed. */
const signedParameters: ReadonlySet<string> = new Set([
  "acl",
  "delete",
  "lifecycle",
  "location",
  "logging",
  "notification",
  "partNumber",
  "policy",
  "requestPayment",
  "response-cache-control",
  "response-content-disposition",
  "response-content-encoding",
  "response-content-language",
  "response-content-type",
  "response-expires",
  "uploadId",
  "uploads",
  "versionId",
  "versioning",
  "versions",
  "website",
]);

/** Whether Signature Version 2 covers a parameter of the query, by its decoded name. */
export function isSignedByV2(name: string): boolean {
  return signedParameters.has(name);
}

/** A URL may be valid for seven days, as with Signature Version 4. */
const maxAheadMs = 7 * 24 * 60 * 60 * 1000;

function refuse(code: CommonErrorCode, message: string, details?: AuthRefusal["details"]): AuthRefusal {
  return { kind: "refused", code, message, ...(details === undefined ? {} : { details }) };
}

/** What can be refused without the secret. `now`: ms since the epoch. */
export function checkExpiryV2({ expires }: RequestAuthV2, now: number): AuthRefusal | undefined {
  const end = expires * 1000;
  if (now > end)
    return refuse("AccessDenied", "Request has expired", { Expires: isoSeconds(end), ServerTime: isoSeconds(now) });
  return end - now > maxAheadMs
    ? refuse("AccessDenied", "Expires must be at most seven days (604800 seconds) in the future.")
    : undefined;
}

/**
 * Whether the signature is the secret's over this request. `request` has the headers of `AuthOutcome`; `hostBucket` is the
 * bucket that the host names, undefined when the path names it.
 */
export function verifyRequestV2(
  request: WireRequest,
  auth: RequestAuthV2,
  secretKey: string,
  hostBucket: string | undefined,
): AuthRefusal | undefined {
  const text = stringToSignV2(request, auth.expires, hostBucket);
  const expected = Buffer.from(createHmac("sha1", secretKey).update(text, "latin1").digest("base64"));
  const given = Buffer.from(auth.signature);
  if (expected.length === given.length && timingSafeEqual(expected, given)) return undefined;
  return refuse(
    "SignatureDoesNotMatch",
    "The request signature we calculated does not match the signature you provided. Check your key and signing method.",
    {
      AWSAccessKeyId: auth.accessKeyId,
      ...(text.length > maxDetailBytes ? {} : { StringToSign: headerText(text) }),
      SignatureProvided: auth.signature,
      ...(text.length > maxDetailBytes ? {} : { StringToSignBytes: hexBytes(text) }),
    },
  );
}

/** Each character is one byte. https://docs.aws.amazon.com/AmazonS3/latest/API/RESTAuthentication.html */
function stringToSignV2(request: WireRequest, expires: number, hostBucket: string | undefined): string {
  const headers = joinedHeaders(request.headers);
  const amz = [...headers].filter(([name]) => name.startsWith("x-amz-")).toSorted(byName);
  return [
    request.method,
    headers.get("content-md5") ?? "",
    headers.get("content-type") ?? "",
    String(expires),
    ...amz.map(([name, value]) => `${name}:${value}`),
    `${hostBucket === undefined ? "" : `/${hostBucket}`}${request.path}${signedQuery(request.query)}`,
  ].join("\n");
}

/** The path is signed as it was sent; values of the query are signed decoded. */
function signedQuery(query: string): string {
  const signed: (readonly [name: string, text: string])[] = [];
  for (const pair of query.split("&")) {
    const equals = pair.indexOf("=");
    const name = decodeComponent(equals === -1 ? pair : pair.slice(0, equals));
    if (name === undefined || !isSignedByV2(name)) continue;
    const value = equals === -1 ? "" : Buffer.from(decodeComponent(pair.slice(equals + 1)) ?? "").toString("latin1");
    signed.push([name, equals === -1 ? name : `${name}=${value}`]);
  }
  const texts = signed.toSorted(byName).map(([, text]) => text);
  return texts.length === 0 ? "" : `?${texts.join("&")}`;
}

function joinedHeaders(headers: WireRequest["headers"]): ReadonlyMap<string, string> {
  const joined = new Map<string, string>();
  for (const [name, value] of headers) {
    const lower = name.toLowerCase();
    const before = joined.get(lower);
    joined.set(lower, before === undefined ? trimBlanks(value) : `${before},${trimBlanks(value)}`);
  }
  return joined;
}

function byName([left]: readonly [string, string], [right]: readonly [string, string]): number {
  return left < right ? -1 : left > right ? 1 : 0;
}

function isoSeconds(time: number): string {
  return `${new Date(time).toISOString().slice(0, 19)}Z`;
}
