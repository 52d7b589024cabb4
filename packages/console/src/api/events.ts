import { isRecord, fieldsOf } from "@s3-credentials/policy";
import { callJson, type Members, memberText } from "./call.ts";

/** One call, as the record has it. */
export interface AuditEvent {
  readonly id: string;
  readonly time: string;
  readonly who: string;
  readonly action: string;
  readonly resource: string;
  /** Code, or words, of the failure; empty when the call was done. */
  readonly error: string;
  readonly message: string;
  readonly address: string;
  readonly requestId: string;
  /** What decided, in words; empty when the event does not say. */
  readonly decision: string;
  /** The event itself, as JSON. */
  readonly record: string;
}

/** Calls on users, roles, policies and buckets with sign-ins; or calls on objects. */
export type EventKind = "management" | "data";

export interface EventFilter {
  readonly kind: EventKind;
  /** A key of LookupEvents; for calls on objects, `Username` or `BucketName`. */
  readonly key: string;
  readonly value: string;
  readonly deniedOnly: boolean;
}

export interface EventPage {
  readonly items: readonly AuditEvent[];
  /** Where to go on; empty at the end. */
  readonly next: string;
}

const inner = (members: Members, name: string): Members => (isRecord(members[name]) ? members[name] : {});

function whoOf(event: Members): string {
  const identity = inner(event, "userIdentity");
  if (memberText(identity, "type") === "Root") return "root";
  const name = memberText(identity, "userName");
  if (name !== "") return name === "HIDDEN_DUE_TO_SECURITY_REASONS" ? "unknown user" : name;
  const arn = memberText(identity, "arn");
  if (arn !== "") return arn.split(":").slice(5).join(":");
  return memberText(identity, "accountId") === "ANONYMOUS_PRINCIPAL" ? "anonymous" : memberText(identity, "accountId");
}

function resourceOf(event: Members): string {
  const resources = Array.isArray(event["resources"]) ? event["resources"].filter(isRecord) : [];
  if (resources.length > 0) return resources.map((one) => memberText(one, "ARN")).join(", ");
  const asked = inner(event, "requestParameters");
  return [memberText(asked, "bucketName"), memberText(asked, "key")].filter((part) => part !== "").join("/");
}

function decisionOf(event: Members): string {
  const decision = inner(inner(event, "additionalEventData"), "decision");
  if (typeof decision["allowed"] !== "boolean") return "";
  const verdict = decision["allowed"] ? "Allowed" : "Denied";
  const statement = inner(decision, "statement");
  const layer = memberText(decision, "layer");
  const policy = memberText(statement, "policyName");
  if (policy !== "") {
    const index = typeof statement["index"] === "number" ? statement["index"] + 1 : 0;
    const name = memberText(statement, "sid") || `statement ${index}`;
    return `${verdict} by ${name} of ${policy.slice(policy.lastIndexOf("/") + 1)} (${layer} policy)`;
  }
  if (layer === "") return verdict;
  return decision["allowed"] ? `${verdict}: ${layer}` : `${verdict}: no ${layer} policy allows it`;
}

function readEvent(outer: Members): AuditEvent {
  const record = memberText(outer, "CloudTrailEvent") || "{}";
  const parsed: unknown = JSON.parse(record);
  const event: Members = fieldsOf(parsed);
  // What DecodeAuthorizationMessage takes is for programs.
  const [message = ""] = memberText(event, "errorMessage").split(/\.? Encoded authorization failure message: /);
  const isFailure = memberText(event, "errorCode") !== "" || message !== "";
  return {
    id: memberText(event, "eventID"),
    time: memberText(event, "eventTime"),
    who: whoOf(event),
    action: `${memberText(event, "eventSource").split(".")[0] ?? ""}:${memberText(event, "eventName")}`,
    resource: resourceOf(event),
    error: isFailure ? memberText(event, "errorCode") || "Failed" : "",
    message,
    address: memberText(event, "sourceIPAddress"),
    requestId: memberText(event, "requestID"),
    decision: decisionOf(event),
    record,
  };
}

export const isDenied = ({ error }: AuditEvent): boolean => /^AccessDenied|^Failed$|Unauthorized/.test(error);

const pageSize = 50;
/** LookupEvents does not look for denials itself, so that many pages are read for one of them at most. */
const maxPages = 10;

export async function lookupEvents(filter: EventFilter, from: string): Promise<EventPage> {
  const { deniedOnly } = filter;
  const items: AuditEvent[] = [];
  let next = from;
  for (let page = 0; page < maxPages; page += 1) {
    const answer = await ask(filter, next);
    const found = Array.isArray(answer["Events"]) ? answer["Events"].filter(isRecord).map(readEvent) : [];
    items.push(...found.filter((event) => !deniedOnly || isDenied(event)));
    next = memberText(answer, "NextToken");
    if (next === "" || items.length >= pageSize / 2) break;
  }
  return { items, next };
}

function ask({ kind, key, value, deniedOnly }: EventFilter, from: string): Promise<Members> {
  const common = { MaxResults: pageSize, ...(from === "" ? {} : { NextToken: from }) };
  if (kind === "data")
    return callJson("cloudtrail", "LookupDataEvents", {
      ...common,
      ...(value === "" ? {} : { [key]: value }),
      ...(deniedOnly ? { Denied: true } : {}),
    });
  const attributes = value === "" ? {} : { LookupAttributes: [{ AttributeKey: key, AttributeValue: value }] };
  return callJson("cloudtrail", "LookupEvents", { ...common, ...attributes });
}

/** An event with the documents of the policies that decided, as they were then. */
export interface DecidedEvent {
  readonly event: AuditEvent;
  /** The event itself. */
  readonly record: Members;
  /** By SHA-256. */
  readonly documents: Members;
}

/** Events are searched from the newest on, a piece a call. */
export async function getDecision(requestId: string): Promise<DecidedEvent> {
  let answer: Members;
  let next = "";
  do {
    answer = await callJson("cloudtrail", "GetDecision", {
      RequestId: requestId,
      ...(next === "" ? {} : { NextToken: next }),
    });
    next = memberText(answer, "NextToken");
  } while (memberText(answer, "CloudTrailEvent") === "" && next !== "");
  const record: unknown = JSON.parse(memberText(answer, "CloudTrailEvent") || "{}");
  return {
    event: readEvent(answer),
    record: fieldsOf(record),
    documents: inner(answer, "PolicyDocuments"),
  };
}
