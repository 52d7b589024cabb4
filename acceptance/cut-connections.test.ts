/** Clients that leave in the middle: nothing of theirs is seen, and nothing of them stays in the gateway or on its disk. */
import {
  CreateMultipartUploadCommand,
  ListObjectsV2Command,
  ListPartsCommand,
  PutObjectCommand,
} from "@aws-sdk/client-s3";
import { readdirSync, readlinkSync } from "node:fs";
import { type ClientRequest, type IncomingMessage, request } from "node:http";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { auditIndex, blobNames } from "../packages/gateway/test/audit-local-plane.ts";
import { formOf } from "../packages/gateway/test/post-form.ts";
import { s3 } from "./clients.ts";
import { makeBucket } from "./fixtures.ts";
import { type GatewayHere, startGatewayHere } from "./gateway-here.ts";
import { presigned } from "./raw.ts";

const Bucket = "cut";
const large = Buffer.alloc(3_000_000, "large");
const times = 5;

interface Cut {
  readonly method: string;
  readonly path: string;
  readonly query?: Readonly<Record<string, string>>;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: Buffer;
  /** The operation in the gateway's log. */
  readonly operation: string;
}

/** Sends a third of the body, or reads a little of the answer, and leaves. Resolves when the connection is gone. */
function leaveInTheMiddle(gateway: GatewayHere, { method, path, query = {}, headers = {}, body }: Cut): Promise<void> {
  return new Promise((resolve) => {
    // A form brings its signature in the body.
    const signed = method === "POST" ? "" : `?${presigned(gateway, gateway.admin, { method, path, query })}`;
    const sent: ClientRequest = request({
      host: "127.0.0.1",
      port: gateway.port,
      method,
      path: `${path}${signed}`,
      headers: { ...headers, ...(body === undefined ? {} : { "content-length": String(body.length) }) },
    });
    sent.on("error", () => {}); // it is this side that leaves
    sent.on("close", resolve);
    sent.on("response", (reply: IncomingMessage) => reply.once("data", () => sent.destroy()));
    if (body === undefined) sent.end();
    else sent.write(body.subarray(0, body.length / 3), () => setTimeout(() => sent.destroy(), 5));
  });
}

/** Files of the gateway's objects that this process, which has the gateway in it, has open. */
function openBlobs(dataDir: string): readonly string[] {
  const targets = readdirSync("/proc/self/fd").map((fd) => {
    try {
      return readlinkSync(join("/proc/self/fd", fd));
    } catch {
      return ""; // that of the folder itself
    }
  });
  return targets.filter((target) => /\/[0-9a-f]{32}$/.test(target) && target.startsWith(join(dataDir, "blobs")));
}

test("whoever leaves in the middle of a request leaves nothing behind", async () => {
  const gateway = await startGatewayHere();
  onTestFinished(async () => void (await gateway.stop()));
  const client = s3(gateway, gateway.admin);
  onTestFinished(() => client.destroy());
  await makeBucket(gateway, Bucket);
  await client.send(new PutObjectCommand({ Bucket, Key: "whole", Body: large }));
  const { UploadId = "" } = await client.send(new CreateMultipartUploadCommand({ Bucket, Key: "parts" }));
  const form = formOf(Bucket, { keys: gateway.admin, fields: { key: "of-a-form" }, file: large });
  const partOf = { partNumber: "1", uploadId: UploadId };
  const cuts: readonly Cut[] = [
    { operation: "PutObject", method: "PUT", path: `/${Bucket}/put`, body: large },
    { operation: "UploadPart", method: "PUT", path: `/${Bucket}/parts`, query: partOf, body: large },
    {
      operation: "PostObject",
      method: "POST",
      path: `/${Bucket}`,
      headers: { ...form.headers },
      body: form.body,
    },
    { operation: "GetObject", method: "GET", path: `/${Bucket}/whole` },
  ];
  for (const cut of cuts) await Promise.all(Array.from({ length: times }, () => leaveInTheMiddle(gateway, cut)));
  const ended = (operation: string): number => gateway.log().split(`"operation":"${operation}"`).length - 1;
  for (const { operation } of cuts)
    await expect.poll(() => ended(operation), { message: operation }).toBeGreaterThanOrEqual(times);

  await expect.poll(() => openBlobs(gateway.dataDir)).toEqual([]);
  const { Contents = [] } = await client.send(new ListObjectsV2Command({ Bucket }));
  expect(Contents.map(({ Key }) => Key)).toEqual(["whole"]);
  const { Parts = [] } = await client.send(new ListPartsCommand({ Bucket, Key: "parts", UploadId }));
  expect(Parts).toEqual([]);
  const unknown = async () => {
    const known = new Set(await auditIndex(gateway.dataDir));
    return (await blobNames(gateway.dataDir)).filter((name) => !known.has(name));
  };
  await expect.poll(unknown).toEqual([]);
  expect(gateway.log(), "no fault of the gateway's").not.toContain('"level":50');
});
