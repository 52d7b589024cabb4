import { setTimeout as sleep } from "node:timers/promises";
import type { Context } from "../command-line/context.ts";
import {
  type Command,
  type CommandDefinition,
  hasOption,
  type Invocation,
  type OptionValues,
  textOption,
} from "../command-line/definition.ts";
import { interruptedExit, UsageError } from "../command-line/failures.ts";
import { parseSince } from "../input/since.ts";
import { type EventFields, eventLine } from "../output/event-line.ts";
import { connectionOf } from "../service/connection.ts";
import { type AskEvents, type EventOperation, eventService, type Members } from "../service/event-service.ts";

const definition = {
  name: "events",
  summary: "Show what was done and what was denied: the record of a gateway, the newest last",
  arguments: [],
  options: [
    { name: "follow", summary: "go on with what happens from now on" },
    { name: "user", value: "NAME", summary: "of this user, or of sessions of this name" },
    { name: "bucket", value: "NAME", summary: "on this bucket and its objects" },
    { name: "event", value: "NAME", summary: "of this name, such as CreateUser" },
    { name: "denied", summary: "only what was denied" },
    { name: "since", value: "WHEN", summary: "since then: 30m, 12h, 7d or 2w ago, or a date or time of UTC" },
    { name: "limit", value: "N", summary: "so many at most, the newest", default: "100" },
    { name: "management", summary: "without calls on objects" },
    { name: "data", summary: "only calls on objects" },
    { name: "all", summary: "with the calls that read events" },
    { name: "json", summary: "each event as a line of JSON" },
  ],
  service: true,
  handlesInterrupt: true,
  example: "s3-credentials events --denied --since 1h --local",
} as const satisfies CommandDefinition;

interface Wanted {
  readonly user: string | undefined;
  readonly bucket: string | undefined;
  readonly event: string | undefined;
  readonly denied: boolean;
  readonly all: boolean;
  readonly limit: number;
  readonly operations: readonly EventOperation[];
}

/** Between two questions of `--follow`. */
const pollMs = 2000;
/** An event may come later than one that began after it, s: a question goes so far back, and known events are left out. */
const overlapSeconds = 30;

async function run(context: Context, { options }: Invocation): Promise<number> {
  const wanted = wantedOf(options);
  const since = sinceOf(options);
  const ask = eventService(await connectionOf(context, options));
  const print = async (event: EventFields): Promise<void> => {
    const line = hasOption(options, "json") ? JSON.stringify(event) : context.shown(eventLine(event));
    await context.print(`${line}\n`);
  };
  const seen = new Set<string>();
  let from = since;
  for (;;) {
    const asked = Math.floor(Date.now() / 1000);
    const events = await newest(ask, wanted, from);
    for (const event of events) {
      const id = String(event["eventID"]);
      if (!seen.has(id)) await print(event);
      seen.add(id);
    }
    if (!hasOption(options, "follow")) return 0;
    from = asked - overlapSeconds;
    for (const id of [...seen].slice(0, Math.max(0, seen.size - 100_000))) seen.delete(id);
    await sleep(pollMs, undefined, { signal: context.signal }).catch(() => undefined);
    if (context.signal.aborted) return interruptedExit;
  }
}

function wantedOf(options: OptionValues): Wanted {
  const [management, data] = [hasOption(options, "management"), hasOption(options, "data")];
  if (management && data) throw new UsageError("--management and --data exclude each other");
  const limit = textOption(options, "limit") ?? "100";
  if (!/^[1-9]\d{0,5}$/.test(limit)) throw new UsageError(`invalid --limit "${limit}": give a number of 1 or more`);
  return {
    user: textOption(options, "user"),
    bucket: textOption(options, "bucket"),
    event: textOption(options, "event"),
    denied: hasOption(options, "denied"),
    all: hasOption(options, "all"),
    limit: Number(limit),
    operations: management ? ["LookupEvents"] : data ? ["LookupDataEvents"] : ["LookupEvents", "LookupDataEvents"],
  };
}

/** Seconds since the epoch. */
function sinceOf(options: OptionValues): number | undefined {
  const text = textOption(options, "since");
  return text === undefined ? undefined : parseSince(text);
}

/** The newest events that are wanted, in the order of their time. */
async function newest(ask: AskEvents, wanted: Wanted, from: number | undefined): Promise<readonly EventFields[]> {
  const found: EventFields[] = [];
  for (const operation of wanted.operations) found.push(...(await ofOperation(ask, operation, wanted, from)));
  const time = (event: EventFields): string => String(event["eventTime"]);
  return found.toSorted((one, other) => (time(one) < time(other) ? -1 : 1)).slice(-wanted.limit);
}

/** The oldest first. */
async function ofOperation(
  ask: AskEvents,
  operation: EventOperation,
  wanted: Wanted,
  from: number | undefined,
): Promise<readonly EventFields[]> {
  const found: EventFields[] = [];
  const members = { ...filtersOf(operation, wanted), ...(from === undefined ? {} : { StartTime: from }) };
  let token: unknown;
  do {
    const page = await ask(operation, { ...members, ...(token === undefined ? {} : { NextToken: token }) });
    const listed = Array.isArray(page["Events"]) ? (page["Events"] as readonly Members[]) : [];
    for (const { CloudTrailEvent } of listed) {
      const event = JSON.parse(String(CloudTrailEvent)) as EventFields;
      if (isWanted(event, wanted)) found.push(event);
    }
    token = page["NextToken"];
  } while (token !== undefined && found.length < wanted.limit);
  return found.slice(0, wanted.limit).toReversed();
}

/** What the service looks for itself: one attribute of management events, all of data events but the name. */
function filtersOf(operation: EventOperation, { user, bucket, event, denied }: Wanted): Members {
  if (operation === "LookupDataEvents")
    return {
      ...(user === undefined ? {} : { Username: user }),
      ...(bucket === undefined ? {} : { BucketName: bucket }),
      ...(denied ? { Denied: true } : {}),
    };
  const attributes = [
    ["ResourceName", bucket],
    ["EventName", event],
    ["Username", user],
  ] as const;
  const [first] = attributes.filter(([, value]) => value !== undefined);
  return first === undefined ? {} : { LookupAttributes: [{ AttributeKey: first[0], AttributeValue: first[1] }] };
}

function isWanted(event: EventFields, { user, bucket, event: name, denied, all }: Wanted): boolean {
  if (!all && event["eventSource"] === "cloudtrail.amazonaws.com" && event["eventName"] !== "DataEventsDropped")
    return false;
  if (name !== undefined && event["eventName"] !== name) return false;
  if (denied && !textOf(event["errorCode"]).startsWith("AccessDenied")) return false;
  const parameters = (event["requestParameters"] ?? {}) as EventFields;
  if (bucket !== undefined && parameters["bucketName"] !== bucket) return false;
  return user === undefined || namesOf(event).includes(user);
}

function namesOf(event: EventFields): readonly unknown[] {
  const identity = (event["userIdentity"] ?? {}) as EventFields;
  const context = (identity["sessionContext"] ?? {}) as { readonly sessionIssuer?: { readonly userName?: string } };
  const principal = textOf(identity["principalId"]);
  const type = identity["type"] === "Root" ? "root" : undefined;
  return [identity["userName"], principal.slice(principal.indexOf(":") + 1), context.sessionIssuer?.userName, type];
}

function textOf(value: unknown): string {
  return typeof value === "string" ? value : "";
}

export const events: Command = { definition, run };
