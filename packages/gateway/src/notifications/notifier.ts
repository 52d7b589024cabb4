import { matchesEvent, notificationRulesOf } from "../domain/buckets/notification-rules.ts";
import type { Clock } from "../ports/clock.ts";
import type { Notifications } from "../ports/notifications.ts";
import { eventMessage, type NewMessage, testMessage } from "./event-message.ts";

/** A target, and whose buckets may use it. */
export interface PermittedTarget {
  readonly name: string;
  readonly accounts: readonly string[] | "all";
}

export interface NotifierParts {
  readonly targets: readonly PermittedTarget[];
  readonly region: string;
  readonly clock: Pick<Clock, "now">;
  /** Never rejects: see `Notifications.publish`. */
  readonly send: (messages: readonly NewMessage[]) => Promise<void>;
}

/** Makes messages of events, in each process that answers requests. */
export function createNotifier({ targets, region, clock, send }: NotifierParts): Notifications {
  const byName = new Map(targets.map((target) => [target.name, target]));
  const permits = (accountId: string, name: string): boolean => {
    const accounts = byName.get(name)?.accounts ?? [];
    return accounts === "all" || accounts.includes(accountId);
  };
  return {
    permits,
    async publish(bucket, events, cause) {
      const now = clock.now();
      const messages = events.flatMap((event) =>
        notificationRulesOf(bucket)
          .filter((rule) => matchesEvent(rule, event))
          .map((rule) => eventMessage({ bucket, rule, event, cause, region, now })),
      );
      if (messages.length > 0) await send(messages);
    },
    async publishTest(bucket, names, requestId) {
      const now = clock.now();
      if (names.length > 0) await send(names.map((name) => testMessage(bucket, name, requestId, now)));
    },
  };
}
