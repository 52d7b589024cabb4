import { bodyPlanOf, verifiedBody, type VerifiedBody } from "@s3-credentials/protocol";
import { type Refusal, refuse, type S3Operation } from "../operations/operation.ts";
import type { Authenticated } from "./authenticate.ts";
import type { GatewayRequest } from "./request.ts";

/** A small body read whole and verified; or a stream of which nothing has been read yet. */
export interface BodyOfS3 {
  readonly small: Buffer;
  readonly stream: VerifiedBody | undefined;
}

const nothing = Buffer.alloc(0);

/**
 * The body an operation takes. INVARIANT: octets reach an operation only through a verified body: with their digest,
 * chunk signatures, trailer and checksum, whichever were promised.
 */
export async function readBody(
  row: Pick<S3Operation, "body">,
  request: GatewayRequest,
  { auth, chunkSigning }: Authenticated,
): Promise<BodyOfS3 | Refusal> {
  if (row.body.kind === "none") return { small: nothing, stream: undefined };
  const plan = bodyPlanOf(auth, bodyHeaders(row, request.wire.headers), chunkSigning);
  if ("kind" in plan) return refuse(plan.code, plan.message);
  const stream = verifiedBody(plan, lazily(request));
  if (row.body.kind === "stream") return { small: nothing, stream };
  if (plan.length > row.body.limit) return refuse("EntityTooLarge");
  return { small: await readWhole(stream), stream: undefined };
}

/** INVARIANT: only checksums are left out, and only where the row verifies them itself; the payload's digest always counts. */
function bodyHeaders(
  { body }: Pick<S3Operation, "body">,
  headers: GatewayRequest["wire"]["headers"],
): GatewayRequest["wire"]["headers"] {
  if (body.kind !== "small" || body.checksumOf !== "object") return headers;
  return headers.filter(([name]) => !name.toLowerCase().startsWith("x-amz-checksum-"));
}

async function* lazily({ body }: GatewayRequest): AsyncGenerator<Buffer> {
  yield* body.octets();
}

async function readWhole(body: AsyncIterable<Buffer>): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of body) chunks.push(chunk);
  return Buffer.concat(chunks);
}
