/** AWS's documented chunked uploads, from the request through the verified body. */
import { describe, expect, test } from "vitest";
import { BodyFault } from "../src/sigv4/body-fault.ts";
import { bodyPlanOf } from "../src/sigv4/body-plan.ts";
import { canonicalRequest, stringToSign } from "../src/sigv4/canonical.ts";
import { parseAmzDate, parseAuth } from "../src/sigv4/parse-auth.ts";
import type { BodyDigests, BodyPlan, CredentialScope, WireRequest } from "../src/sigv4/request-auth.ts";
import { verifiedBody } from "../src/sigv4/verified-body.ts";
import { verifyRequest } from "../src/sigv4/verify-request.ts";
import { oneByteOff } from "./one-byte-off.ts";
import { type ChunkedVector, onTheWire, readVectors, withHeader } from "./read-vectors.ts";

const { secretAccessKey, accessKeyId, region, service, amzDate, vectors } = readVectors<ChunkedVector>("s3-chunked");
const now = parseAmzDate(amzDate) ?? Number.NaN;
const scope: CredentialScope = { date: amzDate.slice(0, 8), region, service };
const size = 66_560;

function planOf(request: WireRequest, secret = secretAccessKey): BodyPlan | undefined {
  const parsed = parseAuth(request);
  if (parsed.kind !== "signed" || parsed.auth.accessKeyId !== accessKeyId) return undefined;
  const verified = verifyRequest(request, parsed.auth, secret, { now });
  if (verified.kind !== "verified") return undefined;
  const plan = bodyPlanOf(parsed.auth, request.headers, verified.chunkSigning);
  return "kind" in plan ? undefined : plan;
}

function bodyOf({ chunks, trailer, trailerSignature }: ChunkedVector): Buffer {
  const parts = chunks.flatMap(({ size: bytes, signature }) => [
    Buffer.from(`${bytes.toString(16)};chunk-signature=${signature}\r\n`),
    ...(bytes === 0 ? [] : [Buffer.alloc(bytes, "a"), Buffer.from("\r\n")]),
  ]);
  const lines = trailer.map(([name, value]) => `${name}:${value}\r\n`).join("");
  const signed = trailerSignature === undefined ? "" : `x-amz-trailer-signature:${trailerSignature}\r\n`;
  return Buffer.concat([...parts, Buffer.from(`${lines}${signed}\r\n`)]);
}

/** Payload and digests, or the fault's code. */
async function read(plan: BodyPlan, ...bytes: Buffer[]): Promise<{ payload: Buffer; digests: BodyDigests } | string> {
  const body = verifiedBody(plan, {
    bytes: async function* () {
      yield* bytes;
    },
  });
  const pieces: Buffer[] = [];
  try {
    for await (const piece of body) pieces.push(piece);
  } catch (error) {
    if (error instanceof BodyFault) return error.code;
    throw error;
  }
  return { payload: Buffer.concat(pieces), digests: body.digests() };
}

describe.each(vectors)("$name", (vector) => {
  const sent = withHeader(onTheWire(vector.request), "Authorization", vector.authorization);
  const body = bodyOf(vector);
  const plan = planOf(sent);
  if (plan === undefined) throw new Error("the published request is refused");

  test("the seed", () => {
    const signedHeaders = /SignedHeaders=([^,]+)/.exec(vector.authorization)?.[1]?.split(";") ?? [];
    const canonical = canonicalRequest({
      request: onTheWire(vector.request),
      signedHeaders,
      payloadHash: vector.payloadHash ?? "",
      normalizePath: false,
    });
    expect(canonical).toBe(vector.canonicalRequest);
    expect(stringToSign(amzDate, scope, canonical)).toBe(vector.stringToSign);
    expect(plan.chunkSigning?.seedSignature).toBe(vector.seedSignature);
    expect(planOf(sent, `${secretAccessKey} `)).toBeUndefined();
    for (const [what, changed] of oneByteOff(sent)) expect(planOf(changed), what).toBeUndefined();
  });

  test("the body as published", async () => {
    const contentLength = vector.request.headers.find(([name]) => name === "Content-Length")?.[1];
    if (contentLength !== undefined) expect(body.length).toBe(Number(contentLength));
    for (const pieces of [
      [body],
      [body.subarray(0, 91), body.subarray(91)],
      [...body].map((byte) => Buffer.of(byte)),
    ]) {
      const result = await read(plan, ...pieces);
      if (typeof result === "string") throw new Error(result);
      expect(result.payload.equals(Buffer.alloc(size, "a"))).toBe(true);
      expect(result.digests.size).toBe(size);
      const [checksum] = vector.trailer;
      if (checksum !== undefined) expect(result.digests.checksum).toEqual({ algorithm: "CRC32C", value: checksum[1] });
    }
  });

  test("any byte of its framing changed, and some of its payload", async () => {
    const heads = [...body.keys()].filter((at) => body[at] !== 0x61);
    for (const at of [...heads, 100, 40_000, 65_000]) {
      const changed = Buffer.from(body);
      changed[at] = changed[at] === 0x71 ? 0x7a : 0x71;
      expect(await read(plan, changed), `byte ${at}`).toBeTypeOf("string");
    }
  });

  test("cut short, made longer, or put in another order", async () => {
    for (const end of [0, 1, 85, 87, 1000, 65_623, 65_624, 65_710, body.length - 87, body.length - 2, body.length - 1])
      expect(await read(plan, body.subarray(0, end)), `${end} bytes`).toBe("IncompleteBody");
    expect(await read(plan, body, Buffer.from("a"))).toBe("IncompleteBody");
    expect(await read(plan, body, body)).toBe("IncompleteBody");
    const second = body.indexOf("400;chunk-signature");
    const last = body.indexOf("0;chunk-signature", second + 5);
    const swapped = [body.subarray(second, last), body.subarray(0, second), body.subarray(last)];
    expect(await read(plan, ...swapped)).toBe("SignatureDoesNotMatch");
    expect(await read(plan, body.subarray(0, second), body.subarray(last))).toBe("SignatureDoesNotMatch");
  });

  test("another decoded length", async () => {
    for (const length of [0, size - 1, size + 1, 2 * size])
      expect(await read({ ...plan, length }, body)).toBe("IncompleteBody");
  });
});

test("the examples do not verify each other's bodies", async () => {
  const [one, other] = vectors;
  if (one === undefined || other === undefined) throw new Error("two vectors are expected");
  for (const [request, body] of [
    [one, other],
    [other, one],
  ] as const) {
    const plan = planOf(withHeader(onTheWire(request.request), "Authorization", request.authorization));
    if (plan === undefined) throw new Error("the published request is refused");
    expect(await read(plan, bodyOf(body))).toBe("SignatureDoesNotMatch");
  }
});
