import { connect } from "node:net";
import * as fc from "fast-check";
import { afterAll, beforeAll, expect, test } from "vitest";
import { admin, call, type PipelineGateway, startPipeline } from "./pipeline-gateway.ts";

const runs = Number(process.env["TEST_RUNS"] ?? 300);

let gateway: PipelineGateway;
beforeAll(async () => {
  gateway = await startPipeline();
});
afterAll(() => gateway.close());

/** What the server says to these bytes, until it closes or is silent. */
function exchange(bytes: Buffer): Promise<string> {
  return new Promise((resolve) => {
    const socket = connect(gateway.port, "127.0.0.1");
    let text = "";
    const done = (): void => {
      socket.destroy();
      resolve(text);
    };
    socket.on("data", (chunk) => (text += chunk.toString("latin1")));
    socket.on("close", done);
    socket.on("error", done);
    socket.end(bytes);
  });
}

const word = fc.constantFrom(
  "bucket",
  "..",
  ".",
  "%2e%2e",
  "%00",
  "%",
  "%zz",
  "%C3",
  "a",
  "",
  "key",
  "%2F",
  "é",
  "+",
  "*",
  "'",
  "constructor",
  "__proto__",
);
const path = fc.array(word, { maxLength: 6 }).map((words) => `/${words.join("/")}`);
const parameter = fc.tuple(
  fc.constantFrom(
    "acl",
    "policy",
    "versionId",
    "uploadId",
    "partNumber",
    "list-type",
    "Action",
    "X-Amz-Algorithm",
    "X-Amz-Signature",
    "X-Amz-Credential",
    "AWSAccessKeyId",
    "Expires",
    "Signature",
    "x-amz-acl",
    "__proto__",
    "delete",
    "%zz",
    "max-keys",
  ),
  fc.constantFrom("", "=", "=2", "=%00", "=%", "=AWS4-HMAC-SHA256", "=a/b/c/d/e", "=-1"),
);
const query = fc
  .array(parameter, { maxLength: 4 })
  .map((pairs) => (pairs.length === 0 ? "" : `?${pairs.map((pair) => pair.join("")).join("&")}`));
const method = fc.constantFrom("GET", "PUT", "POST", "DELETE", "HEAD", "OPTIONS", "PATCH", "TRACE");
const header = fc.tuple(
  fc.constantFrom(
    "Authorization",
    "x-amz-date",
    "x-amz-content-sha256",
    "Content-MD5",
    "x-amz-copy-source",
    "x-amz-decoded-content-length",
    "Range",
    "Expect",
    "x-amz-expected-bucket-owner",
    "x-amz-acl",
    "Content-Type",
    "__proto__",
    "Transfer-Encoding",
  ),
  fc.oneof(
    fc.constantFrom(
      "AWS4-HMAC-SHA256",
      "AWS4-HMAC-SHA256 Credential=a/b, SignedHeaders=, Signature=",
      "AWS a:b",
      "100-continue",
      "chunked",
      "multipart/form-data",
      "application/x-www-form-urlencoded",
      "UNSIGNED-PAYLOAD",
      "bytes=0-",
      "-1",
    ),
    fc.string({ unit: "binary-ascii", maxLength: 40 }).map((text) => text.replace(/[\r\n\0]/g, "")),
  ),
);

function expectAnswer(answer: string): void {
  const status = Number(/^HTTP\/1\.1 (\d{3})/.exec(answer)?.[1] ?? "400");
  expect([answer, status === 501 || (status >= 200 && status < 500)]).toEqual([answer, true]);
}

test("no request line, header or body makes a 5xx or ends the server", async () => {
  await fc.assert(
    fc.asyncProperty(
      method,
      path,
      query,
      fc.array(header, { maxLength: 5 }),
      fc.uint8Array({ maxLength: 60 }),
      fc.boolean(),
      async (verb, place, search, headers, body, sized) => {
        const head = [
          `${verb} ${place}${search} HTTP/1.1`,
          "Host: 127.0.0.1",
          "Connection: close",
          ...headers.map((pair) => pair.join(": ")),
        ];
        const length = sized ? [`Content-Length: ${body.length}`] : [];
        expectAnswer(
          await exchange(Buffer.concat([Buffer.from(`${[...head, ...length].join("\r\n")}\r\n\r\n`, "latin1"), body])),
        );
      },
    ),
    { numRuns: runs },
  );
  expect((await call(gateway, { method: "PUT", target: "/bucket/key", body: "x", keys: admin })).status).toBe(200);
});

test("no signed request with any key, query or body makes a 5xx, and what is stored is what was named", async () => {
  const segment = fc
    .string({ unit: "binary", minLength: 1, maxLength: 20 })
    .filter((text) => Buffer.from(text).toString() === text && !text.includes("\0"));
  await fc.assert(
    fc.asyncProperty(segment, fc.string({ maxLength: 50 }), async (key, body) => {
      gateway.stored.clear();
      const target = `/bucket/${Array.from(Buffer.from(key), (byte) => `%${byte.toString(16).padStart(2, "0")}`).join("")}`;
      const sent = await call(gateway, { method: "PUT", target, body, keys: admin });
      expect([sent.body, sent.status]).toEqual(["", 200]);
      expect([...gateway.stored.keys()]).toEqual([key]);
    }),
    { numRuns: runs },
  );
});

test("no bytes at all end the server", async () => {
  await fc.assert(
    fc.asyncProperty(fc.uint8Array({ minLength: 1, maxLength: 200 }), async (bytes) => {
      expectAnswer(await exchange(Buffer.concat([Buffer.from(bytes), Buffer.from("\r\n\r\n")])));
    }),
    { numRuns: Math.ceil(runs / 3) },
  );
});
