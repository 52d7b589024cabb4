import type { ErrorCode, XmlNode } from "@s3-credentials/protocol";
import type { Principal } from "@s3-credentials/policy";
import type { VerifiedBody } from "@s3-credentials/protocol";
import type { Grant } from "../ports/grant.ts";
import type { Caller } from "../ports/principal-directory.ts";
import type { Ports } from "../ports/ports.ts";
import type { RequestTime } from "../ports/time-budget.ts";
import type { BucketRecord } from "../ports/bucket-registry.ts";

/** An expected end that is not success; `code` stands in the service's error table in `protocol`. */
export interface Refusal {
  readonly kind: "refusal";
  readonly code: ErrorCode;
  /** Default: the table's message. */
  readonly message?: string;
  /** Extra elements of the S3 error document: `Key`, `BucketName`, `VersionId` … */
  readonly details?: Readonly<Record<string, string>>;
  /** Extra response headers: `x-amz-delete-marker`, `content-range`, `etag` (304) … */
  readonly headers?: Readonly<Record<string, string>>;
}

export function refuse(code: ErrorCode, message?: string, extra?: Pick<Refusal, "details" | "headers">): Refusal {
  return { kind: "refusal", code, ...(message === undefined ? {} : { message }), ...extra };
}

export function isRefusal(value: unknown): value is Refusal {
  return typeof value === "object" && value !== null && "kind" in value && value.kind === "refusal";
}

/** The head of an S3 request after parsing: names decoded once; the decoded name is the one authorized and the one stored. */
export interface S3Request {
  readonly bucket: string | undefined;
  readonly key: string | undefined;
  /** Decoded query parameters; the first of each name. A parameter without `=` has the value ``. */
  readonly query: ReadonlyMap<string, string>;
  /** Lower-case names; repeated headers joined with `,`. */
  readonly headers: ReadonlyMap<string, string>;
}

/** A Query-protocol request (IAM, STS): the form's fields, `Action` and `Version` included. */
export interface QueryRequest {
  readonly parameters: ReadonlyMap<string, string>;
}

/** What S3 demands are made on. */
export interface S3Subject {
  readonly bucket?: string;
  readonly key?: string;
  readonly versionId?: string;
  readonly source?: { readonly bucket: string; readonly key: string; readonly versionId: string | undefined };
  /** DeleteObjects: one demand a key; refused keys are left out of `Grant.resources` (see `itemResource`). */
  readonly items?: readonly { readonly key: string; readonly versionId: string | undefined }[];
  /** Condition keys read from the body (`s3:LocationConstraint`); each must stand in the row's `conditionKeys`. */
  readonly context?: ReadonlyMap<string, string | readonly string[]>;
}

/**
 * How `Grant.resources` names an allowed item of a per-item operation. A key and one of its versions are different
 * items; NUL cannot occur in a key, so the two never meet.
 */
export function itemResource(
  bucket: string,
  item: { readonly key: string; readonly versionId: string | undefined },
): string {
  const arn = `arn:aws:s3:::${bucket}/${item.key}`;
  return item.versionId === undefined ? arn : `${arn}\0${item.versionId}`;
}

/** One action on one resource; all of an operation's demands whose `when` holds must be allowed. */
export interface Demand {
  /** `s3:GetObject`. */
  readonly action: string;
  /** What the action is asked on. `none`: `*`. For Query operations the name under which `resolve` gives it. */
  readonly resource: "bucket" | "object" | "source-object" | "item" | "none" | (string & {});
  /**
   * Named predicate (access/predicates.ts): `version-named`, `no-version`, `source-version-named`, `source-no-version`,
   * `tagging-header`, `acl-header`, `governance-bypass-header`, `legal-hold-header`, `retention-header`.
   * On an `item` demand the version ones look at that item.
   */
  readonly when?: string;
  /** Needs no Allow, but an explicit Deny counts: a user narrowing its own session. */
  readonly unlessDenied?: true;
}

/** A body that is read whole, but only once the caller's right is known, and verified before `read` sees it. */
export interface BufferedBody<Document = unknown> {
  readonly kind: "buffered";
  readonly maxBytes: number;
  /** Of an XML document; undefined for other formats. */
  readonly maxElements?: number;
  /**
   * `checksumOf: "object"`: the `x-amz-checksum-` headers (not a trailer) speak of the object the operation makes, which it
   * verifies itself, and say nothing of this body (CompleteMultipartUpload).
   */
  readonly checksumOf?: "object";
  /** Parses the bytes, and awaits a `turn` after every few thousand of them. */
  readonly read: (bytes: Buffer, turn: () => Promise<void>) => Promise<Document | Refusal>;
}

export type BodyMode = { readonly kind: "none" } | BufferedBody | { readonly kind: "stream" };

/** A resource of a Query operation as authorization sees it. */
export interface ResolvedResource {
  readonly arn: string;
  readonly accountId: string;
  /** How a refusal names it: only by what the request said, so that it tells nothing of what is stored. Default: `arn`. */
  readonly asSent?: string;
  /** The text of a role's trust policy, for sts:AssumeRole; undefined when there is no such role, so that it trusts nobody. */
  readonly trust?: { readonly document: string | undefined };
}

export interface Resolution {
  /**
   * By the names the row's demands use. `not-asked`: this request does not make that demand.
   * INVARIANT: a name a demand uses and this record lacks is a fault, never a demand left out.
   */
  readonly resources: Readonly<Record<string, ResolvedResource | "not-asked">>;
  /** Condition keys of this request: `iam:PolicyARN`, `iam:PermissionsBoundary`, `sts:ExternalId` … */
  readonly context: ReadonlyMap<string, string | readonly string[]>;
}

export interface OperationContext {
  readonly ports: Ports;
  /** All long work takes its turns here. */
  readonly time: RequestTime;
  readonly caller: Caller;
  readonly principal: Principal;
  readonly requestId: string;
  /** ms since the epoch, one for the whole request. */
  readonly now: number;
  /** Where the client says it talks to: scheme and host, no path; for `Location` elements. */
  readonly origin: string;
}

/** S3's own: buckets as they were when the request was authorized. */
export interface S3Context extends OperationContext {
  readonly bucket: BucketRecord | undefined;
  readonly sourceBucket: BucketRecord | undefined;
  /** Only for `body: stream`. Not read before `run` reads it. */
  readonly body: VerifiedBody | undefined;
  /** Whether the caller may list the bucket: then a miss is answered with 404 (else 403). Decided only when called. */
  readonly mayList: (which: "bucket" | "source") => Promise<boolean>;
}

export type ReplyBody =
  | { readonly kind: "none" }
  | { readonly kind: "xml"; readonly root: XmlNode }
  | { readonly kind: "text"; readonly text: string; readonly type: string }
  | { readonly kind: "stream"; readonly chunks: AsyncIterable<Buffer>; readonly length: number };

export interface Reply {
  readonly kind: "reply";
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: ReplyBody;
}

/**
 * A row of the S3 table; `Head`, `Document` and `Input` are private to the row (`defineS3` forgets them). `parse` and `subject` see
 * the request's head alone, so that buckets are found and demands are asked before a byte of the body is read.
 */
export interface S3Operation<Input = unknown, Head = Input, Document = unknown> {
  readonly name: string;
  readonly body: BodyMode;
  readonly demands: readonly Demand[];
  /** Condition keys this operation fills from the request, e.g. `s3:prefix`. */
  readonly conditionKeys: readonly string[];
  readonly parse: (request: S3Request) => Head | Refusal;
  readonly subject: (head: Head) => S3Subject;
  /** Only of a buffered body: what `run` gets, from the head and the document that `body.read` gave. */
  readonly parseBody?: (head: Head, document: Document) => Input | Refusal;
  /**
   * Only where a demand or condition key depends on the body. The demands are then asked with this subject, after the body was
   * read, of callers whom some Allow may concern; others are refused before.
   */
  readonly subjectOfBody?: (input: Input) => S3Subject;
  readonly run: (grant: Grant, input: Input, context: S3Context) => Promise<Reply | Refusal>;
}

/** A row with a buffered body, as it is written. */
export interface BufferedS3Operation<Head, Document, Input> extends S3Operation<Input, Head, Document> {
  readonly body: BufferedBody<Document>;
  readonly parseBody: (head: Head, document: Document) => Input | Refusal;
}

/** A row of the IAM or STS table. `run` gives the children of `<ActionResult>`; undefined: no result element. */
export interface QueryOperation<Input = unknown> {
  readonly name: string;
  readonly demands: readonly Demand[];
  readonly conditionKeys: readonly string[];
  readonly parse: (request: QueryRequest) => Input | Refusal;
  readonly resolve: (input: Input, context: OperationContext) => Promise<Resolution | Refusal>;
  readonly run: (
    grant: Grant,
    input: Input,
    context: OperationContext,
  ) => Promise<readonly XmlNode[] | undefined | Refusal>;
}

/**
 * A browser's preflight, the one S3 request that is answered before authentication: browsers ask it without credentials, and
 * all it tells is what the bucket's own CORS rules say to any page.
 */
export interface PreflightOperation {
  readonly name: string;
  readonly preflight: (headers: ReadonlyMap<string, string>, bucket: BucketRecord) => Reply | Refusal;
}

export function definePreflight(operation: PreflightOperation): PreflightOperation {
  return operation;
}

/** Known, documented, and not here: answers `NotImplemented` and stands in docs/differences.md. */
export interface NotImplementedOperation {
  readonly name: string;
  readonly notImplemented: string; // the date it was last looked at
}

export function defineS3<Input>(operation: S3Operation<Input>): S3Operation {
  return operation as unknown as S3Operation;
}

export function defineBufferedS3<Head, Document, Input>(
  operation: BufferedS3Operation<Head, Document, Input>,
): S3Operation {
  return operation as unknown as S3Operation;
}

export function defineQuery<Input>(operation: QueryOperation<Input>): QueryOperation {
  return operation as unknown as QueryOperation;
}
