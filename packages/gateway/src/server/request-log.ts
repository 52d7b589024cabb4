import { type Logger, pino } from "pino";
import type { RequestLine, RequestLog } from "../ports/request-log.ts";
import { questionOf } from "../record/logged-question.ts";

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
  const { allowed, reason, layer, statement, unreadable } = decision;
  return { ...line, decision: { allowed, reason, layer, statement, unreadable, ...questionOf(decision) } };
}

function asError(error: unknown): Error {
  return error instanceof Error ? error : new Error(String(error));
}
