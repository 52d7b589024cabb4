import { trimBlanks } from "@s3-credentials/protocol";
import type { ObjectVersion } from "../../ports/object-version.ts";
import type { WriteCondition } from "../../ports/object-write.ts";
import { type Refusal, refuse } from "../operation.ts";
import type { Seen } from "./s3-subject.ts";

type Headers = ReadonlyMap<string, string>;

/** Preconditions of a read; times are ms, seconds precision. */
export interface ReadConditions {
  readonly ifMatch: string | undefined;
  readonly ifNoneMatch: string | undefined;
  readonly ifModifiedSince: number | undefined;
  readonly ifUnmodifiedSince: number | undefined;
}

/** What `readConditions` reads. */
export const readConditionMembers = ["if-match", "if-none-match", "if-modified-since", "if-unmodified-since"] as const;

/** What `readWriteCondition` reads. */
export const writeConditionMembers = ["if-match", "if-none-match"] as const;

/** `prefix`: `x-amz-copy-source-` for the source of a copy. An unreadable date counts as absent (RFC 9110). */
export function readConditions(headers: Headers, prefix = ""): ReadConditions {
  const time = (name: string): number | undefined => httpTime(headers.get(`${prefix}${name}`) ?? "");
  return {
    ifMatch: headers.get(`${prefix}if-match`),
    ifNoneMatch: headers.get(`${prefix}if-none-match`),
    ifModifiedSince: time("if-modified-since"),
    ifUnmodifiedSince: time("if-unmodified-since"),
  };
}

const zone = /:\d\d(?:\.\d+)? ?(?:GMT|UTC|Z|[+-]\d\d:?\d\d)$/;
const withoutZone = /^[A-Z][a-z]{2} [A-Z][a-z]{2} [ \d]\d \d\d:\d\d:\d\d \d{4}$/;

/**
 * ms since the epoch, of an HTTP date or another one that says its zone. The form of C's `asctime` says none and is in UTC, wherever the
 * gateway is. https://www.rfc-editor.org/rfc/rfc9110#section-5.6.7
 */
function httpTime(text: string): number | undefined {
  const trimmed = trimBlanks(text);
  const time = Date.parse(withoutZone.test(trimmed) ? `${trimmed} GMT` : zone.test(trimmed) ? trimmed : "");
  return Number.isNaN(time) ? undefined : time;
}

/**
 * In the order of RFC 9110 section 13.2.2: a match outweighs a date.
 * https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObject.html
 */
export function checkConditions(
  conditions: ReadConditions,
  version: ObjectVersion,
): "proceed" | "not-modified" | "failed" {
  const { ifMatch, ifNoneMatch, ifModifiedSince, ifUnmodifiedSince } = conditions;
  const modified = Math.floor(version.lastModified / 1000) * 1000;
  if (ifMatch !== undefined) {
    if (!matches(ifMatch, version.etag)) return "failed";
  } else if (ifUnmodifiedSince !== undefined && modified > ifUnmodifiedSince) {
    return "failed";
  }
  if (ifNoneMatch !== undefined) return matches(ifNoneMatch, version.etag) ? "not-modified" : "proceed";
  return ifModifiedSince !== undefined && modified <= ifModifiedSince ? "not-modified" : "proceed";
}

/** Names the condition that `checkConditions` found not met. `prefix`: of its header. */
export function conditionFailed(
  verdict: "not-modified" | "failed",
  { ifMatch, ifNoneMatch }: ReadConditions,
  prefix = "",
): Refusal {
  const failed = ifMatch === undefined ? "If-Unmodified-Since" : "If-Match";
  const notModified = ifNoneMatch === undefined ? "If-Modified-Since" : "If-None-Match";
  const name = verdict === "failed" ? failed : notModified;
  return refuse("PreconditionFailed", undefined, { details: { Condition: `${prefix}${name}` } });
}

/**
 * RFC 9110 section 13.1.5: only a strong match keeps the range, because otherwise a client that resumes would join bytes of two objects. A
 * date holds only when it is exactly that of the object.
 */
export function keepsRange(ifRange: string | undefined, { etag, lastModified }: ObjectVersion): boolean {
  if (ifRange === undefined) return true;
  const text = trimBlanks(ifRange);
  return text === `"${etag}"` || httpTime(text) === Math.floor(lastModified / 1000) * 1000;
}

function matches(list: string, etag: string): boolean {
  return list.split(",").some((item) => {
    const text = trimBlanks(item).replace(/^W\//, "");
    return text === "*" || text === etag || text === `"${etag}"`;
  });
}

/** https://docs.aws.amazon.com/AmazonS3/latest/userguide/conditional-writes.html */
export function readWriteCondition(headers: Headers): WriteCondition | Refusal {
  const [ifMatch, ifNoneMatch] = [headers.get("if-match"), headers.get("if-none-match")];
  if (ifNoneMatch !== undefined && ifNoneMatch !== "*") {
    return refuse("NotImplemented", "A write takes If-None-Match with the value * only.", {
      details: { Header: "If-None-Match" },
    });
  }
  if (ifMatch !== undefined && ifNoneMatch !== undefined)
    return refuse("NotImplemented", "A write takes If-Match or If-None-Match, not both.");
  if (ifMatch !== undefined) return { ifMatch: unquoted(ifMatch) };
  return ifNoneMatch === undefined ? {} : { ifNoneMatch: "*" };
}

/** Where a decision depended on the object, it holds for no other one: see `WriteCondition`. */
export function asSeen<Condition extends WriteCondition>(
  condition: Condition,
  seen: Seen | undefined,
): Condition & Pick<WriteCondition, "seen"> {
  if (seen === undefined) return condition;
  if (seen.version?.kind !== "object") return { ...condition, seen: "none" };
  const { content, metadata } = seen.version;
  const { tags = [], acl } = metadata;
  return { ...condition, seen: { content, tags, ...(acl === undefined ? {} : { acl }) } };
}

/** ETags are stored without quotes, and clients send them with or without. */
export function unquoted(ifMatch: string): string {
  return ifMatch.replaceAll('"', "");
}
