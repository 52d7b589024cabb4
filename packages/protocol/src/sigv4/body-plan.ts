/** What a request's headers promise of its body. https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-streaming.html */
import { checksumAlgorithms, isChecksumAlgorithm, isChecksumValue } from "../checksum/create-checksum.ts";
import type { S3ErrorCode } from "../errors/error-table.ts";
import { headerText, trimBlanks } from "./header-value.ts";
import { payloadModeOf } from "./payload-mode.ts";
import type {
  AuthRefusal,
  BodyPlan,
  ChecksumAlgorithm,
  ChunkSigning,
  PayloadMode,
  RequestAuth,
  RequestAuthV2,
  WireRequest,
} from "./request-auth.ts";

function refuse(code: S3ErrorCode, message: string): AuthRefusal<S3ErrorCode> {
  return { kind: "refused", code, message };
}

/** `auth` undefined: anonymous. The lengths are bytes. */
export function bodyPlanOf(
  auth: RequestAuth | RequestAuthV2 | undefined,
  headers: WireRequest["headers"],
  chunkSigning: ChunkSigning | undefined,
): BodyPlan | AuthRefusal<S3ErrorCode> {
  const map = new Map<string, string>();
  for (const [name, value] of headers) {
    const lower = name.toLowerCase();
    const before = map.get(lower);
    map.set(lower, before === undefined ? trimBlanks(value) : `${before},${trimBlanks(value)}`);
  }
  const payload = auth?.payload ?? payloadModeOf(map.get("x-amz-content-sha256"), { kind: "unsigned" });
  if (payload.kind === "refused") return payload;
  if (
    payload.kind === "streaming" &&
    payload.signed &&
    (auth === undefined || chunkSigning === undefined || auth.form !== "header")
  ) {
    return refuse("AccessDenied", "A body of signed chunks needs a signature in the Authorization header.");
  }
  const length = lengthOf(map, payload);
  if (typeof length !== "number") return length;
  const contentMd5 = map.get("content-md5");
  if (contentMd5 !== undefined && !isMd5(contentMd5))
    return {
      ...refuse("InvalidDigest", "The Content-MD5 you specified is not valid."),
      details: { "Content-MD5": headerText(contentMd5) },
    };
  const checksum = checksumOf(map, payload);
  if (checksum !== undefined && "kind" in checksum) return checksum;
  return {
    payload,
    length,
    ...(contentMd5 === undefined ? {} : { contentMd5 }),
    ...(checksum === undefined ? {} : { checksum }),
    ...(payload.kind === "streaming" && payload.signed && chunkSigning !== undefined ? { chunkSigning } : {}),
  };
}

/** `Content-Encoding` as it is kept: without `aws-chunked`, which is only for the transfer. */
export function storedContentEncoding(header: string | undefined): string | undefined {
  if (header === undefined) return undefined;
  const kept = header.split(",").filter((part) => trimBlanks(part).toLowerCase() !== "aws-chunked");
  const text = trimBlanks(kept.join(","));
  return text === "" ? undefined : text;
}

function isMd5(value: string): boolean {
  const bytes = Buffer.from(value, "base64");
  return bytes.length === 16 && bytes.toString("base64") === value;
}

function lengthOf(headers: ReadonlyMap<string, string>, payload: PayloadMode): number | AuthRefusal<S3ErrorCode> {
  const name = payload.kind === "streaming" ? "x-amz-decoded-content-length" : "content-length";
  const text = headers.get(name);
  if (text === undefined) {
    // A request that has no body need not say so.
    if (name === "content-length" && headers.get("transfer-encoding") === undefined) return 0;
    return refuse("MissingContentLength", "You must provide the Content-Length HTTP header.");
  }
  return /^\d{1,15}$/.test(text) ? Number(text) : refuse("InvalidArgument", `${name} must be a number of bytes.`);
}

function checksumOf(
  headers: ReadonlyMap<string, string>,
  payload: PayloadMode,
): BodyPlan["checksum"] | AuthRefusal<S3ErrorCode> {
  const sent = checksumAlgorithms.filter((algorithm) => headers.has(headerOf(algorithm)));
  const trailer = headers.get("x-amz-trailer")?.toLowerCase();
  const [algorithm, more] = sent;
  if (more !== undefined)
    return refuse(
      "InvalidRequest",
      "Expecting a single x-amz-checksum- header. Multiple checksum Types are not allowed.",
    );
  const announced = headers.get("x-amz-sdk-checksum-algorithm")?.toUpperCase();
  // Without x-amz-trailer unsigned chunks have no trailer, and their checksum is the default one or that of the head.
  if (payload.kind === "streaming" && payload.trailer && (payload.signed || trailer !== undefined))
    return trailedChecksum(trailer, algorithm, announced);
  if (trailer !== undefined) return refuse("InvalidRequest", "x-amz-trailer needs a streaming payload with a trailer.");
  if (algorithm === undefined) {
    const hasBody = payload.kind === "streaming" || (headers.get("content-length") ?? "0") !== "0";
    return announced === undefined || !hasBody || isOnlyAnnounced(headers)
      ? undefined
      : refuse(
          "InvalidRequest",
          "x-amz-sdk-checksum-algorithm specified, but no corresponding x-amz-checksum-* or x-amz-trailer headers were found.",
        );
  }
  if (announced !== undefined && announced !== algorithm) return contradiction;
  const value = headers.get(headerOf(algorithm)) ?? "";
  return isChecksumValue(algorithm, value)
    ? { algorithm, value }
    : refuse("InvalidRequest", `Value for ${headerOf(algorithm)} header is invalid.`);
}

const contradiction = refuse("InvalidRequest", "Value for x-amz-sdk-checksum-algorithm header is invalid.");

/** A presigned upload made without the body cannot carry its checksum. */
function isOnlyAnnounced(headers: ReadonlyMap<string, string>): boolean {
  return !headers.has("authorization");
}

function trailedChecksum(
  trailer: string | undefined,
  header: ChecksumAlgorithm | undefined,
  announced: string | undefined,
): BodyPlan["checksum"] | AuthRefusal<S3ErrorCode> {
  const name = /^x-amz-checksum-(\w+)$/.exec(trailer ?? "")?.[1]?.toUpperCase();
  if (name === undefined || !isChecksumAlgorithm(name))
    return refuse("InvalidRequest", "The value specified in the x-amz-trailer header is not supported.");
  if (header !== undefined) return refuse("InvalidRequest", "Expecting a single x-amz-checksum- header.");
  return announced === undefined || announced === name ? { algorithm: name } : contradiction;
}

export function headerOf(algorithm: ChecksumAlgorithm): string {
  return `x-amz-checksum-${algorithm.toLowerCase()}`;
}
