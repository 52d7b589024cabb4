import type { DataEventReader, LinePosition } from "../../ports/event-store.ts";
import type { RequestTime } from "../../ports/time-budget.ts";
import { jsonBoolean, jsonDefault, jsonOptional, jsonText } from "../json/json-fields.ts";
import { isRefusal } from "../operation.ts";
import { defineCloudtrail, maxResults, rangeOf, readToken, timeRange, token, tokenOf } from "./define-cloudtrail.ts";

/** Bytes that one turn reads and parses. */
const sliceBytes = 128 * 1024;
/** Slices that one call reads: it costs no more, however rare what it looks for is. */
const maxSlices = 8;

export interface DataEvent {
  readonly recipientAccountId?: string;
  readonly eventTime?: string;
  readonly eventName?: string;
  readonly errorCode?: string;
  readonly requestID?: string;
  readonly userIdentity?: {
    readonly userName?: string;
    readonly principalId?: string;
    readonly sessionContext?: { readonly sessionIssuer?: { readonly userName?: string } };
  };
  readonly requestParameters?: { readonly bucketName?: string } | null;
}

export function isPosition(value: unknown): value is LinePosition {
  if (typeof value !== "object" || value === null || !("file" in value) || !("before" in value)) return false;
  return typeof value.file === "string" && Number.isSafeInteger(value.before) && Number(value.before) >= 0;
}

interface Scan {
  readonly reader: DataEventReader;
  readonly accountId: string;
  readonly time: RequestTime;
  readonly from: LinePosition | undefined;
  /** A text that every wanted line has in it, so that most others are not parsed. */
  readonly contains: string;
  readonly limit: number;
  /** Asked of the account's own events. `end`: this one, and all before it, are too old. */
  readonly wants: (event: DataEvent) => boolean | "end";
}

interface Scanned {
  readonly found: readonly string[];
  /** Undefined: there is nothing before. */
  readonly next: LinePosition | undefined;
}

/** Data events backwards from a position: until there are enough, or so many bytes were read, that the rest is for the next call. */
export async function scanDataEvents({
  reader,
  accountId,
  time,
  from,
  contains,
  limit,
  wants,
}: Scan): Promise<Scanned> {
  const found: string[] = [];
  let position = from;
  for (let slice = 0; slice < maxSlices; slice += 1) {
    await time.turn();
    const { lines, next } = await reader.readBack(accountId, position, sliceBytes);
    for (const { text, at } of lines) {
      if (!text.includes(contains)) continue;
      const event = JSON.parse(text) as DataEvent;
      const wanted = event.recipientAccountId === accountId && wants(event);
      if (wanted === "end") return { found, next: undefined };
      if (wanted) found.push(text);
      if (found.length === limit) return { found, next: at.before === 0 ? next : at };
    }
    if (next === undefined) return { found, next };
    position = next;
  }
  return { found, next: position };
}

/**
 * Calls on objects in the caller's account, the newest first: those that were denied, and all of them when the gateway records all. Ours:
 * CloudTrail writes them to a bucket. A page may be empty and have a token.
 */
export const lookupDataEvents = defineCloudtrail({
  name: "LookupDataEvents",
  fields: {
    ...timeRange,
    Username: jsonOptional(jsonText({ max: 128 })),
    BucketName: jsonOptional(jsonText({ max: 63 })),
    Denied: jsonDefault(jsonBoolean, false),
    MaxResults: maxResults(1000, 100),
    NextToken: token,
  },
  async run(values, { accountId, ports, time }) {
    const range = rangeOf(values);
    if (isRefusal(range)) return range;
    const from = readToken(values.NextToken, isPosition);
    if (isRefusal(from)) return from;
    const { found, next } = await scanDataEvents({
      reader: ports.dataEvents,
      accountId,
      time,
      from,
      contains: accountId,
      limit: values.MaxResults,
      wants(event) {
        const at = Date.parse(event.eventTime ?? "");
        if (at < range.from - startSlackMs) return "end";
        return at >= range.from - 999 && at <= range.to && fits(event, values);
      },
    });
    return {
      // Seconds, as every time of CloudTrail's. What an earlier process recorded is not known.
      AllCallsSince: ports.allDataSince === undefined ? undefined : ports.allDataSince / 1000,
      Events: found.map((CloudTrailEvent) => ({ CloudTrailEvent })),
      NextToken: next === undefined ? undefined : tokenOf(next),
    };
  },
});

/** Lines are in the order in which calls ended, and events have the time when they began: a long one may be this late, ms. */
const startSlackMs = 60 * 60 * 1000;

interface Filters {
  readonly Username: string | undefined;
  readonly BucketName: string | undefined;
  readonly Denied: boolean;
}

function fits(
  { userIdentity, requestParameters, errorCode }: DataEvent,
  { Username, BucketName, Denied }: Filters,
): boolean {
  if (Denied && errorCode !== "AccessDenied") return false;
  if (BucketName !== undefined && requestParameters?.bucketName !== BucketName) return false;
  if (Username === undefined) return true;
  const { userName, principalId = "", sessionContext } = userIdentity ?? {};
  const session = principalId.includes(":") ? principalId.slice(principalId.indexOf(":") + 1) : undefined;
  return [userName, session, sessionContext?.sessionIssuer?.userName].includes(Username);
}
