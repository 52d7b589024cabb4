import type { Principal } from "@s3-credentials/policy";
import { accountOf } from "../authz/authorize.ts";
import type { Buckets } from "../authz/prepare-s3.ts";
import { isRefusal, type Refusal, refuse } from "../operations/operation.ts";
import type { S3Operation } from "../operations/s3/s3-operation.ts";
import type { S3Subject } from "../operations/s3/s3-subject.ts";
import type { UsedBuckets } from "../ports/access-log.ts";
import type { BucketRecord } from "../ports/bucket-registry.ts";
import type { Ports } from "../ports/ports.ts";
import type { ResourceAccount } from "../ports/principal-directory.ts";
import type { CalledResource } from "../record/recorded-call.ts";

type Accounted = Pick<Ports, "buckets" | "principals">;

/** A bucket, and the account that it belongs to. */
interface FoundBucket {
  readonly bucket: BucketRecord;
  readonly owner: ResourceAccount | undefined;
}

interface FoundBuckets {
  readonly bucket: FoundBucket | undefined;
  readonly source: FoundBucket | undefined;
}

/** Those that a request names. */
export async function findBuckets(
  ports: Accounted,
  { makesBucket }: S3Operation,
  subject: S3Subject,
): Promise<FoundBuckets | Refusal> {
  const bucket = await findBucket(ports, subject.bucket, makesBucket);
  if (isRefusal(bucket)) return bucket;
  const source =
    subject.source?.bucket === subject.bucket ? bucket : await findBucket(ports, subject.source?.bucket, false);
  return isRefusal(source) ? source : { bucket, source };
}

/** `mayLack`: a bucket that is not there is no refusal. */
export async function findBucket(
  ports: Accounted,
  name: string | undefined,
  mayLack: boolean,
): Promise<FoundBucket | undefined | Refusal> {
  if (name === undefined) return undefined;
  const bucket = await ports.buckets.find(name);
  if (bucket === undefined)
    return mayLack ? undefined : refuse("NoSuchBucket", undefined, { details: { BucketName: name } });
  // Whoever asks: nobody of a closed account may do anything, and nobody else may reach what it has.
  const owner = await ports.principals.resourceAccount(bucket.owner);
  return owner?.closed === true ? refuse("AllAccessDisabled") : { bucket, owner };
}

/** The accounts whose resources the request is about: those of its buckets, and the caller's, which a new bucket belongs to. */
export async function resourceAccounts(
  ports: Accounted,
  caller: Principal,
  { bucket, source }: FoundBuckets,
): Promise<ReadonlyMap<string, ResourceAccount>> {
  const accounts = new Map<string, ResourceAccount>();
  for (const found of [bucket, source]) if (found?.owner !== undefined) accounts.set(found.bucket.owner, found.owner);
  const id = accountOf(caller);
  const own = id === undefined || accounts.has(id) ? undefined : await ports.principals.resourceAccount(id);
  if (id !== undefined && own !== undefined) accounts.set(id, own);
  return accounts;
}

/** For the record: what the call is on. */
export function resourcesOf({ bucket, key, source }: S3Subject, found: Buckets): readonly CalledResource[] {
  const resources: CalledResource[] = [];
  const add = (name: string | undefined, object: string | undefined, accountId: string | undefined): void => {
    if (name === undefined) return;
    if (object !== undefined) resources.push({ arn: `arn:aws:s3:::${name}/${object}`, accountId });
    resources.push({ arn: `arn:aws:s3:::${name}`, accountId });
  };
  add(bucket, key, found.bucket?.owner);
  if (source !== undefined) add(source.bucket, source.key, found.source?.owner);
  return resources;
}

/** For access logs. */
export function usedBuckets({ source }: S3Subject, found: Buckets): UsedBuckets {
  const { bucket, source: sourceBucket } = found;
  if (source === undefined || sourceBucket === undefined) return { bucket };
  return { bucket, source: { bucket: sourceBucket, key: source.key, versionId: source.versionId } };
}
