/** What each user and role did, by the gateway's record: every call says what was asked of the policies. */
import { CommandError } from "../command-line/failures.ts";
import { fieldsOf, addEvent, emptyUsage, type RecordedUsage, type UsedRequest } from "@s3-credentials/policy";
import type { AskEvents, EventOperation, Members } from "../service/event-service.ts";

export interface Usage {
  /** By user or role: `users/ann`, then by action and resource. */
  readonly used: ReadonlyMap<string, ReadonlyMap<string, UsedRequest>>;
  readonly events: number;
  /** Of the oldest event in the window, ISO 8601. */
  readonly oldest: string | undefined;
  /** Allowed calls on objects are in the record since then; undefined: they are not. */
  readonly allCallsSince: Date | undefined;
  /** Calls on objects that the gateway could not record. */
  readonly dropped: number;
  /** The service says what was asked in each event; AWS does not. */
  readonly hasDecisions: boolean;
}

export async function readUsage(ask: AskEvents, since: Date): Promise<Usage> {
  const collected = emptyUsage();
  await collect(ask, "LookupEvents", since, collected);
  let allCallsSince: Date | undefined;
  let hasDecisions = true;
  try {
    allCallsSince = await collect(ask, "LookupDataEvents", since, collected);
  } catch (error) {
    // CloudTrail has no such call: then nothing is known of calls on objects.
    if (!(error instanceof CommandError) || collected.decisions > 0) throw error;
    hasDecisions = false;
  }
  const { used, events, oldest, dropped } = collected;
  return { used, events, oldest, allCallsSince, dropped, hasDecisions };
}

async function collect(
  ask: AskEvents,
  operation: EventOperation,
  since: Date,
  collected: RecordedUsage,
): Promise<Date | undefined> {
  const StartTime = Math.floor(since.getTime() / 1000);
  const MaxResults = operation === "LookupEvents" ? 50 : 1000;
  let token: unknown;
  let allCallsSince: Date | undefined;
  do {
    const page = await ask(operation, { StartTime, MaxResults, ...(token === undefined ? {} : { NextToken: token }) });
    const listed = Array.isArray(page["Events"]) ? (page["Events"] as readonly Members[]) : [];
    for (const { CloudTrailEvent } of listed) addEvent(collected, fieldsOf(JSON.parse(String(CloudTrailEvent))));
    const from = page["AllCallsSince"];
    if (typeof from === "number") allCallsSince = new Date(from * 1000);
    token = page["NextToken"];
  } while (token !== undefined);
  return allCallsSince;
}
