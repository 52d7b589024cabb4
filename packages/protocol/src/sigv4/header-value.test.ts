import fc from "fast-check";
import { createHash, createHmac } from "node:crypto";
import { expect, test } from "vitest";
import { headerText, headerValue, trimBlanks } from "./header-value.ts";
import { parseAuth } from "./parse-auth.ts";
import type { WireRequest } from "./request-auth.ts";
import { signRequest } from "./sign-request.ts";
import { verifyRequest } from "./verify-request.ts";

const runs = Number(process.env["TEST_RUNS"] ?? 200);
const keys = { accessKeyId: "AKIDEXAMPLE", secretAccessKey: "secret" };
const time = Date.UTC(2026, 10, 28, 12);
const hash = createHash("sha256").update("").digest("hex");
const utf8 = (text: string): string => Buffer.from(text).toString("latin1");

/** A request that is signed with this value of `x-amz-meta-a` and then sent with another. */
function accepted(signedValue: string, sentValue = signedValue): boolean {
  const base = (value: string): WireRequest => ({
    method: "PUT",
    path: "/b/k",
    query: "",
    headers: [
      ["host", "h"],
      ["x-amz-meta-a", value],
    ],
  });
  const added = signRequest(base(signedValue), hash, keys, { region: "us-east-1", service: "s3", time });
  return verified({ ...base(sentValue), headers: [...base(sentValue).headers, ...added] });
}

function verified(request: WireRequest): boolean {
  const outcome = parseAuth(request);
  if (outcome.kind !== "signed") throw new Error(`not signed: ${outcome.kind}`);
  return verifyRequest(request, outcome.auth, keys.secretAccessKey, { now: time }).kind === "verified";
}

/** Signs the canonical request as given, with every header. */
function signedBy(canonicalValue: Buffer, sentValue: string): WireRequest {
  const canonical = Buffer.concat([
    Buffer.from(`PUT\n/b/k\n\nhost:h\nx-amz-content-sha256:${hash}\nx-amz-date:20261128T120000Z\nx-amz-meta-a:`),
    canonicalValue,
    Buffer.from(`\n\nhost;x-amz-content-sha256;x-amz-date;x-amz-meta-a\n${hash}`),
  ]);
  const scope = ["20261128", "us-east-1", "s3", "aws4_request"];
  const hmac = (key: string | Buffer, data: string): Buffer => createHmac("sha256", key).update(data).digest();
  const digest = createHash("sha256").update(canonical).digest("hex");
  const key = scope.reduce<string | Buffer>(hmac, `AWS4${keys.secretAccessKey}`) as Buffer;
  const signature = hmac(key, `AWS4-HMAC-SHA256\n20261128T120000Z\n${scope.join("/")}\n${digest}`).toString("hex");
  return {
    method: "PUT",
    path: "/b/k",
    query: "",
    headers: [
      ["host", "h"],
      ["x-amz-content-sha256", hash],
      ["x-amz-date", "20261128T120000Z"],
      ["x-amz-meta-a", sentValue],
      [
        "authorization",
        `AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/${scope.join("/")}, SignedHeaders=host;x-amz-content-sha256;x-amz-date;x-amz-meta-a, Signature=${signature}`,
      ],
    ],
  };
}

test.each(["café", "voilà", "à la carte", "日本", "\u00a0a\u00a0"])("%s in UTF-8, its bytes signed", (text) => {
  expect(verified(signedBy(Buffer.from(text), utf8(text)))).toBe(true);
  expect(accepted(utf8(text))).toBe(true);
});

test("ISO 8859-1 on the wire, signed as it is or as the SDK for JavaScript does", () => {
  expect(verified(signedBy(Buffer.from("café", "latin1"), "café"))).toBe(true);
  expect(verified(signedBy(Buffer.from("café", "utf8"), "café"))).toBe(true);
  expect(verified(signedBy(Buffer.from("cafe"), "café"))).toBe(false);
});

test("a changed value is refused, whatever its bytes; blanks at the ends and in runs do not count", () => {
  const byte = fc.integer({ min: 0x20, max: 0xff }).filter((code) => code !== 0x7f);
  const value = fc.string({ unit: byte.map((code) => String.fromCharCode(code)), maxLength: 12 });
  const same = (text: string): string => text.replace(/[ \t]+/g, " ").replace(/^ | $/g, "");
  fc.assert(
    fc.property(value, value, (signedValue, sentValue) => {
      const one = same(signedValue) === same(sentValue);
      // A signature over UTF-8 also holds for the same text in ISO 8859-1.
      const asText = same(signedValue) === utf8(same(sentValue));
      expect(accepted(signedValue)).toBe(true);
      expect(accepted(signedValue, sentValue)).toBe(one || asText);
      expect(accepted(signedValue, ` \t${signedValue}\t `)).toBe(true);
    }),
    { numRuns: runs },
  );
});

test("only spaces and tabs are trimmed, a long run of them in one pass", () => {
  expect(trimBlanks(" \t a \t b\u00a0\t ")).toBe("a \t b\u00a0");
  expect(trimBlanks("\u00a0\u0085\f")).toBe("\u00a0\u0085\f");
  expect(trimBlanks(" \t")).toBe("");
});

test("a value as text and back", () => {
  expect(headerText(utf8("café"))).toBe("café");
  expect(headerText("caf\u00e9")).toBe("café");
  expect(headerText("plain")).toBe("plain");
  expect(headerValue("日本")).toBe(utf8("日本"));
  for (const wrong of ["a\nb", "a\rb", "\0", "\u007f"]) expect(headerValue(wrong)).toBeUndefined();
  fc.assert(
    fc.property(fc.string({ unit: "grapheme" }), (text) => {
      const value = headerValue(text);
      if (value !== undefined) expect(headerText(value)).toBe(text);
    }),
    { numRuns: runs },
  );
});
