import { algorithm, canonicalRequest, emptySha256, scopeText, stringToSign } from "./canonical.ts";
import type { ChunkSigning, CredentialScope, WireRequest } from "./request-auth.ts";
import { signature, signingKey } from "./signing-key.ts";
import { createHash } from "node:crypto";
import { uriEncode } from "../uri/encode.ts";

export interface SigningKeys {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string;
}

export interface SigningPlace {
  readonly region: string;
  readonly service: string;
  /** ms since the epoch. */
  readonly time: number;
}

export function formatAmzDate(time: number): string {
  return new Date(time).toISOString().replace(/[-:]|\.\d{3}/g, "");
}

/** The headers to add: `x-amz-date`, `x-amz-content-sha256` (S3), `x-amz-security-token`, `authorization`. `host` must be there. */
export function signRequest(
  request: WireRequest,
  payloadHash: string,
  keys: SigningKeys,
  { region, service, time }: SigningPlace,
): readonly (readonly [string, string])[] {
  const amzDate = formatAmzDate(time);
  const scope: CredentialScope = { date: amzDate.slice(0, 8), region, service };
  const added: (readonly [string, string])[] = [
    ["x-amz-date", amzDate],
    ...(service === "s3" ? ([["x-amz-content-sha256", payloadHash]] as const) : []),
    ...(keys.sessionToken === undefined ? [] : ([["x-amz-security-token", keys.sessionToken]] as const)),
  ];
  const headers = [...request.headers, ...added];
  const signedHeaders = [...new Set(headers.map(([name]) => name.toLowerCase()))].sort();
  const canonical = canonicalRequest({
    request: { ...request, headers },
    signedHeaders,
    payloadHash,
    normalizePath: service !== "s3",
  });
  const sum = signature(signingKey(keys.secretAccessKey, scope), stringToSign(amzDate, scope, canonical));
  const credential = `${keys.accessKeyId}/${scopeText(scope)}`;
  return [
    ...added,
    [
      "authorization",
      `${algorithm} Credential=${credential}, SignedHeaders=${signedHeaders.join(";")}, Signature=${sum}`,
    ],
  ];
}

/**
 * The query of a presigned URL for the request's path; its own query is kept and signed. Seconds: 1 to 604800. S3's leaves the
 * payload unsigned, other services' is for a request without a body.
 * https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-query-string-auth.html
 */
export function presignQuery(
  request: WireRequest,
  keys: SigningKeys,
  { region, service, time }: SigningPlace,
  expiresSeconds: number,
): string {
  const amzDate = formatAmzDate(time);
  const scope: CredentialScope = { date: amzDate.slice(0, 8), region, service };
  const signedHeaders = [...new Set(request.headers.map(([name]) => name.toLowerCase()))].sort();
  const parameters: readonly (readonly [string, string])[] = [
    ["X-Amz-Algorithm", algorithm],
    ["X-Amz-Credential", `${keys.accessKeyId}/${scopeText(scope)}`],
    ["X-Amz-Date", amzDate],
    ["X-Amz-Expires", String(expiresSeconds)],
    ["X-Amz-SignedHeaders", signedHeaders.join(";")],
    ...(keys.sessionToken === undefined ? [] : ([["X-Amz-Security-Token", keys.sessionToken]] as const)),
  ];
  const own = parameters.map(([name, value]) => `${name}=${uriEncode(Buffer.from(value), false)}`).join("&");
  const query = request.query === "" ? own : `${request.query}&${own}`;
  const canonical = canonicalRequest({
    request: { ...request, query },
    signedHeaders,
    payloadHash: service === "s3" ? "UNSIGNED-PAYLOAD" : emptySha256,
    normalizePath: service !== "s3",
  });
  return `${query}&X-Amz-Signature=${signature(signingKey(keys.secretAccessKey, scope), stringToSign(amzDate, scope, canonical))}`;
}

/** Signature of one chunk of an aws-chunked body. https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-streaming.html */
export function chunkSignature(
  { signingKey: key, scope, amzDate }: ChunkSigning,
  previous: string,
  dataSha256: string,
): string {
  return signature(
    key,
    ["AWS4-HMAC-SHA256-PAYLOAD", amzDate, scopeText(scope), previous, emptySha256, dataSha256].join("\n"),
  );
}

/** Signature of the trailer, over its lines as `name:value\n`. https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-streaming-trailers.html */
export function trailerSignature(
  { signingKey: key, scope, amzDate }: ChunkSigning,
  previous: string,
  lines: string,
): string {
  const sum = createHash("sha256").update(lines, "latin1").digest("hex");
  return signature(key, ["AWS4-HMAC-SHA256-TRAILER", amzDate, scopeText(scope), previous, sum].join("\n"));
}
