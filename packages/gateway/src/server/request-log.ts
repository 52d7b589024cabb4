import { type Logger, pino } from "pino";
import type { LoggedDecision, RequestLine, RequestLog } from "../ports/request-log.ts";
import { loggedStatement, questionOf } from "../record/logged-question.ts";
import { JobFailures } from "./job-failures.ts";

/** The level of a line about a request. */
const info = pino.levels.values["info"];

interface Lines {
  write(line: string): void;
}

/** A batch of so many lines is written without waiting any longer: until then its lines keep their requests in memory. */
const maxBatch = 200;

/** A line, or what it is made from. */
interface Batch {
  write(line: string | RequestLine): void;
}

/**
 * Makes and writes at once the lines of one turn of the event loop, or of so many ms: a call of the system for each takes longer than to make
 * it, and lines that are made one after the other are made faster than between other work.
 */
function inBatches(stream: Lines, ms: number | undefined): Batch {
  let waiting: (string | RequestLine)[] = [];
  const flush = (): void => {
    const lines = waiting;
    waiting = [];
    const text = lines.map(textOf).join("");
    if (text !== "") stream.write(text);
  };
  process.on("exit", flush);
  return {
    write: (line) => {
      if (waiting.length === 0) {
        if (ms === undefined) setImmediate(flush);
        else setTimeout(flush, ms);
      }
      waiting.push(line);
      if (waiting.length === maxBatch) flush();
    },
  };
}

/** It runs in a timer, where an exception would end the process. */
function textOf(line: string | RequestLine): string {
  try {
    return typeof line === "string" ? line : written(line);
  } catch (error) {
    const { requestId } = line as RequestLine;
    return `${JSON.stringify({ level: pino.levels.values["error"], requestId, msg: `no line of a request: ${String(error)}` })}\n`;
  }
}

/** One for the process: each listens for its exit. */
let standardError: Batch | undefined;

/** JSON lines to `destination`, one by one; without it to standard error, in batches of one turn of the event loop, or of `ms`. */
export function createRequestLog(level: string, destination?: Lines, ms?: number): RequestLog {
  const lines: Batch =
    destination === undefined
      ? (standardError ??= inBatches(process.stderr, ms))
      : { write: (line) => destination.write(textOf(line)) };
  const logger: Logger = pino({ level, base: null, timestamp: pino.stdTimeFunctions.isoTime }, lines);
  const failures = new JobFailures();
  return {
    request: (line) => {
      if (logger.isLevelEnabled("info")) lines.write(line);
    },
    fault: (requestId, error) => logger.error({ requestId, err: asError(error) }, "fault"),
    filesSetAside: (files, folder) =>
      logger.warn({ files, folder }, "blob files the index does not know were set aside"),
    warning: (line) => logger.warn(line),
    jobFailed: (job, error) => {
      const said = failures.failed(job, String(error), Date.now());
      if (said === "leave out") return;
      const repeated = said.repeated === 0 ? {} : { repeated: said.repeated };
      logger.error({ job, ...repeated, err: asError(error) }, "job failed");
    },
  };
}

/** As pino writes a line, but for the question of the decision: the record has made its text already. */
function written(line: RequestLine): string {
  const { requestId, remote, method, service, operation, bucket, key, status, code, ms, received, sent } = line;
  const { principal, accessKeyId, decision, upstream, traceId } = line;
  const call = {
    requestId,
    traceId,
    remote,
    method,
    service,
    operation,
    bucket,
    key,
    status,
    code,
    ms,
    received,
    sent,
    principal,
    accessKeyId,
    upstream,
  };
  const time = new Date().toISOString();
  const members = `{"level":${info},"time":"${time}",${JSON.stringify(call).slice(1, -1)}`;
  return `${members}${decision === undefined ? "" : `,"decision":${decisionOf(decision)}`},"msg":"request"}\n`;
}

function decisionOf(decision: LoggedDecision): string {
  const { allowed, reason, layer, unreadable, asked } = decision;
  const { resourceAccount } = asked;
  const statement = decision.statement && loggedStatement(decision.statement);
  const members = JSON.stringify({ allowed, reason, layer, statement, unreadable, resourceAccount });
  return `${members.slice(0, -1)},${questionOf(decision)}}`;
}

function asError(error: unknown): Error {
  return error instanceof Error ? error : new Error(String(error));
}
