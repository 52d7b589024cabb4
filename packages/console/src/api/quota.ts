import { isRecord } from "@s3-credentials/policy";
import { callJson, type Members } from "./call.ts";

/** Bytes and objects at most; what is absent is not limited. */
export interface QuotaLimits {
  readonly MaxBytes?: number;
  readonly MaxObjects?: number;
}

export interface Quota {
  /** Bytes and objects that are there, versions and parts of uploads too. */
  readonly bytes: number;
  readonly objects: number;
  readonly limits: QuotaLimits;
}

const numberIn = (members: unknown, name: string): number | undefined => {
  const value = isRecord(members) ? members[name] : undefined;
  return typeof value === "number" ? value : undefined;
};

export interface AccountQuota extends Quota {
  /** Requests that each of its callers may begin in a second; undefined: no limit. */
  readonly rate: number | undefined;
}

export async function getAccountQuota(): Promise<AccountQuota> {
  const members = await callJson("s3-credentials", "GetAccountQuota", {});
  return { ...quotaFrom(members), rate: numberIn(members, "RequestsPerSecondOfCaller") };
}

export async function getBucketQuota(bucket: string): Promise<Quota> {
  return quotaFrom(await callJson("s3-credentials", "GetBucketQuota", { BucketName: bucket }));
}

function quotaFrom({ Usage, Limits }: Members): Quota {
  const [MaxBytes, MaxObjects] = [numberIn(Limits, "MaxBytes"), numberIn(Limits, "MaxObjects")];
  return {
    bytes: numberIn(Usage, "Bytes") ?? 0,
    objects: numberIn(Usage, "Objects") ?? 0,
    limits: { ...(MaxBytes === undefined ? {} : { MaxBytes }), ...(MaxObjects === undefined ? {} : { MaxObjects }) },
  };
}

export async function putBucketQuota(bucket: string, limits: QuotaLimits): Promise<void> {
  await callJson("s3-credentials", "PutBucketQuota", { BucketName: bucket, ...limits });
}
