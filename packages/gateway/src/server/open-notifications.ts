import type { SpaceGuard } from "../data-planes/local/space-guard.ts";
import { EventFile } from "../notifications/event-file.ts";
import type { NewMessage } from "../notifications/event-message.ts";
import type { Transport } from "../notifications/dispatcher.ts";
import { createNotifier } from "../notifications/notifier.ts";
import { Outbox } from "../notifications/outbox.ts";
import { Webhook } from "../notifications/webhook.ts";
import type { Clock } from "../ports/clock.ts";
import type { Notifications } from "../ports/notifications.ts";
import type { Ports } from "../ports/ports.ts";
import type { RequestLog } from "../ports/request-log.ts";
import { openAsyncDatabase } from "../stores/sqlite/asynchronous.ts";
import { messageQueue } from "../stores/sql/notifications/message-queue.ts";
import type { MessageProcedures } from "../stores/sql/notifications/message-procedures.ts";
import { metric, type Metric } from "../telemetry/samples.ts";
import type { Config, NotificationTarget } from "./config.ts";
import { messageFile } from "./folder-databases.ts";
import type { Watched } from "./monitoring.ts";
import type { Opened } from "./opened.ts";

interface Parts {
  readonly config: Config;
  readonly targets: readonly NotificationTarget[] | undefined;
  readonly clock: Clock;
  readonly log: RequestLog;
}

/** What the process that holds a data folder has of notifications. */
export interface HeldNotifications {
  readonly notifications: Notifications;
  /** For messages that other processes made. Never rejects. */
  readonly send: (messages: readonly NewMessage[]) => Promise<void>;
  readonly metrics: () => Promise<readonly Metric[]>;
  readonly waitingWrites: () => number;
}

/** What others see of it. */
export function accessTo(
  held: HeldNotifications | undefined,
): Pick<Ports, "notifications"> & Pick<Watched, "notificationMetrics"> {
  return { notifications: held?.notifications, notificationMetrics: held?.metrics };
}

/** Undefined: the operator names no targets. */
export async function openNotifications(
  { config, targets, clock, log }: Parts,
  guard: SpaceGuard,
  opened: Opened,
): Promise<HeldNotifications | undefined> {
  if (targets === undefined) return undefined;
  const database = await openAsyncDatabase<MessageProcedures>({
    ...messageFile(config.dataDir),
    soleWriter: true,
    makeRoom: async () => {
      await guard.releaseReserve();
      return true;
    },
  });
  opened.add(() => database.close());
  const { region } = config;
  const now = (): number => clock.now();
  // Each needs the other: the outbox goes on with what the operator permits.
  const notifications = createNotifier({ targets, region, clock, send: (messages) => outbox.send(messages) });
  const outbox = await Outbox.open({
    queue: messageQueue(database),
    transports: new Map(targets.map(({ name, to }) => [name, transportTo(to, now)])),
    permits: (accountId, target) => notifications.permits(accountId, target),
    now,
    warn: (line) => log.warning(line),
    fault: (error) => log.jobFailed("notifications", error),
    async reserveSpace(bytes, work) {
      const admission = await guard.admit(bytes);
      try {
        return await work();
      } finally {
        admission.end();
      }
    },
  });
  opened.add(() => outbox.stop());
  return {
    notifications,
    send: (messages) => outbox.send(messages),
    metrics: () => outboxMetrics(outbox),
    waitingWrites: () => database.waiting(),
  };
}

function transportTo(to: NotificationTarget["to"], now: () => number): Transport {
  return to.kind === "file" ? new EventFile(to.path, to.maxBytes) : new Webhook(to, now);
}

const outcomes = ["delivered", "failed", "rejected", "expired", "dropped"] as const;

async function outboxMetrics(outbox: Outbox): Promise<readonly Metric[]> {
  const counts = await outbox.counts();
  return [
    metric(
      "s3_credentials_notifications_total",
      counts.flatMap(({ target, ...count }) =>
        outcomes.map((outcome) => ({ labels: { target, outcome }, value: count[outcome] })),
      ),
    ),
    metric(
      "s3_credentials_notifications_waiting",
      counts.map(({ target, waiting }) => ({ labels: { target }, value: waiting })),
    ),
  ];
}
