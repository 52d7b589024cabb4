import type { Acl, ObjectOwnership } from "./acl.ts";
import type { BucketLogging } from "./bucket-logging.ts";
import type { Grant } from "./grant.ts";
import type { ObjectLockConfiguration } from "./object-lock.ts";
import type { Tag } from "./tag.ts";

export type Versioning = "off" | "enabled" | "suspended";

export interface PublicAccessBlock {
  readonly blockPublicAcls: boolean;
  readonly ignorePublicAcls: boolean;
  readonly blockPublicPolicy: boolean;
  readonly restrictPublicBuckets: boolean;
}

/** What new objects of a bucket get that do not say how they are to be encrypted. */
export interface BucketEncryption {
  readonly algorithm: "AES256" | "aws:kms";
  /** As it was set; undefined: the one of requests that name none. */
  readonly keyName: string | undefined;
  readonly bucketKey: boolean;
  /** Writes with a customer's key are refused. */
  readonly blocksCustomerKeys: boolean;
}

export interface BucketRecord {
  /** Immutable and never reused: a bucket made again under an old name inherits nothing. */
  readonly id: string;
  /**
   * Where its objects are, in the words of the data planes, which are given it and nothing else of the bucket: the id of the bucket on
   * the local plane, else `UPSTREAM/BUCKET`. Unique: two buckets never share their objects.
   */
  readonly place: string;
  readonly name: string;
  /** Owning account id. */
  readonly owner: string;
  readonly region: string;
  /** ms since the epoch. */
  readonly createdAt: number;
  readonly state: "creating" | "active" | "deleting";
  readonly versioning: Versioning;
  /** The stored bucket policy, principals bound to unique ids; undefined when there is none. */
  readonly policy: string | undefined;
  /** The bucket's own settings. Decisions ask `blocksPublicAccess`, which adds those of the account. */
  readonly publicAccessBlock: PublicAccessBlock | undefined;
  readonly accountPublicAccessBlock: PublicAccessBlock | undefined;
  /** The website configuration as canonical XML; undefined when there is none. */
  readonly website: string | undefined;
  /** The CORS rules as JSON; undefined when there are none. */
  readonly cors: string | undefined;
  readonly tags: readonly Tag[];
  /** Whether policies may ask for the tags. */
  readonly abac: boolean;
  /** Whoever is not of the account of the owner has to agree to pay for requests. */
  readonly requesterPays: boolean;
  /** Undefined: that of the gateway. */
  readonly encryption: BucketEncryption | undefined;
  readonly ownership: ObjectOwnership;
  /** INVARIANT: it counts only where `ownership` lets it. */
  readonly acl: Acl | undefined;
  /** Undefined: the bucket has no Object Lock. INVARIANT: one that has it keeps it, and its versioning stays enabled. */
  readonly objectLock: ObjectLockConfiguration | undefined;
  /** A `LifecycleConfiguration` as JSON: see `lifecycleOf`. Undefined: none. */
  readonly lifecycle: string | undefined;
  /** Its rules of notifications as JSON: see `notificationRulesOf`. Undefined: none. */
  readonly notification: string | undefined;
  /** Undefined: no access logs are delivered. */
  readonly logging: BucketLogging | undefined;
}

/** What a bucket begins with. */
export type NewBucket = Pick<BucketRecord, "id" | "place" | "name" | "owner" | "region" | "createdAt">;

/** What a listing shows of a bucket. */
export type ListedBucket = Pick<BucketRecord, "id" | "name" | "region" | "createdAt">;

export interface BucketPage {
  readonly buckets: readonly ListedBucket[];
  /** An opaque marker, `after` of the next page, which the store that gave it can read; undefined on the last page. */
  readonly next: string | undefined;
}

export interface BucketQuery {
  readonly prefix: string;
  readonly after: string | undefined;
  readonly limit: number;
  /** Before each slice of rows: waits until the listing may go on. */
  readonly turn: () => Promise<void>;
}

export interface UnsettledBucket extends Pick<BucketRecord, "id" | "place"> {
  readonly state: "creating" | "deleting";
}

/** For the start alone, before there are requests and grants. */
export interface UnsettledBuckets {
  /** Buckets that are `creating` or `deleting`. */
  unsettled(): Promise<readonly UnsettledBucket[]>;
  /** Buckets whose objects are in the data folder, and who owns them. */
  localOwners(): Promise<readonly Pick<BucketRecord, "place" | "owner">[]>;
  /** How many buckets have their place on each upstream. */
  upstreams(): Promise<ReadonlyMap<string, number>>;
  /** Does nothing when the bucket is no longer in `from`. */
  settle(bucketId: string, from: "creating" | "deleting", to: "active" | "removed"): Promise<void>;
}

/**
 * The registry of buckets of all accounts, for every data plane. The id of a bucket says its owner, because names and ids are unique
 * across all accounts, and the caller who may change a bucket can belong to another account. Rejects with `StoreError` only.
 */
export interface BucketRegistry {
  /** For the request pipeline, before there is a grant; only `active` and `deleting` buckets. */
  find(name: string): Promise<BucketRecord | undefined>;
  /** As `find`, and buckets that are `creating`. */
  findAny(name: string): Promise<BucketRecord | undefined>;
  /** Visible buckets of one account, in the order of their names. */
  list(grant: Grant, owner: string, query: BucketQuery): Promise<BucketPage>;
  /**
   * Names and places are unique across all accounts. `made`: the bucket is `creating`. `exists`: the record that has the name already, or
   * else the place.
   */
  create(grant: Grant, bucket: NewBucket): Promise<{ readonly made: BucketRecord } | { readonly exists: BucketRecord }>;
  /** False when the bucket was not in `from`. Rejects with `conflict` when the two states do not follow each other. */
  move(grant: Grant, bucketId: string, from: BucketRecord["state"], to: BucketRecord["state"]): Promise<boolean>;
  /**
   * Removes a `deleting` bucket with its documents; does nothing to one that is not `deleting`. Its place is nobody's then, and may hold
   * objects all the same: the registry does not ask the data plane.
   */
  remove(grant: Grant, bucketId: string): Promise<void>;
  /** Removes a bucket that is `creating`, whose place turned out to be another one's; does nothing to one that is not `creating`. */
  giveUp(grant: Grant, bucketId: string): Promise<void>;
  /** This and the following reject with `conflict` when the bucket is gone. */
  setPolicy(grant: Grant, bucketId: string, policy: string | undefined): Promise<void>;
  /** Rejects with `conflict` too when the bucket has Object Lock and versioning would be suspended. */
  setVersioning(grant: Grant, bucketId: string, versioning: "enabled" | "suspended"): Promise<void>;
  setPublicAccessBlock(grant: Grant, bucketId: string, block: PublicAccessBlock | undefined): Promise<void>;
  /** Of all buckets of the account, those that are made later too. */
  accountPublicAccessBlock(grant: Grant, accountId: string): Promise<PublicAccessBlock | undefined>;
  setAccountPublicAccessBlock(grant: Grant, accountId: string, block: PublicAccessBlock | undefined): Promise<void>;
  setWebsite(grant: Grant, bucketId: string, website: string | undefined): Promise<void>;
  setCors(grant: Grant, bucketId: string, cors: string | undefined): Promise<void>;
  setTags(grant: Grant, bucketId: string, tags: readonly Tag[]): Promise<void>;
  setOwnership(grant: Grant, bucketId: string, ownership: ObjectOwnership): Promise<void>;
  setAcl(grant: Grant, bucketId: string, acl: Acl | undefined): Promise<void>;
  setNotification(grant: Grant, bucketId: string, notification: string | undefined): Promise<void>;
  setAbac(grant: Grant, bucketId: string, enabled: boolean): Promise<void>;
  setRequesterPays(grant: Grant, bucketId: string, requesterPays: boolean): Promise<void>;
  setLogging(grant: Grant, bucketId: string, logging: BucketLogging | undefined): Promise<void>;
  setEncryption(grant: Grant, bucketId: string, encryption: BucketEncryption | undefined): Promise<void>;
  /** Rejects with `conflict` too while the bucket is moved to another place. */
  setLifecycle(grant: Grant, bucketId: string, lifecycle: string | undefined): Promise<void>;
  /** Rejects with `conflict` too when versioning is not enabled, or while the bucket is moved to another place. */
  setObjectLock(grant: Grant, bucketId: string, objectLock: ObjectLockConfiguration): Promise<void>;
}
