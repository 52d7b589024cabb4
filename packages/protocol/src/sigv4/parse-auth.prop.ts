import fc from "fast-check";
import { expect, test } from "vitest";
import { iamErrors, s3Errors, stsErrors } from "../errors/error-table.ts";
import { percentBytes } from "../uri/decode.ts";
import { bodyPlanOf } from "./body-plan.ts";
import { parseAmzDate, parseAuth } from "./parse-auth.ts";
import type { AuthOutcome, WireRequest } from "./request-auth.ts";
import { formatAmzDate, presignQuery, signRequest } from "./sign-request.ts";
import { verifyRequest } from "./verify-request.ts";

const runs = Number(process.env["TEST_RUNS"] ?? 500);
const keys = { accessKeyId: "AKIDEXAMPLE", secretAccessKey: "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY" };
const now = Date.UTC(2026, 10, 23, 12);
const place = { region: "us-east-1", service: "s3", time: now };
const plain: WireRequest = { method: "GET", path: "/bucket/key", query: "", headers: [["host", "127.0.0.1:9000"]] };
const empty = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

/** Characters as an HTTP parser hands them on: one byte each. */
const latin1 = fc.string({ unit: fc.integer({ min: 0, max: 255 }).map((code) => String.fromCharCode(code)) });
/** Words of the grammar between anything. */
const words = fc.constantFrom(
  "AWS4-HMAC-SHA256",
  "Credential=",
  "SignedHeaders=",
  "Signature=",
  "AKIDEXAMPLE/20261123/us-east-1/s3/aws4_request",
  "host;x-amz-date",
  "0".repeat(64),
  ", ",
  ",",
  ";",
  "=",
  "/",
  " ",
  "__proto__",
);
const header = fc.oneof(
  latin1,
  fc.array(fc.oneof({ weight: 4, arbitrary: words }, latin1), { maxLength: 12 }).map((parts) => parts.join("")),
);
const parameter = fc.tuple(
  fc.oneof(
    fc.constantFrom(
      "X-Amz-Algorithm",
      "X-Amz-Credential",
      "X-Amz-Date",
      "X-Amz-Expires",
      "X-Amz-SignedHeaders",
      "X-Amz-Signature",
      "X-Amz-Security-Token",
      "X-Amz-Content-Sha256",
      "Signature",
      "AWSAccessKeyId",
      "__proto__",
    ),
    latin1,
  ),
  fc.oneof(
    fc.constantFrom(
      "AWS4-HMAC-SHA256",
      "20261123T120000Z",
      "60",
      "host",
      "AKID%2F20261123%2Fus-east-1%2Fs3%2Faws4_request",
    ),
    fc.constantFrom("%", "%ff", "%00", "0".repeat(64), "-1", "604801", "1e3", ""),
    latin1,
  ),
);
const query = fc.array(parameter, { maxLength: 10 }).map((all) => all.map((pair) => pair.join("=")).join("&"));
const headers = fc.array(
  fc.tuple(
    fc.constantFrom(
      "authorization",
      "Authorization",
      "x-amz-date",
      "date",
      "host",
      "x-amz-content-sha256",
      "x-amz-trailer",
    ),
    fc.oneof(header, fc.constantFrom("20261123T120000Z", "UNSIGNED-PAYLOAD", "STREAMING-UNSIGNED-PAYLOAD-TRAILER")),
  ),
  { maxLength: 6 },
);

/** A value of the promised shape, with a code that has a status; what is accepted verifies nowhere. */
function expectSane(request: WireRequest, outcome: AuthOutcome): void {
  if (outcome.kind === "refused") {
    // One parser serves all services, so each must have a status for it.
    for (const table of [s3Errors, iamErrors, stsErrors]) expect(Object.keys(table)).toContain(outcome.code);
    return;
  }
  const auth = outcome.kind === "signed" ? outcome.auth : undefined;
  if (auth !== undefined) {
    expect(auth.signature).toMatch(/^[0-9a-f]{64}$/);
    expect(auth.signedHeaders).toContain("host");
    expect(auth.scope.date).toBe(auth.amzDate.slice(0, 8));
    expect(verifyRequest(request, auth, keys.secretAccessKey, { now }).kind).toBe("refused");
  }
  const plan = bodyPlanOf(auth, request.headers, undefined);
  if ("kind" in plan) expect(Object.keys(s3Errors)).toContain(plan.code);
}

test("any headers and any query give an answer, never an exception", () => {
  fc.assert(
    fc.property(headers, query, (given, asked) => {
      const request = { ...plain, query: asked, headers: given };
      expectSane(request, parseAuth(request));
    }),
    { numRuns: runs * 4 },
  );
});

test("a signed request with its Authorization header changed anywhere", () => {
  const added = signRequest(plain, empty, keys, place);
  const whole = { ...plain, headers: [...plain.headers, ...added] };
  const at = whole.headers.findIndex(([name]) => name === "authorization");
  const text = whole.headers[at]?.[1] ?? "";
  fc.assert(
    fc.property(fc.nat(text.length - 1), fc.nat(8), fc.oneof(latin1, words), (start, length, put) => {
      const changed = text.slice(0, start) + put + text.slice(start + length);
      const request = { ...whole, headers: whole.headers.with(at, ["authorization", changed]) };
      const outcome = parseAuth(request);
      const spelling = (value: string): string => value.replace(/[\s\u00a0]/g, "");
      if (spelling(changed) === spelling(text)) return;
      if (outcome.kind !== "signed") expectSane(request, outcome);
      else if (outcome.auth.accessKeyId === keys.accessKeyId) expectSane(request, outcome);
    }),
    { numRuns: runs * 2 },
  );
});

test("a presigned query with a piece cut out or put in", () => {
  const signed = presignQuery(plain, keys, place, 60);
  fc.assert(
    fc.property(fc.nat(signed.length - 1), fc.nat(8), latin1, (start, length, put) => {
      const changed = signed.slice(0, start) + put + signed.slice(start + length);
      const request = { ...plain, query: changed };
      const outcome = parseAuth(request);
      if (outcome.kind === "signed" && outcome.auth.accessKeyId === keys.accessKeyId) {
        const answer = verifyRequest(request, outcome.auth, keys.secretAccessKey, { now });
        // Only another spelling of the same parameters verifies.
        const meant = (text: string): readonly string[] =>
          text
            .split("&")
            .filter((pair) => pair !== "")
            .map((pair) => percentBytes(pair)?.toString("latin1") ?? pair)
            .toSorted();
        if (answer.kind === "verified") expect(meant(changed)).toEqual(meant(signed));
      } else expectSane(request, outcome.kind === "signed" ? { kind: "anonymous" } : outcome);
    }),
    { numRuns: runs * 2 },
  );
});

const good = signRequest(plain, empty, keys, place);
const authorization = good.find(([name]) => name === "authorization")?.[1] ?? "";
const others = good.filter(([name]) => name !== "authorization");

function parsedHeader(text: string, more: WireRequest["headers"] = others): AuthOutcome {
  return parseAuth({ ...plain, headers: [...plain.headers, ...more, ["authorization", text]] });
}

test.each([
  ["another algorithm", authorization.replace("AWS4-HMAC-SHA256", "AWS4-ECDSA-P256-SHA256"), "InvalidRequest"],
  ["version 2", "AWS AKIDEXAMPLE:c2lnbmF0dXJl", "InvalidRequest"],
  ["a bearer token", "Bearer abc", "InvalidRequest"],
  ["nonsense", "nonsense", "AuthorizationHeaderMalformed"],
  ["nothing", "", "AuthorizationHeaderMalformed"],
  ["no signature", authorization.replace(/, Signature=.*/, ""), "AuthorizationHeaderMalformed"],
  ["a signature in capitals", authorization.replace(/[0-9a-f]{64}$/, "A".repeat(64)), "AuthorizationHeaderMalformed"],
  ["a short signature", authorization.slice(0, -1), "AuthorizationHeaderMalformed"],
  ["two signatures", `${authorization}, Signature=${"0".repeat(64)}`, "AuthorizationHeaderMalformed"],
  ["a fourth field", `${authorization}, Other=1`, "AuthorizationHeaderMalformed"],
  [
    "unsorted headers",
    authorization.replace("host;x-amz-content-sha256", "x-amz-content-sha256;host"),
    "AuthorizationHeaderMalformed",
  ],
  ["a header twice", authorization.replace("host;", "host;host;"), "AuthorizationHeaderMalformed"],
  ["host unsigned", authorization.replace("host;", ""), "AuthorizationHeaderMalformed"],
  ["a header in capitals", authorization.replace("host;", "Host;"), "AuthorizationHeaderMalformed"],
  ["another day in the scope", authorization.replace("/20261123/", "/20261124/"), "AuthorizationHeaderMalformed"],
  ["another end of the scope", authorization.replace("aws4_request", "aws5_request"), "AuthorizationHeaderMalformed"],
  ["no key id", authorization.replace("AKIDEXAMPLE/", "/"), "AuthorizationHeaderMalformed"],
  ["a service in capitals", authorization.replace("/s3/", "/S3/"), "AuthorizationHeaderMalformed"],
  ["a region with a dot", authorization.replace("us-east-1", "us.east"), "AuthorizationHeaderMalformed"],
])("an Authorization header with %s", (_, text, code) => {
  expect(parsedHeader(authorization).kind).toBe("signed");
  expect(parsedHeader(text)).toMatchObject({ kind: "refused", code });
});

test.each([
  ["no date", others.filter(([name]) => name !== "x-amz-date"), "AccessDenied"],
  ["two dates", [...others, ["x-amz-date", "20261123T120000Z"]], "AccessDenied"],
  ["no payload hash", others.filter(([name]) => name !== "x-amz-content-sha256"), "InvalidRequest"],
  ["two payload hashes", [...others, ["x-amz-content-sha256", empty]], "InvalidArgument"],
  ["two tokens", [...others, ["x-amz-security-token", "a"], ["X-Amz-Security-Token", "b"]], "InvalidArgument"],
  ["two Authorization headers", [...others, ["authorization", authorization]], "InvalidArgument"],
] as const)("a signed request with %s", (_, more, code) => {
  expect(parsedHeader(authorization, more)).toMatchObject({ kind: "refused", code });
});

test.each([
  [
    "both a header and a query",
    { query: "X-Amz-Signature=0", more: [["authorization", authorization]] },
    "InvalidArgument",
  ],
  ["a malformed escape", { query: "X-Amz-Signature=%zz", more: [] }, "InvalidURI"],
  ["an byte that is not UTF-8", { query: "X-Amz-Signature=%ff", more: [] }, "InvalidURI"],
] as const)("%s", (_, { query: asked, more }, code) => {
  const request = { ...plain, query: asked, headers: [...plain.headers, ...others, ...more] };
  expect(parseAuth(request)).toMatchObject({ kind: "refused", code });
});

test("an Authorization header of another kind: Signature Version 2 learns which setting helps", () => {
  expect(parsedHeader("AWS AKIDEXAMPLE:frJIUN8DYpKDtOLCwo//yllqDzg=")).toMatchObject({
    code: "InvalidRequest",
    message: expect.stringMatching(/AWS4-HMAC-SHA256: Signature Version 2 .*signature_version = s3v4/),
  });
  for (const text of ["Basic YTpi", "Bearer t", "AWS4-ECDSA-P256-SHA256 Credential=a"]) {
    const refused = parsedHeader(text);
    expect(refused).toMatchObject({ code: "InvalidRequest", message: expect.not.stringContaining("Version 2") });
  }
});

test.each(["0", "-1", "604801", "99999999", "1.5", "1e3", "", "+60", " 60", "abc"])("X-Amz-Expires=%s", (expires) => {
  const signed = presignQuery(plain, keys, place, 60).replace("X-Amz-Expires=60", `X-Amz-Expires=${expires}`);
  expect(parseAuth({ ...plain, query: signed })).toMatchObject({ code: "AuthorizationQueryParametersError" });
});

test("every parameter of a presigned query is needed, once", () => {
  const pairs = presignQuery(plain, keys, place, 60).split("&");
  for (const pair of pairs) {
    const without = pairs.filter((other) => other !== pair).join("&");
    for (const asked of [without, `${pairs.join("&")}&${pair}`])
      expect(parseAuth({ ...plain, query: asked })).toMatchObject({ code: "AuthorizationQueryParametersError" });
  }
});

test("dates: what is written is read, and impossible ones are not", () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: Date.UTC(9999, 11, 31) / 1000 }), (seconds) => {
      expect(parseAmzDate(formatAmzDate(seconds * 1000))).toBe(seconds * 1000);
    }),
    { numRuns: runs },
  );
  fc.assert(
    fc.property(fc.oneof(fc.string(), fc.stringMatching(/^\d{8}T\d{6}Z$/)), (text) => {
      const time = parseAmzDate(text);
      if (time !== undefined) expect(formatAmzDate(time)).toBe(text);
    }),
    { numRuns: runs },
  );
  for (const text of [
    "20260230T000000Z",
    "20261301T000000Z",
    "20260101T240000Z",
    "20260101T000060Z",
    "20260101T000000",
    "2026-01-01T00:00:00Z",
  ])
    expect(parseAmzDate(text), text).toBeUndefined();
});
