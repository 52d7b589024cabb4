import type { Grant } from "./grant.ts";

/**
 * What a report can have of an object beside its name, in the order of its columns.
 * https://docs.aws.amazon.com/AmazonS3/latest/userguide/storage-inventory.html#storage-inventory-contents
 */
export const inventoryFields = [
  "Size",
  "LastModifiedDate",
  "ETag",
  "StorageClass",
  "IsMultipartUploaded",
  "ReplicationStatus",
  "EncryptionStatus",
  "ObjectLockRetainUntilDate",
  "ObjectLockMode",
  "ObjectLockLegalHoldStatus",
  "BucketKeyStatus",
  "ChecksumAlgorithm",
  "ObjectOwner",
] as const;

export type InventoryField = (typeof inventoryFields)[number];

export const inventoryFrequencies = ["Daily", "Weekly"] as const;

/** Reports of what is in a bucket. https://docs.aws.amazon.com/AmazonS3/latest/API/API_InventoryConfiguration.html */
export interface InventoryConfiguration {
  readonly id: string;
  readonly isEnabled: boolean;
  readonly versions: "All" | "Current";
  readonly frequency: (typeof inventoryFrequencies)[number];
  /** Of the keys that are listed; absent: all are. */
  readonly prefix?: string;
  /** In the order in which they were named. */
  readonly fields: readonly InventoryField[];
  readonly destination: {
    /** The name of a bucket. */
    readonly bucket: string;
    /** Whose it has to be; absent: anybody's. */
    readonly accountId?: string;
    readonly prefix?: string;
    /** Absent: as the bucket does it. */
    readonly encryption?: { readonly kind: "SSE-S3" } | { readonly kind: "SSE-KMS"; readonly keyId: string };
  };
}

/** The inventories of buckets. Rejects with `StoreError` only. */
export interface InventoryStore {
  find(grant: Grant, bucketId: string, id: string): Promise<InventoryConfiguration | undefined>;
  /** By id, from the first after `after`. */
  list(grant: Grant, bucketId: string, after: string, limit: number): Promise<readonly InventoryConfiguration[]>;
  /** In place of one with the same id, which keeps its day. `too-many`: see `maxInventories`. Rejects with `conflict` when the bucket is gone. */
  put(grant: Grant, bucketId: string, configuration: InventoryConfiguration): Promise<"put" | "too-many">;
  /** False when there is none. */
  remove(grant: Grant, bucketId: string, id: string): Promise<boolean>;
}

/** Of one bucket. https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutBucketInventoryConfiguration.html */
export const maxInventories = 1000;

/** An inventory whose report is due. */
export interface DueInventory {
  /** Of the owner of the bucket. */
  readonly accountId: string;
  readonly bucketId: string;
  readonly id: string;
  /** Throws `StoreError("corrupt")` when it is unreadable: then the others are made all the same. */
  readonly read: () => InventoryConfiguration;
  /** Until when nobody else makes the report, ms; another number after each change of it. */
  readonly claimedUntil: number;
}

/** For the job that makes reports: by several gateways of one database, each report is made by one. */
export interface InventoryRuns {
  /**
   * Enabled ones of which there is no report of today, or of the week, and that nobody has claimed. Days of UTC; weeks begin on Sunday.
   * `limit`: of each account and frequency.
   */
  due(now: number, limit: number): Promise<readonly DueInventory[]>;
  /** Takes it, or goes on having it, until then. False: somebody else has it, or it was taken away or is not enabled any more. */
  claim(due: DueInventory, until: number): Promise<boolean>;
  /** Its report is made, and was begun at that time. */
  finish(due: DueInventory, begun: number): Promise<void>;
}
