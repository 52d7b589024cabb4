/** AWS's published examples, both ways: what we sign is theirs, what they signed we accept, and nothing but that. */
import { createHash } from "node:crypto";
import { describe, expect, test } from "vitest";
import { canonicalRequest, stringToSign } from "../src/sigv4/canonical.ts";
import { parseAmzDate, parseAuth } from "../src/sigv4/parse-auth.ts";
import type { CredentialScope, WireRequest } from "../src/sigv4/request-auth.ts";
import { presignQuery, signRequest, type SigningKeys } from "../src/sigv4/sign-request.ts";
import { signature, signingKey } from "../src/sigv4/signing-key.ts";
import { verifyRequest } from "../src/sigv4/verify-request.ts";
import { oneByteOff } from "./one-byte-off.ts";
import { type HeaderVector, onTheWire, readVectors, withHeader } from "./read-vectors.ts";

const signersOwn: ReadonlySet<string> = new Set(["x-amz-date", "x-amz-content-sha256", "x-amz-security-token"]);

function headerOf(request: WireRequest, name: string): string | undefined {
  return request.headers.find(([header]) => header.toLowerCase() === name)?.[1];
}

function sha256(text: string): string {
  return createHash("sha256").update(text).digest("hex");
}

describe.each(["general", "s3"])("%s", (name) => {
  const { accessKeyId, secretAccessKey, region, service, amzDate, vectors, presigned } = readVectors(name);
  const now = parseAmzDate(amzDate) ?? Number.NaN;
  const scope: CredentialScope = { date: amzDate.slice(0, 8), region, service };
  const place = { region, service, time: now };

  function keysFor(request: WireRequest): SigningKeys {
    const sessionToken = headerOf(request, "x-amz-security-token");
    return { accessKeyId, secretAccessKey, ...(sessionToken === undefined ? {} : { sessionToken }) };
  }

  function accepts(request: WireRequest, body: string, secret = secretAccessKey, time = now): boolean {
    const parsed = parseAuth(request);
    // The key's id names the secret rather than being signed with it.
    if (parsed.kind !== "signed" || parsed.auth.accessKeyId !== accessKeyId) return false;
    return verifyRequest(request, parsed.auth, secret, { now: time, bodySha256: sha256(body) }).kind === "verified";
  }

  /** Everything the signature covers, one byte at a time; the expected answer is always no. */
  function expectOnlyThis(sent: WireRequest, body: string): void {
    expect(accepts(sent, body)).toBe(true);
    for (const [what, changed] of oneByteOff(sent)) {
      // A segment that `..` takes back is not in the path that is signed.
      const same = changed.path !== sent.path && sent.path.includes("..");
      if (!same) expect(accepts(changed, body), what).toBe(false);
    }
    expect(accepts({ ...sent, method: "PUSH" }, body)).toBe(false);
    expect(accepts(sent, body, secretAccessKey.toLowerCase())).toBe(false);
    for (let at = 0; at < secretAccessKey.length; at += 1) {
      expect(accepts(sent, body, `${secretAccessKey.slice(0, at)}_${secretAccessKey.slice(at + 1)}`)).toBe(false);
    }
  }

  const asSent = (vector: HeaderVector): boolean => vector.normalizePath ?? false;
  const verified = vectors.filter((vector) => service === "s3" || vector.normalizePath !== false);

  test.each(vectors)("$name: canonical request, string to sign and signature", (vector) => {
    const [, signedHeaders = "", given = ""] =
      /SignedHeaders=([^,]+), ?Signature=([0-9a-f]{64})$/.exec(vector.authorization) ?? [];
    const canonical = canonicalRequest({
      request: onTheWire(vector.request),
      signedHeaders: signedHeaders.split(";"),
      payloadHash: vector.payloadHash ?? sha256(vector.request.body),
      normalizePath: asSent(vector),
    });
    expect(canonical).toBe(vector.canonicalRequest);
    const text = stringToSign(amzDate, scope, canonical);
    expect(text).toBe(vector.stringToSign);
    expect(signature(signingKey(secretAccessKey, scope), text)).toBe(given);
  });

  test.each(verified)("$name: as we sign it", (vector) => {
    const given = onTheWire(vector.request);
    const plain = { ...given, headers: given.headers.filter(([header]) => !signersOwn.has(header.toLowerCase())) };
    const payloadHash = vector.payloadHash ?? sha256(vector.request.body);
    const added = signRequest(plain, payloadHash, keysFor(given), place);
    // The documentation writes no blanks after the commas, the suite does.
    expect(added.find(([header]) => header === "authorization")?.[1]).toBe(
      vector.authorization.replace(/,(?=Sign)/g, ", "),
    );
    for (const [header, value] of added) {
      if (header !== "authorization") expect(headerOf(given, header)).toBe(value);
    }
  });

  test.each(verified)("$name: accepted as published, refused with any byte changed", (vector) => {
    const sent = withHeader(onTheWire(vector.request), "Authorization", vector.authorization);
    expectOnlyThis(sent, vector.request.body);
    const quarter = 15 * 60 * 1000;
    for (const time of [now - quarter, now + quarter])
      expect(accepts(sent, vector.request.body, secretAccessKey, time)).toBe(true);
    for (const time of [now - quarter - 1, now + quarter + 1])
      expect(accepts(sent, vector.request.body, secretAccessKey, time)).toBe(false);
    expect(accepts(sent, `${vector.request.body} `)).toBe(false);
    // Nobody vouched for an instruction that was not signed; other headers change on the way.
    expect(accepts(withHeader(sent, "X-Amz-Acl", "public-read"), vector.request.body)).toBe(false);
    expect(accepts(withHeader(sent, "User-Agent", "a proxy"), vector.request.body)).toBe(true);
  });

  describe.each(presigned)("presigned $name", (vector) => {
    const given = onTheWire(vector.request);
    const sent: WireRequest = { ...given, query: onTheWire({ ...given, query: vector.signedQuery }).query };

    test("canonical request and string to sign", () => {
      const canonical = canonicalRequest({
        request: sent,
        signedHeaders: given.headers.map(([header]) => header.toLowerCase()).sort(),
        payloadHash: service === "s3" ? "UNSIGNED-PAYLOAD" : sha256(""),
        normalizePath: service !== "s3",
        leaveOut: "X-Amz-Signature",
      });
      expect(canonical).toBe(vector.canonicalRequest);
      expect(stringToSign(amzDate, scope, canonical)).toBe(vector.stringToSign);
    });

    test("as we presign it", () => {
      const query = presignQuery(given, { accessKeyId, secretAccessKey }, place, vector.expiresSeconds);
      expect(query.endsWith(`&X-Amz-Signature=${vector.signature}`)).toBe(true);
      expect(query.split("&").toSorted()).toEqual(sent.query.split("&").toSorted());
    });

    test("accepted as published until it expires, refused with any byte changed", () => {
      expectOnlyThis(sent, "");
      const end = now + vector.expiresSeconds * 1000;
      expect(accepts(sent, "", secretAccessKey, end)).toBe(true);
      expect(accepts(sent, "", secretAccessKey, end + 1)).toBe(false);
      expect(accepts(sent, "", secretAccessKey, now - 15 * 60 * 1000 - 1)).toBe(false);
      expect(accepts(withHeader(sent, "x-amz-acl", "public-read"), "")).toBe(false);
      // Only S3's leaves the body open.
      expect(accepts(sent, "a body")).toBe(service === "s3");
    });
  });
});

test("a presigned request of another service is signed with the digest of its body, never without", () => {
  const { accessKeyId, secretAccessKey, region, amzDate } = readVectors("general");
  const now = parseAmzDate(amzDate) ?? Number.NaN;
  const request: WireRequest = {
    method: "GET",
    path: "/",
    query: "Action=GetCallerIdentity&Version=2011-06-15",
    headers: [["host", "sts.example"]],
  };
  const place = { region, service: "sts", time: now };
  const query = presignQuery(request, { accessKeyId, secretAccessKey }, place, 60);
  const sent = { ...request, query };
  const parsed = parseAuth(sent);
  if (parsed.kind !== "signed") throw new Error(parsed.kind);
  expect(parsed.auth.payload).toEqual({ kind: "body" });
  const verify = (bodySha256: string | undefined): string =>
    verifyRequest(sent, parsed.auth, secretAccessKey, { now, bodySha256 }).kind;
  expect(verify(undefined)).toBe("verified");
  expect(verify(sha256(""))).toBe("verified");
  expect(verify(sha256("Action=CreateUser"))).toBe("refused");
});
