import type { BucketRecord, Versioning } from "./bucket-registry.ts";
import type { Grant } from "./grant.ts";

/** Where the objects of buckets are: on the local plane, or on one of the engines behind the gateway, the upstreams. */
export interface BucketHomes {
  /** Buckets can be moved from one place to another. */
  readonly movesBuckets: boolean;
  /** By the operator's rules. `refused`: why the engine can have no bucket of this name, for the client. */
  choose(
    bucket: Pick<BucketRecord, "id" | "name" | "owner">,
  ): { readonly place: string } | { readonly refused: string };
  /** The place of a bucket that an upstream has; undefined: no upstream has this name. `upstream` undefined: the only one. */
  placeOn(upstream: string | undefined, bucket: string): string | undefined;
  /** For a bucket that moves to an upstream, by its rules for names; undefined: no upstream has this name. */
  newPlaceOn(
    upstream: string,
    bucket: Pick<BucketRecord, "name" | "owner">,
  ): ReturnType<BucketHomes["choose"]> | undefined;
  /** Whether something is at a place, whoever made it. */
  isTaken(place: string): Promise<boolean>;
  /** The versioning of the bucket that an upstream has there; undefined: it has none. */
  versioningAt(grant: Grant, place: string): Promise<Versioning | undefined>;
  /** Whether objects there have tags, which policies may ask for. */
  keepsTags(place: string): Promise<boolean>;
}

/** Of a place on an upstream; undefined: the place is on the local plane. */
export function upstreamPlace(place: string): { readonly upstream: string; readonly bucket: string } | undefined {
  const mark = place.indexOf("/");
  return mark === -1 ? undefined : { upstream: place.slice(0, mark), bucket: place.slice(mark + 1) };
}
