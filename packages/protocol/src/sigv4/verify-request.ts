import type { CommonErrorCode } from "../errors/error-table.ts";
import { timingSafeEqual } from "node:crypto";
import { canonicalRequest, emptySha256, stringToSign } from "./canonical.ts";
import { hasHighBytes } from "./header-value.ts";
import { mismatchDetails } from "./mismatch-details.ts";
import type { AuthRefusal, ChunkSigning, PayloadMode, RequestAuth, WireRequest } from "./request-auth.ts";
import { signature, signingKey } from "./signing-key.ts";

const skew = 15 * 60 * 1000;

export interface VerifyOptions {
  /** ms since the epoch. */
  readonly now: number;
  /** The body's digest, lower-case hex, for requests that do not send `x-amz-content-sha256`. */
  readonly bodySha256?: string | undefined;
}

export type Verification = { readonly kind: "verified"; readonly chunkSigning: ChunkSigning } | AuthRefusal;

function refuse(code: CommonErrorCode, message: string): AuthRefusal {
  return { kind: "refused", code, message };
}

/**
 * Whether the signature is the secret's over this very request, now. Every `x-amz-` header sent must be signed: an unsigned
 * one would be an instruction nobody vouches for.
 */
export function verifyRequest(
  request: WireRequest,
  auth: RequestAuth,
  secretKey: string,
  { now, bodySha256 }: VerifyOptions,
): Verification {
  const key = signingKey(secretKey, auth.scope);
  const canonical = canonicalRequest({
    request,
    signedHeaders: auth.signedHeaders,
    payloadHash: payloadHash(auth, bodySha256),
    normalizePath: auth.scope.service !== "s3",
    ...(auth.form === "presigned" ? { leaveOut: "X-Amz-Signature" } : {}),
  });
  if (!isSignatureOf(canonical, key, auth)) {
    const mismatch = refuse(
      "SignatureDoesNotMatch",
      "The request signature we calculated does not match the signature you provided. Check your key and signing method.",
    );
    // Only S3 answers these as elements of their own.
    return auth.scope.service === "s3" ? { ...mismatch, details: mismatchDetails(canonical, auth) } : mismatch;
  }
  const mistaken = checkClaims(request, auth, now);
  if (mistaken !== undefined) return mistaken;
  if (auth.payload.kind === "signed" && bodySha256 !== undefined && auth.payload.sha256 !== bodySha256) {
    return refuse("SignatureDoesNotMatch", "The body is not the one that was signed.");
  }
  return {
    kind: "verified",
    chunkSigning: { signingKey: key, seedSignature: auth.signature, scope: auth.scope, amzDate: auth.amzDate },
  };
}

/** What can be refused without the secret and without the body: a request out of its time, an `x-amz-` header not signed. */
export function checkClaims(request: WireRequest, auth: RequestAuth, now: number): AuthRefusal | undefined {
  const untimely = checkTime(auth, now);
  if (untimely !== undefined) return untimely;
  const unsigned = unsignedHeader(request, auth);
  return unsigned === undefined
    ? undefined
    : refuse("AccessDenied", `There were headers present in the request which were not signed: ${unsigned}`);
}

/**
 * The signature is over the bytes that were sent. Bytes beyond ASCII may also be signed as AWS takes them: each byte is a character, and
 * the UTF-8 of the character is signed. SDKs that send ISO 8859-1, such as that of JavaScript, sign in this way. Both are the same text to
 * a policy.
 */
function isSignatureOf(canonical: string, key: Buffer, { amzDate, scope, signature: given }: RequestAuth): boolean {
  const encodings = hasHighBytes(canonical) ? (["latin1", "utf8"] as const) : (["latin1"] as const);
  return encodings.some((encoding) => {
    const expected = signature(key, stringToSign(amzDate, scope, canonical, encoding));
    return timingSafeEqual(Buffer.from(expected), Buffer.from(given));
  });
}

/** The part of the canonical request that represents the payload. Only S3 presigns without it. */
function payloadHash({ form, payload, scope, signedHeaders }: RequestAuth, bodySha256: string | undefined): string {
  const presigned = form === "presigned" && scope.service === "s3";
  if (presigned && !signedHeaders.includes("x-amz-content-sha256") && payload.kind !== "signed")
    return "UNSIGNED-PAYLOAD";
  return payload.kind === "body" ? (bodySha256 ?? emptySha256) : payloadText(payload);
}

function payloadText(payload: Exclude<PayloadMode, { kind: "body" }>): string {
  switch (payload.kind) {
    case "signed":
      return payload.sha256;
    case "unsigned":
      return "UNSIGNED-PAYLOAD";
    case "streaming":
      return `STREAMING-${payload.signed ? "AWS4-HMAC-SHA256" : "UNSIGNED"}-PAYLOAD${payload.trailer ? "-TRAILER" : ""}`;
  }
}

function checkTime(auth: RequestAuth, now: number): AuthRefusal | undefined {
  const { form, time, amzDate, scope, expiresSeconds = 0 } = auth;
  // Only S3 answers these as elements of their own.
  const withDetails = (refusal: AuthRefusal, details: Readonly<Record<string, string>>): AuthRefusal =>
    scope.service === "s3" ? { ...refusal, details: { ...details, ServerTime: isoSeconds(now) } } : refusal;
  if (form === "header") {
    if (Math.abs(now - time) <= skew) return undefined;
    const message = "The difference between the request time and the server's time is too large.";
    const limit = { RequestTime: amzDate, MaxAllowedSkewMilliseconds: String(skew) };
    return withDetails(refuse("RequestTimeTooSkewed", message), limit);
  }
  const until = time + expiresSeconds * 1000;
  const life = { "X-Amz-Expires": String(expiresSeconds), Expires: isoSeconds(until) };
  // The other services have one code for every request outside of its time, "such as for pre-signed URLs".
  // https://docs.aws.amazon.com/IAM/latest/APIReference/CommonErrors.html
  const code = scope.service === "s3" ? "AccessDenied" : "RequestTimeTooSkewed";
  if (time - now > skew) return withDetails(refuse(code, "Request is not valid yet"), life);
  return now > until ? withDetails(refuse(code, "Request has expired"), life) : undefined;
}

function isoSeconds(time: number): string {
  return `${new Date(time).toISOString().slice(0, 19)}Z`;
}

/** With a presigned URL `x-amz-content-sha256` may be unsigned, because it can only make the check of the body stricter. */
function unsignedHeader({ headers }: WireRequest, { form, signedHeaders }: RequestAuth): string | undefined {
  const signed = new Set(signedHeaders);
  for (const [name] of headers) {
    const lower = name.toLowerCase();
    if (!lower.startsWith("x-amz-") || signed.has(lower)) continue;
    if (form === "presigned" && unsignedByPresigners.has(lower)) continue;
    return lower;
  }
  return undefined;
}

const unsignedByPresigners: ReadonlySet<string> = new Set(["x-amz-content-sha256", "x-amz-user-agent"]);
