import type { Grant } from "./grant.ts";

/** What a bucket or an account holds. */
export interface StorageUsage {
  /**
   * Sizes as clients see them, of every version and of the parts of uploads in progress. A copy counts in full, although it may share the
   * bytes on the disk.
   */
  readonly bytes: number;
  /** Versions that are objects. Delete markers and uploads in progress are none. */
  readonly objects: number;
}

/** The most that a bucket or an account may hold. Undefined: no such limit. */
export interface StorageLimits {
  readonly maxBytes: number | undefined;
  readonly maxObjects: number | undefined;
}

export interface StorageQuota {
  readonly usage: StorageUsage;
  readonly limits: StorageLimits;
}

/** Why a write is refused: `used` and `asked` together are more than `limit`. */
export interface QuotaExcess {
  /** Whose quota it is. An account has the buckets that it owns, whoever wrote into them. */
  readonly scope: "bucket" | "account";
  readonly unit: "bytes" | "objects";
  readonly limit: number;
  readonly used: number;
  readonly asked: number;
}

/**
 * Quotas of the buckets whose objects are in the data folder, named by their place. A limit holds for every write that is not committed yet;
 * what is stored already stays, also when it is more.
 */
export interface Quotas {
  /** Undefined: the bucket is gone. */
  bucketQuota(grant: Grant, place: string): Promise<StorageQuota | undefined>;
  /** False: the bucket is gone. */
  setBucketLimits(grant: Grant, place: string, limits: StorageLimits): Promise<boolean>;
  /** Of all buckets of the account together. */
  accountQuota(grant: Grant, accountId: string): Promise<StorageQuota>;
  setAccountLimits(grant: Grant, accountId: string, limits: StorageLimits): Promise<void>;
}
