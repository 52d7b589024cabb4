import { GetObjectCommand, HeadObjectCommand, PutObjectCommand } from "@aws-sdk/client-s3";
import { Readable } from "node:stream";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { outcome, s3 } from "./clients.ts";
import { makeBucket } from "./fixtures.ts";
import type { Keys, RunningGateway } from "./gateway.ts";
import { startGatewayHere } from "./gateway-here.ts";
import { crc, data, length, modes, trailer } from "./payload-modes.ts";
import { chunkedBody, presigned, type RawRequest, send } from "./raw.ts";

describe("payload modes", () => {
  let gateway: RunningGateway;
  beforeAll(async () => {
    gateway = await startGatewayHere();
    await makeBucket(gateway, "payloads");
  });
  afterAll(() => gateway.stop());

  const stored = (key: string) =>
    outcome(s3(gateway, gateway.admin).send(new HeadObjectCommand({ Bucket: "payloads", Key: key })));
  const put = (raw: RawRequest) => send(gateway, { ...raw, method: "PUT" });

  describe.each(Object.entries(modes))("%s", (name, make) => {
    test("sound: stored as sent", async () => {
      const reply = await put(make(`/payloads/${name}`, gateway.admin));
      expect(reply).toMatchObject({ status: 200 });
      const read = await s3(gateway, gateway.admin).send(new GetObjectCommand({ Bucket: "payloads", Key: name }));
      expect(await read.Body?.transformToString()).toBe(data.toString());
      expect(read.ContentEncoding).toBeUndefined();
    });

    test("wrong secret: 403, nothing stored", async () => {
      const reply = await put(make(`/payloads/wrong-${name}`, { ...gateway.admin, secretAccessKey: "0".repeat(40) }));
      expect(reply).toMatchObject({ status: 403, code: "SignatureDoesNotMatch" });
      expect(await stored(`wrong-${name}`)).toBe("NotFound");
    });

    test("one byte altered: refused, nothing stored", async () => {
      const altered = Buffer.from(data);
      altered[3] = (altered[3] ?? 0) ^ 1;
      const reply = await put(make(`/payloads/altered-${name}`, gateway.admin, altered));
      expect(reply.status).toBeGreaterThanOrEqual(400);
      expect(reply.status).toBeLessThan(500);
      expect(await stored(`altered-${name}`)).toBe("NotFound");
    });

    test("no credentials, only the payload header: 403, nothing stored", async () => {
      const { payload, headers, body, chunked } = make(`/payloads/anonymous-${name}`, undefined);
      const unsigned = chunked?.({ seed: "0".repeat(64), chunk: () => "0".repeat(64), trailer: () => "0".repeat(64) });
      const all = { ...headers, ...(payload === undefined ? {} : { "x-amz-content-sha256": payload }) };
      const reply = await put({ path: `/payloads/anonymous-${name}`, headers: all, body: unsigned ?? body ?? data });
      expect(reply.status).toBe(403);
      expect(await stored(`anonymous-${name}`)).toBe("NotFound");
    });

    test("a made-up signature beside a presigned query: 400, nothing stored", async () => {
      const path = `/payloads/both-${name}`;
      const query = presigned(gateway, gateway.admin, { method: "PUT", path });
      const reply = await put({ ...make(path, gateway.admin), query });
      expect(reply.status).toBe(400);
      expect(await stored(`both-${name}`)).toBe("NotFound");
    });

    test("a presigned query with a wrong secret: 403, nothing stored", async () => {
      const path = `/payloads/presigned-${name}`;
      const query = presigned(gateway, { ...gateway.admin, secretAccessKey: "0".repeat(40) }, { method: "PUT", path });
      const { payload, headers, body, chunked } = make(path, undefined);
      const unsigned = chunked?.({ seed: "0".repeat(64), chunk: () => "0".repeat(64), trailer: () => "0".repeat(64) });
      const all = { ...headers, ...(payload === undefined ? {} : { "x-amz-content-sha256": payload }) };
      const reply = await put({ path, query, headers: all, body: unsigned ?? body ?? data });
      expect(reply.status).toBe(403);
      expect(await stored(`presigned-${name}`)).toBe("NotFound");
    });
  });

  test.each(["CRC32", "CRC32C", "CRC64NVME", "SHA1", "SHA256"] as const)(
    "the SDK's streamed upload with a %s trailer",
    async (algorithm) => {
      const client = s3(gateway, gateway.admin);
      let mode: string | undefined;
      client.middlewareStack.add(
        (next) => (args) => {
          mode = (args.request as { headers: Record<string, string> }).headers["x-amz-content-sha256"];
          return next(args);
        },
        { step: "finalizeRequest", priority: "low" },
      );
      const body = Readable.from([data]);
      const written = await client.send(
        new PutObjectCommand({
          Bucket: "payloads",
          Key: algorithm,
          Body: body,
          ContentLength: data.length,
          ChecksumAlgorithm: algorithm,
        }),
      );
      expect(mode).toBe("STREAMING-UNSIGNED-PAYLOAD-TRAILER");
      expect(written[`Checksum${algorithm}`]).toBeDefined();
      const read = await client.send(
        new GetObjectCommand({ Bucket: "payloads", Key: algorithm, ChecksumMode: "ENABLED" }),
      );
      expect(read[`Checksum${algorithm}`]).toBe(written[`Checksum${algorithm}`]);
      expect(await read.Body?.transformToString()).toBe(data.toString());
    },
  );

  describe("STREAMING-UNSIGNED-PAYLOAD-TRAILER without x-amz-trailer", () => {
    const untrailed = (path: string, keys: Keys, sent: readonly string[] = [], more = {}): RawRequest => ({
      path,
      keys,
      payload: "STREAMING-UNSIGNED-PAYLOAD-TRAILER",
      headers: { ...length, "content-encoding": "aws-chunked", ...more },
      chunked: () => chunkedBody(data, { trailer: sent }),
    });

    test("is stored with the default checksum", async () => {
      expect(await put(untrailed("/payloads/untrailed", gateway.admin))).toMatchObject({ status: 200 });
      const read = await s3(gateway, gateway.admin).send(
        new GetObjectCommand({ Bucket: "payloads", Key: "untrailed", ChecksumMode: "ENABLED" }),
      );
      expect(await read.Body?.transformToString()).toBe(data.toString());
      expect(read.ChecksumCRC64NVME).toMatch(/^[A-Za-z0-9+/]{11}=$/);
      expect(read.ContentEncoding).toBeUndefined();
    });

    test("a checksum in the head is verified", async () => {
      const head = (body: Buffer) => ({ "x-amz-checksum-crc32": crc(body) });
      expect((await put(untrailed("/payloads/in-head", gateway.admin, [], head(data)))).status).toBe(200);
      const wrong = untrailed("/payloads/not-in-head", gateway.admin, [], head(Buffer.from("other")));
      expect(await put(wrong)).toMatchObject({ status: 400, code: "BadDigest" });
      expect(await stored("not-in-head")).toBe("NotFound");
    });

    test.each([`x-amz-checksum-crc32:${crc(data)}`, "x-amz-meta-a:b", "x-amz-trailer-signature:0"])(
      "the trailer %s, which nobody announced, is refused",
      async (line) => {
        for (const more of [{}, { "x-amz-checksum-crc32": crc(data) }]) {
          const reply = await put(untrailed("/payloads/unannounced", gateway.admin, [line], more));
          expect(reply).toMatchObject({ status: 400, code: "MalformedTrailerError" });
        }
        expect(await stored("unannounced")).toBe("NotFound");
      },
    );

    test("wrong secret: 403, nothing stored", async () => {
      const keys = { ...gateway.admin, secretAccessKey: "0".repeat(40) };
      expect(await put(untrailed("/payloads/untrailed-wrong", keys))).toMatchObject({ status: 403 });
      expect(await stored("untrailed-wrong")).toBe("NotFound");
    });
  });

  test("a trailer that does not hold is refused", async () => {
    const raw: RawRequest = {
      path: "/payloads/bad-trailer",
      keys: gateway.admin,
      payload: "STREAMING-UNSIGNED-PAYLOAD-TRAILER",
      headers: { ...trailer, "content-encoding": "aws-chunked" },
      chunked: () => chunkedBody(data, { trailer: [`x-amz-checksum-crc32:${crc(Buffer.from("other"))}`] }),
    };
    expect(await put(raw)).toMatchObject({ status: 400, code: "BadDigest" });
    expect(await stored("bad-trailer")).toBe("NotFound");
  });
});
