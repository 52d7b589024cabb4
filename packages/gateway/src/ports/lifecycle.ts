import type { BucketRecord } from "./bucket-registry.ts";
import type { StorageClass } from "./object-version.ts";
import type { Tag } from "./tag.ts";

/** Which objects a rule is about: all that is named has to hold. */
export interface LifecycleFilter {
  /** Undefined: none was named. */
  readonly prefix?: string;
  readonly tags: readonly Tag[];
  /** Bytes. */
  readonly largerThan?: number;
  readonly smallerThan?: number;
}

export type LifecycleExpiration =
  | { readonly days: number }
  /** ms since the epoch, a midnight of UTC. */
  | { readonly date: number }
  /** Whether delete markers go that have no version under them. */
  | { readonly expiredMarkers: boolean };

/** Storage classes that a rule can give, in the order in which an object may get them. */
export const transitionClasses = [
  "STANDARD_IA",
  "INTELLIGENT_TIERING",
  "ONEZONE_IA",
  "GLACIER_IR",
] as const satisfies readonly StorageClass[];

export type TransitionClass = (typeof transitionClasses)[number];

export interface LifecycleTransition {
  readonly storageClass: TransitionClass;
  /** After so many days, or at a date: ms since the epoch, a midnight of UTC. */
  readonly at: { readonly days: number } | { readonly date: number };
}

/** `newer`: see `LifecycleRule.noncurrent`. */
export interface NoncurrentTransition {
  readonly storageClass: TransitionClass;
  readonly days: number;
  readonly newer: number;
}

/** https://docs.aws.amazon.com/AmazonS3/latest/API/API_LifecycleRule.html */
export interface LifecycleRule {
  readonly id: string;
  readonly isEnabled: boolean;
  /** Its prefix was beside the filter, where it was before there were filters. It is shown as it was sent. */
  readonly hasOldForm: boolean;
  readonly filter: LifecycleFilter;
  readonly expiration?: LifecycleExpiration;
  /** `newer`: how many newer noncurrent versions are kept whatever their age. */
  readonly noncurrent?: { readonly days: number; readonly newer: number };
  readonly abortDays?: number;
  readonly transitions?: readonly LifecycleTransition[];
  readonly noncurrentTransitions?: readonly NoncurrentTransition[];
}

export const minimumSizes = ["all_storage_classes_128K", "varies_by_storage_class"] as const;

export interface LifecycleConfiguration {
  readonly rules: readonly LifecycleRule[];
  /** Which objects are too small for a transition. Kept and shown: they differ for archives alone, which are not here. */
  readonly minimumSize: (typeof minimumSizes)[number];
}

/** For the job that carries lifecycles out. */
export interface LifecycleBuckets {
  /** It is another text after each change of any bucket. */
  revision(): Promise<string>;
  /** Ids of active buckets that have a lifecycle: the first ones after `after`, in their order. */
  withLifecycle(after: string, limit: number): Promise<readonly string[]>;
  /** A bucket by its id. */
  read(id: string): Promise<BucketRecord | undefined>;
  /** A bucket as it is now; undefined: there is none of this name. */
  find(name: string): Promise<BucketRecord | undefined>;
}
