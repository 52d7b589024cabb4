/** What a lifecycle would delete now, of the first thousand versions of a bucket. */
import { type ListRequest, listVersions } from "../api/s3.ts";
import { dueVersions } from "./lifecycle-due.ts";
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
  const due = dueVersions(items, enabled, now);
  const current = due.filter(({ since }) => since === undefined);
  return {
    objects: current.map(({ key }) => key),
    versions: due.length - current.length,
    asksForTags: enabled.some((rule) => scopeOf(rule).tags.length > 0),
    isWhole: next === undefined,
  };
}
