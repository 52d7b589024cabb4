import { type Logger, pino } from "pino";
import type { LoggedDecision, RequestLine, RequestLog } from "../ports/request-log.ts";
import { questionOf } from "../record/logged-question.ts";

/** The level of a line about a request. */
const info = pino.levels.values["info"];

/** JSON lines to `destination`, standard error by default. */
export function createRequestLog(
  level: string,
  destination: { write(line: string): void } = process.stderr,
): RequestLog {
  const logger: Logger = pino({ level, base: null, timestamp: pino.stdTimeFunctions.isoTime }, destination);
  return {
    request: (line) => {
      if (logger.isLevelEnabled("info")) destination.write(written(line));
    },
    fault: (requestId, error) => logger.error({ requestId, err: asError(error) }, "fault"),
    filesSetAside: (files, folder) =>
      logger.warn({ files, folder }, "blob files the index does not know were set aside"),
    warning: (line) => logger.warn(line),
    jobFailed: (job, error) => logger.error({ job, err: asError(error) }, "job failed"),
  };
}

/** As pino writes a line, but for the question of the decision: the record has made its text already. */
function written({ decision, ...line }: RequestLine): string {
  const members = JSON.stringify({ level: info, time: new Date().toISOString(), ...line }).slice(0, -1);
  return `${members}${decision === undefined ? "" : `,"decision":${decisionOf(decision)}`},"msg":"request"}\n`;
}

function decisionOf(decision: LoggedDecision): string {
  const { allowed, reason, layer, statement, unreadable, asked } = decision;
  const { resourceAccount } = asked;
  const members = JSON.stringify({ allowed, reason, layer, statement, unreadable, resourceAccount });
  return `${members.slice(0, -1)},${questionOf(decision)}}`;
}

function asError(error: unknown): Error {
  return error instanceof Error ? error : new Error(String(error));
}
