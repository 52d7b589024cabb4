import { createHash } from "node:crypto";
import {
  chunkSignature,
  presignQuery,
  type SigningKeys,
  signingKey,
  signRequest,
  trailerSignature,
} from "@s3-credentials/protocol";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import {
  admin,
  bucketRecord,
  call,
  nobody,
  type PipelineGateway,
  type Sent,
  session,
  startPipeline,
} from "./pipeline-gateway.ts";

let gateway: PipelineGateway;
beforeAll(async () => {
  gateway = await startPipeline({ trusted: ["127.0.0.1"] });
});
afterAll(() => gateway.close());
beforeEach(() => {
  gateway.stored.clear();
  gateway.log.length = 0;
  gateway.buckets.set("bucket", bucketRecord());
});

const put = { method: "PUT", target: "/bucket/key", body: "hello" } as const;
const wrong = (keys: SigningKeys): SigningKeys => ({ ...keys, secretAccessKey: "wrong" });
const host = (): string => `127.0.0.1:${gateway.port}`;

function presigned(
  method: string,
  path: string,
  keys: SigningKeys,
  more: {
    readonly query?: string;
    readonly time?: number;
    readonly expires?: number;
    readonly region?: string;
    readonly service?: string;
  } = {},
): string {
  const { query = "", time = Date.now(), expires = 60, region = "us-east-1", service = "s3" } = more;
  return `${path}?${presignQuery({ method, path, query, headers: [["host", host()]] }, keys, { region, service, time }, expires)}`;
}

const crc32OfHello = "NhCmhg==";

/** An aws-chunked PUT; `forged` signs its chunks with another secret. */
function chunked(mode: string, keys: SigningKeys, chunkKeys: SigningKeys = keys): Promise<Sent> {
  const trailer = mode.endsWith("TRAILER");
  const headers: Record<string, string> = {
    host: host(),
    "content-encoding": "aws-chunked",
    "x-amz-decoded-content-length": "5",
    ...(trailer ? { "x-amz-trailer": "x-amz-checksum-crc32" } : {}),
  };
  const place = { region: "us-east-1", service: "s3", time: Date.now() };
  const added = signRequest(
    { method: "PUT", path: "/bucket/key", query: "", headers: Object.entries(headers) },
    mode,
    keys,
    place,
  );
  const all = { ...headers, ...Object.fromEntries(added) };
  return call(gateway, { ...put, headers: all, body: chunkedBody(mode, all, chunkKeys) });
}

function chunkedBody(mode: string, headers: Readonly<Record<string, string>>, keys: SigningKeys): string {
  const lines = `x-amz-checksum-crc32:${crc32OfHello}\n`;
  const trailer = mode.endsWith("TRAILER");
  if (mode.startsWith("STREAMING-UNSIGNED")) return `5\r\nhello\r\n0\r\n${lines.trim()}\r\n\r\n`;
  const amzDate = headers["x-amz-date"] ?? "";
  const scope = { date: amzDate.slice(0, 8), region: "us-east-1", service: "s3" };
  const signing = {
    signingKey: signingKey(keys.secretAccessKey, scope),
    scope,
    amzDate,
    seedSignature: /Signature=(\w+)/.exec(headers["authorization"] ?? "")?.[1] ?? "",
  };
  const first = chunkSignature(signing, signing.seedSignature, createHash("sha256").update("hello").digest("hex"));
  const last = chunkSignature(signing, first, createHash("sha256").update("").digest("hex"));
  const end = trailer ? `${lines.trim()}\r\nx-amz-trailer-signature:${trailerSignature(signing, last, lines)}\r\n` : "";
  return `5;chunk-signature=${first}\r\nhello\r\n0;chunk-signature=${last}\r\n${end}\r\n`;
}

const streaming = [
  "STREAMING-AWS4-HMAC-SHA256-PAYLOAD",
  "STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER",
  "STREAMING-UNSIGNED-PAYLOAD-TRAILER",
] as const;

describe("every payload mode, header and query, with the wrong secret", () => {
  test.each(streaming)("%s in the header", async (mode) => {
    expect(await chunked(mode, wrong(admin))).toMatchObject({ status: 403, code: "SignatureDoesNotMatch" });
    expect(gateway.stored.size).toBe(0);
    expect((await chunked(mode, admin)).status).toBe(200);
    expect(gateway.stored.get("key")?.toString()).toBe("hello");
  });

  test.each(streaming.slice(0, 2))("%s: chunks signed with another secret store nothing", async (mode) => {
    expect(await chunked(mode, admin, wrong(admin))).toMatchObject({ status: 403, code: "SignatureDoesNotMatch" });
    expect(gateway.stored.size).toBe(0);
  });

  test.each([undefined, "UNSIGNED-PAYLOAD"])("payload %s in the header", async (payload) => {
    const more = payload === undefined ? {} : { payload };
    expect(await call(gateway, { ...put, ...more, keys: wrong(admin) })).toMatchObject({
      status: 403,
      code: "SignatureDoesNotMatch",
    });
    expect(gateway.stored.size).toBe(0);
    expect((await call(gateway, { ...put, ...more, keys: admin })).status).toBe(200);
  });

  test.each(["UNSIGNED-PAYLOAD", ...streaming])("presigned, with %s sent beside it", async (mode) => {
    const headers = {
      "x-amz-content-sha256": mode,
      "x-amz-decoded-content-length": "5",
      "x-amz-trailer": "x-amz-checksum-crc32",
      "content-encoding": "aws-chunked",
    };
    const body = mode === "UNSIGNED-PAYLOAD" ? "hello" : chunkedBody(mode, { "x-amz-date": "20200101T000000Z" }, admin);
    const sent = await call(gateway, { ...put, target: presigned("PUT", "/bucket/key", wrong(admin)), headers, body });
    expect(sent.status).toBeGreaterThanOrEqual(400);
    expect(sent.status).toBeLessThan(500);
    expect(gateway.stored.size).toBe(0);
  });

  test.each(streaming)("anonymous %s stores nothing", async (mode) => {
    const headers = {
      "x-amz-content-sha256": mode,
      "x-amz-decoded-content-length": "5",
      "x-amz-trailer": "x-amz-checksum-crc32",
    };
    const sent = await call(gateway, {
      ...put,
      headers,
      body: chunkedBody(mode, { "x-amz-date": "20200101T000000Z" }, admin),
    });
    expect(sent).toMatchObject({ status: 403, code: "AccessDenied" });
    expect(gateway.stored.size).toBe(0);
  });

  test("presigned: right and wrong secret", async () => {
    expect((await call(gateway, { ...put, target: presigned("PUT", "/bucket/key", wrong(admin)) })).code).toBe(
      "SignatureDoesNotMatch",
    );
    expect(gateway.stored.size).toBe(0);
    expect((await call(gateway, { ...put, target: presigned("PUT", "/bucket/key", admin) })).status).toBe(200);
  });

  test("header and query credentials together: 400", async () => {
    const target = presigned("PUT", "/bucket/key", admin);
    expect(await call(gateway, { ...put, target, keys: admin })).toMatchObject({
      status: 400,
      code: "InvalidArgument",
    });
    expect(gateway.stored.size).toBe(0);
  });
});

describe("what is sent must be signed", () => {
  test.each(["x-amz-acl", "x-amz-meta-a", "x-amz-copy-source", "X-Amz-Tagging", "x-amz-anything"])(
    "%s added to a signed request",
    async (name) => {
      const sent = await call(gateway, { ...put, keys: admin, unsigned: { [name]: "public-read" } });
      expect(sent.status).toBe(403);
      expect(gateway.stored.size).toBe(0);
    },
  );

  test("a parameter added to a presigned URL", async () => {
    const target = `${presigned("PUT", "/bucket/key", admin)}&x-amz-acl=public-read`;
    expect((await call(gateway, { ...put, target })).code).toBe("SignatureDoesNotMatch");
  });
});

describe("the context is the gateway's own", () => {
  function onlyIf(condition: unknown): void {
    const statement = {
      Effect: "Allow",
      Principal: "*",
      Action: "s3:PutObject",
      Resource: "arn:aws:s3:::bucket/*",
      Condition: condition,
    };
    gateway.buckets.set(
      "bucket",
      bucketRecord({ policy: JSON.stringify({ Version: "2012-10-17", Statement: statement }) }),
    );
  }

  test("reserved keys sent as headers and parameters do not change it", async () => {
    const conditions = [
      { StringEquals: { "aws:username": "spoofed" } },
      { Bool: { "aws:SecureTransport": "true" } },
      { IpAddress: { "aws:SourceIp": "203.0.113.9/32" } },
      { StringEquals: { "aws:PrincipalTag/team": "spoofed" } },
      { StringEquals: { "aws:SourceArn": "spoofed" } },
      { StringEquals: { "aws:RequestedRegion": "eu-west-1" } },
      { StringEquals: { "s3:authType": "POST" } },
    ];
    const names = [
      "username",
      "securetransport",
      "sourceip",
      "principaltag/team",
      "sourcearn",
      "authtype",
      "requestedregion",
    ];
    const headers = Object.fromEntries(
      names.flatMap((name) =>
        /[:/]/.test(name)
          ? []
          : [
              [name, "spoofed"],
              [`aws-${name}`, "spoofed"],
            ],
      ),
    );
    const query = names
      .flatMap((name) => [
        `${encodeURIComponent(name)}=spoofed`,
        `aws%3A${encodeURIComponent(name)}=${name === "securetransport" ? "true" : "spoofed"}`,
      ])
      .join("&");
    for (const condition of conditions) {
      onlyIf(condition);
      const sent = await call(gateway, {
        ...put,
        target: `/bucket/key?${query}`,
        headers,
        keys: nobody,
        region: "eu-west-1",
      });
      expect([condition, sent.status]).toEqual([condition, 403]);
    }
  });

  test("X-Forwarded-For counts from a configured proxy, and from nobody else", async () => {
    onlyIf({ IpAddress: { "aws:SourceIp": "203.0.113.9/32" } });
    const unsigned = { "x-forwarded-for": "203.0.113.9" };
    expect((await call(gateway, { ...put, keys: nobody, unsigned })).status).toBe(200);
    expect(
      (await call(gateway, { ...put, keys: nobody, unsigned: { "x-forwarded-for": "203.0.113.9, 198.51.100.1" } }))
        .status,
    ).toBe(403);
    const open = await startPipeline();
    open.buckets.set("bucket", gateway.buckets.get("bucket") ?? bucketRecord());
    expect((await call(open, { ...put, keys: nobody, unsigned })).status).toBe(403);
    await open.close();
  });
});

describe("temporary keys", () => {
  test.each([
    ["without their token", undefined],
    ["with another's token", "another-token"],
    ["with an empty token", ""],
  ])("%s are refused", async (_what, sessionToken) => {
    const { accessKeyId, secretAccessKey } = session;
    const keys = { accessKeyId, secretAccessKey, ...(sessionToken === undefined ? {} : { sessionToken }) };
    expect(await call(gateway, { ...put, keys })).toMatchObject({ status: 400, code: "InvalidToken" });
    expect(await call(gateway, { ...put, target: presigned("PUT", "/bucket/key", keys) })).toMatchObject({
      status: 400,
      code: "InvalidToken",
    });
    const form = {
      method: "POST",
      target: "/",
      body: "Action=GetCallerIdentity&Version=2011-06-15",
      service: "sts",
      keys,
    };
    expect(await call(gateway, form)).toMatchObject({ status: 403, code: "InvalidClientTokenId" });
    expect(gateway.stored.size).toBe(0);
  });

  test("a permanent key with a token is refused, an expired one too", async () => {
    expect((await call(gateway, { ...put, keys: { ...admin, sessionToken: "x" } })).code).toBe("InvalidToken");
    expect(await call(gateway, { ...put, keys: { ...session, accessKeyId: "ASIAEXPIREDEXPIRED00" } })).toMatchObject({
      status: 400,
      code: "ExpiredToken",
    });
  });

  test("with their own token they work", async () => {
    expect((await call(gateway, { ...put, keys: session })).status).toBe(200);
    expect((await call(gateway, { ...put, target: presigned("PUT", "/bucket/key", session) })).status).toBe(200);
  });
});

describe("scope and time", () => {
  const whoAmI = {
    method: "POST",
    target: "/",
    body: "Action=GetCallerIdentity&Version=2011-06-15",
    keys: admin,
  } as const;

  test("a signature for one service opens no other", async () => {
    for (const service of ["iam", "sts"])
      expect((await call(gateway, { ...put, keys: admin, service })).status).toBe(400);
    expect((await call(gateway, { ...put, keys: admin, service: "ec2" })).code).toBe("AuthorizationHeaderMalformed");
    for (const service of ["s3express", "s3-object-lambda", "s3-outposts"])
      expect((await call(gateway, { ...put, keys: admin, service })).code).toBe("NotImplemented");
    expect((await call(gateway, { ...whoAmI, service: "s3" })).status).toBe(405);
    expect((await call(gateway, { ...whoAmI, service: "iam" })).code).toBe("InvalidAction");
    expect(gateway.stored.size).toBe(0);
  });

  test("any region, or with --strict-region the gateway's own", async () => {
    expect((await call(gateway, { ...put, keys: admin, region: "eu-central-7" })).status).toBe(200);
    const strict = await startPipeline({ strictRegion: true });
    expect(await call(strict, { ...put, keys: admin, region: "eu-central-7" })).toMatchObject({
      status: 400,
      code: "AuthorizationHeaderMalformed",
    });
    expect((await call(strict, { ...put, keys: admin })).status).toBe(200);
    expect((await call(strict, { ...whoAmI, service: "sts", region: "eu-central-7" })).code).toBe(
      "SignatureDoesNotMatch",
    );
    await strict.close();
  });

  test("fifteen minutes of skew, seven days of a presigned URL", async () => {
    const minutes = 60_000;
    for (const sign of [-1, 1]) {
      expect((await call(gateway, { ...put, keys: admin, time: Date.now() + sign * 14 * minutes })).status).toBe(200);
      expect((await call(gateway, { ...put, keys: admin, time: Date.now() + sign * 16 * minutes })).code).toBe(
        "RequestTimeTooSkewed",
      );
    }
    const url = (more: object) => call(gateway, { ...put, target: presigned("PUT", "/bucket/key", admin, more) });
    expect((await url({ expires: 604_800, time: Date.now() - 6 * 24 * 60 * minutes })).status).toBe(200);
    expect((await url({ expires: 604_801 })).code).toBe("AuthorizationQueryParametersError");
    expect((await url({ expires: 60, time: Date.now() - 2 * minutes })).code).toBe("AccessDenied");
    expect((await url({ expires: 60, time: Date.now() + 16 * minutes })).code).toBe("AccessDenied");
  });

  // https://docs.aws.amazon.com/IAM/latest/APIReference/CommonErrors.html
  test("STS has the codes of its own documentation for what S3 calls otherwise", async () => {
    const form = { "content-type": "application/x-www-form-urlencoded" };
    const { keys: _, ...unsigned } = whoAmI;
    const sent = (headers: Record<string, string>) => call(gateway, { ...unsigned, headers: { ...form, ...headers } });
    for (const authorization of ["AWS4-HMAC-SHA256 nonsense", "AWS4-XXX Credential=a", "Bearer a"])
      expect(await sent({ authorization }), authorization).toMatchObject({ status: 400, code: "IncompleteSignature" });
    const old = await call(gateway, { ...whoAmI, headers: form, service: "sts", time: Date.now() - 960_000 });
    expect(old).toMatchObject({ status: 400, code: "RequestExpired" });
    const query = "Action=GetCallerIdentity&Version=2011-06-15";
    const url = (time: number) => presigned("GET", "/", admin, { query, service: "sts", time });
    expect(await call(gateway, { target: url(Date.now()) })).toMatchObject({ status: 200 });
    for (const minutes of [-2, 16])
      expect(await call(gateway, { target: url(Date.now() + minutes * 60_000) })).toMatchObject({
        status: 400,
        code: "RequestExpired",
      });
  });

  test("unknown keys: one answer", async () => {
    const keys = { accessKeyId: "AKIAUNKNOWNUNKNOWN00", secretAccessKey: "x" };
    expect(await call(gateway, { ...put, keys })).toMatchObject({ status: 403, code: "InvalidAccessKeyId" });
    expect(await call(gateway, { ...whoAmI, service: "sts", keys })).toMatchObject({
      status: 403,
      code: "InvalidClientTokenId",
    });
  });
});

test("a forbidden object and an absent one answer alike without ListBucket", async () => {
  gateway.stored.set("there", Buffer.from("x"));
  const answer = async (key: string) => {
    const sent = await call(gateway, { target: `/bucket/${key}`, keys: nobody });
    return sent.body.replaceAll(key, "KEY").replace(/<(RequestId|HostId)>[^<]*/g, "");
  };
  expect(await answer("there")).toBe(await answer("gone"));
  const anonymous = await call(gateway, { target: "/bucket/there" });
  expect(anonymous.body).toContain("<Message>Access Denied</Message>");
});

test("no secret, token or signature in the log", async () => {
  const presign = presigned("PUT", "/bucket/key", session);
  await call(gateway, { ...put, keys: session });
  await call(gateway, { ...put, keys: wrong(session) });
  await call(gateway, { ...put, target: presign });
  await call(gateway, { target: "/bucket/throws", keys: session });
  const log = gateway.log.join("");
  const signature = /X-Amz-Signature=(\w+)/.exec(presign)?.[1] ?? "none";
  for (const secret of [session.secretAccessKey, session.sessionToken ?? "", signature, "Signature=", "Credential="])
    expect(log).not.toContain(secret);
});
