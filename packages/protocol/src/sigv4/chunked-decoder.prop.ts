import fc from "fast-check";
import { expect, test } from "vitest";
import { encodeChunked, exampleSigning, split } from "../../test/chunked-body.ts";
import { BodyFault } from "./body-fault.ts";
import { ChunkedDecoder } from "./chunked-decoder.ts";

const runs = Number(process.env["TEST_RUNS"] ?? 300);

const bytes = (maxLength: number, minLength = 0): fc.Arbitrary<Buffer> =>
  fc.uint8Array({ minLength, maxLength }).map((array) => Buffer.from(array));
const cuts = fc.array(fc.nat(10_000), { maxLength: 12 });
const mode = fc.record({ signed: fc.boolean(), trailer: fc.boolean() });
const chunks = fc.array(bytes(300, 1), { maxLength: 4 });
const trailer = fc.uniqueArray(
  fc.tuple(fc.stringMatching(/^x-[a-z]{1,8}$/), fc.stringMatching(/^[A-Za-z0-9+/=]{0,12}$/)),
  { selector: ([name]) => name, maxLength: 3 },
);
const body = fc.record({ mode, chunks, trailer }).map((given) => ({
  chunks: given.chunks,
  trailer: given.trailer,
  plan: {
    length: given.chunks.reduce((sum, chunk) => sum + chunk.length, 0),
    minChunk: 1,
    trailer: given.mode.trailer,
    signing: given.mode.signed ? exampleSigning : undefined,
  },
  encoded: encodeChunked({
    chunks: given.chunks,
    signing: given.mode.signed ? exampleSigning : undefined,
    trailer: given.mode.trailer ? given.trailer : undefined,
  }),
}));

/** Chunks may have any size. */
const anySize = { minChunk: 1 } as const;

type Plan = ConstructorParameters<typeof ChunkedDecoder>[0];

/** Hex of the payload and the trailer, or the code of the fault; anything else thrown fails the test. */
function decode(plan: Plan, pieces: readonly Buffer[]): readonly [string, ...(readonly [string, string])[]] | string {
  const decoder = new ChunkedDecoder(plan);
  const payload: Buffer[] = [];
  try {
    for (const piece of pieces) for (const part of decoder.feed(piece)) payload.push(Buffer.from(part));
    decoder.end();
  } catch (error) {
    if (error instanceof BodyFault) return error.code;
    throw error;
  }
  return [Buffer.concat(payload).toString("hex"), ...decoder.trailer];
}

test("what was framed comes out, however it is cut on the way", () => {
  fc.assert(
    fc.property(body, cuts, ({ plan, encoded, chunks: sent, trailer: fields }, at) => {
      const expected = [Buffer.concat(sent).toString("hex"), ...(plan.trailer ? fields : [])];
      expect(decode(plan, [encoded])).toEqual(expected);
      expect(decode(plan, split(encoded, at))).toEqual(expected);
    }),
    { numRuns: runs },
  );
});

test("byte by byte", () => {
  fc.assert(
    fc.property(body, ({ plan, encoded }) => {
      expect(
        decode(
          plan,
          [...encoded].map((byte) => Buffer.of(byte)),
        ),
      ).toEqual(decode(plan, [encoded]));
    }),
    { numRuns: Math.ceil(runs / 10) },
  );
});

test("a changed byte: a fault, or nothing but how the framing is written", () => {
  fc.assert(
    fc.property(body, fc.nat(), fc.integer({ min: 1, max: 255 }), cuts, ({ plan, encoded }, where, flip, at) => {
      const index = where % encoded.length;
      const changed = Buffer.from(encoded);
      changed[index] = (changed[index] ?? 0) ^ flip;
      const result = decode(plan, [changed]);
      // Where it is cut does not change what is wrong with it.
      expect(decode(plan, split(changed, at))).toEqual(result);
      if (plan.signing === undefined || typeof result === "string") return;
      // Of signed bodies only spelling is free: case of a size's digits and of a field's name, blanks around a value.
      expect(result).toEqual(decode(plan, [encoded]));
      const [before, after] = [encoded, changed].map((all) => String.fromCharCode(all[index] ?? 0));
      expect(after?.toLowerCase() === before || /[\s\u00a0]/.test(after ?? "")).toBe(true);
    }),
    { numRuns: runs * 3 },
  );
});

test("a body cut short or followed by anything is incomplete or malformed", () => {
  fc.assert(
    fc.property(body, fc.nat(), bytes(20, 1), ({ plan, encoded }, where, more) => {
      expect(decode(plan, [encoded.subarray(0, where % encoded.length)])).toBe("IncompleteBody");
      expect(decode(plan, [encoded, more])).toBe("IncompleteBody");
      expect(decode(plan, [Buffer.concat([encoded, more])])).toBe("IncompleteBody");
    }),
    { numRuns: runs },
  );
});

test("another decoded length than the one announced", () => {
  fc.assert(
    fc.property(body, fc.integer({ min: -1000, max: 1000 }), ({ plan, encoded }, difference) => {
      fc.pre(difference !== 0 && plan.length + difference >= 0);
      expect(decode({ ...plan, length: plan.length + difference }, [encoded])).toBe("IncompleteBody");
    }),
    { numRuns: runs },
  );
});

test("never is more handed on than was announced", () => {
  fc.assert(
    fc.property(body, fc.nat(300), cuts, ({ plan, encoded }, length, at) => {
      const decoder = new ChunkedDecoder({ ...plan, length });
      let size = 0;
      try {
        for (const piece of split(encoded, at)) for (const part of decoder.feed(piece)) size += part.length;
      } catch (error) {
        expect(error).toBeInstanceOf(BodyFault);
      }
      expect(size).toBeLessThanOrEqual(length);
    }),
    { numRuns: runs },
  );
});

test("a chunk that goes on after its size", () => {
  const plan = { ...anySize, length: 3, trailer: true, signing: undefined };
  expect(decode(plan, [Buffer.from("3\r\nabc\r\n0\r\n\r\n")])).toEqual(["616263"]);
  for (const more of ["d", "d\r\n", "\n", "\r", " ", "\0"])
    expect(decode(plan, [Buffer.from(`3\r\nabc${more}\r\n0\r\n\r\n`)]), more).toBe("InvalidRequest");
});

test("signatures where none were announced, and none where they were", () => {
  fc.assert(
    fc.property(body, ({ plan, encoded }) => {
      const signing = plan.signing === undefined ? exampleSigning : undefined;
      expect(decode({ ...plan, signing }, [encoded])).toBe("InvalidRequest");
    }),
    { numRuns: runs },
  );
});

test("a body signed after another seed, with another key, at another time or for another place", () => {
  const { scope } = exampleSigning;
  const others = [
    { ...exampleSigning, seedSignature: "0".repeat(64) },
    { ...exampleSigning, signingKey: Buffer.alloc(32) },
    { ...exampleSigning, amzDate: "20261123T120001Z" },
    { ...exampleSigning, scope: { ...scope, region: "us-east-2" } },
  ];
  fc.assert(
    fc.property(body, fc.constantFrom(...others), ({ plan, encoded }, signing) => {
      fc.pre(plan.signing !== undefined);
      expect(decode({ ...plan, signing }, [encoded])).toBe("SignatureDoesNotMatch");
    }),
    { numRuns: runs },
  );
});

test("arbitrary bytes, and arbitrary lines, are faults and nothing else", () => {
  const plans = mode.map(({ signed, trailer: has }) => ({
    ...anySize,
    length: 3,
    trailer: has,
    signing: signed ? exampleSigning : undefined,
  }));
  const line = fc.oneof(
    fc.constantFrom("0", "3", "FFFFFFFFFFFF", "-1", "3;chunk-signature=", "0x3", "abc", "a:b", ":", "", " 3", "3 "),
    fc.string({ maxLength: 20 }),
  );
  const lines = fc
    .array(fc.tuple(line, fc.constantFrom("\r\n", "\n", "\r", "")), { maxLength: 8 })
    .map((all) => Buffer.from(all.flat().join(""), "latin1"));
  fc.assert(
    fc.property(plans, fc.oneof(bytes(200), lines), cuts, (plan, given, at) => {
      const result = decode(plan, [given]);
      expect(decode(plan, split(given, at))).toEqual(result);
      // Three bytes could come out of three bytes in a chunk; of a signed body they cannot.
      if (plan.signing !== undefined) expect(result).toBeTypeOf("string");
    }),
    { numRuns: runs * 3 },
  );
});

test("lines and trailers are bounded", () => {
  const unsigned = { ...anySize, length: 0, trailer: true, signing: undefined };
  expect(decode(unsigned, [Buffer.alloc(2000, "0")])).toBe("InvalidRequest");
  expect(decode(unsigned, [Buffer.from("0\r\n"), Buffer.from(`a:${"b".repeat(1100)}`)])).toBe("InvalidRequest");
  const many = Array.from({ length: 100 }, (_, index) => `x-field-${index}:${"b".repeat(60)}\r\n`).join("");
  expect(decode(unsigned, [Buffer.from(`0\r\n${many}`)])).toBe("MalformedTrailerError");
});

test.each([
  ["a field twice", "a:1\r\na:2\r\n"],
  ["a field twice, in another case", "a:1\r\nA:2\r\n"],
  ["no colon", "a\r\n"],
  ["no name", ":a\r\n"],
])("a trailer with %s", (_, lines) => {
  const plan = { ...anySize, length: 0, trailer: true, signing: undefined };
  expect(decode(plan, [Buffer.from(`0\r\n${lines}\r\n`)])).toBe("MalformedTrailerError");
});

test("a trailer where none was announced", () => {
  const plan = { ...anySize, length: 0, trailer: false, signing: undefined };
  expect(decode(plan, [Buffer.from("0\r\na:1\r\n\r\n")])).toBe("MalformedTrailerError");
});

test("a signed trailer without its signature, with it twice, or with a field after it", () => {
  const fields = [["x-a", "1"]] as const;
  const plan = { ...anySize, length: 0, trailer: true, signing: exampleSigning };
  const text = encodeChunked({ chunks: [], signing: exampleSigning, trailer: fields }).toString();
  const line = /x-amz-trailer-signature:.*\r\n/.exec(text)?.[0] ?? "";
  expect(decode(plan, [Buffer.from(text)])).toEqual(["", ["x-a", "1"]]);
  for (const wrong of ["", line + line, `${line}x-b:1\r\n`])
    expect(decode(plan, [Buffer.from(text.replace(line, wrong))])).toBe("MalformedTrailerError");
  expect(decode(plan, [Buffer.from(text.replace("x-a:1", "x-a:2"))])).toBe("SignatureDoesNotMatch");
});

test("only the last chunk may be smaller than the least size", () => {
  const sizes = (...all: readonly number[]) => {
    const chunks = all.map((size) => Buffer.alloc(size, "x"));
    return [undefined, exampleSigning].map((signing) => {
      const length = all.reduce((sum, size) => sum + size, 0);
      const decoded = decode({ length, minChunk: 8192, trailer: false, signing }, [
        encodeChunked({ chunks, signing, trailer: undefined }),
      ]);
      return typeof decoded === "string" ? decoded : "decoded";
    });
  };
  expect(sizes(8192, 8192, 1)).toEqual(["decoded", "decoded"]);
  expect(sizes(1)).toEqual(["decoded", "decoded"]);
  expect(sizes()).toEqual(["decoded", "decoded"]);
  for (const small of [sizes(1, 1), sizes(8191, 1), sizes(8192, 8191, 8192)])
    expect(small).toEqual(["InvalidChunkSizeError", "InvalidChunkSizeError"]);
});
