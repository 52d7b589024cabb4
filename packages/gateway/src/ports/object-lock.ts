/** In governance mode whoever has the right to may lift a retention; in compliance mode nobody can. */
export const retentionModes = ["GOVERNANCE", "COMPLIANCE"] as const;

export type RetentionMode = (typeof retentionModes)[number];

/** A version is kept until then. */
export interface Retention {
  readonly mode: RetentionMode;
  /** ms since the epoch. */
  readonly until: number;
}

/**
 * What keeps a version from being removed.
 * https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-lock.html
 */
export interface ObjectLock {
  /** Absent: none. One that has passed stays here and keeps nothing. */
  readonly retention?: Retention;
  /** Absent: there never was one. */
  readonly legalHold?: boolean;
}

/** The retention that new objects of a bucket get which name none. */
export interface DefaultRetention {
  readonly mode: RetentionMode;
  readonly unit: "Days" | "Years";
  readonly count: number;
}

/** Of a bucket that has Object Lock. */
export interface ObjectLockConfiguration {
  /** Undefined: none. */
  readonly defaultRetention: DefaultRetention | undefined;
}
