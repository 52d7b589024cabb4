import { type BucketHomes, upstreamPlace } from "../ports/bucket-homes.ts";
import type { BucketRecord, Versioning } from "../ports/bucket-registry.ts";
import type { HomeRule, UpstreamSettings, UpstreamsSettings } from "./config.ts";

/** What is asked of an engine about its buckets, beside their objects. */
interface EngineBuckets {
  readonly keepsTags: boolean;
  bucketExists(bucket: string): Promise<boolean>;
  /** Undefined: there is no such bucket. */
  versioningOf(bucket: string): Promise<Versioning | undefined>;
}

/** `buckets`: rejects with the reason when the upstream cannot be used. `hasLocal`: buckets can be in the data folder, and leave it. */
export function createBucketHomes(
  { upstreams, buckets: rules }: UpstreamsSettings,
  buckets: (upstream: string) => Promise<EngineBuckets>,
  { hasLocal }: { readonly hasLocal: boolean } = { hasLocal: true },
): BucketHomes {
  return {
    movesBuckets: hasLocal,
    choose(bucket) {
      const home = rules.find((rule) => fits(rule, bucket))?.home ?? "local";
      const upstream = upstreams.find(({ name }) => name === home);
      if (upstream !== undefined) return placeOn(upstream, bucket);
      if (hasLocal) return { place: bucket.id };
      return { refused: "No S3 engine of this gateway is for buckets of this name, and it keeps no objects itself." };
    },
    placeOn(name, bucket) {
      const [only, ...others] = upstreams;
      const found = name === undefined && others.length === 0 ? only : upstreams.find((one) => one.name === name);
      return found && `${found.name}/${bucket}`;
    },
    newPlaceOn(name, bucket) {
      const found = upstreams.find((one) => one.name === name);
      return found && placeOn(found, bucket);
    },
    async isTaken(place) {
      const there = upstreamPlace(place);
      return there !== undefined && (await buckets(there.upstream)).bucketExists(there.bucket);
    },
    async versioningAt(_grant, place) {
      const there = upstreamPlace(place);
      return there && (await buckets(there.upstream)).versioningOf(there.bucket);
    },
    async keepsTags(place) {
      const there = upstreamPlace(place);
      return there === undefined || (await buckets(there.upstream)).keepsTags;
    },
  };
}

function fits({ name, account }: HomeRule, bucket: Pick<BucketRecord, "name" | "owner">): boolean {
  return (account === undefined || account === bucket.owner) && (name === undefined || matches(name, bucket.name));
}

function matches(pattern: string, name: string): boolean {
  const expression = pattern.replaceAll(".", "\\.").replaceAll("*", ".*").replaceAll("?", ".");
  return new RegExp(`^${expression}$`).test(name);
}

function placeOn(
  { name, prefix }: UpstreamSettings,
  bucket: Pick<BucketRecord, "name" | "owner">,
): ReturnType<BucketHomes["choose"]> {
  const begin = prefix.replaceAll("{account}", bucket.owner);
  const there = `${begin}${bucket.name}`;
  if (there.length > 63)
    return {
      refused: `The bucket name is too long for where the bucket is kept: ${63 - begin.length} characters are left.`,
    };
  if (!/^[a-z0-9][a-z0-9.-]+[a-z0-9]$/.test(there) || there.includes(".."))
    return { refused: "The bucket name is not possible where the bucket is kept." };
  return { place: `${name}/${there}` };
}

/** Of a gateway without engines behind it. */
export const localHomes: BucketHomes = createBucketHomes({ upstreams: [], buckets: [] }, async (name) => {
  throw new Error(`there is no upstream ${name}`);
});
