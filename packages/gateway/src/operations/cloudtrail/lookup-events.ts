import type { StoredEvent } from "../../ports/event-store.ts";
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

const isSequence = (value: unknown): value is number => Number.isSafeInteger(value);

/** Management events of the caller's account, the newest first. https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_LookupEvents.html */
export const lookupEvents = defineCloudtrail({
  name: "LookupEvents",
  fields: {
    LookupAttributes: jsonList(attribute, 1),
    ...timeRange,
    EventCategory: jsonOptional(jsonText({ max: 64 })),
    MaxResults: maxResults(50, 50),
    NextToken: token,
  },
  async run(values, { accountId, ports }) {
    if (values.EventCategory !== undefined) return refuse("InvalidEventCategoryException");
    const range = rangeOf(values);
    if (isRefusal(range)) return range;
    const before = readToken(values.NextToken, isSequence);
    if (isRefusal(before)) return before;
    const [asked] = values.LookupAttributes;
    const key = asked === undefined ? undefined : `${asked.AttributeKey}=${asked.AttributeValue}`;
    const limit = values.MaxResults;
    const found = await ports.events.lookup({ accountId, key, ...range, before, limit: limit + 1 });
    const page = found.slice(0, limit);
    const last = page.at(-1);
    return {
      Events: page.map(eventOf),
      NextToken: found.length > limit && last !== undefined ? tokenOf(last.seq) : undefined,
    };
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
    Resources: resources.map(({ type, ARN }) => ({ ResourceType: type, ResourceName: nameOf(ARN) })),
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
