import {
  CompleteMultipartUploadCommand,
  CreateBucketCommand,
  CreateMultipartUploadCommand,
  GetObjectCommand,
  ListPartsCommand,
  type S3Client,
  UploadPartCommand,
} from "@aws-sdk/client-s3";
import { createHash, randomBytes } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import { expect } from "vitest";
import { seededRandom } from "../../packages/gateway/test/seeded-random.mjs";
import { s3 } from "../clients.ts";
import type { RunningGateway } from "../gateway.ts";
import { type Content, randomContent, receivedSum, sumOf } from "./content.ts";
import type { Checked, CopiedWriter } from "./writer.ts";

const Bucket = "upload-survivor";

/** An upload that nobody completed: what was sent as its part, in order, and how much of it was acknowledged. */
interface OpenUpload {
  readonly key: string;
  readonly uploadId: string | undefined;
  readonly metadata: Content["metadata"];
  readonly bodies: Buffer[];
  acknowledged: number;
}

/** Uploads that stay open until they are checked, their part sent once or again. */
export class UploadWriter implements CopiedWriter {
  readonly #open: OpenUpload[];
  /** Sums of those that a check has completed, by key. */
  readonly #completed = new Map<string, string>();

  constructor(open: OpenUpload[] = []) {
    this.#open = open;
  }

  async prepare(gateway: RunningGateway): Promise<void> {
    await s3(gateway, gateway.admin).send(new CreateBucketCommand({ Bucket }));
  }

  async work(gateway: RunningGateway, number: number, isOver: () => boolean): Promise<void> {
    const client = s3(gateway, gateway.admin);
    const random = seededRandom("uploader", number);
    for (let round = 0; !isOver(); round += 1) {
      try {
        await this.#begin(client, `parts-${number}/${round}`, random);
      } catch {
        break;
      }
      await sleep(20); // a few of them show as much as many
    }
    client.destroy();
  }

  async #begin(client: S3Client, key: string, random: (limit: number) => number): Promise<void> {
    const { metadata } = randomContent(random, 1);
    const { UploadId } = await client.send(new CreateMultipartUploadCommand({ Bucket, Key: key, ...metadata }));
    const upload: OpenUpload = { key, uploadId: UploadId, metadata, bodies: [], acknowledged: 0 };
    this.#open.push(upload);
    for (let time = random(3); time >= 0; time -= 1) {
      const body = randomBytes(random(random(2) === 0 ? 4096 : 300_000));
      upload.bodies.push(body);
      await client.send(new UploadPartCommand({ Bucket, Key: key, UploadId, PartNumber: 1, Body: body }));
      upload.acknowledged = upload.bodies.length;
    }
  }

  acknowledged(): number {
    return this.#completed.size + this.#open.filter(({ acknowledged }) => acknowledged > 0).length;
  }

  copyBegun(): () => Checked {
    const begun = this.#open.map(({ acknowledged }) => acknowledged);
    return () =>
      new UploadWriter(
        this.#open
          .slice(0, begun.length)
          .map((upload, at) => ({ ...upload, bodies: [...upload.bodies], acknowledged: begun[at] ?? 0 })),
      );
  }

  /** Every acknowledged upload is open, with the part that was acknowledged or a later one; completed, it is what was sent. */
  async check(gateway: RunningGateway): Promise<void> {
    const client = s3(gateway, gateway.admin);
    for (const upload of this.#open.splice(0)) await this.#complete(client, upload);
    for (const [Key, sum] of this.#completed)
      expect(await receivedSum(await client.send(new GetObjectCommand({ Bucket, Key }))), Key).toBe(sum);
    expect(this.#completed.size).toBeGreaterThan(0);
    client.destroy();
  }

  async #complete(client: S3Client, { key, uploadId, metadata, bodies, acknowledged }: OpenUpload): Promise<void> {
    const named = { Bucket, Key: key, UploadId: uploadId };
    const { Parts: [part] = [] } = await client.send(new ListPartsCommand(named));
    if (acknowledged === 0 && part === undefined) return;
    const found = bodies.findLastIndex(
      (body) => part?.ETag === `"${createHash("md5").update(body).digest("hex")}"` && part.Size === body.length,
    );
    expect(found, `the part of ${key} was acknowledged`).toBeGreaterThanOrEqual(Math.max(acknowledged - 1, 0));
    const MultipartUpload = { Parts: [{ PartNumber: 1, ETag: part?.ETag }] };
    await client.send(new CompleteMultipartUploadCommand({ ...named, MultipartUpload }));
    this.#completed.set(key, sumOf(bodies[found] ?? new Uint8Array(), metadata.ContentType, metadata.Metadata));
  }
}
