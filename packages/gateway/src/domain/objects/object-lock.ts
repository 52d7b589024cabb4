import { dayMs } from "../../ports/clock.ts";
import type { MetadataChange } from "../../ports/object-write.ts";
import type { DefaultRetention, ObjectLock, Retention } from "../../ports/object-lock.ts";

/** How a request meets a lock. */
export interface LockRequest {
  /** The clock of the machine, ms since the epoch. A clock that was set back only keeps versions for longer. */
  readonly now: number;
  /** The caller asked to lift retentions in governance mode, and has the right to. */
  readonly bypassesGovernance: boolean;
}

/** Whether the retention binds this request. */
function binds(retention: Retention | undefined, { now, bypassesGovernance }: LockRequest): retention is Retention {
  if (retention === undefined || retention.until <= now) return false;
  return retention.mode === "COMPLIANCE" || !bypassesGovernance;
}

/**
 * Whether a version must stay. A legal hold is lifted by no right but that to take it away.
 * https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-lock.html
 */
export function isLocked(lock: ObjectLock | undefined, request: LockRequest): boolean {
  return lock?.legalHold === true || binds(lock?.retention, request);
}

/**
 * Whether a retention may take the place of another: one that binds is only ever extended, in the same mode.
 * https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-lock-managing.html
 */
export function mayReplaceRetention(
  before: Retention | undefined,
  after: Retention | undefined,
  request: LockRequest,
): boolean {
  if (!binds(before, request)) return true;
  return after !== undefined && after.mode === before.mode && after.until >= before.until;
}

type LockChange = Extract<
  MetadataChange,
  { readonly legalHold: boolean } | { readonly retention: Retention | undefined }
>;

/** The lock of a stored version after a change; `locked`: the retention that it has must stay. */
export function changedLock(lock: ObjectLock | undefined, change: LockChange, now: number): ObjectLock | "locked" {
  if ("legalHold" in change) return { ...lock, legalHold: change.legalHold };
  const { retention, bypassesGovernance } = change;
  if (!mayReplaceRetention(lock?.retention, retention, { now, bypassesGovernance })) return "locked";
  const { retention: _, ...hold } = lock ?? {};
  return retention === undefined ? hold : { ...hold, retention };
}

/** A retention that an upload began with is its own; the default is that of the moment in which the object is made. */
export function completedLock(lock: ObjectLock | undefined, retention: Retention | undefined): ObjectLock | undefined {
  return retention === undefined || lock?.retention !== undefined ? lock : { ...lock, retention };
}

/** The retention of an object that is made now. Years are those of the calendar. */
export function retentionFrom({ mode, unit, count }: DefaultRetention, now: number): Retention {
  if (unit === "Days") return { mode, until: now + count * dayMs };
  const until = new Date(now);
  // The year after a 29th of February ends on a 1st of March, never a day early.
  return { mode, until: until.setUTCFullYear(until.getUTCFullYear() + count) };
}
