import { expect, test } from "vitest";
import { exampleSigning } from "../../test/chunked-body.ts";
import { bodyPlanOf, storedContentEncoding } from "./body-plan.ts";
import type { PayloadMode, RequestAuth, WireRequest } from "./request-auth.ts";

type Headers = WireRequest["headers"];

function auth(payload: PayloadMode, form: RequestAuth["form"] = "header"): RequestAuth {
  return {
    form,
    accessKeyId: "AKIDEXAMPLE",
    scope: exampleSigning.scope,
    signedHeaders: ["host"],
    signature: "0".repeat(64),
    amzDate: exampleSigning.amzDate,
    time: 0,
    payload,
  };
}

const unsigned = auth({ kind: "unsigned" });
const trailing = auth({ kind: "streaming", signed: true, trailer: true });
const crc32 = "y/Q5Jg==";

test.each<[string, RequestAuth | undefined, Headers, object]>([
  ["no body", unsigned, [], { length: 0 }],
  ["a length", unsigned, [["Content-Length", "12"]], { length: 12, payload: { kind: "unsigned" } }],
  ["an anonymous body", undefined, [["content-length", "1"]], { length: 1, payload: { kind: "unsigned" } }],
  [
    "a digest",
    unsigned,
    [
      ["content-length", "0"],
      ["Content-MD5", "1B2M2Y8AsgTpgAmY7PhCfg=="],
    ],
    { contentMd5: "1B2M2Y8AsgTpgAmY7PhCfg==" },
  ],
  [
    "a checksum and its name",
    unsigned,
    [
      ["content-length", "9"],
      ["x-amz-checksum-crc32", crc32],
      ["x-amz-sdk-checksum-algorithm", "crc32"],
    ],
    { checksum: { algorithm: "CRC32", value: crc32 } },
  ],
  [
    "a trailer: the length is the payload's",
    trailing,
    [
      ["content-length", "400"],
      ["x-amz-decoded-content-length", "9"],
      ["x-amz-trailer", "X-Amz-Checksum-Crc64nvme"],
    ],
    { length: 9, checksum: { algorithm: "CRC64NVME" }, chunkSigning: exampleSigning },
  ],
])("%s", (_, given, headers, expected) => {
  expect(bodyPlanOf(given, headers, exampleSigning)).toMatchObject(expected);
});

test.each<[string, RequestAuth | undefined, Headers, string]>([
  ["a stream without its length", unsigned, [["transfer-encoding", "chunked"]], "MissingContentLength"],
  ["chunks without the payload's length", trailing, [["content-length", "9"]], "MissingContentLength"],
  ["a negative length", unsigned, [["content-length", "-1"]], "InvalidArgument"],
  [
    "two lengths",
    unsigned,
    [
      ["content-length", "1"],
      ["content-length", "2"],
    ],
    "InvalidArgument",
  ],
  ["a length no number holds", unsigned, [["content-length", "9".repeat(16)]], "InvalidArgument"],
  ["a digest in hex", unsigned, [["content-md5", "d41d8cd98f00b204e9800998ecf8427e"]], "InvalidDigest"],
  ["a short digest", unsigned, [["content-md5", "1B2M2Y8AsgTpgAmY7PhC"]], "InvalidDigest"],
  [
    "two digests",
    unsigned,
    [
      ["content-md5", "1B2M2Y8AsgTpgAmY7PhCfg=="],
      ["content-md5", "1B2M2Y8AsgTpgAmY7PhCfg=="],
    ],
    "InvalidDigest",
  ],
  [
    "two checksums",
    unsigned,
    [
      ["x-amz-checksum-crc32", crc32],
      ["x-amz-checksum-crc32c", crc32],
    ],
    "InvalidRequest",
  ],
  ["a checksum in hex", unsigned, [["x-amz-checksum-crc32", "cbf43926"]], "InvalidRequest"],
  [
    "a checksum by another name",
    unsigned,
    [
      ["x-amz-checksum-crc32", crc32],
      ["x-amz-sdk-checksum-algorithm", "SHA1"],
    ],
    "InvalidRequest",
  ],
  ["a trailer nobody sends", unsigned, [["x-amz-trailer", "x-amz-checksum-crc32"]], "InvalidRequest"],
  [
    "an unknown trailer",
    trailing,
    [
      ["x-amz-decoded-content-length", "9"],
      ["x-amz-trailer", "x-amz-meta-a"],
    ],
    "InvalidRequest",
  ],
  ["an unnamed trailer of signed chunks", trailing, [["x-amz-decoded-content-length", "9"]], "InvalidRequest"],
  [
    "an announced checksum that is in no head and no trailer",
    auth({ kind: "streaming", signed: false, trailer: true }),
    [
      ["authorization", "a"],
      ["x-amz-decoded-content-length", "9"],
      ["x-amz-sdk-checksum-algorithm", "CRC32"],
    ],
    "InvalidRequest",
  ],
  [
    "a checksum in front and behind",
    trailing,
    [
      ["x-amz-decoded-content-length", "9"],
      ["x-amz-trailer", "x-amz-checksum-crc32"],
      ["x-amz-checksum-crc32", crc32],
    ],
    "InvalidRequest",
  ],
  [
    "a trailer of another checksum than the one that was announced",
    trailing,
    [
      ["x-amz-decoded-content-length", "9"],
      ["x-amz-trailer", "x-amz-checksum-crc32"],
      ["x-amz-sdk-checksum-algorithm", "SHA256"],
    ],
    "InvalidRequest",
  ],
  [
    "anonymous signed chunks",
    undefined,
    [["x-amz-content-sha256", "STREAMING-AWS4-HMAC-SHA256-PAYLOAD"]],
    "AccessDenied",
  ],
  [
    "presigned signed chunks",
    auth(trailing.payload, "presigned"),
    [["x-amz-decoded-content-length", "9"]],
    "AccessDenied",
  ],
  [
    "a payload mode of version 4A",
    undefined,
    [["x-amz-content-sha256", "STREAMING-AWS4-ECDSA-P256-SHA256-PAYLOAD"]],
    "NotImplemented",
  ],
])("%s is refused", (_, given, headers, code) => {
  expect(bodyPlanOf(given, headers, exampleSigning)).toMatchObject({ kind: "refused", code });
});

test.each([
  [undefined, undefined],
  ["aws-chunked", undefined],
  ["AWS-Chunked", undefined],
  ["gzip", "gzip"],
  ["aws-chunked,gzip", "gzip"],
  ["aws-chunked, deflate, gzip", "deflate, gzip"],
  ["deflate, gzip", "deflate, gzip"],
  ["gzip, aws-chunked , br", "gzip, br"],
  [" ", undefined],
])("Content-Encoding %s is kept as %s", (header, kept) => {
  expect(storedContentEncoding(header)).toBe(kept);
});
