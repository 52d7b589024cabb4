import {
  type Attributes,
  type Context,
  defaultTextMapGetter,
  ROOT_CONTEXT,
  type Span,
  SpanKind,
  SpanStatusCode,
  type TextMapPropagator,
  trace,
  type Tracer,
} from "@opentelemetry/api";
import { AsyncLocalStorage } from "node:async_hooks";
import type { IncomingHttpHeaders } from "node:http";
import type { RequestLine } from "../ports/request-log.ts";
import type { StepName, Tracing } from "../ports/tracing.ts";
import { EngineCalls } from "./engine-calls.ts";

export interface TracingParts {
  readonly tracer: Tracer;
  /** Takes the trace from the caller's headers; undefined: each request begins one of its own, so no caller chooses what is collected. */
  readonly propagator: TextMapPropagator | undefined;
  readonly engines: readonly { readonly name: string; readonly url: string }[];
}

interface UnderWay {
  readonly request: Span;
  readonly context: Context;
}

/**
 * Spans of requests, of their steps and of what engines are asked. INVARIANT: their attributes are what the log says of a request, so no
 * secret, token, signature or query string is in them.
 */
export class SpanTracing implements Tracing {
  readonly #tracer: Tracer;
  readonly #propagator: TextMapPropagator | undefined;
  /** Not the global context: a program that has gateways in it has traces of its own. */
  readonly #underWay = new AsyncLocalStorage<UnderWay>();
  readonly #engines: EngineCalls<Span>;

  constructor({ tracer, propagator, engines }: TracingParts) {
    this.#tracer = tracer;
    this.#propagator = propagator;
    this.#engines = new EngineCalls(engines, {
      begin: (engine, method) => this.#beginEngineCall(engine, method),
      answered: (span, status) => {
        span.setAttribute("http.response.status_code", status);
        if (status >= 500) span.setStatus({ code: SpanStatusCode.ERROR });
      },
      failed: (span) => span.setStatus({ code: SpanStatusCode.ERROR }),
      ended: (span) => span.end(),
    });
  }

  stop(): void {
    this.#engines.stop();
  }

  request<T>(headers: IncomingHttpHeaders, work: () => Promise<T>): Promise<T> {
    const parent = this.#propagator?.extract(ROOT_CONTEXT, headers, defaultTextMapGetter) ?? ROOT_CONTEXT;
    const request = this.#tracer.startSpan("request", { kind: SpanKind.SERVER }, parent);
    return this.#within({ request, context: trace.setSpan(ROOT_CONTEXT, request) }, request, work);
  }

  step<T>(name: StepName, work: () => Promise<T>, refusalOf: (result: T) => string | undefined): Promise<T> {
    const now = this.#underWay.getStore();
    if (now === undefined) return work();
    const span = this.#tracer.startSpan(name, {}, now.context);
    return this.#within({ ...now, context: trace.setSpan(ROOT_CONTEXT, span) }, span, async () => {
      const result = await work();
      const refusal = refusalOf(result);
      if (refusal !== undefined) span.setAttribute("error.type", refusal);
      return result;
    });
  }

  describe(line: RequestLine): string | undefined {
    const span = this.#underWay.getStore()?.request;
    if (span === undefined) return undefined;
    // One that is not collected needs no description.
    if (span.isRecording()) {
      span.updateName(line.operation ?? line.method);
      span.setAttributes(attributesOf(line));
      if (line.status >= 500) span.setStatus({ code: SpanStatusCode.ERROR });
    }
    return span.spanContext().traceId;
  }

  /** What fails is marked and no more: the text of an error may say anything, and is in the log. */
  async #within<T>(inside: UnderWay, span: Span, work: () => Promise<T>): Promise<T> {
    try {
      return await this.#underWay.run(inside, work);
    } catch (error) {
      span.setStatus({ code: SpanStatusCode.ERROR });
      throw error;
    } finally {
      span.end();
    }
  }

  /** Undefined: it is no request of a caller. */
  #beginEngineCall(engine: string, method: string): Span | undefined {
    const now = this.#underWay.getStore();
    if (now === undefined) return undefined;
    const attributes = { "peer.service": engine, "http.request.method": method };
    return this.#tracer.startSpan(`engine ${method}`, { kind: SpanKind.CLIENT, attributes }, now.context);
  }
}

/** By the names of the conventions. https://opentelemetry.io/docs/specs/semconv/object-stores/s3/, https://opentelemetry.io/docs/specs/semconv/http/http-spans/ */
function attributesOf(line: RequestLine): Attributes {
  const { decision, upstream } = line;
  const known: Readonly<Record<string, string | number | boolean | undefined>> = {
    "aws.request_id": line.requestId,
    "aws.s3.bucket": line.bucket,
    "aws.s3.key": line.key,
    "client.address": line.remote,
    "error.type": line.code,
    "http.request.body.size": line.received,
    "http.request.method": line.method,
    "http.response.body.size": line.sent,
    "http.response.status_code": line.status,
    "rpc.method": line.operation,
    "rpc.service": line.service,
    "rpc.system": "aws-api",
    "s3_credentials.decision.allowed": decision?.allowed,
    "s3_credentials.decision.layer": decision?.layer,
    "s3_credentials.decision.reason": decision?.reason,
    "s3_credentials.principal": line.principal,
    "s3_credentials.engine.request_id": upstream?.requestId,
  };
  return Object.fromEntries(Object.entries(known).filter(([, value]) => value !== undefined));
}
