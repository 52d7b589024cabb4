import { tooLarge } from "../operations/s3/reply.ts";
import { bodyPlanOf, verifiedBody, type VerifiedBody } from "@s3-credentials/protocol";
import { type BodyMode, type BufferedBody, type Refusal, refuse } from "../operations/operation.ts";
import type { Admitted } from "./admit.ts";
import type { LargeBodies } from "./large-bodies.ts";
import type { GatewayRequest } from "../authn/request.ts";

/**
 * The body of a request, of which nothing has been read yet; undefined where its operation takes none.
 * INVARIANT: bytes reach an operation only through a verified body: with their digest, chunk signatures, trailer and
 * checksum, whichever the head declares.
 */
export function planBody(
  body: BodyMode,
  request: GatewayRequest,
  { auth, chunkSigning }: Admitted,
): VerifiedBody | undefined | Refusal {
  if (body.kind === "none") return undefined;
  if (body.kind === "stream" && !saysLength(request.wire.headers)) return refuse("MissingContentLength");
  const plan = bodyPlanOf(auth, bodyHeaders(body, request.wire.headers), chunkSigning);
  return "kind" in plan
    ? refuse(plan.code, plan.message, plan.details && { details: plan.details })
    : verifiedBody(plan, request.body);
}

/** A request that stores an empty object says so with a length of 0. https://docs.aws.amazon.com/AmazonS3/latest/API/RESTCommonRequestHeaders.html */
function saysLength(headers: GatewayRequest["wire"]["headers"]): boolean {
  return headers.some(([name]) => /^(?:content-length|transfer-encoding)$/i.test(name));
}

/** INVARIANT: only checksums are left out, and only where the row verifies them itself; the payload's digest always counts. */
function bodyHeaders(body: BodyMode, headers: GatewayRequest["wire"]["headers"]): GatewayRequest["wire"]["headers"] {
  if (body.kind !== "buffered" || body.checksumOf !== "object") return headers;
  return headers.filter(([name]) => !name.toLowerCase().startsWith("x-amz-checksum-"));
}

/** Reads a body whole, verifies it, and only then parses it: the document its row describes. */
export async function readDocument(
  body: BufferedBody,
  stream: VerifiedBody,
  request: GatewayRequest,
  { callerKey, time }: Admitted,
  largeBodies: LargeBodies,
): Promise<{ readonly document: unknown } | Refusal> {
  if (stream.length > body.maxBytes) return tooLarge(stream.length, body.maxBytes);
  const bytes = await stream.whole();
  const parsed = await largeBodies.parse(bytes.length, { callerKey, signal: request.signal }, async () => ({
    document: await body.read(bytes, time.turn),
  }));
  return parsed ?? refuse("SlowDown");
}
