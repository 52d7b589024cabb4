import fc from "fast-check";
import { createHash } from "node:crypto";
import { describe, expect, test } from "vitest";
import { encodeChunked, exampleSigning, split } from "../../test/chunked-body.ts";
import { checksumAlgorithms, createChecksum } from "../checksum/create-checksum.ts";
import { loadChecksums } from "../checksum/xxhash.ts";
import { BodyFault } from "./body-fault.ts";
import { headerOf } from "./body-plan.ts";
import type { BodyDigests, BodyPlan, BodySource, ChecksumAlgorithm } from "./request-auth.ts";
import { verifiedBody } from "./verified-body.ts";

await loadChecksums();

const runs = Number(process.env["TEST_RUNS"] ?? 200);

async function checksumOf(algorithm: ChecksumAlgorithm, payload: Buffer): Promise<string> {
  const sum = createChecksum(algorithm);
  sum.update(payload);
  return sum.digest().toString("base64");
}

const bytes = (maxLength: number, minLength = 0): fc.Arbitrary<Buffer> =>
  fc.uint8Array({ minLength, maxLength }).map((array) => Buffer.from(array));
const cuts = fc.array(fc.nat(10_000), { maxLength: 8 });

const filler = Buffer.alloc(8192, "filler");

const given = fc.record({
  mode: fc.constantFrom(
    "signed",
    "body",
    "unsigned",
    "chunks",
    "chunks and trailer",
    "unsigned trailer",
    "unsigned chunks",
  ),
  // All but the last are of the least size.
  chunks: fc
    .array(bytes(200, 1), { maxLength: 3 })
    .map((all) => all.map((one, at) => (at + 1 < all.length ? Buffer.concat([one, filler]).subarray(0, 8192) : one))),
  algorithm: fc.constantFrom(...checksumAlgorithms),
  checksum: fc.boolean(),
  md5: fc.boolean(),
});
type Given = typeof given extends fc.Arbitrary<infer T> ? T : never;

interface Case {
  readonly plan: BodyPlan;
  readonly sent: Buffer;
  readonly payload: Buffer;
  /** Whether something vouches for every byte of the payload. */
  readonly covered: boolean;
}

async function caseOf({ mode, chunks, algorithm, checksum, md5 }: Given): Promise<Case> {
  const payload = Buffer.concat(chunks);
  const value = await checksumOf(algorithm, payload);
  const sums = {
    ...(md5 ? { contentMd5: createHash("md5").update(payload).digest("base64") } : {}),
    ...(checksum ? { checksum: { algorithm, value } } : {}),
  };
  const length = payload.length;
  const signing = mode.startsWith("unsigned ") ? undefined : exampleSigning;
  const trailer = mode.endsWith("chunks") ? undefined : ([[headerOf(algorithm), value]] as const);
  const framed = { chunks, signing, trailer };
  switch (mode) {
    case "signed": {
      const sha256 = createHash("sha256").update(payload).digest("hex");
      return { plan: { payload: { kind: "signed", sha256 }, length, ...sums }, sent: payload, payload, covered: true };
    }
    case "body":
    case "unsigned":
      return { plan: { payload: { kind: mode }, length, ...sums }, sent: payload, payload, covered: md5 || checksum };
    default: {
      const signed = signing !== undefined;
      const streaming = { kind: "streaming", signed, trailer: !signed || trailer !== undefined } as const;
      const plan: BodyPlan = {
        payload: streaming,
        length,
        ...sums,
        ...(trailer === undefined ? {} : { checksum: { algorithm } }),
        ...(signing === undefined ? {} : { chunkSigning: signing }),
      };
      return { plan, sent: encodeChunked(framed), payload, covered: mode !== "unsigned chunks" || md5 || checksum };
    }
  }
}

function signingOf({ chunkSigning }: BodyPlan): Pick<BodyPlan, "chunkSigning"> {
  return chunkSigning === undefined ? {} : { chunkSigning };
}

async function drain(body: AsyncIterable<Buffer>): Promise<number> {
  let size = 0;
  for await (const piece of body) size += piece.length;
  return size;
}

interface Outcome {
  readonly payload: string;
  readonly digests: BodyDigests;
}

/** What was read, or the fault's code; anything else thrown fails the test. The same when it is read at once. */
async function read(plan: BodyPlan, pieces: readonly Buffer[]): Promise<Outcome | string> {
  const outcome = await readPieces(plan, pieces);
  expect(await readWhole(plan, pieces)).toEqual(outcome);
  return outcome;
}

async function readWhole(plan: BodyPlan, pieces: readonly Buffer[]): Promise<Outcome | string> {
  const body = verifiedBody(plan, { ...sourceOf(pieces), whole: async () => Buffer.concat(pieces) });
  try {
    const payload = (await body.whole()).toString("hex");
    return { payload, digests: body.digests() };
  } catch (error) {
    expect(() => body.digests()).toThrow("has not been read");
    if (error instanceof BodyFault) return error.code;
    throw error;
  }
}

function sourceOf(pieces: readonly Buffer[]): BodySource {
  return {
    bytes: async function* () {
      yield* pieces;
    },
  };
}

async function readPieces(plan: BodyPlan, pieces: readonly Buffer[]): Promise<Outcome | string> {
  const parts: Buffer[] = [];
  try {
    const body = verifiedBody(plan, sourceOf(pieces));
    expect(() => body.digests()).toThrow("has not been read");
    try {
      for await (const part of body) parts.push(Buffer.from(part));
    } catch (error) {
      // INVARIANT: nothing that failed has digests to commit with.
      expect(() => body.digests()).toThrow("has not been read");
      throw error;
    }
    return { payload: Buffer.concat(parts).toString("hex"), digests: body.digests() };
  } catch (error) {
    if (error instanceof BodyFault) return error.code;
    throw error;
  }
}

test("a whole body gives its payload and digests, however it is cut", async () => {
  await fc.assert(
    fc.asyncProperty(given, cuts, async (input, at) => {
      const { plan, sent, payload } = await caseOf(input);
      const algorithm = plan.checksum?.algorithm ?? "CRC64NVME";
      const expected: Outcome = {
        payload: payload.toString("hex"),
        digests: {
          size: payload.length,
          md5: createHash("md5").update(payload).digest(),
          checksum: { algorithm, value: await checksumOf(algorithm, payload) },
        },
      };
      expect(await read(plan, [sent])).toEqual(expected);
      expect(await read(plan, split(sent, at))).toEqual(expected);
    }),
    { numRuns: runs },
  );
});

test("a changed byte is a fault, or was not of the payload", async () => {
  await fc.assert(
    fc.asyncProperty(given, fc.nat(), fc.integer({ min: 1, max: 255 }), cuts, async (input, where, flip, at) => {
      const { plan, sent, payload, covered } = await caseOf(input);
      fc.pre(sent.length > 0);
      const changed = Buffer.from(sent);
      const index = where % sent.length;
      changed[index] = (changed[index] ?? 0) ^ flip;
      const result = await read(plan, [changed]);
      expect(await read(plan, split(changed, at))).toEqual(result);
      if (covered && typeof result !== "string") expect(result.payload).toBe(payload.toString("hex"));
      if (covered && plan.payload.kind !== "streaming") expect(result).toBeTypeOf("string");
    }),
    { numRuns: runs * 3 },
  );
});

test("cut short, or with more after it", async () => {
  await fc.assert(
    fc.asyncProperty(given, fc.nat(), bytes(10, 1), async (input, where, more) => {
      const { plan, sent } = await caseOf(input);
      if (sent.length > 0) expect(await read(plan, [sent.subarray(0, where % sent.length)])).toBe("IncompleteBody");
      expect(await read(plan, [sent, more])).toBe("IncompleteBody");
    }),
    { numRuns: runs },
  );
});

test("another length than the one promised", async () => {
  await fc.assert(
    fc.asyncProperty(given, fc.integer({ min: -300, max: 300 }), async (input, difference) => {
      const { plan, sent } = await caseOf(input);
      fc.pre(difference !== 0 && plan.length + difference >= 0);
      expect(await read({ ...plan, length: plan.length + difference }, [sent])).toBe("IncompleteBody");
    }),
    { numRuns: runs },
  );
});

test("never is more handed on than was promised", async () => {
  await fc.assert(
    fc.asyncProperty(given, fc.nat(300), cuts, async (input, length, at) => {
      const { plan, sent } = await caseOf(input);
      let size = 0;
      try {
        const source = sourceOf([...split(sent, at)]);
        for await (const part of verifiedBody({ ...plan, length }, source)) size += part.length;
      } catch (error) {
        expect(error).toBeInstanceOf(BodyFault);
      }
      expect(size).toBeLessThanOrEqual(length);
    }),
    { numRuns: runs },
  );
});

test("a digest of something else", async () => {
  await fc.assert(
    fc.asyncProperty(given, bytes(200), async (input, other) => {
      const { plan, sent, payload } = await caseOf(input);
      fc.pre(!other.equals(payload));
      const algorithm = input.algorithm;
      const md5 = createHash("md5").update(other).digest("base64");
      expect(await read({ ...plan, contentMd5: md5 }, [sent])).toBe("BadDigest");
      const checksum = { algorithm, value: await checksumOf(algorithm, other) };
      expect(await read({ payload: plan.payload, length: plan.length, ...signingOf(plan), checksum }, [sent])).toBe(
        // With a checksum in the head no trailer is expected.
        input.mode === "unsigned trailer" ? "MalformedTrailerError" : "BadDigest",
      );
      const sha256 = createHash("sha256").update(other).digest("hex");
      if (plan.payload.kind === "signed")
        expect(await read({ ...plan, payload: { kind: "signed", sha256 } }, [sent])).toBe("XAmzContentSHA256Mismatch");
    }),
    { numRuns: runs },
  );
});

describe.each(["signed", "unsigned"])("a trailer of %s chunks", (kind) => {
  const signing = kind === "signed" ? exampleSigning : undefined;
  const payload = Buffer.from("123456789");
  const plan: BodyPlan = {
    payload: { kind: "streaming", signed: kind === "signed", trailer: true },
    length: payload.length,
    checksum: { algorithm: "CRC32" },
    ...(signing === undefined ? {} : { chunkSigning: signing }),
  };
  const crc32 = "y/Q5Jg==";

  test.each([
    ["as announced", [["x-amz-checksum-crc32", crc32]], undefined],
    ["missing", [], "MalformedTrailerError"],
    ["of another algorithm", [["x-amz-checksum-crc32c", "4waSgw=="]], "MalformedTrailerError"],
    [
      "with a second field",
      [
        ["x-amz-checksum-crc32", crc32],
        ["x-amz-checksum-crc32c", "4waSgw=="],
      ],
      "MalformedTrailerError",
    ],
    [
      "with a field that is none of its business",
      [
        ["x-amz-checksum-crc32", crc32],
        ["x-amz-meta-a", "b"],
      ],
      "MalformedTrailerError",
    ],
    ["of something else", [["x-amz-checksum-crc32", "AAAAAA=="]], "BadDigest"],
    ["that is not base64", [["x-amz-checksum-crc32", "cbf43926"]], "InvalidRequest"],
    ["that is empty", [["x-amz-checksum-crc32", ""]], "InvalidRequest"],
    ["that is too long", [["x-amz-checksum-crc32", `${crc32}AAAA`]], "InvalidRequest"],
  ] as const)("%s", async (_, trailer, code) => {
    const result = await read(plan, [encodeChunked({ chunks: [payload], signing, trailer })]);
    if (code === undefined) {
      expect(result).toMatchObject({ digests: { checksum: { algorithm: "CRC32", value: crc32 } } });
    } else expect(result).toBe(code);
  });
});

test("arbitrary bytes for any plan", async () => {
  await fc.assert(
    fc.asyncProperty(given, bytes(300), cuts, async (input, other, at) => {
      const { plan, payload, covered } = await caseOf(input);
      const result = await read(plan, split(other, at));
      if (covered && typeof result !== "string") expect(result.payload).toBe(payload.toString("hex"));
    }),
    { numRuns: runs },
  );
});

test("signed chunks are not read without a key", async () => {
  const plan: BodyPlan = { payload: { kind: "streaming", signed: true, trailer: false }, length: 0 };
  expect(await read(plan, [Buffer.from("0\r\n\r\n")])).toBe("AccessDenied");
});

test("a body is read once", async () => {
  const body = verifiedBody({ payload: { kind: "unsigned" }, length: 0 }, sourceOf([]));
  expect(await drain(body)).toBe(0);
  await expect(drain(body)).rejects.toThrow("read once");
  await expect(body.whole()).rejects.toThrow("read once");
});

test("what the source throws is passed on, and nothing is committed", async () => {
  const broken = new Error("connection reset");
  const body = verifiedBody(
    { payload: { kind: "unsigned" }, length: 4 },
    {
      bytes: async function* () {
        yield Buffer.from("four");
        throw broken;
      },
    },
  );
  await expect(drain(body)).rejects.toBe(broken);
  expect(() => body.digests()).toThrow("has not been read");
});
