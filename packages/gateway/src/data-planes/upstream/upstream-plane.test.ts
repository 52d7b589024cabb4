import {
  CompleteMultipartUploadCommand,
  CreateBucketCommand,
  CreateMultipartUploadCommand,
  ListBucketsCommand,
  PutObjectCommand,
  UploadPartCommand,
} from "@aws-sdk/client-s3";
import { createHash } from "node:crypto";
import { afterAll, expect, onTestFinished, test } from "vitest";
import { grant, noMetadata, target } from "../../../test/contract/plane-under-test.ts";
import { dataPlaneContract } from "../../../test/data-plane-contract.ts";
import { useS3Gateway } from "../../../test/s3-gateway.ts";
import { testBody } from "../../../test/test-body.ts";
import { followVersioning, upstreamLacks } from "../../../test/upstream-under-test.ts";
import { systemClock } from "../../server/system-clock.ts";
import { allAbilities } from "./abilities.ts";
import { probeAbilities } from "./probe-abilities.ts";
import type { UpstreamOptions } from "./engine-connections.ts";
import { createUpstreamPlane, type UpstreamPlane } from "./upstream-plane.ts";

/** The engine is another gateway. */
const engine = useS3Gateway();
let plane: UpstreamPlane | undefined;
afterAll(() => plane?.close());

const optionsOf = (): UpstreamOptions => ({
  name: "other",
  endpoint: `http://127.0.0.1:${engine.port}`,
  region: "us-east-1",
  credentials: engine.admin,
  pathStyle: true,
  clock: systemClock,
});

dataPlaneContract(async () => {
  plane ??= createUpstreamPlane({ ...optionsOf(), abilities: allAbilities });
  return followVersioning(plane);
}, upstreamLacks);

test("the checksum that comes after a streamed body is kept by the engine", async () => {
  const bytes = Buffer.alloc(200_000, "x");
  const upstream = createUpstreamPlane({ ...optionsOf(), abilities: allAbilities });
  onTestFinished(() => upstream.close());
  const bucket = "trailed";
  await engine.s3.send(new CreateBucketCommand({ Bucket: bucket }));
  // CRC64NVME would be there whatever is sent, because the engine computes it when it gets no checksum.
  const body = { ...testBody(bytes), promised: { trailer: "SHA256" } } as const;
  const metadata = { ...noMetadata, headers: { "content-encoding": "gzip" } };
  await upstream.put(grant, target(bucket, "k"), metadata, body);
  const value = createHash("sha256").update(bytes).digest("base64");
  expect(await upstream.find(grant, bucket, "k", undefined)).toMatchObject({
    size: bytes.length,
    checksum: { algorithm: "SHA256", value },
    metadata: { headers: { "content-encoding": "gzip" } },
  });
});

test("a part of an object is found by its number", async () => {
  const upstream = createUpstreamPlane({ ...optionsOf(), abilities: allAbilities });
  onTestFinished(() => upstream.close());
  const place = { Bucket: "parts", Key: "k" };
  await engine.s3.send(new CreateBucketCommand(place));
  const { UploadId } = await engine.s3.send(new CreateMultipartUploadCommand(place));
  const upload = { ...place, UploadId };
  const { ETag } = await engine.s3.send(new UploadPartCommand({ ...upload, PartNumber: 1, Body: "only" }));
  const MultipartUpload = { Parts: [{ ETag, PartNumber: 1 }] };
  await engine.s3.send(new CompleteMultipartUploadCommand({ ...upload, MultipartUpload }));
  const version = await upstream.find(grant, "parts", "k", undefined);
  if (version?.kind !== "object") throw new Error("the object is not there");
  expect(await upstream.findPart(grant, "parts", version, 1)).toMatchObject({ range: { first: 0, last: 3 }, count: 1 });
  expect(await upstream.findPart(grant, "parts", version, 2)).toBe("none");
  await engine.s3.send(new PutObjectCommand({ ...place, Body: "other" }));
  await expect(upstream.findPart(grant, "parts", version, 1)).rejects.toMatchObject({ kind: "conflict" });
});

test("the probe finds every ability of a gateway, and leaves nothing behind", async () => {
  expect(await probeAbilities(optionsOf(), "probe-of-abilities", { isThere: false })).toEqual(allAbilities);
  const { Buckets = [] } = await engine.s3.send(new ListBucketsCommand({}));
  expect(Buckets.map(({ Name }) => Name)).not.toContain("probe-of-abilities");
});
