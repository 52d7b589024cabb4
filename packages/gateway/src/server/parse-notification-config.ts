import { resolve } from "node:path";
import { UsageError } from "./parse-console-config.ts";

/** Where events of buckets may go. */
export const notificationOptions = {
  "notification-targets": {
    type: "string",
    value: "FILE",
    summary: "webhooks and files that buckets may send their events to, and whose buckets, JSON",
  },
} as const;

/** Undefined: there are none. */
export function parseNotificationTargets(file: string | undefined): string | undefined {
  if (file === "") throw new UsageError("--notification-targets is empty; give a file in JSON");
  return file === undefined ? undefined : resolve(file);
}
