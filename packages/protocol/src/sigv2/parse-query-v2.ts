import type { CommonErrorCode } from "../errors/error-table.ts";
import { headerValue, trimBlanks } from "../sigv4/header-value.ts";
import { payloadModeOf } from "../sigv4/payload-mode.ts";
import type { AuthOutcome, AuthRefusal, PayloadMode, WireRequest } from "../sigv4/request-auth.ts";
import { isSignedByV2 } from "./verify-request-v2.ts";

function refuse(code: CommonErrorCode, message: string): AuthRefusal {
  return { kind: "refused", code, message };
}

type Headers = WireRequest["headers"];
type Pairs = readonly (readonly [name: string, value: string])[];

/**
 * What a URL with a Signature Version 2 claims. `query` is its query, decoded. Nothing here is believed yet.
 * https://docs.aws.amazon.com/AmazonS3/latest/API/RESTAuthentication.html#RESTAuthenticationQueryStringAuth
 */
export function parseQueryV2(request: WireRequest, query: Pairs): AuthOutcome {
  const claims = new Map<string, string>();
  for (const [name, value] of query) {
    if (name !== "AWSAccessKeyId" && name !== "Expires" && name !== "Signature") continue;
    if (claims.has(name)) return refuse("InvalidArgument", `${name} is sent twice.`);
    claims.set(name, value);
  }
  const [accessKeyId, expires, signature] = ["AWSAccessKeyId", "Expires", "Signature"].map((name) => claims.get(name));
  if (!accessKeyId || expires === undefined || !signature) {
    return refuse(
      "AccessDenied",
      "Query-string authentication requires the Signature, Expires and AWSAccessKeyId parameters",
    );
  }
  if (!/^[\w/+=.@-]{1,128}$/.test(accessKeyId)) return refuse("AccessDenied", "AWSAccessKeyId is not a key id.");
  if (!/^[1-9]\d{0,9}$/.test(expires)) {
    const shown = /^[\x20-\x7e]{1,64}$/.test(expires) ? `: ${expires}` : "";
    return refuse("AccessDenied", `Invalid date (should be seconds since epoch)${shown}`);
  }
  const unclear = query.find(([name, value]) => isSignedByV2(name) && holdsParameter(value));
  if (unclear !== undefined)
    return refuse(
      "InvalidArgument",
      `The value of ${unclear[0]} holds another parameter, as Signature Version 2 signs it. Please use AWS4-HMAC-SHA256.`,
    );
  const headers = withParameters(request.headers, query);
  if ("kind" in headers) return headers;
  const payload = payloadOf(headers);
  if (payload.kind === "refused") return payload;
  const [token, more] = values(headers, "x-amz-security-token");
  if (more !== undefined) return refuse("InvalidArgument", "x-amz-security-token is sent twice.");
  const claimed = { accessKeyId, signature, expires: Number(expires), payload };
  const auth = { form: "presigned-v2", ...claimed, ...(token === undefined ? {} : { sessionToken: token }) } as const;
  return { kind: "signed-v2", auth, headers };
}

/**
 * Values are signed decoded, so `a=1&versionId=2` is the text of two parameters and of one. INVARIANT: whoever has a URL cannot hide a
 * signed parameter in the value of another one.
 */
function holdsParameter(value: string): boolean {
  const [, ...parts] = value.split("&");
  return parts.some((part) => isSignedByV2(part.split("=", 1)[0] ?? ""));
}

/**
 * The headers with the `x-amz-` parameters of the query: signers put the headers that they sign there, and S3 reads them there.
 * INVARIANT: what is signed as a header is what is used as that header, so a name has one value, wherever it was sent.
 */
function withParameters(headers: Headers, query: Pairs): Headers | AuthRefusal {
  const added = new Map<string, string>();
  for (const [name, text] of query) {
    const lower = name.toLowerCase();
    if (!lower.startsWith("x-amz-")) continue;
    const value = headerValue(text);
    if (value === undefined || !/^[!#$%&'*+.^_`|~0-9a-z-]+$/.test(lower))
      return refuse("InvalidArgument", "An x-amz- parameter could not be a header.");
    const sent = values(headers, lower);
    const trimmed = trimBlanks(value);
    if (added.has(lower) || sent.length > 1 || (sent[0] ?? trimmed) !== trimmed)
      return refuse("InvalidArgument", `${lower} is sent twice.`);
    if (sent.length === 0) added.set(lower, trimmed);
  }
  return added.size === 0 ? headers : [...headers, ...added];
}

/** The signature covers the digest of the body where that is sent, never the chunks of a stream. */
function payloadOf(headers: Headers): PayloadMode | AuthRefusal {
  const [sha256, more] = values(headers, "x-amz-content-sha256");
  if (more !== undefined) return refuse("InvalidArgument", "x-amz-content-sha256 is sent twice.");
  const payload = payloadModeOf(sha256, { kind: "unsigned" });
  const encodings = values(headers, "content-encoding").join(",").toLowerCase();
  return payload.kind === "streaming" || encodings.includes("aws-chunked")
    ? refuse("InvalidRequest", "A streaming payload needs AWS4-HMAC-SHA256; Signature Version 2 does not cover it.")
    : payload;
}

function values(headers: Headers, name: string): readonly string[] {
  return headers.filter(([header]) => header.toLowerCase() === name).map(([, value]) => trimBlanks(value));
}
