import type { QuotaExcess, StorageQuota, StorageUsage } from "../../ports/quotas.ts";

/**
 * Why a write that changes what is held by `growth` is refused; undefined: it is not. What does not grow is never refused, so that
 * a bucket that holds more than its quota can be made smaller by overwriting, too.
 */
export function quotaExcess(
  scope: QuotaExcess["scope"],
  { usage, limits }: StorageQuota,
  growth: StorageUsage,
): QuotaExcess | undefined {
  const measures = [
    { unit: "bytes", limit: limits.maxBytes, used: usage.bytes, asked: growth.bytes },
    { unit: "objects", limit: limits.maxObjects, used: usage.objects, asked: growth.objects },
  ] as const;
  for (const { unit, limit, used, asked } of measures)
    if (limit !== undefined && asked > 0 && used + asked > limit) return { scope, unit, limit, used, asked };
  return undefined;
}
