/** What each user and role did, by the gateway's record: every call says what was asked of the policies. */
import { CommandError } from "../command-line/failures.ts";
import { parseArn } from "@s3-credentials/policy";
import { questionOf } from "../explain/logged-request.ts";
import type { AskEvents, EventOperation, Members } from "../service/event-service.ts";

/** Something that was asked and allowed. */
export interface Used {
  readonly action: string;
  /** A pattern of all objects of a bucket, where one call was about several. */
  readonly resource: string;
  readonly resourceAccount: string | undefined;
  /** What the last such request came with, by condition key. */
  readonly context: ReadonlyMap<string, string | readonly string[]>;
}

export interface Usage {
  /** By user or role: `users/ann`, then by action and resource. */
  readonly used: ReadonlyMap<string, ReadonlyMap<string, Used>>;
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

/** Different requests kept of one user or role. Who does more is not tightened: the rest would be missing. */
export const maxUsed = 20_000;

interface Collected {
  readonly used: Map<string, Map<string, Used>>;
  events: number;
  decisions: number;
  dropped: number;
  oldest: string | undefined;
}

export async function readUsage(ask: AskEvents, since: Date): Promise<Usage> {
  const collected: Collected = { used: new Map(), events: 0, decisions: 0, dropped: 0, oldest: undefined };
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
  collected: Collected,
): Promise<Date | undefined> {
  const StartTime = Math.floor(since.getTime() / 1000);
  const MaxResults = operation === "LookupEvents" ? 50 : 1000;
  let token: unknown;
  let allCallsSince: Date | undefined;
  do {
    const page = await ask(operation, { StartTime, MaxResults, ...(token === undefined ? {} : { NextToken: token }) });
    const listed = Array.isArray(page["Events"]) ? (page["Events"] as readonly Members[]) : [];
    for (const { CloudTrailEvent } of listed) add(collected, fieldsOf(JSON.parse(String(CloudTrailEvent))));
    const from = page["AllCallsSince"];
    if (typeof from === "number") allCallsSince = new Date(from * 1000);
    token = page["NextToken"];
  } while (token !== undefined);
  return allCallsSince;
}

function add(collected: Collected, event: Members): void {
  collected.events += 1;
  const time = String(event["eventTime"]);
  if (collected.oldest === undefined || time < collected.oldest) collected.oldest = time;
  if (event["eventName"] === "DataEventsDropped")
    collected.dropped += Number(fieldsOf(event["serviceEventDetails"])["count"] ?? 1);
  const decision = fieldsOf(fieldsOf(event["additionalEventData"])["decision"]);
  if (decision["action"] === undefined) return;
  collected.decisions += 1;
  const key = callerKey(fieldsOf(event["userIdentity"]));
  const question = questionOf(decision, "");
  if (key === undefined || question?.reported?.allowed !== true) return;
  const kept = collected.used.get(key) ?? new Map<string, Used>();
  collected.used.set(key, kept);
  const { action, resource, resourceAccount, context = new Map<string, string>() } = question;
  const also = Array.isArray(decision["also"]) ? decision["also"].map(fieldsOf) : [];
  const asked = [{ action, resource }, ...also, ...missedKey(event, resource)];
  for (const one of asked) {
    const used = { action: String(one.action), resource: String(one.resource), resourceAccount, context };
    if (kept.size < maxUsed) kept.set(`${used.action} ${used.resource}`, used);
  }
}

/** Who may not list a bucket gets another answer for an object that is not there. */
function missedKey(
  event: Members,
  resource: string,
): readonly { readonly action: string; readonly resource: string }[] {
  if (!/^(NoSuchKey|NoSuchVersion|NotFound)$/.test(String(event["errorCode"]))) return [];
  const [bucket] = resource.split("/");
  return bucket === undefined ? [] : [{ action: "s3:ListBucket", resource: bucket }];
}

/** `users/ann`, `roles/deploy`; undefined for the root of an account and for callers from elsewhere. */
function callerKey(identity: Members): string | undefined {
  const { resource = "" } = parseArn(String(identity["arn"])) ?? {};
  const [kind, ...path] = resource.split("/");
  if (kind === "user") return `users/${path.at(-1)}`;
  return kind === "assumed-role" ? `roles/${path[0]}` : undefined;
}

function fieldsOf(value: unknown): Members {
  return typeof value === "object" && value !== null ? (value as Members) : {};
}
