import type { AccessRequest, Decision, Layers } from "@s3-credentials/policy";
import type { EngineCall } from "./engine-calls.ts";

/**
 * The decision on a request: reason, layer and statement. It is never shown to callers of another account. With what was asked, it
 * is all that `explain` needs to make the trace again. `allowed` may differ from the reason where an operation needs no
 * Allow and only a Deny refuses it.
 */
export interface LoggedDecision extends Decision {
  /** What was asked; its line has a `LoggedQuestion` in place of these. */
  readonly asked: AccessRequest;
  /** Names of the condition keys that come from the caller's own record, and of those of tags that the caller may know. */
  readonly ownKeys: Iterable<string>;
  /** The policies that were asked: those of the caller, and that of the resource. */
  readonly layers: Omit<Layers, "resource">;
  readonly resourceLayer: Layers["resource"];
  /** Levels of resource control policies that were asked. */
  readonly resourceControls: Layers["guardrails"];
  /** The account that has the policies of the resource. For an object it is the account of its bucket, which may not own the object. */
  readonly policyAccount: string | undefined;
  /** What else the call was asked for, and was allowed; absent when that is nothing. Of several objects of a bucket, the pattern of all its objects. */
  also?: readonly AlsoAsked[];
  /** What was asked, as text: log and record both have it, so whichever is first makes it and leaves it here. */
  question: string | undefined;
}

export interface AlsoAsked {
  readonly action: string;
  readonly resource: string;
}

/**
 * One line for each request. INVARIANT: no secret, token, signature or query string is ever in it (a presigned
 * URL is a credential), and of headers only what fills a logged condition key.
 */
export interface RequestLine {
  readonly requestId: string;
  readonly remote: string;
  readonly method: string;
  readonly service: string | undefined;
  readonly operation: string | undefined;
  readonly bucket: string | undefined;
  readonly key: string | undefined;
  readonly status: number;
  /** The error's code when it was refused. */
  readonly code: string | undefined;
  readonly ms: number;
  /** Bytes of the request's body that were read, and of the answer's body that were written. */
  readonly received: number;
  readonly sent: number;
  readonly principal: string | undefined;
  readonly accessKeyId: string | undefined;
  readonly decision: LoggedDecision | undefined;
  /** The last request that an engine behind the gateway answered for this one. */
  readonly upstream: EngineCall | undefined;
  /** Where traces are collected. */
  readonly traceId?: string | undefined;
}

export interface RequestLog {
  request(line: RequestLine): void;
  /** A fault behind a 5xx: its stack goes here and nowhere else. */
  fault(requestId: string, error: unknown): void;
  /** Files that the index of objects does not know were moved to `folder`, not deleted. */
  filesSetAside(count: number, folder: string): void;
  /** One line for the operator of the gateway. */
  warning(line: string): void;
  /** Work the gateway does by itself went wrong. */
  jobFailed(job: string, error: unknown): void;
}
