import type { IncomingMessage, ServerResponse } from "node:http";
import type { Socket } from "node:net";
import { type Answer, nothingKnown } from "../pipeline/answer.ts";
import { faultToRefusal } from "../pipeline/faults.ts";
import type { Gate } from "../pipeline/gate.ts";
import { lastEngineCall } from "../ports/engine-calls.ts";
import type { RequestLine, RequestLog } from "../ports/request-log.ts";
import type { AccessLog } from "../ports/access-log.ts";
import type { Clock } from "../ports/clock.ts";
import type { Ids } from "../ports/ids.ts";
import type { Tracing } from "../ports/tracing.ts";
import { noteAccess } from "./access-entry.ts";
import { peerOf } from "./client-address.ts";
import { type PaceLimits, paceLimits } from "./client-pace.ts";
import type { Exchange, Sent } from "./exchange.ts";
import { incomingBody, lingerThenEnd } from "./incoming-body.ts";
import { type HttpSettings, type Parsed, type ParseInput, parseRequest } from "./parse-request.ts";
import { render } from "./render.ts";
import { type Rendered, Sending } from "./send.ts";

export interface ListenerParts {
  readonly gate: Pick<Gate, "serve">;
  /** How an answer is written; by default as the service writes it. */
  readonly render?: typeof render;
  readonly config: HttpSettings;
  readonly clock: Clock;
  readonly ids: Ids;
  readonly log: RequestLog;
  /** For the owners of buckets; undefined: nobody takes it. `isVisit`: requests are visits of websites. */
  readonly accessLog?: AccessLog | undefined;
  readonly isVisit?: boolean;
  /** Undefined: nobody collects traces. */
  readonly tracing?: Tracing | undefined;
  /** How slowly a client may take its answer. */
  readonly pace?: PaceLimits;
}

export type Listener = (request: IncomingMessage, response: ServerResponse, expectsContinue: boolean) => void;

/** One request after another through parse, gate, render and log. */
export function createListener(parts: ListenerParts): Listener {
  return listenerOf(parts, (exchange) => answerParsed(parts, exchange, parseRequest(parts, parseInput(exchange))));
}

/** Nothing that happens while a request is answered ends the process. */
export function listenerOf(
  parts: Pick<ListenerParts, "clock" | "ids" | "log" | "tracing">,
  answer: (exchange: Exchange) => Promise<void>,
): Listener {
  return (request, response, expectsContinue) => {
    const exchange = {
      request,
      response,
      requestId: parts.ids.requestId(),
      started: parts.clock.monotonic(),
      expectsContinue,
      signal: abandoned(response, request.socket),
      received: { bytes: 0 },
    };
    response.on("error", () => response.destroy()); // a write to a client that has left; without a listener it ends the process
    const { tracing } = parts;
    const answered =
      tracing === undefined ? answer(exchange) : tracing.request(request.headers, () => answer(exchange));
    answered.catch((error: unknown) => {
      parts.log.fault(exchange.requestId, error);
      response.destroy();
    });
  };
}

function parseInput({ request, response, requestId, expectsContinue, signal, received }: Exchange): ParseInput {
  const body = incomingBody(request, response, expectsContinue, received);
  return { request, body, peer: peerOf(request.socket), requestId, signal };
}

interface Connected {
  readonly signal: AbortSignal;
  /** Of the request that is answered now, or was last. */
  response: ServerResponse;
}

const connections = new WeakMap<Socket, Connected>();

/**
 * Aborts when the connection ends before the answer has been handed over whole. One for all requests of a connection, of which one at a time
 * is answered: to make a signal takes longer than most of what waits for it.
 */
function abandoned(response: ServerResponse, socket: Socket): AbortSignal {
  let connected = connections.get(socket);
  if (connected === undefined) {
    const controller = new AbortController();
    const made = { signal: controller.signal, response };
    socket.once("close", () => {
      if (!made.response.writableFinished) controller.abort();
    });
    connected = made;
    connections.set(socket, made);
  }
  connected.response = response;
  return connected.signal;
}

/** Passes a request through the gate, sends its answer, and logs it. */
export async function answerParsed(parts: ListenerParts, exchange: Exchange, parsed: Parsed): Promise<void> {
  const finish = async (answer: Answer): Promise<void> => {
    const sending = new Sending(exchange.response, parts.pace ?? paceLimits);
    const answered = parts.clock.monotonic();
    const sent = await deliver(parts, exchange, parsed, answer, sending);
    parts.log.request(lineOf(parts, exchange, parsed, answer, sent));
    const { accessLog, isVisit = false } = parts;
    if (accessLog !== undefined) {
      const totalMs = parts.clock.monotonic() - exchange.started;
      // When the last byte of a body came is not known.
      const turnAroundMs = exchange.received.bytes === 0 ? answered - exchange.started : undefined;
      noteAccess(accessLog, exchange, parsed, answer, { sent, isVisit, totalMs, turnAroundMs });
    }
    await sending.taken();
  };
  if ("refusal" in parsed) await finish({ ...nothingKnown(), outcome: parsed.refusal });
  else await parts.gate.serve(parsed.request, parsed.route, finish);
}

async function deliver(
  parts: ListenerParts,
  exchange: Exchange,
  parsed: Parsed,
  answer: Answer,
  sending: Sending,
): Promise<Sent> {
  const { request, response, requestId, expectsContinue } = exchange;
  const about = {
    service: parsed.service,
    requestId,
    method: request.method ?? "",
    path: parsed.path,
    isControl: parsed.isControl,
    keepAlive: request.complete,
    turn: answer.time?.turn,
  };
  const write = parts.render ?? render;
  const rendered = write(answer.outcome, about);
  try {
    await sending.send(rendered);
    lingerThenEnd(request, response, expectsContinue);
    return sentOf(rendered, sending, sending.isTooSlow ? "slow-client" : undefined);
  } catch (error) {
    // A source that failed before its first byte still gets an error of its own.
    const { refusal, log } = faultToRefusal(error, parsed.service);
    if (log) parts.log.fault(requestId, error);
    if (response.headersSent) {
      response.destroy();
      return sentOf(rendered, sending, "fault");
    }
    const errorAnswer = write(refusal, about);
    await sending.send(errorAnswer);
    lingerThenEnd(request, response, expectsContinue);
    return sentOf(errorAnswer, sending, undefined);
  }
}

function sentOf({ status, headers }: Rendered, { written }: Sending, broken: string | undefined): Sent {
  return { status, headers, broken, bytes: written };
}

export function lineOf(
  parts: Pick<ListenerParts, "clock">,
  exchange: Exchange,
  parsed: Parsed,
  answer: Answer,
  { status, broken, bytes }: Omit<Sent, "headers">,
): RequestLine {
  const route = "route" in parsed && parsed.route.service === "s3" ? parsed.route : undefined;
  const principal = answer.caller?.principal;
  return {
    requestId: exchange.requestId,
    remote: parsed.remote,
    method: exchange.request.method ?? "",
    service: parsed.service,
    operation: answer.operation,
    bucket: route?.bucket,
    key: route?.key,
    status,
    code: broken ?? (answer.outcome.kind === "refusal" ? answer.outcome.code : undefined),
    ms: parts.clock.monotonic() - exchange.started,
    received: exchange.received.bytes,
    sent: bytes,
    principal: principal === undefined ? undefined : "arn" in principal ? principal.arn : principal.kind,
    accessKeyId: answer.caller?.accessKeyId,
    decision: answer.decision,
    upstream: answer.grant && lastEngineCall(answer.grant),
  };
}
