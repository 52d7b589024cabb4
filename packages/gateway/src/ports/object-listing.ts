import type { StorageClass, StoredChecksum } from "./object-version.ts";

/** What listing needs of an object; reading it touches no side table. */
export interface ListedObject {
  readonly key: string;
  readonly size: number;
  readonly etag: string;
  readonly lastModified: number;
  readonly owner: string;
  readonly checksum: Pick<StoredChecksum, "algorithm" | "type"> | undefined;
  readonly storageClass: StorageClass;
}

/** The last entry of the page before: an item, or a common prefix. */
export interface ListedBefore {
  readonly key: string;
  /** Version or upload id of that item. Without it the next page begins after all versions or uploads of the key. */
  readonly id?: string;
}

/** A page of a listing, as the listings of S3 ask for it. */
export interface ListQuery {
  readonly prefix: string;
  /** Empty: none. */
  readonly delimiter: string;
  /** Undefined: from the beginning. A key that has a common prefix in this listing stands for all keys under that. */
  readonly after: ListedBefore | undefined;
  /** Items and common prefixes together. */
  readonly limit: number;
  /** A data plane that does the work in this process calls it before each slice, and waits. */
  readonly turn: () => Promise<void>;
}

export type Entry<Item> =
  | { readonly kind: "item"; readonly item: Item }
  | { readonly kind: "prefix"; readonly prefix: string };

export interface Listing<Item> {
  readonly entries: readonly Entry<Item>[];
  readonly truncated: boolean;
}
