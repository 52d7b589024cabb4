import { createServer } from "node:http";
import type { AddressInfo } from "node:net";

/** A span as OTLP has it in JSON. https://github.com/open-telemetry/opentelemetry-proto/blob/main/opentelemetry/proto/trace/v1/trace.proto */
export interface CollectedSpan {
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId?: string;
  readonly name: string;
  /** https://github.com/open-telemetry/opentelemetry-proto: 1 internal, 2 server, 3 client. */
  readonly kind: number;
  readonly startTimeUnixNano: string;
  readonly endTimeUnixNano: string;
  readonly status: { readonly code?: number };
  readonly attributes: readonly { readonly key: string; readonly value: Readonly<Record<string, unknown>> }[];
}

interface ExportRequest {
  readonly resourceSpans: readonly {
    readonly resource: Pick<CollectedSpan, "attributes">;
    readonly scopeSpans: readonly { readonly spans: readonly CollectedSpan[] }[];
  }[];
}

export interface Collector {
  readonly url: string;
  /** What was sent, as it came. */
  readonly bodies: readonly string[];
  readonly spans: () => readonly CollectedSpan[];
  readonly resource: () => Readonly<Record<string, unknown>>;
  close(): void;
}

/** Of a span or a resource, by their keys. */
export function attributesOf({ attributes }: Pick<CollectedSpan, "attributes">): Readonly<Record<string, unknown>> {
  return Object.fromEntries(attributes.map(({ key, value }) => [key, Object.values(value)[0]]));
}

/** Takes spans by OTLP over HTTP, as a collector does. https://opentelemetry.io/docs/specs/otlp/#otlphttp */
export async function startCollector(): Promise<Collector> {
  const bodies: string[] = [];
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => {
      const isExport = request.url === "/v1/traces" && request.headers["content-type"] === "application/json";
      if (isExport) bodies.push(Buffer.concat(chunks).toString());
      response.writeHead(isExport ? 200 : 400, { "content-type": "application/json" }).end("{}");
    });
  });
  await new Promise<void>((done) => {
    server.listen(0, "127.0.0.1", done);
  });
  const sent = () => bodies.flatMap((body) => (JSON.parse(body) as ExportRequest).resourceSpans);
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    bodies,
    spans: () => sent().flatMap(({ scopeSpans }) => scopeSpans.flatMap(({ spans }) => spans)),
    resource: () => Object.fromEntries(sent().flatMap(({ resource }) => Object.entries(attributesOf(resource)))),
    close() {
      server.close();
      server.closeAllConnections();
    },
  };
}
