import type { EventQuery, EventsBack, EventStore, StoredEvent } from "../../ports/event-store.ts";
import type { RequestTime } from "../../ports/time-budget.ts";
import { jsonList, jsonOneOf, jsonOptional, jsonStructure, jsonText } from "../json/json-fields.ts";
import type { JsonOutput } from "../json/json-value.ts";
import { isRefusal, refuse } from "../operation.ts";
import { defineCloudtrail, maxResults, rangeOf, readToken, timeRange, token, tokenOf } from "./define-cloudtrail.ts";

/** https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_LookupAttribute.html */
const attribute = jsonStructure({
  AttributeKey: jsonOneOf(
    "EventId",
    "EventName",
    "ReadOnly",
    "Username",
    "ResourceType",
    "ResourceName",
    "EventSource",
    "AccessKeyId",
  ),
  AttributeValue: jsonText({ max: 2000 }),
});

/** Lookups of the store that one call makes: it costs no more, however rare what it looks for is. */
const maxLookups = 100;

/** Management events backwards: until there are enough, or so many were looked at, that the rest is for the next call. */
export async function scanEvents(
  store: Pick<EventStore, "lookup">,
  time: RequestTime,
  { limit, ...query }: EventQuery,
): Promise<EventsBack> {
  const found: StoredEvent[] = [];
  let { before } = query;
  for (let lookup = 0; lookup < maxLookups; lookup += 1) {
    await time.turn();
    const { events, next } = await store.lookup({ ...query, before, limit: limit - found.length });
    found.push(...events);
    before = next;
    if (next === undefined || found.length === limit) break;
  }
  return { events: found, next: before };
}

export const isSequence = (value: unknown): value is number => Number.isSafeInteger(value);

/**
 * Management events of the caller's account, the newest first. A page may be empty and have a token.
 * https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_LookupEvents.html
 */
export const lookupEvents = defineCloudtrail({
  name: "LookupEvents",
  fields: {
    LookupAttributes: jsonList(attribute, 1),
    ...timeRange,
    EventCategory: jsonOptional(jsonText({ max: 64 })),
    MaxResults: maxResults(50, 50),
    NextToken: token,
  },
  async run(values, { accountId, ports, time }) {
    if (values.EventCategory !== undefined) return refuse("InvalidEventCategoryException");
    const range = rangeOf(values);
    if (isRefusal(range)) return range;
    const before = readToken(values.NextToken, isSequence);
    if (isRefusal(before)) return before;
    const [asked] = values.LookupAttributes;
    const key = asked === undefined ? undefined : `${asked.AttributeKey}=${asked.AttributeValue}`;
    const query = { accountId, key, ...range, before, limit: values.MaxResults };
    const { events, next } = await scanEvents(ports.events, time, query);
    return { Events: events.map(eventOf), NextToken: next === undefined ? undefined : tokenOf(next) };
  },
});

interface ReadEvent {
  readonly eventID: string;
  readonly eventName: string;
  readonly eventSource: string;
  readonly eventTime: string;
  readonly readOnly: boolean;
  readonly userIdentity: {
    readonly type?: string;
    readonly accessKeyId?: string;
    readonly userName?: string;
    readonly principalId?: string;
  };
  readonly resources?: readonly { readonly type: string; readonly ARN: string }[];
}

/** https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_Event.html */
function eventOf({ body }: StoredEvent): JsonOutput {
  const event = JSON.parse(body) as ReadEvent;
  const { userIdentity, resources = [] } = event;
  return {
    EventId: event.eventID,
    EventName: event.eventName,
    ReadOnly: String(event.readOnly),
    AccessKeyId: userIdentity.accessKeyId,
    EventTime: Date.parse(event.eventTime) / 1000,
    EventSource: event.eventSource,
    Username: userNameOf(userIdentity),
    // A list is asked on a path (`user/`), which names no resource.
    Resources: resources
      .map(({ type, ARN }) => ({ ResourceType: type, ResourceName: nameOf(ARN) }))
      .filter(({ ResourceName }) => ResourceName !== ""),
    CloudTrailEvent: body,
  };
}

function userNameOf({ type, userName, principalId }: ReadEvent["userIdentity"]): string | undefined {
  if (type === "Root") return "root";
  return userName ?? (type === "AWSAccount" ? undefined : principalId?.slice(principalId.indexOf(":") + 1));
}

function nameOf(arn: string): string {
  return arn.startsWith("arn:aws:s3:::") ? arn.slice("arn:aws:s3:::".length) : arn.slice(arn.lastIndexOf("/") + 1);
}
