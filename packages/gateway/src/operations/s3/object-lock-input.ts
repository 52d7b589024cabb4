import { hasChecksum } from "./request-checksum.ts";
import { readIsoDate } from "./iso-date.ts";
import { retentionFrom } from "../../domain/objects/object-lock.ts";
import type { BucketRecord } from "../../ports/bucket-registry.ts";
import type { ObjectMetadata } from "../../ports/object-version.ts";
import { type ObjectLock, type Retention, retentionModes } from "../../ports/object-lock.ts";
import { isRefusal, type Refusal, refuse } from "../operation.ts";

type Headers = ReadonlyMap<string, string>;

const [modeHeader, dateHeader, holdHeader] = [
  "x-amz-object-lock-mode",
  "x-amz-object-lock-retain-until-date",
  "x-amz-object-lock-legal-hold",
] as const;

/** What `readLock` reads. */
export const lockMembers = [modeHeader, dateHeader, holdHeader] as const;

export const bypassMember = "x-amz-bypass-governance-retention";

/** Whether the request asks to lift retentions in governance mode, which `s3:BypassGovernanceRetention` is demanded for. */
export function bypassesGovernance(headers: Headers): boolean {
  return headers.get(bypassMember)?.toLowerCase() === "true";
}

export const enabledMember = "x-amz-bucket-object-lock-enabled";

/** Whether a new bucket is to have Object Lock. */
export function hasObjectLock(headers: Headers): boolean {
  return headers.get(enabledMember)?.toLowerCase() === "true";
}

function invalid(name: string, message: string): Refusal {
  return refuse("InvalidArgument", message, { details: { ArgumentName: name } });
}

/** A retention in words. Whether it lies in the future is asked when the request is done: see `refusePast`. */
export function readRetention(mode: string, date: string): Retention | Refusal {
  const known = retentionModes.find((one) => one === mode);
  if (known === undefined) return invalid(modeHeader, "Unknown wormMode directive.");
  const until = readIsoDate(date);
  return Number.isNaN(until)
    ? invalid(dateHeader, "The retain until date must be provided in ISO 8601 format")
    : { mode: known, until };
}

export function refusePast({ until }: Retention, now: number): Refusal | undefined {
  return until > now ? undefined : invalid(dateHeader, "The retain until date must be in the future!");
}

/** What a write asks for, and whether it brings what its bytes are checked against. */
export interface AskedLock {
  /** Undefined: what the bucket gives. */
  readonly lock: ObjectLock | undefined;
  readonly isChecked: boolean;
}

/** https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutObject.html */
export function readLock(headers: Headers): AskedLock | Refusal {
  const [mode, date, hold] = lockMembers.map((name) => headers.get(name));
  const isChecked = hasChecksum(headers);
  if ((mode === undefined) !== (date === undefined))
    return invalid(
      mode === undefined ? modeHeader : dateHeader,
      "x-amz-object-lock-retain-until-date and x-amz-object-lock-mode must both be supplied",
    );
  if (hold !== undefined && hold !== "ON" && hold !== "OFF")
    return invalid(holdHeader, "Legal hold must be either of 'ON' or 'OFF'");
  const retention = mode === undefined || date === undefined ? undefined : readRetention(mode, date);
  if (isRefusal(retention)) return retention;
  if (retention === undefined && hold === undefined) return { lock: undefined, isChecked };
  const lock = {
    ...(retention === undefined ? {} : { retention }),
    ...(hold === undefined ? {} : { legalHold: hold === "ON" }),
  };
  return { lock, isChecked };
}

/** "Bucket is missing …": what S3 says of everything about locks in a bucket without them. */
export function refuseWithoutLock({ objectLock }: BucketRecord): Refusal | undefined {
  return objectLock === undefined ? refuse("InvalidRequest", "Bucket is missing Object Lock Configuration") : undefined;
}

/** The retention of an object of this bucket that names none. */
export function defaultRetentionOf({ objectLock }: BucketRecord, now: number): Pick<ObjectLock, "retention"> {
  const { defaultRetention } = objectLock ?? {};
  return defaultRetention === undefined ? {} : { retention: retentionFrom(defaultRetention, now) };
}

/** The lock that was asked for, when this bucket takes it. */
export function askedLock(
  { lock }: AskedLock,
  bucket: BucketRecord,
  now: number,
): Pick<ObjectMetadata, "lock"> | Refusal {
  if (lock === undefined) return {};
  const refused = refuseWithoutLock(bucket) ?? (lock.retention && refusePast(lock.retention, now));
  return refused ?? { lock };
}

/** The lock of a new object. */
export function chooseLock(
  asked: AskedLock,
  bucket: BucketRecord,
  now: number,
): Pick<ObjectMetadata, "lock"> | Refusal {
  const own = askedLock(asked, bucket, now);
  if (isRefusal(own)) return own;
  const lock = { ...defaultRetentionOf(bucket, now), ...own.lock };
  return Object.keys(lock).length === 0 ? {} : { lock };
}

/**
 * Bytes that nobody can replace have to be those that were meant.
 * https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-lock-managing.html
 */
export function refuseUnchecked(isLocked: boolean, isChecked: boolean, what: "Object" | "Part"): Refusal | undefined {
  return isLocked && !isChecked
    ? refuse(
        "InvalidRequest",
        `Content-MD5 OR x-amz-checksum- HTTP header is required for Put ${what} requests with Object Lock parameters`,
      )
    : undefined;
}
