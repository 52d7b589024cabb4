import type { NotificationRule, ObjectEvent } from "../../ports/notifications.ts";
import { oncePerRecord } from "./once-per-record.ts";

/** Written by `putBucketNotificationConfiguration` alone. */
export const notificationRulesOf = oncePerRecord(({ notification }): readonly NotificationRule[] =>
  notification === undefined ? [] : (JSON.parse(notification) as readonly NotificationRule[]),
);

/** Whether a rule is about an event. */
export function matchesEvent(
  { events, prefix = "", suffix = "" }: NotificationRule,
  { name, key }: ObjectEvent,
): boolean {
  return key.startsWith(prefix) && key.endsWith(suffix) && events.some((one) => shareEvent(one, `s3:${name}`));
}

/** `s3:ObjectCreated:*` stands for all that begin so. */
function shareEvent(one: string, other: string): boolean {
  if (one.endsWith("*")) return other.startsWith(one.slice(0, -1));
  return one === other || (other.endsWith("*") && one.startsWith(other.slice(0, -1)));
}

/** Two events, one of each rule, and whether it is by their filters alone that the rules could differ. */
export interface Overlap {
  readonly events: readonly [string, string];
  readonly haveFilters: boolean;
}

/**
 * Two rules that one event of one key could mean both of; undefined: there are none.
 * https://docs.aws.amazon.com/AmazonS3/latest/userguide/notification-how-to-filtering.html
 */
export function findOverlap(rules: readonly NotificationRule[]): Overlap | undefined {
  for (const [at, one] of rules.entries())
    for (const other of rules.slice(0, at)) {
      const events = mayShareKey(one, other) ? sharedEvents(other, one) : undefined;
      if (events === undefined) continue;
      const haveFilters = [one, other].some(({ prefix, suffix }) => (prefix ?? suffix) !== undefined);
      return { events, haveFilters };
    }
  return undefined;
}

function sharedEvents(one: NotificationRule, other: NotificationRule): readonly [string, string] | undefined {
  for (const event of one.events) {
    const shared = other.events.find((name) => shareEvent(event, name));
    if (shared !== undefined) return [event, shared];
  }
  return undefined;
}

function mayShareKey(one: NotificationRule, other: NotificationRule): boolean {
  const [a, b] = [one, other].map(({ prefix = "", suffix = "" }) => ({ prefix, suffix }));
  if (a === undefined || b === undefined) return false;
  const prefixes = a.prefix.startsWith(b.prefix) || b.prefix.startsWith(a.prefix);
  return prefixes && (a.suffix.endsWith(b.suffix) || b.suffix.endsWith(a.suffix));
}
