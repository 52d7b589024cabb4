import { describe, expect, test } from "vitest";
import type { Caller } from "../ports/principal-directory.ts";
import {
  type ContextFacts,
  globalKeys,
  requestContext,
  s3Keys,
  s3OperationKeys,
  s3Readers,
} from "./request-context.ts";

const now = Date.UTC(2026, 10, 23, 12, 0, 0, 500);

const caller: Caller = {
  principal: {
    kind: "user",
    accountId: "123456789012",
    arn: "arn:aws:iam::123456789012:user/u",
    userId: "AIDAAAAAAAAAAAAAAAAA",
    userName: "u",
  },
  layers: { guardrails: [], identity: [], boundary: "none", sessions: [] },
  context: new Map<string, string | readonly string[]>([
    ["aws:username", "u"],
    ["aws:PrincipalTag/Team", "red"],
    // A principal's record never speaks for the gateway.
    ["aws:SourceIp", "10.9.9.9"],
  ]),
  accessKeyId: "AKIAAAAAAAAAAAAAAAAA",
  session: undefined,
};

function facts(headers: Record<string, string> = {}, query: Record<string, string> = {}): ContextFacts {
  return {
    request: {
      headers: new Map(Object.entries(headers)),
      query: new Map(Object.entries(query)),
      sourceIp: "203.0.113.9",
      clientNetwork: "203.0.113.9",
      secure: false,
      now,
      signal: new AbortController().signal,
    },
    auth: {
      form: "presigned",
      accessKeyId: "AKIAAAAAAAAAAAAAAAAA",
      scope: { date: "20261123", region: "eu-west-1", service: "s3" },
      signedHeaders: ["host"],
      signature: "",
      amzDate: "20261123T115900Z",
      time: now - 60_000,
      payload: { kind: "unsigned" },
    },
    caller,
    accounts: new Map(),
    region: "us-east-1",
  };
}

const demand = { resourceAccount: "123456789012", subject: { bucket: "b", key: "k" }, versionId: undefined };

describe("requestContext", () => {
  test("a header beyond ASCII is the text its bytes mean", () => {
    const bytes = (text: string): string => Buffer.from(text).toString("latin1");
    const context = requestContext(facts({ "user-agent": bytes("café"), referer: "caf\u00e9" }), demand);
    expect([context("aws:UserAgent"), context("aws:Referer")]).toEqual(["café", "café"]);
  });

  test("keys of every request", () => {
    const lookup = requestContext(
      facts({ "user-agent": "curl", referer: "https://example.com/" }),
      demand,
      s3Readers([], "s3:GetObject"),
    );
    const expected = {
      "aws:SourceIp": "203.0.113.9",
      "AWS:SOURCEIP": "203.0.113.9",
      "aws:SecureTransport": "false",
      "aws:CurrentTime": "2026-11-23T12:00:00Z",
      "aws:EpochTime": String(Math.floor(now / 1000)),
      "aws:UserAgent": "curl",
      "aws:Referer": "https://example.com/",
      "aws:RequestedRegion": "us-east-1",
      "aws:ResourceAccount": "123456789012",
      "aws:username": "u",
      "aws:principaltag/team": "red",
      "s3:authType": "REST-QUERY-STRING",
      "s3:signatureAge": "60000",
      "s3:signatureversion": "AWS4-HMAC-SHA256",
      "s3:TlsVersion": undefined,
      "aws:SourceArn": undefined,
    };
    for (const [key, value] of Object.entries(expected)) expect([key, lookup(key)]).toEqual([key, value]);
  });

  test("keys of an operation are there only for it, and only when sent", () => {
    const sent = facts({}, { prefix: "a/", "max-keys": "1" });
    const listing = requestContext(sent, demand, s3Readers(["s3:prefix", "s3:delimiter"], "s3:ListBucket"));
    expect(listing("s3:prefix")).toBe("a/");
    expect(listing("s3:delimiter")).toBeUndefined();
    expect(listing("s3:max-keys")).toBeUndefined();
    expect(requestContext(sent, demand, s3Readers([], "s3:GetObject"))("s3:prefix")).toBeUndefined();
  });

  test("an empty value is a value", () => {
    expect(
      requestContext(facts({}, { prefix: "" }), demand, s3Readers(["s3:prefix"], "s3:ListBucket"))("s3:prefix"),
    ).toBe("");
  });

  test("a version is the resource's, whatever the query says", () => {
    const lookup = requestContext(
      facts({}, { versionId: "mine" }),
      { ...demand, versionId: "theirs" },
      s3Readers(["s3:VersionId"], "s3:GetObjectVersion"),
    );
    expect(lookup("s3:VersionId")).toBe("theirs");
  });

  test("a copy source is the decoded name, however it was written", () => {
    const subject = { bucket: "b", key: "k", source: { bucket: "a", key: "x y", versionId: undefined } };
    const lookup = requestContext(
      facts({ "x-amz-copy-source": "/a/x%20y?versionId=1" }),
      { ...demand, subject },
      s3Readers(["s3:x-amz-copy-source"], "s3:PutObject"),
    );
    expect(lookup("s3:x-amz-copy-source")).toBe("a/x y");
  });

  test("how the body is signed is not what an unsigned header claims", () => {
    const digest = "a".repeat(64);
    const claimed = facts({ "x-amz-content-sha256": digest });
    const of = (auth: ContextFacts["auth"], given = claimed): unknown =>
      requestContext({ ...given, auth }, demand, s3Readers([], "s3:GetObject"))("s3:x-amz-content-sha256");
    const { auth } = claimed;
    if (auth?.form !== "presigned") throw new Error("presigned");
    expect(of(undefined)).toBeUndefined();
    expect(of(auth)).toBe("UNSIGNED-PAYLOAD");
    expect(of({ ...auth, signedHeaders: ["host", "x-amz-content-sha256"] })).toBe(digest);
    expect(of({ ...auth, form: "header" })).toBe(digest);
    expect(of(auth, facts({}, { "X-Amz-Content-Sha256": digest }))).toBe(digest);
  });

  test("keys of a URL with Signature Version 2, which covers every x-amz- header", () => {
    const auth = {
      form: "presigned-v2",
      accessKeyId: "AKIAAAAAAAAAAAAAAAAA",
      signature: "",
      expires: 0,
      payload: { kind: "unsigned" },
    } as const;
    const of = (key: string, given = facts()): unknown =>
      requestContext({ ...given, auth }, demand, s3Readers([], "s3:GetObject"))(key);
    expect(of("s3:signatureversion")).toBe("AWS");
    expect(of("s3:authType")).toBe("REST-QUERY-STRING");
    expect(of("s3:signatureAge")).toBe("0");
    expect(of("s3:x-amz-content-sha256")).toBe("UNSIGNED-PAYLOAD");
    const digest = "a".repeat(64);
    expect(of("s3:x-amz-content-sha256", facts({ "x-amz-content-sha256": digest }))).toBe(digest);
    expect(of("s3:x-amz-content-sha256", facts({}, { "X-Amz-Content-Sha256": digest }))).toBe("UNSIGNED-PAYLOAD");
  });

  // SECURITY: a header or parameter named like a key must not become it.
  test("every key sent as header and as parameter changes nothing", () => {
    const keys = [
      ...Object.keys(globalKeys),
      ...Object.keys(s3Keys),
      "aws:username",
      "aws:userid",
      "aws:principaltag/team",
      "aws:principalarn",
      "aws:tokenissuetime",
    ];
    const readers = s3Readers([], "s3:GetObject");
    const plain = requestContext(facts(), demand, readers);
    const spoofed = Object.fromEntries(
      keys.flatMap((key) => [
        [key, "spoofed"],
        [key.toUpperCase(), "spoofed"],
        [key.split(":")[1] ?? "", "spoofed"],
      ]),
    );
    for (const name of ["user-agent", "useragent", "referer"]) delete spoofed[name];
    const lookup = requestContext(
      facts({ ...spoofed, "x-forwarded-for": "10.0.0.1", "x-forwarded-proto": "https" }, spoofed),
      demand,
      readers,
    );
    for (const key of keys) expect([key, lookup(key)]).toEqual([key, plain(key)]);
  });

  test("operation values do not override the principal's or the gateway's", () => {
    const operation = new Map([
      ["aws:SourceIp", "10.0.0.1"],
      ["aws:username", "root"],
      ["sts:ExternalId", "e"],
    ]);
    const lookup = requestContext(facts(), demand, undefined, operation);
    expect(lookup("aws:sourceip")).toBe("203.0.113.9");
    expect(lookup("aws:username")).toBe("u");
    expect(lookup("sts:externalid")).toBe("e");
    expect(lookup("s3:authType")).toBeUndefined();
  });

  test("a key no file can fill is a fault", () => {
    expect(() => s3Readers(["s3:AccessGrantsInstanceArn"], "s3:GetObject")).toThrow("s3:AccessGrantsInstanceArn");
  });

  test("an action has its own keys, whatever else the operation has", () => {
    const sent = facts({ "x-amz-acl": "private" });
    const of = (action: string) => requestContext(sent, demand, s3Readers(["s3:x-amz-acl"], action))("s3:x-amz-acl");
    expect([of("s3:PutObject"), of("s3:GetObject")]).toEqual(["private", undefined]);
  });

  test("a condition on the object of a copy is none on its source", () => {
    const sent = facts({ "if-match": '"new"', "x-amz-copy-source-if-match": '"old"' });
    const of = (isSource: boolean) =>
      requestContext(sent, { ...demand, isSource }, s3Readers(["s3:if-match"], "s3:GetObject"))("s3:if-match");
    expect([of(false), of(true)]).toEqual(['"new"', undefined]);
  });

  test("the tables hold lower-case names", () => {
    for (const key of Object.keys({ ...globalKeys, ...s3Keys, ...s3OperationKeys }))
      expect(key).toBe(key.toLowerCase());
  });
});
