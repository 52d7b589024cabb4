import {
  CompleteMultipartUploadCommand,
  CreateBucketCommand,
  CreateMultipartUploadCommand,
  GetObjectCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  type S3Client,
  UploadPartCommand,
} from "@aws-sdk/client-s3";
import { setTimeout as sleep } from "node:timers/promises";
import { expect } from "vitest";
import { seededRandom } from "../../packages/gateway/test/seeded-random.mjs";
import { s3 } from "../clients.ts";
import type { RunningGateway } from "../gateway.ts";
import { type Content, randomContent, receivedSum } from "./content.ts";
import type { Checked, CopiedWriter } from "./writer.ts";

const Bucket = "survivor";

/** What was sent under a key, in order, and how much of it was acknowledged. */
interface Sent {
  readonly sums: string[];
  acknowledged: number;
}

/** Overwrites of few keys meet fresh keys, small (inline) bodies meet blob files, single puts meet multipart uploads. */
export class PutWriter implements CopiedWriter {
  readonly #sent: Map<string, Sent>;

  constructor(sent: Map<string, Sent> = new Map()) {
    this.#sent = sent;
  }

  async prepare(gateway: RunningGateway): Promise<void> {
    await s3(gateway, gateway.admin).send(new CreateBucketCommand({ Bucket }));
  }

  async work(gateway: RunningGateway, number: number, isOver: () => boolean): Promise<void> {
    const client = s3(gateway, gateway.admin);
    const random = seededRandom("writer", number);
    for (let round = 0; !isOver(); round += 1) {
      const key = random(3) === 0 ? `shared-${number}` : `writer-${number}/${Date.now()}-${round}`;
      const content = randomContent(random, random(2) === 0 ? 4096 : 300_000);
      const record = this.#sent.get(key) ?? { sums: [], acknowledged: 0 };
      this.#sent.set(key, record);
      record.sums.push(content.sum);
      try {
        await (random(6) === 0 ? putInParts(client, key, content) : put(client, key, content));
      } catch {
        break;
      }
      record.acknowledged = record.sums.length;
      await sleep(5); // each object is read again when it is checked
    }
    client.destroy();
  }

  acknowledged(): number {
    return [...this.#sent.values()].filter(({ acknowledged }) => acknowledged > 0).length;
  }

  copyBegun(): () => Checked {
    const begun = new Map([...this.#sent].map(([key, { acknowledged }]) => [key, acknowledged]));
    return () =>
      new PutWriter(
        new Map(
          [...this.#sent].map(([key, { sums }]) => [key, { sums: [...sums], acknowledged: begun.get(key) ?? 0 }]),
        ),
      );
  }

  /** Every listed object is whole and one that was sent; every acknowledged one is there, or a later one sent under its key. */
  async check(gateway: RunningGateway): Promise<void> {
    const seen = await listed(gateway);
    for (const [key, sum] of seen) expect(this.#sent.get(key)?.sums, `${key} was never sent so`).toContain(sum);
    for (const [key, { sums, acknowledged }] of this.#sent) {
      if (acknowledged === 0) continue;
      expect(sums.slice(acknowledged - 1), `${key} was acknowledged`).toContain(seen.get(key));
    }
    expect(seen.size).toBeGreaterThan(0);
  }
}

async function listed(gateway: RunningGateway): Promise<ReadonlyMap<string, string>> {
  const client = s3(gateway, gateway.admin);
  const seen = new Map<string, string>();
  let token: string | undefined;
  do {
    const page = await client.send(new ListObjectsV2Command({ Bucket, ContinuationToken: token }));
    for (const { Key = "", Size } of page.Contents ?? []) {
      const reply = await client.send(new GetObjectCommand({ Bucket, Key }));
      expect(reply.ContentLength).toBe(Size);
      seen.set(Key, await receivedSum(reply));
    }
    token = page.NextContinuationToken;
  } while (token !== undefined);
  client.destroy();
  return seen;
}

async function put(client: S3Client, Key: string, { body, metadata }: Content): Promise<void> {
  await client.send(new PutObjectCommand({ Bucket, Key, Body: body, ...metadata }));
}

async function putInParts(client: S3Client, Key: string, { body, metadata }: Content): Promise<void> {
  const { UploadId } = await client.send(new CreateMultipartUploadCommand({ Bucket, Key, ...metadata }));
  const { ETag } = await client.send(new UploadPartCommand({ Bucket, Key, UploadId, PartNumber: 1, Body: body }));
  const MultipartUpload = { Parts: [{ PartNumber: 1, ETag }] };
  await client.send(new CompleteMultipartUploadCommand({ Bucket, Key, UploadId, MultipartUpload }));
}
