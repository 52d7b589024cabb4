import type { ErrorCode, XmlNode } from "@s3-credentials/protocol";
import type { Principal } from "@s3-credentials/policy";
import type { ObjectBytes } from "../ports/object-bytes.ts";
import type { Grant } from "../ports/grant.ts";
import type { Caller } from "../ports/principal-directory.ts";
import type { GroupRecord, IdentityKind, PrincipalRecord } from "../ports/identity-records.ts";
import type { Ports } from "../ports/ports.ts";
import type { RequestTime } from "../ports/time-budget.ts";
import type { BucketRecord } from "../ports/bucket-registry.ts";
import type { QueryConditionKey, QueryDemand } from "./demand.ts";
import type { JsonMembers, JsonResult } from "./json/json-value.ts";
import type {
  ActionName,
  IamOperationName,
  JsonOperationName,
  OperationName,
  S3OperationName,
  StsOperationName,
} from "../ports/operation-name.ts";

/** An expected outcome that is not success. `code` is one of the service's error table in `protocol`. */
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

/** A Query-protocol request (IAM, STS): the form's fields, `Action` and `Version` included. */
export interface QueryRequest {
  readonly parameters: ReadonlyMap<string, string>;
}

/** A body that is read whole, but only once the caller's right is known, and verified before `read` sees it. */
export interface BufferedBody<Document = unknown> {
  readonly kind: "buffered";
  readonly maxBytes: number;
  /** Of an XML document; undefined for other formats. */
  readonly maxElements?: number;
  /**
   * `checksumOf: "object"`: the `x-amz-checksum-` headers (not a trailer) are those of the object that the operation makes, which it
   * verifies itself, and not those of this body (CompleteMultipartUpload).
   */
  readonly checksumOf?: "object";
  /** Parses the bytes, and awaits a `turn` after every few thousand of them. */
  readonly read: (bytes: Buffer, turn: () => Promise<void>) => Promise<Document | Refusal>;
}

/** `form`: a form of a browser, whose fields are headers to the row, and whose file is a stream. */
export type BodyMode =
  | { readonly kind: "none" }
  | BufferedBody
  | { readonly kind: "stream" }
  | { readonly kind: "form" };

/** A resource of a Query operation as authorization sees it. */
export interface ResolvedResource {
  readonly arn: string;
  readonly accountId: string;
  /** The name in a refusal: only what the request said, so that nothing stored is disclosed. Default: `arn`. */
  readonly resourceAsSent?: string;
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
  /** When the caller proved with an MFA device who it is, with this very request; ms. */
  readonly mfaAt?: number;
  /** The identity that the demands are asked on, as it was read for them. `run` gets this record and does not read it again. */
  readonly identity?: ResolvedIdentity;
  /** The account's password policy lets users change their own password. It counts like one more policy of the user that allows it. */
  readonly selfService?: boolean;
}

/** `record` undefined: no identity of this name existed. */
export interface ResolvedIdentity {
  readonly kind: IdentityKind;
  readonly name: string;
  readonly record: PrincipalRecord | GroupRecord | undefined;
}

export interface OperationContext {
  /** For `run` of an IAM operation: see `Resolution.identity`. */
  readonly identity?: ResolvedIdentity;
  /** For `run`: see `Resolution.mfaAt`. */
  readonly mfaAt?: number;
  readonly ports: Ports;
  /** All long work takes its turns here. */
  readonly time: RequestTime;
  readonly caller: Caller;
  readonly principal: Principal;
  readonly requestId: string;
  /** The client's address. */
  readonly sourceIp: string;
  /** ms since the epoch, one for the whole request. */
  readonly now: number;
  /** Where the client says it talks to: scheme and host, no path; for `Location` elements. */
  readonly origin: string;
}

export type ReplyBody =
  | { readonly kind: "none" }
  | { readonly kind: "xml"; readonly root: XmlNode }
  | { readonly kind: "text"; readonly text: string; readonly type: string }
  | { readonly kind: "bytes"; readonly bytes: Buffer }
  | { readonly kind: "stream"; readonly chunks: ObjectBytes; readonly length: number };

export interface Reply {
  readonly kind: "reply";
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: ReplyBody;
}

/** A row of a service whose requests name an action. */
interface ActionOperation<Input, Result> {
  readonly name: ActionName;
  /** Of what clients can send by the operation's model: what is honoured, and what is refused by name (see `members.ts`). */
  readonly reads: readonly string[];
  readonly refuses: ReadonlySet<string>;
  readonly demands: readonly QueryDemand[];
  readonly conditionKeys: readonly QueryConditionKey[];
  readonly resolve: (input: Input, context: OperationContext) => Promise<Resolution | Refusal>;
  readonly run: (grant: Grant, input: Input, context: OperationContext) => Promise<Result | Refusal>;
}

/** A row of the IAM or STS table. `run` gives the children of `<ActionResult>`; undefined: no result element. */
export interface QueryOperation<Input = unknown> extends ActionOperation<Input, readonly XmlNode[] | undefined> {
  readonly name: IamOperationName | StsOperationName;
  readonly parse: (request: QueryRequest) => Input | Refusal;
  /** Who asks, by a token in the input, and not by a signature, which the request then needs not have. */
  readonly identify?: (
    input: Input,
    context: Pick<OperationContext, "ports" | "now">,
  ) => Promise<{ readonly caller: Caller; readonly input: Input } | Refusal>;
}

/** A row of a service that speaks JSON. `run` gives the members of the answer; undefined: there are none. */
export interface JsonOperation<Input = unknown> extends ActionOperation<Input, JsonResult | undefined> {
  readonly name: JsonOperationName;
  readonly parse: (members: JsonMembers) => Input | Refusal;
}

/** Any row that `runAction` can run. */
export type AnyAction<Result> = Pick<
  ActionOperation<unknown, Result>,
  "name" | "demands" | "conditionKeys" | "resolve" | "run"
>;

/**
 * A browser's preflight, the one S3 request that is answered before authentication: browsers ask it without credentials, and
 * the answer has only what the bucket's own CORS rules say to any page.
 */
export interface PreflightOperation {
  readonly name: S3OperationName;
  readonly preflight: (
    headers: ReadonlyMap<string, string>,
    bucket: BucketRecord,
    turn: () => Promise<void>,
  ) => Promise<Reply | Refusal>;
}

export function definePreflight(operation: PreflightOperation): PreflightOperation {
  return operation;
}

/** A documented operation that the gateway does not implement: it answers `NotImplemented`, and docs/differences.md lists it. */
export interface NotImplementedOperation {
  readonly name: OperationName;
  readonly notImplemented: string; // the date it was last looked at
}
