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
import { createHash, randomBytes, randomInt } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { expect, test } from "vitest";
import { s3 } from "./clients.ts";
import { type RunningGateway, startGateway } from "./gateway.ts";

const loops = Number(process.env["KILL_LOOPS"] ?? 12);
const bucket = "survivor";
const digest = (body: Uint8Array): string => createHash("sha256").update(body).digest("hex");

/** What was sent under each key, in order, and which of it was acknowledged. */
interface Sent {
  readonly sums: string[];
  acknowledged: number;
}

async function writeUntilKilled(client: S3Client, sent: Map<string, Sent>, writer: number): Promise<void> {
  for (let round = 0; ; round += 1) {
    // Overwrites of few keys meet fresh keys, small (inline) bodies meet blob files, single puts meet multipart.
    const key = randomInt(3) === 0 ? `shared-${writer}` : `writer-${writer}/${Date.now()}-${round}`;
    const body = randomBytes(randomInt(2) === 0 ? randomInt(4096) : randomInt(300_000));
    const record = sent.get(key) ?? { sums: [], acknowledged: 0 };
    sent.set(key, record);
    try {
      record.sums.push(digest(body));
      if (randomInt(6) === 0) await putInParts(client, key, body);
      else await client.send(new PutObjectCommand({ Bucket: bucket, Key: key, Body: body }));
      record.acknowledged = record.sums.length;
    } catch {
      return;
    }
  }
}

async function putInParts(client: S3Client, key: string, body: Uint8Array): Promise<void> {
  const { UploadId } = await client.send(new CreateMultipartUploadCommand({ Bucket: bucket, Key: key }));
  const part = await client.send(
    new UploadPartCommand({ Bucket: bucket, Key: key, UploadId, PartNumber: 1, Body: body }),
  );
  await client.send(
    new CompleteMultipartUploadCommand({
      Bucket: bucket,
      Key: key,
      UploadId,
      MultipartUpload: { Parts: [{ PartNumber: 1, ETag: part.ETag }] },
    }),
  );
}

/** Every listed object is whole and one that was sent; every acknowledged one is there, or a later one sent under its key. */
async function check(client: S3Client, sent: ReadonlyMap<string, Sent>): Promise<number> {
  const seen = new Map<string, string>();
  let token: string | undefined;
  do {
    const page = await client.send(new ListObjectsV2Command({ Bucket: bucket, ContinuationToken: token }));
    for (const { Key = "", Size } of page.Contents ?? []) {
      const reply = await client.send(new GetObjectCommand({ Bucket: bucket, Key }));
      const body = await reply.Body?.transformToByteArray();
      expect(body?.length).toBe(Size);
      seen.set(Key, digest(body ?? new Uint8Array()));
    }
    token = page.NextContinuationToken;
  } while (token !== undefined);
  for (const [key, sum] of seen) expect(sent.get(key)?.sums, `${key} was never sent so`).toContain(sum);
  for (const [key, { sums, acknowledged }] of sent) {
    if (acknowledged === 0) continue;
    expect(sums.slice(acknowledged - 1), `${key} was acknowledged`).toContain(seen.get(key));
  }
  return seen.size;
}

test(
  "kill -9 during writes loses no acknowledged object and shows no half-written one",
  { timeout: 60_000 + loops * 15_000 },
  async () => {
    const home = mkdtempSync(join(tmpdir(), "s3-credentials-kill-"));
    let gateway: RunningGateway = await startGateway({ home });
    await s3(gateway, gateway.admin).send(new CreateBucketCommand({ Bucket: bucket }));
    let kept = 0;
    const sent = new Map<string, Sent>();
    for (let loop = 0; loop < loops; loop += 1) {
      const client = s3(gateway, gateway.admin);
      const writers = Array.from({ length: 6 }, (_, writer) => writeUntilKilled(client, sent, loop * 6 + writer));
      await sleep(100 + randomInt(500));
      await gateway.stop("SIGKILL");
      await Promise.all(writers);
      client.destroy();
      gateway = await startGateway({ home });
      if (loop % 4 === 3 || loop === loops - 1) kept = await check(s3(gateway, gateway.admin), sent);
    }
    expect(kept).toBeGreaterThan(0);
    expect(await gateway.stop()).toBe(0);
    rmSync(home, { recursive: true, force: true });
  },
);
