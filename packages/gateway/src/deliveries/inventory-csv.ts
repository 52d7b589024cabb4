import { urlEncodeKey } from "@s3-credentials/protocol";
import { once } from "node:events";
import { createGzip } from "node:zlib";
import type { InventoryConfiguration, InventoryField } from "../ports/inventory.ts";
import { inventoryFields } from "../ports/inventory.ts";
import type { ListedObject } from "../ports/object-listing.ts";
import type { ObjectMetadata, Version } from "../ports/object-version.ts";

/** What a row is made of. */
export interface InventoryItem {
  /** As it is listed: current objects, or all versions. */
  readonly listed: (ListedObject & { readonly kind?: undefined }) | Version;
  /** As it is found, where a field needs it. */
  readonly metadata: ObjectMetadata | undefined;
  /** Canonical user id; empty where no field needs it. */
  readonly ownerId: string;
}

/** Fields that are not in listings. */
const ofMetadata: ReadonlySet<InventoryField> = new Set<InventoryField>([
  "EncryptionStatus",
  "ObjectLockRetainUntilDate",
  "ObjectLockMode",
  "ObjectLockLegalHoldStatus",
  "BucketKeyStatus",
]);

export function needsMetadata({ fields }: Pick<InventoryConfiguration, "fields">): boolean {
  return fields.some((field) => ofMetadata.has(field));
}

type Value = string | number | boolean | undefined;

/** The value of each field; nothing of a delete marker but its time and its owner. */
const readers: Readonly<Record<InventoryField, (item: InventoryItem) => Value>> = {
  Size: ({ listed }) => ("size" in listed ? listed.size : undefined),
  LastModifiedDate: ({ listed }) => new Date(listed.lastModified).toISOString(),
  ETag: ({ listed }) => ("etag" in listed ? listed.etag : undefined),
  StorageClass: ({ listed }) =>
    "storageClass" in listed ? listed.storageClass : "metadata" in listed ? listed.metadata.storageClass : undefined,
  IsMultipartUploaded: ({ listed }) => ("etag" in listed ? listed.etag.includes("-") : undefined),
  ReplicationStatus: () => undefined,
  EncryptionStatus: ({ metadata }) => metadata && (metadata.encryption?.kind ?? "NOT-SSE"),
  ObjectLockRetainUntilDate: ({ metadata }) => {
    const retention = metadata?.lock?.retention;
    return retention && new Date(retention.until).toISOString();
  },
  ObjectLockMode: ({ metadata }) => metadata?.lock?.retention?.mode,
  ObjectLockLegalHoldStatus: ({ metadata }) => {
    const legalHold = metadata?.lock?.legalHold;
    return legalHold === undefined ? undefined : legalHold ? "On" : "Off";
  },
  BucketKeyStatus: ({ metadata }) =>
    metadata?.encryption?.kind === "SSE-KMS" ? (metadata.encryption.bucketKey ? "ENABLED" : "DISABLED") : undefined,
  ChecksumAlgorithm: ({ listed }) => ("checksum" in listed ? listed.checksum?.algorithm : undefined),
  ObjectOwner: ({ ownerId }) => ownerId,
};

function columnsOf({ fields }: Pick<InventoryConfiguration, "fields">): readonly InventoryField[] {
  return inventoryFields.filter((field) => fields.includes(field));
}

/** The names of the columns, as the manifest has them. */
export function inventorySchema(configuration: Pick<InventoryConfiguration, "fields" | "versions">): string {
  const ofVersions = configuration.versions === "All" ? ["VersionId", "IsLatest", "IsDeleteMarker"] : [];
  return ["Bucket", "Key", ...ofVersions, ...columnsOf(configuration)].join(", ");
}

/** Every value in quotes, in which no value has one: keys are URL-encoded. */
export function inventoryRow(
  configuration: Pick<InventoryConfiguration, "fields" | "versions">,
  bucket: string,
  item: InventoryItem,
): string {
  const { listed } = item;
  const values: Value[] = [bucket, urlEncodeKey(listed.key)];
  if (configuration.versions === "All" && listed.kind !== undefined)
    values.push(listed.versionId, listed.isLatest, listed.kind === "delete-marker");
  for (const field of columnsOf(configuration)) values.push(readers[field](item));
  return `${values.map((value) => `"${value ?? ""}"`).join(",")}\n`;
}

/** Text that becomes one gzip file in memory. */
export class GzipText {
  readonly #gzip = createGzip();
  readonly #chunks: Buffer[] = [];
  #size = 0;

  constructor() {
    this.#gzip.on("data", (chunk: Buffer) => {
      this.#chunks.push(chunk);
      this.#size += chunk.length;
    });
  }

  /** Bytes so far. */
  get size(): number {
    return this.#size;
  }

  async write(text: string): Promise<void> {
    if (!this.#gzip.write(text)) await once(this.#gzip, "drain");
  }

  async end(): Promise<Buffer> {
    this.#gzip.end();
    await once(this.#gzip, "end");
    return Buffer.concat(this.#chunks);
  }
}
