import { createHash, createHmac } from "node:crypto";
import { expect, test } from "vitest";
import { emptySha256 } from "./canonical.ts";
import { parseAuth } from "./parse-auth.ts";
import type { AuthRefusal, WireRequest } from "./request-auth.ts";
import { signRequest } from "./sign-request.ts";
import { signingKey } from "./signing-key.ts";
import { verifyRequest } from "./verify-request.ts";

const now = Date.UTC(2026, 0, 31, 12);
const keys = { accessKeyId: "AKIAIOSFODNN7EXAMPLE", secretAccessKey: "secret" };

function refusal(request: WireRequest, service: string, secret = "another"): AuthRefusal {
  const added = signRequest(request, emptySha256, keys, { region: "us-east-1", service, time: now });
  const sent = { ...request, headers: [...request.headers, ...added] };
  const parsed = parseAuth(sent);
  if (parsed.kind !== "signed") throw new Error(JSON.stringify(parsed));
  const verified = verifyRequest(sent, parsed.auth, secret, { now });
  if (verified.kind !== "refused") throw new Error("the signature holds");
  return verified;
}

const get = (value: string): WireRequest => ({
  method: "GET",
  path: "/bucket/a%20b",
  query: "list-type=2",
  headers: [
    ["host", "127.0.0.1"],
    ["x-amz-meta-a", value],
  ],
});

const bytesOf = (hex: string | undefined): Buffer => Buffer.from((hex ?? "").replaceAll(" ", ""), "hex");

test("of S3: what was to be signed, as text and as bytes; its signature is the one that was sent", () => {
  const { details = {} } = refusal(get("b"), "s3");
  expect(Object.keys(details)).toEqual([
    "AWSAccessKeyId",
    "StringToSign",
    "SignatureProvided",
    "StringToSignBytes",
    "CanonicalRequest",
    "CanonicalRequestBytes",
  ]);
  expect(details["CanonicalRequest"]).toMatch(/^GET\n\/bucket\/a%20b\nlist-type=2\nhost:127\.0\.0\.1\n/);
  expect(details["StringToSignBytes"]).toMatch(/^41 57 53 34 /);
  expect(bytesOf(details["CanonicalRequestBytes"]).toString()).toBe(details["CanonicalRequest"]);
  expect(bytesOf(details["StringToSignBytes"]).toString()).toBe(details["StringToSign"]);
  const digest = createHash("sha256")
    .update(details["CanonicalRequest"] ?? "")
    .digest("hex");
  expect(details["StringToSign"]?.split("\n").at(-1)).toBe(digest);
  const key = signingKey("secret", { date: "20260131", region: "us-east-1", service: "s3" });
  const signature = createHmac("sha256", key)
    .update(details["StringToSign"] ?? "")
    .digest("hex");
  expect(details["SignatureProvided"]).toBe(signature);
});

test("bytes beyond ASCII stay bytes, and are shown as the text they are", () => {
  const { details = {} } = refusal(get(Buffer.from("café").toString("latin1")), "s3");
  expect(details["CanonicalRequest"]).toContain("\nx-amz-meta-a:café\n");
  expect(bytesOf(details["CanonicalRequestBytes"]).toString()).toBe(details["CanonicalRequest"]);
});

test("a canonical request of more than 16 KiB is left out", () => {
  const { details = {} } = refusal(get("b".repeat(16 * 1024)), "s3");
  expect(Object.keys(details)).toEqual(["AWSAccessKeyId", "StringToSign", "SignatureProvided", "StringToSignBytes"]);
});

test.each(["sts", "iam"])("of %s: nothing beside the message", (service) => {
  expect(refusal(get("b"), service).details).toBeUndefined();
});
