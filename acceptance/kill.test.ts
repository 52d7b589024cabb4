import {
  CompleteMultipartUploadCommand,
  CreateBucketCommand,
  CreateMultipartUploadCommand,
  DeleteObjectCommand,
  GetObjectCommand,
  type GetObjectCommandOutput,
  ListObjectsV2Command,
  ListObjectVersionsCommand,
  type ListObjectVersionsCommandOutput,
  ListPartsCommand,
  PutBucketVersioningCommand,
  PutObjectCommand,
  type S3Client,
  UploadPartCommand,
} from "@aws-sdk/client-s3";
import { createHash, randomBytes } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { expect, onTestFailed, test } from "vitest";
import { seededRandom, testSeed } from "../packages/gateway/test/seeded-random.mjs";
import { outcome, s3 } from "./clients.ts";
import { type RunningGateway, startGateway } from "./gateway.ts";

const loops = Number(process.env["KILL_LOOPS"] ?? 3);
const bucket = "survivor";
const versioned = "versioned-survivor";

/** An object as it is sent, and the sum over all of it: bytes and metadata. */
interface Content {
  readonly body: Uint8Array;
  readonly metadata: { readonly ContentType: string; readonly Metadata: Record<string, string> };
  readonly sum: string;
}

function sumOf(
  body: Uint8Array,
  contentType: string | undefined,
  metadata: Record<string, string> | undefined,
): string {
  const bytes = createHash("sha256").update(body).digest("hex");
  return JSON.stringify([bytes, contentType, Object.entries(metadata ?? {}).sort(([a], [b]) => (a < b ? -1 : 1))]);
}

/** A whole number from 0 up to, but without, the limit. */
type Random = (limit: number) => number;

function randomContent(random: Random, most: number): Content {
  const body = randomBytes(random(most));
  const ContentType = `application/x-${random(1_000_000)}`;
  const names = ["round", "colour", "origin"].slice(random(4));
  const Metadata = Object.fromEntries(names.map((name) => [name, randomBytes(1 + random(40)).toString("hex")]));
  return { body, metadata: { ContentType, Metadata }, sum: sumOf(body, ContentType, Metadata) };
}

async function receivedSum({ Body, ContentType, Metadata }: GetObjectCommandOutput): Promise<string> {
  return sumOf((await Body?.transformToByteArray()) ?? new Uint8Array(), ContentType, Metadata);
}

/** What was sent under each key, in order, and how much of it was acknowledged. */
interface Sent {
  readonly sums: string[];
  acknowledged: number;
}

/** An upload that nobody completed: what was sent as its part, in order, and how much of it was acknowledged. */
interface OpenUpload {
  readonly key: string;
  readonly uploadId: string | undefined;
  readonly metadata: Content["metadata"];
  readonly bodies: Buffer[];
  acknowledged: number;
}

/** By `key version`: acknowledged versions with their sums, and acknowledged deletions of versions. */
interface Versions {
  readonly kept: Map<string, string>;
  readonly deleted: Set<string>;
}

interface Reported {
  readonly sent: Map<string, Sent>;
  readonly uploads: OpenUpload[];
  readonly versions: Versions;
}

/** How many objects, open uploads and deletions of versions were acknowledged. */
function acknowledged({ sent, uploads, versions }: Reported): readonly number[] {
  const count = (records: Iterable<{ readonly acknowledged: number }>): number =>
    [...records].filter((record) => record.acknowledged > 0).length;
  return [count(sent.values()), count(uploads), versions.deleted.size];
}

async function writeUntilKilled(client: S3Client, sent: Map<string, Sent>, writer: number): Promise<void> {
  const random = seededRandom("writer", writer);
  for (let round = 0; ; round += 1) {
    // Overwrites of few keys meet fresh keys, small (inline) bodies meet blob files, single puts meet multipart.
    const key = random(3) === 0 ? `shared-${writer}` : `writer-${writer}/${Date.now()}-${round}`;
    const content = randomContent(random, random(2) === 0 ? 4096 : 300_000);
    const record = sent.get(key) ?? { sums: [], acknowledged: 0 };
    sent.set(key, record);
    try {
      record.sums.push(content.sum);
      if (random(6) === 0) await putInParts(client, key, content);
      else
        await client.send(new PutObjectCommand({ Bucket: bucket, Key: key, Body: content.body, ...content.metadata }));
      record.acknowledged = record.sums.length;
    } catch {
      return;
    }
  }
}

async function putInParts(client: S3Client, key: string, { body, metadata }: Content): Promise<void> {
  const named = { Bucket: bucket, Key: key };
  const { UploadId } = await client.send(new CreateMultipartUploadCommand({ ...named, ...metadata }));
  const part = await client.send(new UploadPartCommand({ ...named, UploadId, PartNumber: 1, Body: body }));
  await complete(client, key, UploadId, part.ETag);
}

async function complete(client: S3Client, key: string, uploadId?: string, etag?: string): Promise<void> {
  await client.send(
    new CompleteMultipartUploadCommand({
      Bucket: bucket,
      Key: key,
      UploadId: uploadId,
      MultipartUpload: { Parts: [{ PartNumber: 1, ETag: etag }] },
    }),
  );
}

/** Uploads that stay open over the kills, their part sent once or again. */
async function uploadUntilKilled(client: S3Client, uploads: OpenUpload[], writer: number): Promise<void> {
  const random = seededRandom("uploader", writer);
  for (let round = 0; ; round += 1) {
    const key = `parts-${writer}/${round}`;
    const { metadata } = randomContent(random, 1);
    try {
      const { UploadId } = await client.send(
        new CreateMultipartUploadCommand({ Bucket: bucket, Key: key, ...metadata }),
      );
      const upload: OpenUpload = { key, uploadId: UploadId, metadata, bodies: [], acknowledged: 0 };
      uploads.push(upload);
      for (let time = random(3); time >= 0; time -= 1) {
        const body = randomBytes(random(random(2) === 0 ? 4096 : 300_000));
        upload.bodies.push(body);
        await client.send(new UploadPartCommand({ Bucket: bucket, Key: key, UploadId, PartNumber: 1, Body: body }));
        upload.acknowledged = upload.bodies.length;
      }
      await sleep(20); // a few of them show as much as many
    } catch {
      return;
    }
  }
}

/** New versions of few keys, and permanent deletions of old and new ones. */
async function versionUntilKilled(client: S3Client, { kept, deleted }: Versions, writer: number): Promise<void> {
  const random = seededRandom("versioner", writer);
  const own: string[] = [];
  for (;;) {
    const key = `key-${writer % 2}-${random(3)}`;
    const { body, metadata, sum } = randomContent(random, 2000);
    try {
      const put = await client.send(new PutObjectCommand({ Bucket: versioned, Key: key, Body: body, ...metadata }));
      const name = `${key} ${put.VersionId ?? ""}`;
      kept.set(name, sum);
      own.push(name);
      if (own.length === 1 || random(4) === 0) continue; // one is kept, however early the kill comes
      const [gone = ""] = own.splice(random(own.length), 1);
      kept.delete(gone); // may be gone from here on
      const [Key, VersionId] = gone.split(" ");
      await client.send(new DeleteObjectCommand({ Bucket: versioned, Key, VersionId }));
      deleted.add(gone);
      await sleep(10);
    } catch {
      return;
    }
  }
}

/** Every acknowledged upload is open, with the part that was acknowledged or a later one; completed, it is what was sent. */
async function completeUploads(client: S3Client, { uploads, sent }: Reported): Promise<number> {
  let completed = 0;
  for (const { key, uploadId, metadata, bodies, acknowledged } of uploads.splice(0)) {
    const { Parts: [part] = [] } = await client.send(
      new ListPartsCommand({ Bucket: bucket, Key: key, UploadId: uploadId }),
    );
    if (acknowledged === 0 && part === undefined) continue;
    const found = bodies.findLastIndex(
      (body) => part?.ETag === `"${createHash("md5").update(body).digest("hex")}"` && part.Size === body.length,
    );
    expect(found, `the part of ${key} was acknowledged`).toBeGreaterThanOrEqual(Math.max(acknowledged - 1, 0));
    await complete(client, key, uploadId, part?.ETag);
    const sum = sumOf(bodies[found] ?? new Uint8Array(), metadata.ContentType, metadata.Metadata);
    sent.set(key, { sums: [sum], acknowledged: 1 });
    completed += 1;
  }
  return completed;
}

/** Every acknowledged version is there and whole, and none whose deletion was acknowledged. */
async function checkVersions(client: S3Client, { kept, deleted }: Versions): Promise<void> {
  const found = new Set<string>();
  let at: { readonly KeyMarker?: string; readonly VersionIdMarker?: string } | undefined = {};
  while (at !== undefined) {
    const page: ListObjectVersionsCommandOutput = await client.send(
      new ListObjectVersionsCommand({ Bucket: versioned, ...at }),
    );
    for (const { Key = "", VersionId = "" } of page.Versions ?? []) found.add(`${Key} ${VersionId}`);
    const { NextKeyMarker: KeyMarker = "", NextVersionIdMarker: VersionIdMarker = "" } = page;
    at = page.IsTruncated === true ? { KeyMarker, VersionIdMarker } : undefined;
  }
  const read = (name: string): Promise<GetObjectCommandOutput> => {
    const [Key, VersionId] = name.split(" ");
    return client.send(new GetObjectCommand({ Bucket: versioned, Key, VersionId }));
  };
  for (const [name, sum] of kept) {
    expect(found, `${name} was acknowledged`).toContain(name);
    expect(await receivedSum(await read(name)), name).toBe(sum);
  }
  for (const name of deleted) expect(found, `the deletion of ${name} was acknowledged`).not.toContain(name);
  for (const name of [...deleted].slice(-100)) expect(await outcome(read(name)), name).toBe("NoSuchVersion");
}

/** Every listed object is whole and one that was sent; every acknowledged one is there, or a later one sent under its key. */
async function check(client: S3Client, sent: ReadonlyMap<string, Sent>): Promise<number> {
  const seen = new Map<string, string>();
  let token: string | undefined;
  do {
    const page = await client.send(new ListObjectsV2Command({ Bucket: bucket, ContinuationToken: token }));
    for (const { Key = "", Size } of page.Contents ?? []) {
      const reply = await client.send(new GetObjectCommand({ Bucket: bucket, Key }));
      expect(reply.ContentLength).toBe(Size);
      seen.set(Key, await receivedSum(reply));
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
  "kill -9 during writes loses nothing that was acknowledged, undoes no deletion and shows nothing half-written",
  { timeout: 120_000 + loops * 30_000 },
  async () => {
    onTestFailed(() => console.error(`the same choices and delays once more: TEST_SEED=${testSeed}`));
    const home = mkdtempSync(join(tmpdir(), "s3-credentials-kill-"));
    let gateway: RunningGateway | undefined;
    try {
      gateway = await startGateway({ home });
      const first = s3(gateway, gateway.admin);
      for (const Bucket of [bucket, versioned]) await first.send(new CreateBucketCommand({ Bucket }));
      await first.send(
        new PutBucketVersioningCommand({ Bucket: versioned, VersioningConfiguration: { Status: "Enabled" } }),
      );
      const reported: Reported = { sent: new Map(), uploads: [], versions: { kept: new Map(), deleted: new Set() } };
      let kept = 0;
      let completed = 0;
      for (let loop = 0; loop < loops; loop += 1) {
        const client = s3(gateway, gateway.admin);
        const writers = Array.from({ length: 6 }, (_, writer) =>
          writeUntilKilled(client, reported.sent, loop * 6 + writer),
        );
        writers.push(
          uploadUntilKilled(client, reported.uploads, loop),
          versionUntilKilled(client, reported.versions, loop),
        );
        // However slow the machine is, each loop has written something of each kind before the kill.
        const before = acknowledged(reported);
        while (acknowledged(reported).some((count, kind) => count <= (before[kind] ?? 0))) await sleep(5);
        await sleep(seededRandom("kill", loop)(500));
        await gateway.stop("SIGKILL");
        await Promise.all(writers);
        client.destroy();
        gateway = await startGateway({ home });
        if (loop % 4 !== 3 && loop !== loops - 1) continue;
        const reader = s3(gateway, gateway.admin);
        completed += await completeUploads(reader, reported);
        await checkVersions(reader, reported.versions);
        kept = await check(reader, reported.sent);
      }
      expect(
        [kept, completed, reported.versions.kept.size, reported.versions.deleted.size].map((count) => count > 0),
      ).toEqual(Array(4).fill(true));
      expect(await gateway.stop()).toBe(0);
    } finally {
      await gateway?.stop("SIGKILL");
      rmSync(home, { recursive: true, force: true });
    }
  },
);
