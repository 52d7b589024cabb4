import {
  CreateBucketCommand,
  DeleteObjectCommand,
  GetObjectCommand,
  type GetObjectCommandOutput,
  ListObjectVersionsCommand,
  type ListObjectVersionsCommandOutput,
  PutBucketVersioningCommand,
  PutObjectCommand,
  type S3Client,
} from "@aws-sdk/client-s3";
import { setTimeout as sleep } from "node:timers/promises";
import { expect } from "vitest";
import { seededRandom } from "../../packages/gateway/test/seeded-random.mjs";
import { outcome, s3 } from "../clients.ts";
import type { RunningGateway } from "../gateway.ts";
import { randomContent, receivedSum } from "./content.ts";
import type { Checked, CopiedWriter } from "./writer.ts";

const Bucket = "versioned-survivor";

/** New versions of few keys, and permanent deletions of old and new ones. */
export class VersionWriter implements CopiedWriter {
  /** By `key version`: acknowledged versions with their sums, and acknowledged deletions of versions. */
  readonly #kept: Map<string, string>;
  readonly #deleted: Set<string>;

  constructor(kept: Map<string, string> = new Map(), deleted: Set<string> = new Set()) {
    this.#kept = kept;
    this.#deleted = deleted;
  }

  async prepare(gateway: RunningGateway): Promise<void> {
    const client = s3(gateway, gateway.admin);
    await client.send(new CreateBucketCommand({ Bucket }));
    await client.send(new PutBucketVersioningCommand({ Bucket, VersioningConfiguration: { Status: "Enabled" } }));
  }

  async work(gateway: RunningGateway, number: number, isOver: () => boolean): Promise<void> {
    const client = s3(gateway, gateway.admin);
    const random = seededRandom("versioner", number);
    const own: string[] = [];
    while (!isOver()) {
      const key = `key-${number % 2}-${random(3)}`;
      const { body, metadata, sum } = randomContent(random, 2000);
      try {
        const put = await client.send(new PutObjectCommand({ Bucket, Key: key, Body: body, ...metadata }));
        const name = `${key} ${put.VersionId ?? ""}`;
        this.#kept.set(name, sum);
        own.push(name);
        if (own.length === 1 || random(4) === 0) continue; // one is kept, however early the end comes
        const [gone = ""] = own.splice(random(own.length), 1);
        this.#kept.delete(gone); // may be gone from here on
        const [Key, VersionId] = gone.split(" ");
        await client.send(new DeleteObjectCommand({ Bucket, Key, VersionId }));
        this.#deleted.add(gone);
        await sleep(10);
      } catch {
        break;
      }
    }
    client.destroy();
  }

  acknowledged(): number {
    return this.#deleted.size;
  }

  copyBegun(): () => Checked {
    const [kept, deleted] = [new Map(this.#kept), new Set(this.#deleted)];
    return () => new VersionWriter(new Map([...kept].filter(([name]) => this.#kept.has(name))), deleted);
  }

  /** Every acknowledged version is there and whole, and none whose deletion was acknowledged. */
  async check(gateway: RunningGateway): Promise<void> {
    const client = s3(gateway, gateway.admin);
    const found = await namesOf(client);
    const read = (name: string): Promise<GetObjectCommandOutput> => {
      const [Key, VersionId] = name.split(" ");
      return client.send(new GetObjectCommand({ Bucket, Key, VersionId }));
    };
    for (const [name, sum] of this.#kept) {
      expect(found, `${name} was acknowledged`).toContain(name);
      expect(await receivedSum(await read(name)), name).toBe(sum);
    }
    for (const name of this.#deleted) expect(found, `the deletion of ${name} was acknowledged`).not.toContain(name);
    for (const name of [...this.#deleted].slice(-100)) expect(await outcome(read(name)), name).toBe("NoSuchVersion");
    expect(this.#deleted.size).toBeGreaterThan(0);
    client.destroy();
  }
}

async function namesOf(client: S3Client): Promise<ReadonlySet<string>> {
  const found = new Set<string>();
  let at: { readonly KeyMarker?: string; readonly VersionIdMarker?: string } | undefined = {};
  while (at !== undefined) {
    const page: ListObjectVersionsCommandOutput = await client.send(new ListObjectVersionsCommand({ Bucket, ...at }));
    for (const { Key = "", VersionId = "" } of page.Versions ?? []) found.add(`${Key} ${VersionId}`);
    const { NextKeyMarker: KeyMarker = "", NextVersionIdMarker: VersionIdMarker = "" } = page;
    at = page.IsTruncated === true ? { KeyMarker, VersionIdMarker } : undefined;
  }
  return found;
}
