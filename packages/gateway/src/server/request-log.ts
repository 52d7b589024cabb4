import type { AccessRequest } from "@s3-credentials/policy";
import { type Logger, pino } from "pino";
import { loggedQuestion } from "./logged-question.ts";

/** What decided a request, by layer and statement; never shown to callers of another account. */
export interface LoggedDecision {
  readonly allowed: boolean;
  readonly layer: string;
  readonly statement?: string;
  /** What was asked; its line has a `LoggedQuestion` in the place of these. */
  readonly asked: AccessRequest;
  /** Names of the condition keys that come from the caller's own record. */
  readonly principalKeys: Iterable<string>;
}

/**
 * One line for each request. INVARIANT: no secret, token, signature or query string ever stands here (a presigned
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
  readonly principal: string | undefined;
  readonly accessKeyId: string | undefined;
  readonly decision: LoggedDecision | undefined;
}

export interface RequestLog {
  request(line: RequestLine): void;
  /** A fault behind a 5xx: its stack goes here and nowhere else. */
  fault(requestId: string, error: unknown): void;
  /** Files that the index of objects does not know were moved to `folder`, not deleted. */
  filesSetAside(count: number, folder: string): void;
  /** One line for whoever runs the gateway. */
  warning(line: string): void;
  /** Work the gateway does by itself went wrong. */
  jobFailed(job: string, error: unknown): void;
}

/** JSON lines to `destination`, standard error by default. */
export function createRequestLog(
  level: string,
  destination: { write(line: string): void } = process.stderr,
): RequestLog {
  const logger: Logger = pino({ level, base: null, timestamp: pino.stdTimeFunctions.isoTime }, destination);
  return {
    request: (line) => {
      if (logger.isLevelEnabled("info")) logger.info(written(line), "request");
    },
    fault: (requestId, error) => logger.error({ requestId, err: asError(error) }, "fault"),
    filesSetAside: (files, folder) =>
      logger.warn({ files, folder }, "blob files the index does not know were set aside"),
    warning: (line) => logger.warn(line),
    jobFailed: (job, error) => logger.error({ job, err: asError(error) }, "job failed"),
  };
}

/** The context of a decision is read here, and so for the lines that are written only. */
function written({ decision, ...line }: RequestLine): object {
  if (decision === undefined) return line;
  const { asked, principalKeys, ...decided } = decision;
  return { ...line, decision: { ...decided, ...loggedQuestion(asked, principalKeys) } };
}

function asError(error: unknown): Error {
  return error instanceof Error ? error : new Error(String(error));
}
