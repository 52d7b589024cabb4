/** Which versions the rules of a lifecycle delete at a time. */
import { dayMs } from "../shell/format.ts";
import { type LifecycleRule, scopeOf } from "./lifecycle-rule.ts";

interface ListedVersion {
  readonly key: string;
  readonly size: number;
  readonly modified: string;
  readonly isDeleteMarker: boolean;
}

/** Of a listing of versions; `now` in ms. A tag that a rule asks for is taken to be there. */
export function dueVersions(
  items: readonly ListedVersion[],
  rules: readonly LifecycleRule[],
  now: number,
): readonly PlacedVersion[] {
  return placed(items).filter((version) => rules.some((rule) => isDue(rule, version, now)));
}

interface PlacedVersion extends ListedVersion {
  /** When the next newer version was made; undefined: it is current. */
  readonly since: number | undefined;
  /** Newer ones that are not current either. */
  readonly newerNoncurrent: number;
}

/** A listing has the versions of a key one after the other, the newest first. */
function placed(items: readonly ListedVersion[]): readonly PlacedVersion[] {
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
  const { prefix, tags, largerThan, smallerThan } = scopeOf(rule);
  if (!key.startsWith(prefix)) return false;
  // A delete marker has neither tags nor a size.
  if (isDeleteMarker && (tags.length > 0 || largerThan !== undefined || smallerThan !== undefined)) return false;
  if (!isDeleteMarker && (size <= (largerThan ?? -1) || size >= (smallerThan ?? Infinity))) return false;
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
