import { createHmac } from "node:crypto";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { parseAuth } from "../sigv4/parse-auth.ts";
import type { AuthOutcome, WireRequest } from "../sigv4/request-auth.ts";
import { checkExpiryV2, isSignedByV2, verifyRequestV2 } from "./verify-request-v2.ts";

const runs = Number(process.env["TEST_RUNS"] ?? 300);
const accessKeyId = "AKIAIOSFODNN7EXAMPLE";
const secret = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY";
const now = Date.UTC(2026, 10, 29, 12);
const nowSeconds = now / 1000;
const day = 86_400;

/** What a client signs. Header values are text; parameters without a value are `undefined`. */
interface Url {
  readonly method: string;
  readonly bucket: string;
  readonly key: string;
  readonly virtual: boolean;
  readonly expires: number;
  readonly md5: string;
  readonly type: string;
  /** `x-amz-` names; those in `inQuery` travel in the query, the others as headers. */
  readonly amz: Readonly<Record<string, string>>;
  readonly inQuery: boolean;
  /** Sub-resources and overrides. */
  readonly signed: Readonly<Record<string, string | undefined>>;
  /** Parameters that mean nothing to S3. */
  readonly ignored: Readonly<Record<string, string>>;
}

const encoded = (text: string): string =>
  encodeURIComponent(text).replace(/[!'()*]/g, (sign) => `%${sign.charCodeAt(0).toString(16).toUpperCase()}`);
const path = ({ virtual, bucket, key }: Url): string =>
  `${virtual ? "" : `/${bucket}`}/${key.split("/").map(encoded).join("/")}`;
const byName = ([left]: readonly [string, unknown], [right]: readonly [string, unknown]): number =>
  left < right ? -1 : 1;

/** From the page alone, and apart from the product's code: https://docs.aws.amazon.com/AmazonS3/latest/API/RESTAuthentication.html */
function signatureOf(url: Url): string {
  const amz = Object.entries(url.amz)
    .toSorted(byName)
    .map(([name, value]) => `${name}:${value}\n`)
    .join("");
  const signed = Object.entries(url.signed)
    .toSorted(byName)
    .map(([name, value]) => (value === undefined ? name : `${name}=${value}`))
    .join("&");
  const resource = `${url.virtual ? `/${url.bucket}` : ""}${path(url)}${signed === "" ? "" : `?${signed}`}`;
  const text = `${url.method}\n${url.md5}\n${url.type}\n${url.expires}\n${amz}${resource}`;
  return createHmac("sha1", secret).update(text, "utf8").digest("base64");
}

/** The request for a URL whose signature is of `signedUrl`. */
function requestOf(url: Url, signedUrl: Url = url): WireRequest {
  const query = [
    ...Object.entries(url.signed).map(([name, value]) => (value === undefined ? name : `${name}=${encoded(value)}`)),
    ...Object.entries(url.ignored).map(([name, value]) => `${name}=${encoded(value)}`),
    ...(url.inQuery ? Object.entries(url.amz).map(([name, value]) => `${name}=${encoded(value)}`) : []),
    `AWSAccessKeyId=${accessKeyId}`,
    `Expires=${url.expires}`,
    `Signature=${encoded(signatureOf(signedUrl))}`,
  ].join("&");
  const bytes = (value: string): string => Buffer.from(value).toString("latin1");
  const headers: (readonly [string, string])[] = [
    ["Host", url.virtual ? `${url.bucket}.s3.example.com` : "s3.example.com"],
    ...(url.md5 === "" ? [] : [["Content-MD5", url.md5] as const]),
    ...(url.type === "" ? [] : [["Content-Type", bytes(url.type)] as const]),
    ...(url.inQuery ? [] : Object.entries(url.amz).map(([name, value]) => [name, bytes(value)] as const)),
  ];
  return { method: url.method, path: path(url), query, headers };
}

function outcomeOf(request: WireRequest, hostBucket: string | undefined): string {
  const claimed: AuthOutcome = parseAuth(request);
  if (claimed.kind !== "signed-v2") return claimed.kind === "refused" ? claimed.code : claimed.kind;
  const { auth, headers } = claimed;
  const refused = checkExpiryV2(auth, now) ?? verifyRequestV2({ ...request, headers }, auth, secret, hostBucket);
  return refused?.code ?? "verified";
}

const outcome = (url: Url, signedUrl?: Url): string =>
  outcomeOf(requestOf(url, signedUrl), url.virtual ? url.bucket : undefined);

const signs = fc.string({
  unit: fc.constantFrom(
    "a",
    "Z",
    "0",
    "/",
    ".",
    " ",
    "+",
    "~",
    "%",
    "ü",
    "語",
    "😀",
    "'",
    "(",
    "*",
    "=",
    "&",
    ";",
    "\\",
  ),
  minLength: 1,
  maxLength: 16,
});
const headerText = fc.stringMatching(/^[!-~]( ?[!-~é]){0,8}$/);
const url: fc.Arbitrary<Url> = fc.record({
  method: fc.constantFrom("GET", "HEAD", "PUT", "DELETE"),
  bucket: fc.stringMatching(/^[a-z][a-z0-9]{2,8}$/),
  key: signs,
  virtual: fc.boolean(),
  expires: fc.integer({ min: nowSeconds, max: nowSeconds + 7 * day }),
  md5: fc.constantFrom("", "XrY7u+Ae7tCTyyK7j1rNww=="),
  type: fc.constantFrom("", "text/plain", "text/html; charset=utf-8"),
  amz: fc.dictionary(
    fc.stringMatching(/^[a-z]{1,8}$/).map((name) => `x-amz-meta-${name}`),
    headerText,
    { maxKeys: 3 },
  ),
  inQuery: fc.boolean(),
  signed: fc
    .tuple(
      fc.dictionary(fc.constantFrom("response-content-type", "response-content-disposition", "versionId"), signs, {
        maxKeys: 3,
      }),
      fc.boolean(),
    )
    .map(([values, acl]) => (acl ? { ...values, acl: undefined } : values)),
  ignored: fc.dictionary(fc.constantFrom("x-id", "user", "x-trace"), signs, { maxKeys: 2 }),
});

const other = (text: string): string => (text === "" ? "text/other" : `${text}x`);

/** One thing changed each; undefined where a URL has nothing of the kind. */
const mutations: Readonly<Record<string, (url: Url) => Url | undefined>> = {
  method: (of) => ({ ...of, method: of.method === "GET" ? "PUT" : "GET" }),
  "the key": (of) => ({ ...of, key: `${of.key}x` }),
  "a slash in the key": (of) => ({ ...of, key: `/${of.key}` }),
  "the bucket": (of) => ({ ...of, bucket: `${of.bucket}x` }),
  expiry: (of) => ({ ...of, expires: of.expires === nowSeconds ? of.expires + 1 : of.expires - 1 }),
  "the MD5": (of) => ({ ...of, md5: of.md5 === "" ? "XrY7u+Ae7tCTyyK7j1rNww==" : "" }),
  "the type": (of) => ({ ...of, type: other(of.type) }),
  "a header added": (of) => ({ ...of, amz: { ...of.amz, "x-amz-acl": "public-read" } }),
  "a header changed": (of) => {
    const [name] = Object.keys(of.amz);
    return name === undefined ? undefined : { ...of, amz: { ...of.amz, [name]: `${of.amz[name] ?? ""}x` } };
  },
  "a header left out": (of) => {
    const [name, ...rest] = Object.keys(of.amz);
    const kept = Object.fromEntries(rest.map((one) => [one, of.amz[one] ?? ""]));
    return name === undefined ? undefined : { ...of, amz: kept };
  },
  "a sub-resource added": (of) => ({ ...of, signed: { ...of.signed, uploadId: "u" } }),
  "a parameter changed": (of) => {
    const [name] = Object.keys(of.signed);
    return name === undefined ? undefined : { ...of, signed: { ...of.signed, [name]: `${of.signed[name] ?? ""}x` } };
  },
  "a parameter left out": (of) => {
    const [name, ...rest] = Object.keys(of.signed);
    const kept = Object.fromEntries(rest.map((one) => [one, of.signed[one]]));
    return name === undefined ? undefined : { ...of, signed: kept };
  },
};

test("what is signed as the page says verifies", () => {
  fc.assert(
    fc.property(url, (given) => {
      expect(outcome(given)).toBe("verified");
    }),
    { numRuns: runs },
  );
});

test.each(Object.entries(mutations))("changed after signing: %s", (_what, change) => {
  fc.assert(
    fc.property(url, (given) => {
      const changed = change(given);
      fc.pre(changed !== undefined);
      if (changed !== undefined) expect(outcome(changed, given)).toBe("SignatureDoesNotMatch");
    }),
    { numRuns: runs },
  );
});

test("with another secret, and with a signature cut or changed", () => {
  fc.assert(
    fc.property(url, fc.nat({ max: 27 }), (given, at) => {
      const request = requestOf(given);
      const bucket = given.virtual ? given.bucket : undefined;
      const right = encoded(signatureOf(given));
      const wrong = signatureOf(given).split("");
      wrong[at] = wrong[at] === "A" ? "B" : "A";
      for (const text of [wrong.join(""), signatureOf(given).slice(0, at), `${signatureOf(given)}A`, " "]) {
        const query = request.query.replace(`Signature=${right}`, `Signature=${encoded(text)}`);
        expect(outcomeOf({ ...request, query }, bucket)).toMatch(/^SignatureDoesNotMatch$|^AccessDenied$/);
      }
      const claimed = parseAuth(request);
      if (claimed.kind !== "signed-v2") throw new Error("signed");
      const refused = verifyRequestV2({ ...request, headers: claimed.headers }, claimed.auth, `${secret}x`, bucket);
      expect(refused?.code).toBe("SignatureDoesNotMatch");
    }),
    { numRuns: runs },
  );
});

const plain: Url = {
  method: "GET",
  bucket: "bucket",
  key: "key",
  virtual: false,
  expires: nowSeconds + 60,
  md5: "",
  type: "",
  amz: {},
  inQuery: false,
  signed: {},
  ignored: {},
};

test("the published example: its key, its URL, its signature", () => {
  const request: WireRequest = {
    method: "GET",
    path: "/photos/puppy.jpg",
    query: `AWSAccessKeyId=${accessKeyId}&Signature=NpgCjnDzrM%2BWFzoENXmpNDUsSn8%3D&Expires=1175139620`,
    headers: [["Host", "johnsmith.s3.us-west-1.amazonaws.com"]],
  };
  const claimed = parseAuth(request);
  if (claimed.kind !== "signed-v2") throw new Error("signed");
  expect(checkExpiryV2(claimed.auth, 1_175_139_600_000)).toBeUndefined();
  expect(verifyRequestV2(request, claimed.auth, secret, "johnsmith")).toBeUndefined();
  expect(verifyRequestV2(request, claimed.auth, "another", "johnsmith")).toMatchObject({
    code: "SignatureDoesNotMatch",
    details: {
      AWSAccessKeyId: accessKeyId,
      StringToSign: "GET\n\n\n1175139620\n/johnsmith/photos/puppy.jpg",
      SignatureProvided: "NpgCjnDzrM+WFzoENXmpNDUsSn8=",
      StringToSignBytes: expect.stringMatching(/^47 45 54 0a 0a 0a 31 /),
    },
  });
});

test("a signed parameter cannot be hidden in the value of another one, where its text is the same", () => {
  const names = ["partNumber", "response-content-type", "response-expires", "uploadId", "versionId"] as const;
  fc.assert(
    fc.property(fc.subarray([...names], { minLength: 2 }), signs, fc.nat(), (chosen, value, at) => {
      const first = 1 + (at % (chosen.length - 1));
      const signed: Record<string, string> = Object.fromEntries(chosen.map((name) => [name, value]));
      const given = { ...plain, signed };
      expect(outcome(given)).toBe("verified");
      const text = chosen.slice(first - 1).map((name) => `${name}=${value}`);
      const kept = chosen[first - 1] ?? "";
      const hidden = text.join("&").slice(kept.length + 1);
      const fewer = Object.fromEntries(chosen.slice(0, first - 1).map((name) => [name, value]));
      expect(outcome({ ...plain, signed: { ...fewer, [kept]: hidden } }, given)).toBe("InvalidArgument");
    }),
    { numRuns: runs },
  );
  // A name alone is one too.
  const alone = { ...plain, signed: { "response-content-type": "a", uploads: undefined } };
  expect(outcome(alone)).toBe("verified");
  expect(outcome({ ...plain, signed: { "response-content-type": "a&uploads" } }, alone)).toBe("InvalidArgument");
  // What is no signed parameter hides nothing.
  expect(outcome({ ...plain, signed: { "response-content-disposition": 'x; filename="a&b&versions.txt"' } })).toBe(
    "verified",
  );
});

test("a string to sign that is long is not sent back", () => {
  const request = requestOf({ ...plain, signed: { "response-content-type": "a".repeat(20_000) } });
  const claimed = parseAuth(request);
  if (claimed.kind !== "signed-v2") throw new Error("signed");
  const refused = verifyRequestV2(request, claimed.auth, "another", undefined);
  expect(Object.keys(refused?.details ?? {})).toEqual(["AWSAccessKeyId", "SignatureProvided"]);
});

describe("Expires", () => {
  const malformed = [
    "",
    "0",
    "-1",
    "1.5",
    "1e9",
    "abc",
    "+1796000000",
    " 1796000000",
    "01796000000",
    "17960000000",
    "0x1",
  ];
  const times: readonly (readonly [expires: string, expected: string])[] = [
    [String(nowSeconds), "verified"],
    [String(nowSeconds + 7 * day), "verified"],
    [String(nowSeconds - 1), "AccessDenied"],
    [String(nowSeconds + 7 * day + 1), "AccessDenied"],
    ["9999999999", "AccessDenied"],
    ...malformed.map((text) => [text, "AccessDenied"] as const),
  ];
  test.each(times)("%j: %s", (expires, expected) => {
    const signed = requestOf({ ...plain, expires: Number(expires) });
    const query = signed.query.replace(/Expires=[^&]*/, `Expires=${encoded(expires)}`);
    expect(outcomeOf({ ...signed, query }, undefined)).toBe(expected);
  });

  test("an expired URL says when it expired and what time it is", () => {
    const claimed = parseAuth(requestOf({ ...plain, expires: nowSeconds - 60 }));
    if (claimed.kind !== "signed-v2") throw new Error("signed");
    expect(checkExpiryV2(claimed.auth, now)).toMatchObject({
      message: "Request has expired",
      details: { Expires: "2026-11-29T11:59:00Z", ServerTime: "2026-11-29T12:00:00Z" },
    });
  });
});

describe("one mechanism, each parameter once", () => {
  const request = requestOf(plain);
  const auth = (query: string, more: WireRequest["headers"] = []): AuthOutcome =>
    parseAuth({ ...request, query, headers: [...request.headers, ...more] });

  test.each(["AWSAccessKeyId", "Expires", "Signature"])("%s is missing, empty, or there twice", (name) => {
    const pairs = request.query.split("&");
    const without = pairs.filter((pair) => !pair.startsWith(`${name}=`)).join("&");
    for (const query of [without, `${without}&${name}=`, `${without}&${name}`])
      expect(auth(query)).toMatchObject({ kind: "refused", code: "AccessDenied" });
    for (const twice of [`${name}=1`, pairs.find((pair) => pair.startsWith(name)) ?? ""])
      expect(auth(`${request.query}&${twice}`)).toMatchObject({ kind: "refused", code: "InvalidArgument" });
    // An escaped name is the same name.
    const escaped = `%${name.charCodeAt(0).toString(16)}${name.slice(1)}`;
    expect(auth(`${request.query}&${escaped}=1`)).toMatchObject({ kind: "refused", code: "InvalidArgument" });
  });

  test.each([
    "X-Amz-Signature=0",
    "X-Amz-Algorithm=AWS4-HMAC-SHA256",
    "X-Amz-Credential=a",
    "X-Amz-Date=20261129T120000Z",
    "X-Amz-Expires=60",
    "X-Amz-SignedHeaders=host",
    "X-Amz-Security-Token=t",
    "X-Amz-Content-Sha256=UNSIGNED-PAYLOAD",
    "%58-Amz-Expires=60",
  ])("beside %s of version 4", (parameter) => {
    expect(auth(`${request.query}&${parameter}`)).toMatchObject({ kind: "refused", code: "InvalidArgument" });
    expect(auth(`${parameter}&${request.query}`)).toMatchObject({ kind: "refused", code: "InvalidArgument" });
  });

  test("beside an Authorization header of any kind", () => {
    for (const header of ["AWS4-HMAC-SHA256 Credential=a", `AWS ${accessKeyId}:abc`, "Basic YTpi", ""])
      expect(auth(request.query, [["authorization", header]])).toMatchObject({ code: "InvalidArgument" });
  });

  test("an x-amz- name in the query and in a header: once, when both say the same", () => {
    const signed = { ...plain, amz: { "x-amz-acl": "private" }, inQuery: true };
    const { query, headers } = requestOf(signed);
    const both = (value: string): string =>
      outcomeOf({ ...request, query, headers: [...headers, ["X-Amz-Acl", value]] }, undefined);
    expect(both("private")).toBe("verified");
    expect(both("public-read")).toBe("InvalidArgument");
    for (const name of ["x-amz-acl", "X-Amz-Acl", "X-AMZ-ACL"])
      expect(auth(`${query}&${name}=private`)).toMatchObject({ code: "InvalidArgument" });
    const twice = [
      ["x-amz-acl", "private"],
      ["x-amz-acl", "private"],
    ] as const;
    expect(auth(query, twice)).toMatchObject({ code: "InvalidArgument" });
  });

  test.each([
    "x-amz-meta-a%0Ab=c",
    "x-amz-meta-a=b%0Ax-amz-acl:public-read",
    "x-amz-meta-a%3Ab=c",
    "x-amz-meta-%C3%A9=c",
  ])("%s could not be a header", (parameter) => {
    expect(auth(`${request.query}&${parameter}`)).toMatchObject({ kind: "refused", code: "InvalidArgument" });
  });
});

describe("payloads", () => {
  const digest = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
  const payload = (amz: Record<string, string>, more: WireRequest["headers"] = []): AuthOutcome => {
    const request = requestOf({ ...plain, method: "PUT", amz });
    return parseAuth({ ...request, headers: [...request.headers, ...more] });
  };

  test("unsigned, or with the digest that is signed as a header", () => {
    expect(payload({})).toMatchObject({ auth: { payload: { kind: "unsigned" } } });
    expect(payload({ "x-amz-content-sha256": "UNSIGNED-PAYLOAD" })).toMatchObject({
      auth: { payload: { kind: "unsigned" } },
    });
    expect(payload({ "x-amz-content-sha256": digest })).toMatchObject({
      auth: { payload: { kind: "signed", sha256: digest } },
    });
    expect(payload({ "x-amz-content-sha256": digest }, [["x-amz-content-sha256", digest]])).toMatchObject({
      code: "InvalidArgument",
    });
  });

  test.each([
    "STREAMING-AWS4-HMAC-SHA256-PAYLOAD",
    "STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER",
    "STREAMING-UNSIGNED-PAYLOAD-TRAILER",
  ])("%s is refused", (mode) => {
    for (const inQuery of [true, false]) {
      const request = requestOf({ ...plain, method: "PUT", amz: { "x-amz-content-sha256": mode }, inQuery });
      expect(outcomeOf(request, undefined)).toBe("InvalidRequest");
    }
  });

  test("aws-chunked is refused without them too: its frames would be stored", () => {
    expect(payload({}, [["content-encoding", "gzip, AWS-chunked"]])).toMatchObject({ code: "InvalidRequest" });
  });
});

test("only the parameters of the page are signed", () => {
  for (const name of ["versionId", "partNumber", "uploadId", "acl", "response-expires"])
    expect(isSignedByV2(name)).toBe(true);
  for (const name of [
    "tagging",
    "torrent",
    "retention",
    "legal-hold",
    "attributes",
    "restore",
    "cors",
    "prefix",
    "x-id",
  ])
    expect(isSignedByV2(name)).toBe(false);
});
