import { createHash, randomUUID } from "node:crypto";
import { setImmediate as nextTurn } from "node:timers/promises";
import { listingPages } from "../domain/listing/listing-pages.ts";
import { isRefusal, type Refusal } from "../operations/operation.ts";
import type { BucketRecord } from "../ports/bucket-registry.ts";
import type { DataPlane } from "../ports/data-plane.ts";
import type { Grant } from "../ports/grant.ts";
import type { InventoryConfiguration } from "../ports/inventory.ts";
import { objectOwner } from "../ports/object-owner.ts";
import type { ObjectMetadata } from "../ports/object-version.ts";
import type { Deliverer, NewDelivery } from "./deliver.ts";
import { GzipText, inventoryRow, inventorySchema, needsMetadata } from "./inventory-csv.ts";

export interface ReportParts {
  readonly deliverer: Pick<Deliverer, "deliver" | "refusalOf">;
  readonly plane: Pick<DataPlane, "find" | "listObjects" | "listVersions">;
  /** The canonical user id of an account. */
  readonly canonicalId: (accountId: string) => Promise<string>;
  readonly grant: Grant;
  /** Called for each page: false ends the report. */
  readonly goesOn: () => Promise<boolean>;
}

/** A file of the report, as its manifest has it. */
interface ReportFile {
  readonly key: string;
  readonly size: number;
  readonly MD5checksum: string;
}

const inventoryService = "s3.amazonaws.com";

/** Rows made in one turn, and look-ups under way together. */
const rowsPerTurn = 50;
const lookUpsAtOnce = 16;
/** Of a data file, compressed: each is in memory once. */
const maxFileBytes = 8 * 1024 * 1024;

type Listed = Parameters<typeof inventoryRow>[2]["listed"];

const md5 = (bytes: Uint8Array): string => createHash("md5").update(bytes).digest("hex");

/** `2016-11-06T21-32Z`. */
const minuteOf = (time: number): string => `${new Date(time).toISOString().slice(0, 16).replaceAll(":", "-")}Z`;

/**
 * One report: the data files, and when all are there, the manifests. A report that was cut off leaves data files that no manifest has.
 * https://docs.aws.amazon.com/AmazonS3/latest/userguide/storage-inventory-location.html
 */
export class InventoryReport {
  readonly #parts: ReportParts;
  readonly #bucket: BucketRecord;
  readonly #configuration: InventoryConfiguration;
  readonly #begun: number;
  readonly #files: ReportFile[] = [];
  readonly #ownerIds = new Map<string, string>();

  /** `begun`: ms; it names the report. */
  constructor(parts: ReportParts, bucket: BucketRecord, configuration: InventoryConfiguration, begun: number) {
    this.#parts = parts;
    this.#bucket = bucket;
    this.#configuration = configuration;
    this.#begun = begun;
  }

  /** `cut-off`: `goesOn` ended it. */
  async make(): Promise<"made" | "cut-off" | Refusal> {
    // A walk over a large bucket is not begun for a report that nobody takes.
    const refused = await this.#parts.deliverer.refusalOf(this.#delivery(this.#manifestKey("manifest.json"), "{}"));
    if (refused !== undefined) return refused;
    let file = new GzipText();
    let rows = 0;
    for await (const page of this.#pages()) {
      if (!(await this.#parts.goesOn())) return "cut-off";
      await file.write(await this.#textOf(page));
      rows += page.length;
      if (file.size < maxFileBytes) continue;
      const unwritten = await this.#deliverData(file);
      if (unwritten !== undefined) return unwritten;
      file = new GzipText();
      rows = 0;
    }
    return (rows === 0 ? undefined : await this.#deliverData(file)) ?? (await this.#deliverManifests()) ?? "made";
  }

  #pages(): AsyncIterable<readonly Listed[]> {
    const { plane, grant } = this.#parts;
    const { place } = this.#bucket;
    const { prefix = "", versions } = this.#configuration;
    return versions === "All"
      ? listingPages(
          prefix,
          (query) => plane.listVersions(grant, place, query),
          ({ versionId }) => versionId,
        )
      : listingPages(
          prefix,
          (query) => plane.listObjects(grant, place, query),
          () => undefined,
        );
  }

  async #textOf(page: readonly Listed[]): Promise<string> {
    const looksUp = needsMetadata(this.#configuration);
    let text = "";
    for (let at = 0; at < page.length; at += rowsPerTurn) {
      await nextTurn();
      const slice = page.slice(at, at + rowsPerTurn);
      const found = looksUp ? await this.#metadataOf(slice) : [];
      for (const [index, listed] of slice.entries()) {
        const item = { listed, metadata: found[index], ownerId: await this.#ownerIdOf(listed) };
        text += inventoryRow(this.#configuration, this.#bucket.name, item);
      }
    }
    return text;
  }

  async #metadataOf(page: readonly Listed[]): Promise<readonly (ObjectMetadata | undefined)[]> {
    const { plane, grant } = this.#parts;
    const all: (ObjectMetadata | undefined)[] = [];
    for (let at = 0; at < page.length; at += lookUpsAtOnce) {
      const found = page.slice(at, at + lookUpsAtOnce).map(async (listed) => {
        if (listed.kind === "delete-marker") return undefined;
        const versionId = "versionId" in listed ? listed.versionId : undefined;
        const version = await plane.find(grant, this.#bucket.place, listed.key, versionId);
        return version?.kind === "object" ? version.metadata : undefined;
      });
      all.push(...(await Promise.all(found)));
    }
    return all;
  }

  async #ownerIdOf(listed: Listed): Promise<string> {
    if (!this.#configuration.fields.includes("ObjectOwner")) return "";
    const owner = objectOwner(this.#bucket, listed);
    const ownerId = this.#ownerIds.get(owner) ?? (await this.#parts.canonicalId(owner));
    this.#ownerIds.set(owner, ownerId);
    return ownerId;
  }

  async #deliverData(file: GzipText): Promise<Refusal | undefined> {
    const body = await file.end();
    const key = `${this.#folder()}/data/${randomUUID()}.csv.gz`;
    this.#files.push({ key, size: body.length, MD5checksum: md5(body) });
    return this.#deliver(key, body, "application/gzip");
  }

  async #deliverManifests(): Promise<Refusal | undefined> {
    const { bucket } = this.#configuration.destination;
    const manifest = Buffer.from(
      JSON.stringify({
        sourceBucket: this.#bucket.name,
        destinationBucket: `arn:aws:s3:::${bucket}`,
        version: "2016-11-30",
        creationTimestamp: String(this.#begun),
        fileFormat: "CSV",
        fileSchema: inventorySchema(this.#configuration),
        files: this.#files,
      }),
    );
    const links = this.#files.map(({ key }) => `s3://${bucket}/${key}\n`).join("");
    const day = minuteOf(this.#begun).replace("T", "-").replace("Z", "");
    // The checksum comes last: whoever waits for it finds all the others.
    return (
      (await this.#deliver(`${this.#folder()}/hive/dt=${day}/symlink.txt`, links, "text/plain")) ??
      (await this.#deliver(this.#manifestKey("manifest.json"), manifest, "application/json")) ??
      (await this.#deliver(this.#manifestKey("manifest.checksum"), md5(manifest), "text/plain"))
    );
  }

  #folder(): string {
    const { id, destination } = this.#configuration;
    const { prefix = "" } = destination;
    const start = prefix === "" || prefix.endsWith("/") ? prefix : `${prefix}/`;
    return `${start}${this.#bucket.name}/${id}`;
  }

  #manifestKey(name: string): string {
    return `${this.#folder()}/${minuteOf(this.#begun)}/${name}`;
  }

  async #deliver(key: string, body: Buffer | string, type: string): Promise<Refusal | undefined> {
    const outcome = await this.#parts.deliverer.deliver(this.#delivery(key, body, type));
    return isRefusal(outcome) ? outcome : undefined;
  }

  #delivery(key: string, body: Buffer | string, type = "application/json"): NewDelivery {
    const { bucket, accountId, encryption } = this.#configuration.destination;
    const headers = new Map([
      ["content-type", type],
      ["x-amz-acl", "bucket-owner-full-control"],
    ]);
    if (encryption !== undefined)
      headers.set("x-amz-server-side-encryption", encryption.kind === "SSE-S3" ? "AES256" : "aws:kms");
    if (encryption?.kind === "SSE-KMS") headers.set("x-amz-server-side-encryption-aws-kms-key-id", encryption.keyId);
    return {
      service: inventoryService,
      source: this.#bucket,
      target: bucket,
      owner: accountId,
      key,
      body: Buffer.from(body),
      headers,
    };
  }
}
