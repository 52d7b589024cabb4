/** What each user and role did, by the gateway's record: every event says what was asked of the policies. */
import { parseArn } from "../match/arn.ts";
import { type Fields, fieldsOf } from "../parse/json-value.ts";
import { recordedQuestion } from "./recorded-question.ts";

/** Something that was asked and allowed. */
export interface UsedRequest {
  readonly action: string;
  /** A pattern of all objects of a bucket, where one call was about several. */
  readonly resource: string;
  readonly resourceAccount: string | undefined;
  /** What the last such request came with, by condition key. */
  readonly context: ReadonlyMap<string, string | readonly string[]>;
}

/** What is known of events that were read, filled by `addEvent`. */
export interface RecordedUsage {
  /** By user or role: `users/ann`, then by action and resource. */
  readonly used: Map<string, Map<string, UsedRequest>>;
  events: number;
  /** Events that say what was asked of the policies. */
  decisions: number;
  /** Calls on objects that the gateway could not record. */
  dropped: number;
  /** Of the oldest event, ISO 8601. */
  oldest: string | undefined;
}

/** Different requests kept of one user or role. Who does more is not tightened: the rest would be missing. */
export const maxUsedRequests = 20_000;

/** Whether every call since then is known to be in the record. `allCallsSince`: undefined where calls on objects are not. */
export function isWholeWindow(window: {
  readonly since: Date;
  readonly allCallsSince: Date | undefined;
  readonly dropped: number;
}): boolean {
  const { since, allCallsSince, dropped } = window;
  return allCallsSince !== undefined && allCallsSince <= since && dropped === 0;
}

export function emptyUsage(): RecordedUsage {
  return { used: new Map(), events: 0, decisions: 0, dropped: 0, oldest: undefined };
}

/** `event`: a record of CloudTrail with the gateway's `additionalEventData.decision`. */
export function addEvent(usage: RecordedUsage, event: Fields): void {
  usage.events += 1;
  const time = String(event["eventTime"]);
  if (usage.oldest === undefined || time < usage.oldest) usage.oldest = time;
  if (event["eventName"] === "DataEventsDropped")
    usage.dropped += Number(fieldsOf(event["serviceEventDetails"])["count"] ?? 1);
  const decision = fieldsOf(fieldsOf(event["additionalEventData"])["decision"]);
  if (decision["action"] === undefined) return;
  usage.decisions += 1;
  const key = callerKey(fieldsOf(event["userIdentity"]));
  const question = recordedQuestion(decision, "");
  if (key === undefined || question?.reported?.allowed !== true) return;
  const kept = usage.used.get(key) ?? new Map<string, UsedRequest>();
  usage.used.set(key, kept);
  const { action, resource, resourceAccount, context = new Map<string, string>() } = question;
  const also = Array.isArray(decision["also"]) ? decision["also"].map(fieldsOf) : [];
  const asked = [{ action, resource }, ...also, ...missedKey(event, resource)];
  for (const one of asked) {
    const used = { action: String(one.action), resource: String(one.resource), resourceAccount, context };
    if (kept.size < maxUsedRequests) kept.set(`${used.action} ${used.resource}`, used);
  }
}

/** Who may not list a bucket gets another answer for an object that is not there. */
function missedKey(event: Fields, resource: string): readonly { readonly action: string; readonly resource: string }[] {
  if (!/^(NoSuchKey|NoSuchVersion|NotFound)$/.test(String(event["errorCode"]))) return [];
  const [bucket] = resource.split("/");
  return bucket === undefined ? [] : [{ action: "s3:ListBucket", resource: bucket }];
}

/** `users/ann`, `roles/deploy`; undefined for the root of an account and for callers from elsewhere. */
function callerKey(identity: Fields): string | undefined {
  const { resource = "" } = parseArn(String(identity["arn"])) ?? {};
  const [kind, ...path] = resource.split("/");
  if (kind === "user") return `users/${path.at(-1)}`;
  return kind === "assumed-role" ? `roles/${path[0]}` : undefined;
}
