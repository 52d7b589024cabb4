import type { Grant } from "../../ports/grant.ts";
import type { ObjectEventName } from "../../ports/notifications.ts";
import type { S3OperationName } from "../../ports/operation-name.ts";
import type { S3ConditionKey, S3Demand } from "../demand.ts";
import type { BodyMode, Refusal, Reply } from "../operation.ts";
import type { S3Context } from "./s3-context.ts";
import type { S3Request, S3Route } from "./s3-request.ts";
import type { S3Subject, SubjectDetails } from "./s3-subject.ts";

/** A row of the S3 table as the pipeline sees it. What `parse` and `parseBody` return is private to the row. */
export interface S3Operation {
  readonly name: S3OperationName;
  readonly route: S3Route;
  readonly body: BodyMode;
  /** Of what clients can send by the operation's model: what is honoured, and what is refused by name (see `members.ts`). */
  readonly reads: readonly string[];
  readonly refuses: ReadonlySet<string>;
  /** What it may publish. INVARIANT: whoever changes an object or an upload says so, with an empty list where S3 has no event. */
  readonly events: readonly ObjectEventName[] | undefined;
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
