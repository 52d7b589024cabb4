export type S3Method = "GET" | "HEAD" | "PUT" | "POST" | "DELETE";

/** The difference between two operations with the same method and sub-resource: the request that has this mark means this one. */
export type RouteMark = "copy-source" | "browser-form" | "list-type-2" | "without-id" | "without-annotation-name";

/** The requests that mean an operation; `http/detect.ts` finds operations by their routes. */
export interface S3Route {
  /** `account`: an operation of S3 Control. */
  readonly level: "service" | "account" | "bucket" | "object";
  readonly method: S3Method;
  /**
   * The parameter of the query that names a part of the bucket or object: `policy`, `acl`. Of an account it is the last name of the path.
   */
  readonly subResource?: string | undefined;
  readonly mark?: RouteMark;
}

/** The head of an S3 request after parsing. */
export interface S3Request {
  /** Decoded query parameters; the first of each name. A parameter without `=` has the value ``. */
  readonly query: ReadonlyMap<string, string>;
  /** Lower-case names; repeated headers joined with `,`. */
  readonly headers: ReadonlyMap<string, string>;
  /** It came over TLS. */
  readonly secure: boolean;
}

/** Names are decoded once: the decoded name is the one that is authorized and the one that is stored. */
export interface BucketRequest extends S3Request {
  readonly bucket: string;
}

export interface ObjectRequest extends BucketRequest {
  readonly key: string;
}
