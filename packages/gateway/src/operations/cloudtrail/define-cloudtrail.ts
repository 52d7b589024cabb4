import type { Grant } from "../../ports/grant.ts";
import type { CloudtrailOperationName } from "../../ports/operation-name.ts";
import { defineJson } from "../json/define-json.ts";
import {
  type JsonField,
  jsonDefault,
  jsonInteger,
  jsonOptional,
  type JsonSpec,
  jsonText,
  type JsonValues,
  readJsonFields,
} from "../json/json-fields.ts";
import type { JsonResult } from "../json/json-value.ts";
import { isRefusal, type JsonOperation, type OperationContext, type Refusal, refuse } from "../operation.ts";

interface CloudtrailDefinition<S extends JsonSpec> {
  readonly name: CloudtrailOperationName;
  readonly fields: S;
  readonly run: (values: JsonValues<S>, context: CloudtrailContext) => Promise<JsonResult | Refusal>;
}

export interface CloudtrailContext extends OperationContext {
  /** Whose events are read: the caller's account, and no other. */
  readonly accountId: string;
}

/** An operation that reads events of the caller's account: it demands `cloudtrail:NAME` on `*`. */
export function defineCloudtrail<S extends JsonSpec>({ name, fields, run }: CloudtrailDefinition<S>): JsonOperation {
  return defineJson<JsonValues<S>>("cloudtrail", {
    name,
    reads: Object.keys(fields),
    demands: [{ action: `cloudtrail:${name}`, resource: "none" }],
    conditionKeys: [],
    parse: (members) => readJsonFields(members, fields, "ValidationException"),
    resolve: async () => ({ resources: {}, context: new Map() }),
    async run({ accountId }: Grant, values, context) {
      return accountId === undefined ? refuse("AccessDenied") : run(values, { ...context, accountId });
    },
  });
}

/** Seconds since the epoch; ms here. */
const jsonTime: JsonField<number> = {
  read(value, name) {
    if (typeof value !== "number" || !Number.isFinite(value) || Math.abs(value) > 8.64e12)
      return refuse("SerializationException", `${name} must be a time in seconds.`);
    return Math.round(value * 1000);
  },
};

export const token = jsonOptional(jsonText({ max: 1024 }));
export const timeRange = { StartTime: jsonOptional(jsonTime), EndTime: jsonOptional(jsonTime) } as const;

/** https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_LookupEvents.html: 1 to 50. */
export function maxResults(most: number, usual: number): JsonField<number> {
  const field = jsonDefault(jsonInteger(1, most), usual);
  return {
    read(value, name) {
      const read = field.read(value, name);
      return typeof read === "number" || isRefusal(read)
        ? read
        : refuse("InvalidMaxResultsException", `MaxResults must be from 1 to ${most}.`);
    },
  };
}

/** ms. The store counts microseconds, and those are exact up to here: the year 2255. */
export const lastTime = Math.floor(Number.MAX_SAFE_INTEGER / 1000) - 1000;

/** ms; both ends are included. The times of events are whole seconds, so the second in which the range ends belongs to it. */
export function rangeOf(values: {
  readonly StartTime: number | undefined;
  readonly EndTime: number | undefined;
}): { readonly from: number; readonly to: number } | Refusal {
  const { StartTime = 0, EndTime = lastTime } = values;
  if (StartTime > EndTime) return refuse("InvalidTimeRangeException");
  const inside = (time: number): number => Math.min(Math.max(-1, time), lastTime);
  return { from: inside(StartTime), to: inside(Math.floor(EndTime / 1000) * 1000 + 999) };
}

const invalidToken = refuse("InvalidNextTokenException");

export function tokenOf(position: unknown): string {
  return Buffer.from(JSON.stringify(position), "utf8").toString("base64url");
}

/** A token says where to go on in the caller's own events, so one that was made up gives nothing that a right one does not. */
export function readToken<T>(text: string | undefined, is: (value: unknown) => value is T): T | undefined | Refusal {
  if (text === undefined) return undefined;
  try {
    const value: unknown = JSON.parse(Buffer.from(text, "base64url").toString("utf8"));
    return is(value) ? value : invalidToken;
  } catch {
    return invalidToken;
  }
}
