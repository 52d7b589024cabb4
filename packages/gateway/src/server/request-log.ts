import { type Logger, pino } from "pino";
import type { LoggedDecision, RequestLine, RequestLog } from "../ports/request-log.ts";
import { questionOf } from "../record/logged-question.ts";

/** The level of a line about a request. */
const info = pino.levels.values["info"];

interface Lines {
  write(line: string): void;
}

/** A batch that is as long is written at once. */
const maxBatch = 32 * 1024;

/**
 * Writes what comes in one turn of the event loop at once, or in so many ms: a call of the system for each line costs more than to make the
 * line.
 */
export function inBatches(stream: Lines, ms?: number): Lines {
  let waiting = "";
  const flush = (): void => {
    const lines = waiting;
    waiting = "";
    if (lines !== "") stream.write(lines);
  };
  process.on("exit", flush);
  return {
    write: (line) => {
      if (waiting === "") {
        if (ms === undefined) setImmediate(flush);
        else setTimeout(flush, ms);
      }
      waiting += line;
      if (waiting.length > maxBatch) flush();
    },
  };
}

/** JSON lines to `destination`, standard error by default. */
export function createRequestLog(level: string, destination: Lines = inBatches(process.stderr)): RequestLog {
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
function written(line: RequestLine): string {
  const { requestId, remote, method, service, operation, bucket, key, status, code, ms } = line;
  const { principal, accessKeyId, decision } = line;
  const call = { requestId, remote, method, service, operation, bucket, key, status, code, ms, principal, accessKeyId };
  const time = new Date().toISOString();
  const members = `{"level":${info},"time":"${time}",${JSON.stringify(call).slice(1, -1)}`;
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
