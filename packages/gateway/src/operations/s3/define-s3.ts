import { checksumAlgorithms, headerOf, type VerifiedBody } from "@s3-credentials/protocol";
import type { Grant } from "../../ports/grant.ts";
import type { ObjectEventName } from "../../ports/notifications.ts";
import type { S3OperationName } from "../../ports/operation-name.ts";
import type { S3Demand } from "../demand.ts";
import { modelOf, refuseUnreadHead, splitMembers } from "../members.ts";
import {
  type BodyMode,
  type BufferedBody,
  isRefusal,
  type OperationContext,
  type Refusal,
  refuse,
  type Reply,
} from "../operation.ts";
import { conditionKeysOf } from "./condition-keys.ts";
import { versionIdOf } from "./names.ts";
import {
  type AccountContext,
  type BucketContext,
  bucketContext,
  copyContext,
  type CopyContext,
  type NewBucketContext,
  objectContext,
  type ObjectContext,
  present,
  type S3Context,
  uploadContext,
  type UploadContext,
  type VersionContext,
} from "./s3-context.ts";
import type { S3Operation } from "./s3-operation.ts";
import type { BucketRequest, ObjectRequest, S3Request, S3Route } from "./s3-request.ts";
import type { SourceName, SubjectDetails } from "./s3-subject.ts";

interface Row {
  readonly name: S3OperationName;
  readonly route: Omit<S3Route, "level">;
  /**
   * What `parse` and `parseBody` read, as `modelledMembers` names it: `header`, `prefix-*`, `?parameter`, `/path/of/an/element`. Beside the
   * bucket owners that are expected, the sub-resource, and the length and checksums of a body. All else is refused.
   */
  readonly reads?: readonly string[];
  /** See `S3Operation`. */
  readonly events?: readonly ObjectEventName[];
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
  const { name, route, demands, body, reads = [], events, makesObject, parseBody, detailsOfBody } = definition;
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
    events,
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
  const operation: Bodiless<ObjectRequest, VersionContext, Versioned> = {
    ...rest,
    reads: ["?versionId", ...reads],
    parse(request) {
      const versionId = versionIdOf(request);
      if (isRefusal(versionId)) return versionId;
      const input = parse(request);
      return isRefusal(input) ? input : { versionId, input };
    },
    details: ({ versionId }) => (versionId === undefined ? {} : { versionId }),
    run: (grant, { input }, context) => run(grant, input, context),
  };
  return row("object", operation, objectContext);
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
