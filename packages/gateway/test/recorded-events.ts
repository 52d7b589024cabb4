import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { openConnection } from "../src/stores/sqlite/connection.ts";
import { utf8 } from "../src/stores/sql/sql-value.ts";

/** An event as a test looks at it. */
export interface RecordedEvent {
  readonly eventName: string;
  readonly eventSource: string;
  readonly eventID: string;
  readonly readOnly: boolean;
  readonly errorCode?: string;
  readonly errorMessage?: string;
  readonly requestID: string;
  readonly recipientAccountId: string;
  readonly sharedEventID?: string;
  readonly userIdentity: Readonly<Record<string, unknown>>;
  readonly requestParameters: Readonly<Record<string, unknown>> | null;
  readonly responseElements: Readonly<Record<string, unknown>> | null;
  readonly resources?: readonly { readonly ARN: string; readonly type: string; readonly accountId?: string }[];
  readonly additionalEventData: { readonly decision?: RecordedDecision };
  readonly [name: string]: unknown;
}

export interface RecordedDecision {
  readonly allowed: boolean;
  readonly layer?: string;
  readonly statement?: { readonly policyName: string; readonly index: number };
  readonly action: string;
  readonly resource: string;
  readonly resourceAccount?: string;
  readonly policies: readonly { readonly layer: string; readonly name: string; readonly sha256?: string }[];
}

function rowsOf(file: string, sql: string): readonly string[] {
  const connection = openConnection(file);
  try {
    return connection.all(sql, [], ([body]) => utf8(body));
  } finally {
    connection.close();
  }
}

/** The management events: those of record.db, the oldest first, and then those in the journal. One that is on its way may be in both. */
export function managementEvents(dataDir: string): readonly RecordedEvent[] {
  const journal = ["record-reads-moving.log", "record-reads.log"]
    .map((name) => join(dataDir, name))
    .filter((file) => existsSync(file))
    .flatMap((file) => readFileSync(file, "utf8").split("\n").slice(0, -1))
    .map((line) => line.split("\t")[2] ?? "");
  const rows = rowsOf(join(dataDir, "record.db"), "SELECT body FROM events ORDER BY seq");
  const events = [...rows, ...journal].map((body) => JSON.parse(body) as RecordedEvent);
  return [...new Map(events.map((event) => [event.eventID, event])).values()];
}

/** Events of changes that directory.db still has. */
export function outboxEvents(dataDir: string): readonly RecordedEvent[] {
  return rowsOf(join(dataDir, "directory.db"), "SELECT event FROM event_outbox").map(
    (event) => JSON.parse((JSON.parse(event) as { readonly body: string }).body) as RecordedEvent,
  );
}

/** The data events, the oldest first. */
export function dataEvents(dataDir: string): readonly RecordedEvent[] {
  return dataEventsIn(join(dataDir, "events"));
}

/** Those in the files of a folder. */
export function dataEventsIn(folder: string): readonly RecordedEvent[] {
  return readdirSync(folder)
    .toSorted()
    .flatMap((name) => readFileSync(join(folder, name), "utf8").split("\n"))
    .filter(Boolean)
    .map((line) => JSON.parse(line) as RecordedEvent);
}
