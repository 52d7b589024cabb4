import { checksumAlgorithms, headerOf, type VerifiedBody } from "@s3-credentials/protocol";
import type { BucketRecord } from "../../ports/bucket-registry.ts";
import type { ObjectVersion, Version } from "../../ports/data-plane.ts";
import type { Grant } from "../../ports/grant.ts";
import type { Tag } from "../../ports/tag.ts";
import type { S3ConditionKey, S3Demand } from "../demand.ts";
import {
  type BodyMode,
  type BufferedBody,
  isRefusal,
  type OperationContext,
  type Refusal,
  type Reply,
  refuse,
} from "../operation.ts";
import type { S3OperationName } from "../../ports/operation-name.ts";
import { modelOf, refuseUnreadHead, splitMembers } from "../members.ts";
import { conditionKeysOf } from "./condition-keys.ts";
import { versionIdOf } from "./names.ts";

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
  readonly subResource?: string;
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

/** What GetObject and HeadObject say of an object to those alone who may ask for it by itself. */
export type ReadablePart = "tags" | "retention" | "legal-hold";

/** What the pipeline hands to a row: names and buckets are there when the row's level has them. */
export interface S3Context extends OperationContext {
  readonly bucketName: string | undefined;
  readonly key: string | undefined;
  /** As the client addressed it, without a slash at its end: a host of its own, or a path. */
  readonly bucketUrl: string;
  /** Buckets as they were when the request was authorized. */
  readonly bucket: BucketRecord | undefined;
  readonly sourceBucket: BucketRecord | undefined;
  /** `?uploadId=` of the request. */
  readonly uploadId: string | undefined;
  /** Of a streamed body. Not read before `run` reads it. */
  readonly body: VerifiedBody | undefined;
  /** Whether the caller may list the bucket, so that a miss may be answered with 404 (else 403). Decided only when called. */
  readonly mayList: (which: "bucket" | "source") => Promise<boolean>;
  /** Whether the caller may know the tags or the lock of this version, which is the request's. Decided only when called. */
  readonly mayRead: (part: ReadablePart, version: ObjectVersion) => Promise<boolean>;
  readonly seen: SeenObjects;
}

export interface BucketContext extends OperationContext {
  readonly bucket: BucketRecord;
  readonly bucketUrl: string;
  /** Whether the caller may list the bucket, so that a miss may be answered with 404 (else 403). Decided only when called. */
  readonly mayList: () => Promise<boolean>;
  readonly seen: SeenObjects;
}

export interface ObjectContext extends BucketContext {
  readonly key: string;
  readonly mayRead: (part: ReadablePart, version: ObjectVersion) => Promise<boolean>;
}

export interface VersionContext extends ObjectContext {
  /** Undefined: the current version. */
  readonly versionId: string | undefined;
}

export interface UploadContext extends ObjectContext {
  readonly uploadId: string;
}

/** `uploadId` is that of a part that is copied, and empty for a copy of an object. */
export interface CopyContext extends UploadContext {
  readonly sourceBucket: BucketRecord;
  readonly mayListSource: () => Promise<boolean>;
}

export interface AccountContext extends OperationContext {
  /** The caller's own, which the request names. */
  readonly accountId: string;
}

export interface NewBucketContext extends OperationContext {
  readonly bucketName: string;
}

/** A row of the S3 table as the pipeline sees it. What `parse` and `parseBody` return is private to the row. */
export interface S3Operation {
  readonly name: S3OperationName;
  readonly route: S3Route;
  readonly body: BodyMode;
  /** Of what clients can send by the operation's model: what is honoured, and what is refused by name (see `members.ts`). */
  readonly reads: readonly string[];
  readonly refuses: ReadonlySet<string>;
  readonly demands: readonly S3Demand[];
  /** See `conditionKeysOf`. */
  readonly conditionKeys: readonly S3ConditionKey[];
  /** The request creates its bucket. The bucket may be absent, and when it exists its policy is not asked. */
  readonly makesBucket: boolean;
  /** Sees the head of the request alone, so that demands are asked before a byte of the body is read. */
  readonly parse: (request: S3Request, names: Pick<S3Subject, "bucket" | "key">) => unknown;
  readonly details: (head: unknown) => SubjectDetails;
  /** Why what the head asks for is not done. Asked when the caller's right is known, and before a byte of the body is read. */
  readonly unsupported: (request: S3Request) => Refusal | undefined;
  /** Only of a buffered body: what `run` gets, from the head and the document that `body.read` gave. */
  readonly parseBody?: (head: unknown, document: unknown) => unknown;
  /**
   * Only where a demand or condition key depends on the body. The demands are then asked with these details, after the body was
   * read, of callers whom some Allow may concern; others are refused before.
   */
  readonly detailsOfBody?: (input: unknown) => SubjectDetails;
  readonly run: (grant: Grant, input: unknown, context: S3Context) => Promise<Reply | Refusal>;
}

interface Row {
  readonly name: S3OperationName;
  readonly route: Omit<S3Route, "level">;
  /**
   * What `parse` and `parseBody` read, as `modelledMembers` names it: `header`, `prefix-*`, `?parameter`, `/path/of/an/element`. Beside the
   * bucket owners that are expected, the sub-resource, and the length and checksums of a body. All else is refused.
   */
  readonly reads?: readonly string[];
  readonly demands: readonly S3Demand[];
  /** Why values of headers that `parse` reads are not done: see `S3Operation`. Members that nothing reads are refused for the row. */
  readonly unsupported?: (request: S3Request) => Refusal | undefined;
  /**
   * For writes: whether they make an object, for policies that ask for conditional writes (`s3:ObjectCreationOperation`). Parts do not.
   * https://docs.aws.amazon.com/AmazonS3/latest/userguide/conditional-writes-enforce.html
   */
  readonly makesObject?: boolean;
}

/** An operation without a body. */
export interface Bodiless<Request, Context, Input> extends Row {
  readonly body?: undefined;
  readonly parse: (request: Request) => Input | Refusal;
  readonly details?: (input: Input) => SubjectDetails;
  readonly run: (grant: Grant, input: Input, context: Context) => Promise<Reply | Refusal>;
}

/** An operation whose body is an object's bytes. */
export interface Streamed<Request, Context, Input> extends Row {
  readonly body: "stream";
  readonly parse: (request: Request) => Input | Refusal;
  readonly details?: (input: Input) => SubjectDetails;
  readonly run: (
    grant: Grant,
    input: Input,
    context: Context & { readonly body: VerifiedBody },
  ) => Promise<Reply | Refusal>;
}

/** An operation whose body is a document: read whole once the demands were asked, and verified before `parseBody` sees it. */
export interface Buffered<Request, Context, Input, Head, Document> extends Row {
  readonly body: BufferedBody<Document>;
  readonly parse: (request: Request) => Head | Refusal;
  readonly details?: (head: Head) => SubjectDetails;
  readonly parseBody: (head: Head, document: Document) => Input | Refusal;
  readonly detailsOfBody?: (input: Input) => SubjectDetails;
  readonly run: (grant: Grant, input: Input, context: Context) => Promise<Reply | Refusal>;
}

/** Any of them, with its types forgotten. */
interface Forgotten extends Row {
  readonly body?: undefined | "stream" | "form" | BufferedBody;
  readonly parse: (request: never) => unknown;
  readonly details?: (head: never) => SubjectDetails;
  readonly parseBody?: (head: never, document: never) => unknown;
  readonly detailsOfBody?: (input: never) => SubjectDetails;
  readonly run: (grant: Grant, input: never, context: never) => Promise<Reply | Refusal>;
}

/** `parse` of an operation that reads nothing but its path. */
export function noInput(): undefined {
  return undefined;
}

/** INVARIANT: `http/detect.ts` finds a row by the level of the request, and the pipeline finds its buckets, so this never throws. */
function present<T>(value: T | undefined, what: string): T {
  if (value === undefined) throw new Error(`an S3 operation without ${what}`);
  return value;
}

function bucketContext(context: S3Context): BucketContext {
  return { ...context, bucket: present(context.bucket, "its bucket"), mayList: () => context.mayList("bucket") };
}

function objectContext(context: S3Context): ObjectContext {
  return {
    ...context,
    bucket: present(context.bucket, "its bucket"),
    key: present(context.key, "a key"),
    mayList: () => context.mayList("bucket"),
  };
}

function uploadContext(context: S3Context): UploadContext {
  return { ...objectContext(context), uploadId: context.uploadId ?? "" };
}

function copyContext(context: S3Context): CopyContext {
  return {
    ...uploadContext(context),
    sourceBucket: present(context.sourceBucket, "the bucket of its source"),
    mayListSource: () => context.mayList("source"),
  };
}

const creationContext = new Map(
  [true, false].map((made) => [made, new Map([["s3:ObjectCreationOperation", String(made)]])]),
);

/** What the pipeline reads for every row. */
const pipelineMembers = [
  "x-amz-expected-bucket-owner",
  "x-amz-source-expected-bucket-owner",
  "x-amz-request-payer",
] as const;
/** Read for the row: see `planBody`. */
const bodyMembers = [
  "content-length",
  "content-md5",
  "x-amz-sdk-checksum-algorithm",
  ...checksumAlgorithms.map(headerOf),
] as const;

/**
 * Refused by every operation that does not read them, because an object that is not encrypted as asked must not look as if it were.
 * https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObject.html: "you'll get an HTTP 400 Bad Request error".
 */
const encryptionMembers = modelOf("s3", "CopyObject")
  .split(" ")
  .filter((name) => name.includes("server-side-encryption"));

function membersOf({ name, route, reads = [], body }: Row & Pick<Forgotten, "body">) {
  const named = [
    ...reads,
    ...pipelineMembers,
    `?${route.subResource ?? ""}`,
    ...(body === undefined ? [] : bodyMembers),
  ];
  // A form has the fields that an object that is put has as headers.
  const { reads: read, refuses } = splitMembers(modelOf("s3", body === "form" ? "PutObject" : name), new Set(named));
  const known = new Set([...read, ...refuses]);
  return { reads: read, refuses, foreign: encryptionMembers.filter((name) => !known.has(name)) };
}

function refuseForeign(names: readonly string[], { headers }: S3Request): Refusal | undefined {
  const name = names.find((one) => headers.has(one));
  if (name === undefined) return undefined;
  return refuse("InvalidArgument", `${name} header is not supported for this operation.`, {
    details: { ArgumentName: name },
  });
}

function bodyMode(body: Forgotten["body"]): BodyMode {
  if (body === undefined) return { kind: "none" };
  return typeof body === "string" ? { kind: body } : body;
}

/** Forgets the types of a row, once they have been checked. `narrow` gives its `run` the context of its level. */
function row(
  level: S3Route["level"],
  definition: Forgotten,
  narrow: (context: S3Context) => object,
  makesBucket = false,
): S3Operation {
  const { name, route, demands, body, reads = [], makesObject, parseBody, detailsOfBody } = definition;
  const known = definition as unknown as Pick<S3Operation, "parse" | "run"> & {
    readonly details?: S3Operation["details"];
  };
  const context = makesObject === undefined ? undefined : creationContext.get(makesObject);
  const { foreign, ...members } = membersOf(definition);
  const conditionKeys = conditionKeysOf({
    demands,
    makesObject,
    // Of a form, fields that no header of PutObject has the name of are left out.
    members: new Set([...members.reads, ...members.refuses, ...(body === "form" ? [] : reads)]),
    isOfUpload: route.subResource === "uploadId",
  });
  return {
    name,
    route: { level, ...route },
    demands,
    body: bodyMode(body),
    ...members,
    conditionKeys,
    makesBucket,
    // Field by field: to copy an object with all it has takes many times as long.
    parse: ({ query, headers, secure }, names) =>
      known.parse({ query, headers, secure, bucket: names.bucket, key: names.key } as S3Request, names),
    details: (head) => {
      const details = known.details?.(head);
      if (context === undefined) return details ?? {};
      return { ...details, context: new Map([...context, ...(details?.context ?? [])]) };
    },
    unsupported: (request) =>
      refuseUnreadHead(members.refuses, request) ??
      refuseForeign(foreign, request) ??
      definition.unsupported?.(request),
    ...(parseBody === undefined ? {} : { parseBody: parseBody as NonNullable<S3Operation["parseBody"]> }),
    ...(detailsOfBody === undefined
      ? {}
      : { detailsOfBody: detailsOfBody as NonNullable<S3Operation["detailsOfBody"]> }),
    run: (grant, input, given) => known.run(grant, input, narrow(given) as S3Context),
  };
}

/** An operation of the service: it names no bucket. */
export function defineServiceOperation<Input>(definition: Bodiless<S3Request, OperationContext, Input>): S3Operation {
  return row("service", definition, (context) => context);
}

/** An operation of S3 Control on the account of the caller. */
export function defineAccountOperation<Input>(definition: Bodiless<S3Request, AccountContext, Input>): S3Operation;
export function defineAccountOperation<Input, Head, Document>(
  definition: Buffered<S3Request, AccountContext, Input, Head, Document>,
): S3Operation;
export function defineAccountOperation(definition: Forgotten): S3Operation {
  return row("account", definition, (context) => {
    const { principal } = context;
    return { ...context, accountId: present("accountId" in principal ? principal.accountId : undefined, "an account") };
  });
}

/** The operation that makes its bucket. */
export function defineNewBucketOperation<Input, Head, Document>(
  definition: Buffered<BucketRequest, NewBucketContext, Input, Head, Document>,
): S3Operation {
  const narrow = (context: S3Context) => ({ ...context, bucketName: present(context.bucketName, "a bucket's name") });
  return row("bucket", definition, narrow, true);
}

export function defineBucketOperation<Input>(definition: Bodiless<BucketRequest, BucketContext, Input>): S3Operation;
export function defineBucketOperation<Input, Head, Document>(
  definition: Buffered<BucketRequest, BucketContext, Input, Head, Document>,
): S3Operation;
export function defineBucketOperation(definition: Forgotten): S3Operation {
  return row("bucket", definition, bucketContext);
}

export function defineObjectOperation<Input>(definition: Bodiless<ObjectRequest, ObjectContext, Input>): S3Operation;
export function defineObjectOperation<Input>(definition: Streamed<ObjectRequest, ObjectContext, Input>): S3Operation;
export function defineObjectOperation<Input, Head, Document>(
  definition: Buffered<ObjectRequest, ObjectContext, Input, Head, Document>,
): S3Operation;
export function defineObjectOperation(definition: Forgotten): S3Operation {
  return row("object", definition, objectContext);
}

/** The operation whose body is a form of a browser. The pipeline reads the key and, as headers, the other fields from it. */
export function defineFormOperation<Input>(
  definition: Omit<Streamed<S3Request, ObjectContext, Input>, "body">,
): S3Operation {
  return row("bucket", { ...definition, body: "form" }, objectContext);
}

/** The two demands of a read or deletion that may name a version: one action without, another with it. */
export function byVersion(action: S3Demand["action"], versionAction: S3Demand["action"]): readonly S3Demand[] {
  return [
    { action, resource: "object", when: "no-version" },
    { action: versionAction, resource: "object", when: "version-named" },
  ];
}

/** An operation on an object or on one of its versions (`?versionId=`). */
export function versionedObject<Input>(definition: Bodiless<ObjectRequest, VersionContext, Input>): S3Operation {
  interface Versioned {
    readonly versionId: string | undefined;
    readonly input: Input;
  }
  const { parse, run, reads = [], ...rest } = definition;
  return defineObjectOperation<Versioned>({
    ...rest,
    reads: ["?versionId", ...reads],
    parse(request) {
      const versionId = versionIdOf(request);
      if (isRefusal(versionId)) return versionId;
      const input = parse(request);
      return isRefusal(input) ? input : { versionId, input };
    },
    details: ({ versionId }) => (versionId === undefined ? {} : { versionId }),
    run: (grant, { versionId, input }, context) => run(grant, input, { ...context, versionId }),
  });
}

/** An operation on an upload of an object (`?uploadId=`). */
export function defineUploadOperation<Input>(definition: Bodiless<ObjectRequest, UploadContext, Input>): S3Operation;
export function defineUploadOperation<Input>(definition: Streamed<ObjectRequest, UploadContext, Input>): S3Operation;
export function defineUploadOperation<Input, Head, Document>(
  definition: Buffered<ObjectRequest, UploadContext, Input, Head, Document>,
): S3Operation;
export function defineUploadOperation(definition: Forgotten): S3Operation {
  return row("object", definition, uploadContext);
}

/** An operation that copies from another object: its input names the source. */
export function defineCopyOperation<Input extends { readonly source: SourceName }>(
  definition: Bodiless<ObjectRequest, CopyContext, Input>,
): S3Operation {
  const details = (input: Input): SubjectDetails => ({ ...definition.details?.(input), source: input.source });
  return row("object", { ...definition, details }, copyContext);
}
