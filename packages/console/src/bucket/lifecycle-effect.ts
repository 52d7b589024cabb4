/** What a lifecycle would delete now, of the first thousand versions of a bucket. */
import { type ListRequest, listVersions, type ObjectVersion } from "../api/s3.ts";
import { dayMs } from "../shell/format.ts";
import { type LifecycleRule, scopeOf } from "./lifecycle-rule.ts";

export interface LifecycleEffect {
  /** Keys of current objects that end now. */
  readonly objects: readonly string[];
  /** How many older versions end now. */
  readonly versions: number;
  /** A rule asks for tags, which a listing does not show: what it could be about is counted. */
  readonly asksForTags: boolean;
  /** Every version of the bucket was looked at. */
  readonly isWhole: boolean;
}

export async function lifecycleEffect(
  request: ListRequest,
  rules: readonly LifecycleRule[],
  now: number,
): Promise<LifecycleEffect> {
  const { items, next } = await listVersions(request);
  const enabled = rules.filter(({ Status }) => Status === "Enabled");
  const due = placed(items).filter((version) => enabled.some((rule) => isDue(rule, version, now)));
  const current = due.filter(({ since }) => since === undefined);
  return {
    objects: current.map(({ key }) => key),
    versions: due.length - current.length,
    asksForTags: enabled.some((rule) => scopeOf(rule).tags.length > 0),
    isWhole: next === undefined,
  };
}

interface PlacedVersion extends ObjectVersion {
  /** When the next newer version was made; undefined: it is current. */
  readonly since: number | undefined;
  /** Newer ones that are not current either. */
  readonly newerNoncurrent: number;
}

/** A listing has the versions of a key one after the other, the newest first. */
function placed(items: readonly ObjectVersion[]): readonly PlacedVersion[] {
  const found: PlacedVersion[] = [];
  let at = 0;
  for (const [index, item] of items.entries()) {
    const before = items[index - 1];
    at = before?.key === item.key ? at + 1 : 0;
    const since = at === 0 || before === undefined ? undefined : Date.parse(before.modified);
    found.push({ ...item, since, newerNoncurrent: Math.max(0, at - 1) });
  }
  return found;
}

/** "rounding up the resulting time to the next day at midnight UTC": https://docs.aws.amazon.com/AmazonS3/latest/userguide/intro-lifecycle-rules.html */
const afterDays = (time: number, days: number): number => (Math.floor(time / dayMs) + days + 1) * dayMs;

function isDue(rule: LifecycleRule, version: PlacedVersion, now: number): boolean {
  const { key, size, modified, isDeleteMarker, since, newerNoncurrent } = version;
  const { prefix, largerThan = -1, smallerThan = Infinity } = scopeOf(rule);
  if (!key.startsWith(prefix)) return false;
  if (!isDeleteMarker && (size <= largerThan || size >= smallerThan)) return false;
  const { Expiration, NoncurrentVersionExpiration: noncurrent } = rule;
  if (since !== undefined)
    return (
      noncurrent !== undefined &&
      newerNoncurrent >= (noncurrent.NewerNoncurrentVersions ?? 0) &&
      afterDays(since, noncurrent.NoncurrentDays) <= now
    );
  if (isDeleteMarker || Expiration === undefined) return false;
  if (Expiration.Date !== undefined) return Date.parse(Expiration.Date) <= now;
  return Expiration.Days !== undefined && afterDays(Date.parse(modified), Expiration.Days) <= now;
}
