import type { Version } from "../../ports/object-version.ts";
import type { Tag } from "../../ports/tag.ts";

export interface SourceName {
  readonly bucket: string;
  readonly key: string;
  readonly versionId: string | undefined;
}

export interface NamedItem {
  readonly key: string;
  readonly versionId: string | undefined;
  /** The ETag it must have, as it was sent. */
  readonly ifMatch?: string | undefined;
}

/** What demands and condition keys are about, beside the bucket and key of the request's path. */
export interface SubjectDetails {
  readonly versionId?: string | undefined;
  readonly source?: SourceName;
  /** DeleteObjects: the demands of each; refused ones are left out of `Grant.resources` (see `itemResource`). */
  readonly items?: readonly NamedItem[];
  /** The tags that the request puts on an object. */
  readonly requestTags?: readonly Tag[];
  /** Condition keys that are not in the head of the request (`s3:LocationConstraint`); the row's `conditionKeys` list each. */
  readonly context?: ReadonlyMap<string, string | readonly string[]>;
}

/** What was looked up of an object when the request was authorized. Undefined `version`: it is not there. */
export interface Seen {
  readonly version: Version | undefined;
}

/** The objects that the decision depended on: see `withSeenObjects`. The operation reads and changes these and looks up no others. */
export interface SeenObjects {
  readonly object?: Seen;
  readonly source?: Seen;
  /** The current versions of the items that are read for their ETag, by `itemResource`. */
  readonly items?: ReadonlyMap<string, Seen>;
}

export interface S3Subject extends SubjectDetails {
  readonly bucket?: string | undefined;
  readonly key?: string | undefined;
}

/**
 * How `Grant.resources` names an allowed item of a per-item operation. A key, one of its versions, and either of them with an ETag are
 * different items, because other rights are asked for each. NUL cannot occur in a key, a version id or XML, so they never meet.
 */
export function itemResource(bucket: string, { key, versionId, ifMatch }: NamedItem): string {
  const arn = `arn:aws:s3:::${bucket}/${key}`;
  if (ifMatch !== undefined) return `${arn}\0${versionId ?? ""}\0${ifMatch}`;
  return versionId === undefined ? arn : `${arn}\0${versionId}`;
}
