import { upstreamPlace } from "../../ports/bucket-homes.ts";
import type { BucketRecord } from "../../ports/bucket-registry.ts";
import type { Quotas, StorageLimits, StorageQuota } from "../../ports/quotas.ts";
import { jsonInteger, jsonOptional, jsonText } from "../json/json-fields.ts";
import type { JsonResult } from "../json/json-value.ts";
import { isRefusal, type OperationContext, type Refusal, refuse, type ResolvedResource } from "../operation.ts";
import { bucketName, invalid } from "./adopted-buckets.ts";
import { defineOwn } from "./define-own.ts";
import { refuseOthers } from "./keyring.ts";

const limitFields = {
  MaxBytes: jsonOptional(jsonInteger(0, Number.MAX_SAFE_INTEGER)),
  MaxObjects: jsonOptional(jsonInteger(0, Number.MAX_SAFE_INTEGER)),
};

interface AskedLimits {
  readonly MaxBytes: number | undefined;
  readonly MaxObjects: number | undefined;
}

const limitsOf = ({ MaxBytes, MaxObjects }: AskedLimits): StorageLimits => ({
  maxBytes: MaxBytes,
  maxObjects: MaxObjects,
});

/** `Limits` has only the limits that there are. */
function shown({ usage, limits: { maxBytes, maxObjects } }: StorageQuota): JsonResult {
  return {
    Usage: { Bytes: usage.bytes, Objects: usage.objects },
    Limits: {
      ...(maxBytes === undefined ? {} : { MaxBytes: maxBytes }),
      ...(maxObjects === undefined ? {} : { MaxObjects: maxObjects }),
    },
  };
}

const accountOf = ({ principal }: OperationContext): string => ("accountId" in principal ? principal.accountId : "");

const notCounted = invalid(
  "This gateway keeps no objects itself, so it does not count them: set a quota at the engine behind it.",
);

interface FoundBucket {
  readonly bucket: BucketRecord;
  readonly quotas: Quotas;
}

/** For the account that owns the bucket, and for the management account, which has the gateway. */
async function findBucket(name: string, context: OperationContext): Promise<FoundBucket | Refusal> {
  const { buckets, quotas } = context.ports;
  const bucket = await buckets.find(name);
  const missing = refuse("ResourceNotFoundException", `There is no bucket ${name}.`);
  if (bucket?.state !== "active") return missing;
  if (bucket.owner !== accountOf(context)) {
    const refused = await refuseOthers(context);
    if (refused !== undefined) return refused;
  }
  const upstream = upstreamPlace(bucket.place)?.upstream;
  if (upstream !== undefined)
    return invalid(
      `The objects of ${name} are on the engine ${upstream}, which counts them itself: set a quota of its own there.`,
    );
  return quotas === undefined ? notCounted : { bucket, quotas };
}

/** The action is asked on the bucket, as one of the caller's own account: no bucket policy can give it. */
const bucketTarget = async (
  { BucketName }: { readonly BucketName: string },
  context: OperationContext,
): Promise<ResolvedResource> => ({ arn: `arn:aws:s3:::${BucketName}`, accountId: accountOf(context) });

async function answerOf(
  grant: Parameters<Quotas["bucketQuota"]>[0],
  { bucket, quotas }: FoundBucket,
): Promise<JsonResult | Refusal> {
  const quota = await quotas.bucketQuota(grant, bucket.place);
  return quota === undefined
    ? refuse("ResourceNotFoundException", `There is no bucket ${bucket.name}.`)
    : { BucketName: bucket.name, AccountId: bucket.owner, ...shown(quota) };
}

/** What a bucket holds, and the most that it may hold. */
export const getBucketQuota = defineOwn({
  name: "GetBucketQuota",
  fields: { BucketName: bucketName },
  target: bucketTarget,
  targetType: "bucket",
  async run(grant, { BucketName }, context) {
    const found = await findBucket(BucketName, context);
    return isRefusal(found) ? found : answerOf(grant, found);
  },
});

/** Both limits are replaced: one that is left out is none. */
export const putBucketQuota = defineOwn({
  name: "PutBucketQuota",
  fields: { BucketName: bucketName, ...limitFields },
  target: bucketTarget,
  targetType: "bucket",
  async run(grant, { BucketName, ...limits }, context) {
    const found = await findBucket(BucketName, context);
    if (isRefusal(found)) return found;
    const { bucket, quotas } = found;
    const before = await quotas.bucketQuota(grant, bucket.place);
    await quotas.setBucketLimits(grant, bucket.place, limitsOf(limits));
    // Only now: a move that begins from now on finds the quota, and is refused.
    if (!(await isLeaving(bucket, context))) return answerOf(grant, found);
    if (before !== undefined) await quotas.setBucketLimits(grant, bucket.place, before.limits);
    return invalid(`The bucket ${BucketName} is being moved to an engine, where the gateway has no quotas.`);
  },
});

async function isLeaving({ id, place }: BucketRecord, { ports }: OperationContext): Promise<boolean> {
  const move = await ports.moves.find(id);
  return move !== undefined && move.phase !== "ended" && move.to !== place;
}

const accountId = jsonText({ pattern: /^\d{12}$/, shown: "\\d{12}", min: 12, max: 12 });

/** What all buckets of an account hold together, but for those on engines. With the limit of each of its callers, which is the same for all. */
export const getAccountQuota = defineOwn({
  name: "GetAccountQuota",
  fields: { AccountId: jsonOptional(accountId) },
  async run(grant, { AccountId = "" }, context) {
    const id = AccountId === "" ? accountOf(context) : AccountId;
    const refused = id === accountOf(context) ? undefined : await refuseUnknown(id, context);
    if (refused !== undefined) return refused;
    const { quotas, maxRatePerCaller } = context.ports;
    if (quotas === undefined) return notCounted;
    const rate = maxRatePerCaller === undefined ? {} : { RequestsPerSecondOfCaller: maxRatePerCaller };
    return { AccountId: id, ...shown(await quotas.accountQuota(grant, id)), ...rate };
  },
});

/** Both limits are replaced: one that is left out is none. It is the operator's: no account raises its own. */
export const putAccountQuota = defineOwn({
  name: "PutAccountQuota",
  fields: { AccountId: accountId, ...limitFields },
  async run(grant, { AccountId, ...limits }, context) {
    const refused = await refuseUnknown(AccountId, context);
    if (refused !== undefined) return refused;
    const { quotas } = context.ports;
    if (quotas === undefined) return notCounted;
    await quotas.setAccountLimits(grant, AccountId, limitsOf(limits));
    return { AccountId, ...shown(await quotas.accountQuota(grant, AccountId)) };
  },
});

async function refuseUnknown(id: string, context: OperationContext): Promise<Refusal | undefined> {
  const refused = await refuseOthers(context);
  if (refused !== undefined) return refused;
  const known = (await context.ports.identity.findAccount(id)) !== undefined;
  return known ? undefined : refuse("ResourceNotFoundException", `There is no account ${id}.`);
}
