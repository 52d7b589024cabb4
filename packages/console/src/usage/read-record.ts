/** What the record of calls says of a window of time, and how sure that is. */
import { isRecord, fieldsOf, addEvent, emptyUsage, isWholeWindow, type RecordedUsage } from "@s3-credentials/policy";
import { callJson, type Members, memberText } from "../api/call.ts";

export interface RecordWindow {
  readonly usage: RecordedUsage;
  /** Later than what was asked for when there are more events than the page reads. */
  readonly since: Date;
  /** Allowed calls on objects are in the record. */
  readonly hasObjectCalls: boolean;
  /** Every call of the window is known to be in the record. */
  readonly isWhole: boolean;
}

/** A page is read while somebody waits: so many calls of each kind at most. */
const maxCalls = 200;

/** `report` gets the number of events that were read. */
export async function readRecord(asked: Date, report: (events: number) => void): Promise<RecordWindow> {
  const usage = emptyUsage();
  const management = await readKind("LookupEvents", 50, { usage, asked, report });
  const data = await readKind("LookupDataEvents", 1000, { usage, asked, report });
  const since = management.since > data.since ? management.since : data.since;
  const { allCallsSince } = data;
  const isWhole = isWholeWindow({ since, allCallsSince, dropped: usage.dropped });
  return { usage, since, hasObjectCalls: allCallsSince !== undefined, isWhole };
}

interface Reading {
  readonly usage: RecordedUsage;
  readonly asked: Date;
  readonly report: (events: number) => void;
}

/** The newest events come first. */
async function readKind(
  operation: "LookupEvents" | "LookupDataEvents",
  MaxResults: number,
  { usage, asked, report }: Reading,
): Promise<{ readonly since: Date; readonly allCallsSince: Date | undefined }> {
  const StartTime = Math.floor(asked.getTime() / 1000);
  let allCallsSince: Date | undefined;
  let last = "";
  let next = "";
  for (let call = 0; call < maxCalls; call += 1) {
    const answer = await callJson("cloudtrail", operation, {
      StartTime,
      MaxResults,
      ...(next === "" ? {} : { NextToken: next }),
    });
    for (const one of Array.isArray(answer["Events"]) ? answer["Events"].filter(isRecord) : []) {
      const event: unknown = JSON.parse(memberText(one, "CloudTrailEvent"));
      const members: Members = fieldsOf(event);
      addEvent(usage, members);
      last = memberText(members, "eventTime");
    }
    report(usage.events);
    const from = answer["AllCallsSince"];
    if (typeof from === "number") allCallsSince = new Date(from * 1000);
    next = memberText(answer, "NextToken");
    if (next === "") return { since: asked, allCallsSince };
  }
  return { since: new Date(last), allCallsSince };
}
