import { SignatureV4 } from "@smithy/signature-v4";
import fc from "fast-check";
import { createHash, createHmac } from "node:crypto";
import { expect, test } from "vitest";
import { uriEncode } from "../uri/encode.ts";
import { parseAuth } from "./parse-auth.ts";
import type { WireRequest } from "./request-auth.ts";
import { presignQuery, signRequest } from "./sign-request.ts";
import { verifyRequest } from "./verify-request.ts";

const runs = Number(process.env["TEST_RUNS"] ?? 300);
const credentials = { accessKeyId: "AKIDEXAMPLE", secretAccessKey: "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY" };
const now = Date.UTC(2026, 10, 23, 12);

/** The hash the SDK's signer is given: node's, in its interface. */
class Sha256 {
  readonly #hash;
  constructor(secret?: string | ArrayBuffer | ArrayBufferView) {
    this.#hash =
      secret === undefined
        ? createHash("sha256")
        : createHmac("sha256", secret instanceof ArrayBuffer ? Buffer.from(secret) : (secret as string | Uint8Array));
  }
  update(data: string | Uint8Array): void {
    this.#hash.update(data);
  }
  async digest(): Promise<Uint8Array> {
    return this.#hash.digest();
  }
}

const text = fc.string({ unit: "grapheme", maxLength: 12 });
const key = fc.string({
  unit: fc.constantFrom("a", "Z", "/", ".", " ", "+", "~", "%", "ü", "😀", "'", "(", "*", "=", "&"),
  minLength: 1,
  maxLength: 16,
});
const request = fc.record({
  method: fc.constantFrom("GET", "PUT", "POST", "DELETE"),
  key,
  query: fc.dictionary(fc.stringMatching(/^[a-z][a-z-]{0,8}$/), text, { maxKeys: 4 }),
  meta: fc.dictionary(fc.stringMatching(/^[a-z]{1,8}$/), fc.stringMatching(/^[!-~]( ?[!-~]){0,8}$/), { maxKeys: 3 }),
  token: fc.option(fc.stringMatching(/^[A-Za-z0-9+/=]{10,40}$/), { nil: undefined }),
});

function signer(service: string, token: string | undefined): SignatureV4 {
  const given = { ...credentials, ...(token === undefined ? {} : { sessionToken: token }) };
  return new SignatureV4({
    service,
    region: "us-east-1",
    credentials: given,
    sha256: Sha256,
    uriEscapePath: service !== "s3",
  });
}

interface Signed {
  readonly method: string;
  readonly path: string;
  readonly query?: Readonly<Record<string, string | string[] | null>> | undefined;
  readonly headers: Readonly<Record<string, string>>;
}

function wire({ method, path, query = {}, headers }: Signed): WireRequest {
  const encode = (part: string): string => uriEncode(Buffer.from(part), false);
  const pairs = Object.entries(query).map(([name, value]) => `${encode(name)}=${encode(String(value))}`);
  return { method, path, query: pairs.join("&"), headers: Object.entries(headers) };
}

function unsigned(given: { method: string; key: string; query: Record<string, string>; meta: Record<string, string> }) {
  const headers = {
    host: "127.0.0.1:9000",
    ...Object.fromEntries(Object.entries(given.meta).map(([name, value]) => [`x-amz-meta-${name}`, value])),
  };
  const path = `/bucket/${uriEncode(Buffer.from(given.key), true)}`;
  return { method: given.method, protocol: "http:", hostname: "127.0.0.1", path, query: given.query, headers };
}

test.each(["s3", "sts"])("what the SDK signs for %s verifies, and not with another secret", async (service) => {
  await fc.assert(
    fc.asyncProperty(request, async (given) => {
      const base = unsigned(given);
      const path = service === "s3" ? base.path : "/";
      const headers = service === "s3" ? { ...base.headers, "x-amz-content-sha256": "UNSIGNED-PAYLOAD" } : base.headers;
      const signed = await signer(service, given.token).sign({ ...base, path, headers } as never, {
        signingDate: new Date(now),
      });
      const sent = wire(signed as unknown as Signed);
      const parsed = parseAuth(sent);
      if (parsed.kind !== "signed") throw new Error(JSON.stringify(parsed));
      expect(parsed.auth.sessionToken).toBe(given.token);
      expect(verifyRequest(sent, parsed.auth, credentials.secretAccessKey, { now })).toMatchObject({
        kind: "verified",
      });
      expect(verifyRequest(sent, parsed.auth, `${credentials.secretAccessKey}x`, { now })).toMatchObject({
        code: "SignatureDoesNotMatch",
      });
      expect(
        verifyRequest({ ...sent, method: "PATCH" }, parsed.auth, credentials.secretAccessKey, { now }),
      ).toMatchObject({ code: "SignatureDoesNotMatch" });
    }),
    { numRuns: runs },
  );
});

test("what the SDK presigns verifies until it expires", async () => {
  await fc.assert(
    fc.asyncProperty(request, async (given) => {
      const base = unsigned({ ...given, meta: {} });
      // As the SDK's presigner asks its signer.
      const headers = { ...base.headers, "x-amz-content-sha256": "UNSIGNED-PAYLOAD" };
      const signed = await signer("s3", given.token).presign({ ...base, headers } as never, {
        signingDate: new Date(now),
        expiresIn: 60,
      });
      const sent = wire(signed as unknown as Signed);
      const parsed = parseAuth(sent);
      if (parsed.kind !== "signed") throw new Error(JSON.stringify(parsed));
      expect(verifyRequest(sent, parsed.auth, credentials.secretAccessKey, { now: now + 60_000 })).toMatchObject({
        kind: "verified",
      });
      expect(verifyRequest(sent, parsed.auth, credentials.secretAccessKey, { now: now + 60_001 })).toMatchObject({
        code: "AccessDenied",
      });
      expect(
        verifyRequest({ ...sent, path: `${sent.path}x` }, parsed.auth, credentials.secretAccessKey, { now }),
      ).toMatchObject({ code: "SignatureDoesNotMatch" });
    }),
    { numRuns: runs },
  );
});

test("what the SDK presigns for STS verifies, and is what we presign", async () => {
  await fc.assert(
    fc.asyncProperty(request, async (given) => {
      const base = { ...unsigned({ ...given, meta: {} }), path: "/" };
      const signed = await signer("sts", given.token).presign(base as never, {
        signingDate: new Date(now),
        expiresIn: 60,
      });
      const sent = wire(signed as unknown as Signed);
      const parsed = parseAuth(sent);
      if (parsed.kind !== "signed") throw new Error(JSON.stringify(parsed));
      const verify = (bodySha256?: string) =>
        verifyRequest(sent, parsed.auth, credentials.secretAccessKey, { now, bodySha256 });
      expect(verify()).toMatchObject({ kind: "verified" });
      expect(verify("0".repeat(64))).toMatchObject({ code: "SignatureDoesNotMatch" });
      const keys = { ...credentials, ...(given.token === undefined ? {} : { sessionToken: given.token }) };
      const ours = presignQuery(wire(base), keys, { region: "us-east-1", service: "sts", time: now }, 60);
      expect(ours.slice(-64)).toBe(parsed.auth.signature);
    }),
    { numRuns: runs },
  );
});

test("our signatures are the SDK's", async () => {
  await fc.assert(
    fc.asyncProperty(request, async (given) => {
      const base = unsigned(given);
      const headers = { ...base.headers, "x-amz-content-sha256": "UNSIGNED-PAYLOAD" };
      const theirs = await signer("s3", given.token).sign({ ...base, headers } as never, {
        signingDate: new Date(now),
      });
      const given_ = { ...credentials, ...(given.token === undefined ? {} : { sessionToken: given.token }) };
      const ours = signRequest(wire(base), "UNSIGNED-PAYLOAD", given_, {
        region: "us-east-1",
        service: "s3",
        time: now,
      });
      const [, authorization] = ours.find(([name]) => name === "authorization") ?? [];
      expect(authorization).toBe((theirs as unknown as Signed).headers["authorization"]);
    }),
    { numRuns: runs },
  );
});

test("our presigned queries verify", () => {
  fc.assert(
    fc.property(request, (given) => {
      const sent = wire(unsigned({ ...given, meta: {} }));
      const query = presignQuery(sent, credentials, { region: "us-east-1", service: "s3", time: now }, 60);
      const parsed = parseAuth({ ...sent, query });
      if (parsed.kind !== "signed") throw new Error(JSON.stringify(parsed));
      expect(verifyRequest({ ...sent, query }, parsed.auth, credentials.secretAccessKey, { now })).toMatchObject({
        kind: "verified",
      });
    }),
    { numRuns: runs },
  );
});

test("no header or query makes the parser throw", () => {
  fc.assert(
    fc.property(fc.string(), fc.string(), fc.string(), (header, date, query) => {
      for (const authorization of [header, `AWS4-HMAC-SHA256 ${header}`]) {
        const headers = [
          ["authorization", authorization],
          ["x-amz-date", date],
        ] as const;
        expect(["anonymous", "signed", "refused"]).toContain(
          parseAuth({ method: "GET", path: "/", query, headers }).kind,
        );
      }
      expect(["anonymous", "refused"]).toContain(
        parseAuth({ method: "GET", path: "/", query: `X-Amz-Signature=${query}`, headers: [] }).kind,
      );
    }),
    { numRuns: runs },
  );
});
