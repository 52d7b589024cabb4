import { W3CTraceContextPropagator } from "@opentelemetry/core";
import { OTLPTraceExporter } from "@opentelemetry/exporter-trace-otlp-http";
import { defaultResource, detectResources, envDetector, resourceFromAttributes } from "@opentelemetry/resources";
import { BasicTracerProvider, BatchSpanProcessor } from "@opentelemetry/sdk-trace-base";
import { SpanTracing } from "./tracing.ts";

export interface ExportOptions {
  /** Where spans go: `http://127.0.0.1:4318/v1/traces`. */
  readonly url: string;
  readonly trustsTraceparent: boolean;
  readonly version: string;
  readonly engines: readonly { readonly name: string; readonly url: string }[];
  readonly warn: (line: string) => void;
}

/** A collector that is away is reported so often. */
const warnEveryMs = 60_000;
/** How long the last spans may take at a stop. */
const flushMs = 2000;

/**
 * Spans to a collector by OTLP over HTTP, in JSON. They are sent in batches beside the requests; when the collector is slow or away, spans
 * are dropped and no request waits. What else there is to set (sampling, headers for the collector, limits, the name of the service) the
 * SDK takes from the environment.
 * https://opentelemetry.io/docs/specs/otel/configuration/sdk-environment-variables/
 */
export function exportSpans({ url, trustsTraceparent, version, engines, warn }: ExportOptions): {
  readonly tracing: SpanTracing;
  readonly close: () => Promise<void>;
} {
  const exporter = new OTLPTraceExporter({ url });
  let warned = -Infinity;
  const reporting = {
    export: (...[spans, done]: Parameters<OTLPTraceExporter["export"]>): void =>
      exporter.export(spans, (result) => {
        if (result.error !== undefined && performance.now() - warned > warnEveryMs) {
          warned = performance.now();
          warn(`spans cannot be sent to ${url}: ${result.error.message}; they are dropped until it can be reached`);
        }
        done(result);
      }),
    shutdown: () => exporter.shutdown(),
    forceFlush: () => exporter.forceFlush(),
  };
  const own = resourceFromAttributes({ "service.name": "s3-credentials", "service.version": version });
  const provider = new BasicTracerProvider({
    resource: defaultResource()
      .merge(own)
      .merge(detectResources({ detectors: [envDetector] })),
    spanProcessors: [new BatchSpanProcessor(reporting)],
  });
  const propagator = trustsTraceparent ? new W3CTraceContextPropagator() : undefined;
  const tracing = new SpanTracing({ tracer: provider.getTracer("s3-credentials", version), propagator, engines });
  const close = async (): Promise<void> => {
    tracing.stop();
    const late = new Promise<void>((resolve) => {
      setTimeout(resolve, flushMs).unref();
    });
    await Promise.race([provider.shutdown().catch(() => {}), late]);
  };
  return { tracing, close };
}
