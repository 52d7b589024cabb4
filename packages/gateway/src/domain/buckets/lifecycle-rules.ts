import { oncePerRecord } from "./once-per-record.ts";
import type { LifecycleConfiguration, LifecycleRule } from "../../ports/lifecycle.ts";
import { dayMs } from "../../ports/clock.ts";
import type { Tag } from "../../ports/tag.ts";

/** So many days as a rule may have lead beyond all dates that can be written; then is never. */
const lastMidnight = Date.UTC(9999, 11, 31);

/** Written by `putBucketLifecycleConfiguration` alone. */
export const lifecycleOf = oncePerRecord(({ lifecycle }) =>
  lifecycle === undefined ? undefined : (JSON.parse(lifecycle) as LifecycleConfiguration),
);

/**
 * "Amazon S3 calculates the time by adding the number of days specified in the rule to the object creation time and rounding up the resulting
 * time to the next day at midnight UTC." ms since the epoch.
 * https://docs.aws.amazon.com/AmazonS3/latest/userguide/intro-lifecycle-rules.html
 */
export function afterDays(time: number, days: number): number {
  return Math.min((Math.floor(time / dayMs) + days + 1) * dayMs, lastMidnight);
}

/** What rules look at of an object, or of a delete marker, which has neither tags nor a size. */
export interface Expirable {
  readonly key: string;
  /** Bytes; undefined: a delete marker. */
  readonly size: number | undefined;
}

/** Whether a rule is about it, as far as the key and the size say. */
export function isAbout({ isEnabled, filter }: LifecycleRule, { key, size }: Expirable): boolean {
  const { prefix = "", tags, largerThan, smallerThan } = filter;
  if (!isEnabled || !key.startsWith(prefix)) return false;
  if (size === undefined) return tags.length === 0 && largerThan === undefined && smallerThan === undefined;
  return (largerThan === undefined || size > largerThan) && (smallerThan === undefined || size < smallerThan);
}

/** Whether the object has all tags that the rule asks for. */
export function hasTags({ filter }: LifecycleRule, tags: readonly Tag[]): boolean {
  return filter.tags.every(({ key, value }) => tags.some((tag) => tag.key === key && tag.value === value));
}

/** When the rule ends current objects of this age; undefined: never. */
function expiryOf({ expiration }: LifecycleRule, lastModified: number): number | undefined {
  if (expiration === undefined || "expiredMarkers" in expiration) return undefined;
  return "date" in expiration ? expiration.date : afterDays(lastModified, expiration.days);
}

/** The first end of a current object, for `x-amz-expiration`. */
export function expirationOf(
  rules: readonly LifecycleRule[],
  object: Expirable & { readonly lastModified: number; readonly tags: readonly Tag[] },
): { readonly at: number; readonly ruleId: string } | undefined {
  let first: { readonly at: number; readonly ruleId: string } | undefined;
  for (const rule of rules) {
    if (!isAbout(rule, object) || !hasTags(rule, object.tags)) continue;
    const at = expiryOf(rule, object.lastModified);
    if (at !== undefined && (first === undefined || at < first.at)) first = { at, ruleId: rule.id };
  }
  return first;
}

/** A version in its place among those of its key. */
export interface PlacedVersion extends Expirable {
  readonly lastModified: number;
  /** When the next newer version was made; undefined: there is none. */
  readonly since: number | undefined;
  /** Newer ones that are not current either. */
  readonly newerNoncurrent: number;
  /** It is the only version of its key. */
  readonly isAlone: boolean;
}

/** Whether the rule ends the version now, as far as its age says. */
function isDue(rule: LifecycleRule, version: PlacedVersion, now: number): boolean {
  const { expiration, noncurrent } = rule;
  const { lastModified, since, newerNoncurrent, isAlone, size } = version;
  if (since !== undefined)
    return noncurrent !== undefined && newerNoncurrent >= noncurrent.newer && afterDays(since, noncurrent.days) <= now;
  if (expiration === undefined) return false;
  if (size !== undefined) return (expiryOf(rule, lastModified) ?? Number.POSITIVE_INFINITY) <= now;
  // A marker with nothing under it. "S3 also removes them when you specify Days", once they are old enough.
  if (!isAlone || "date" in expiration) return false;
  return "days" in expiration ? afterDays(lastModified, expiration.days) <= now : expiration.expiredMarkers;
}

/** The rules by which the version ends now, if it has the tags that they ask for. */
export function dueRules(
  rules: readonly LifecycleRule[],
  version: PlacedVersion,
  now: number,
): readonly LifecycleRule[] {
  return rules.filter((rule) => isAbout(rule, version) && isDue(rule, version, now));
}

/** When an upload is aborted that is not completed by then, and by which rule. */
export function abortOf(
  rules: readonly LifecycleRule[],
  { key, initiatedAt }: { readonly key: string; readonly initiatedAt: number },
): { readonly at: number; readonly ruleId: string } | undefined {
  let first: { readonly at: number; readonly ruleId: string } | undefined;
  for (const { id, isEnabled, filter, abortDays } of rules) {
    if (!isEnabled || abortDays === undefined || !key.startsWith(filter.prefix ?? "")) continue;
    const at = afterDays(initiatedAt, abortDays);
    if (first === undefined || at < first.at) first = { at, ruleId: id };
  }
  return first;
}

/** What all keys begin with that an enabled rule is about. */
export function commonPrefixOf(rules: readonly LifecycleRule[]): string {
  const prefixes = rules.filter(({ isEnabled }) => isEnabled).map(({ filter }) => filter.prefix ?? "");
  return prefixes.reduce((common, prefix) => {
    let length = 0;
    while (length < common.length && common[length] === prefix[length]) length += 1;
    // INVARIANT: never a half of a character, which has no UTF-8.
    return common.slice(0, length).replace(/[\uD800-\uDBFF]$/, "");
  }, prefixes[0] ?? "");
}
