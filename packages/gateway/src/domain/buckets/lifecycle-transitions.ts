import { afterDays, isAbout, type PlacedVersion } from "./lifecycle-rules.ts";
import { type LifecycleRule, type TransitionClass, transitionClasses } from "../../ports/lifecycle.ts";
import type { StorageClass } from "../../ports/object-version.ts";

/**
 * Whether an object of the one class may get the other: classes go one way, and from two of them only into archives.
 * https://docs.aws.amazon.com/AmazonS3/latest/userguide/lifecycle-transition-general-considerations.html
 */
export function canBecome(from: StorageClass, to: TransitionClass): boolean {
  if (from === "ONEZONE_IA" || from === "GLACIER_IR") return false;
  const place = transitionClasses.findIndex((one) => one === from);
  return transitionClasses.indexOf(to) > place;
}

/** "Objects smaller than 128 KB will not transition", unless the rule says for itself of which sizes it is. */
const smallest = 128 * 1024;

export interface DueTransition {
  readonly rule: LifecycleRule;
  readonly storageClass: TransitionClass;
}

/**
 * The classes that the version is to have by now, if it has the tags that their rules ask for. Of several the last in their order comes first:
 * S3 chooses the one that costs least.
 */
export function dueTransitions(
  rules: readonly LifecycleRule[],
  version: PlacedVersion & { readonly storageClass: StorageClass | undefined },
  now: number,
): readonly DueTransition[] {
  const { size, storageClass: from } = version;
  if (size === undefined || from === undefined) return [];
  const found = rules.flatMap((rule) => {
    const { largerThan, smallerThan } = rule.filter;
    if (!isAbout(rule, version)) return [];
    if (size < smallest && largerThan === undefined && smallerThan === undefined) return [];
    return dueClasses(rule, version, now).map((storageClass) => ({ rule, storageClass }));
  });
  const order = (one: DueTransition): number => transitionClasses.indexOf(one.storageClass);
  return found
    .filter(({ storageClass }) => canBecome(from, storageClass))
    .toSorted((one, other) => order(other) - order(one));
}

function dueClasses(
  { transitions = [], noncurrentTransitions = [] }: LifecycleRule,
  { lastModified, since, newerNoncurrent }: PlacedVersion,
  now: number,
): readonly TransitionClass[] {
  if (since === undefined)
    return transitions
      .filter(({ at }) => ("date" in at ? at.date : afterDays(lastModified, at.days)) <= now)
      .map(({ storageClass }) => storageClass);
  return noncurrentTransitions
    .filter(({ days, newer }) => newerNoncurrent >= newer && afterDays(since, days) <= now)
    .map(({ storageClass }) => storageClass);
}
