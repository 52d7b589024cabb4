import type { AccessLogBuffer } from "../deliveries/access-log-buffer.ts";
import type { HttpServer } from "../http/server.ts";
import type { Gate } from "../pipeline/gate.ts";
import type { DataEventBuffer } from "../record/data-event-buffer.ts";
import { metric, type Metric } from "../telemetry/samples.ts";

type Counted = Pick<HttpServer, "counts">;

export function listenerMetrics({
  server,
  web,
  sites,
}: {
  readonly server: Counted;
  readonly web: { readonly server: Counted } | undefined;
  readonly sites: { readonly server: Counted } | undefined;
}): readonly Metric[] {
  const all = [
    { listener: "s3", counts: server.counts },
    ...(web === undefined ? [] : [{ listener: "console", counts: web.server.counts }]),
    ...(sites === undefined ? [] : [{ listener: "website", counts: sites.server.counts }]),
  ];
  const each = (value: (counts: typeof server.counts) => number) =>
    all.map(({ listener, counts }) => ({ labels: { listener }, value: value(counts) }));
  return [
    metric(
      "s3_credentials_connections",
      each(({ connections }) => connections),
    ),
    metric(
      "s3_credentials_connections_refused_total",
      each(({ refused }) => refused),
    ),
    metric(
      "s3_credentials_requests_in_flight",
      each(({ requests }) => requests),
    ),
  ];
}

export function accessLogMetric({ dropped }: Pick<AccessLogBuffer, "dropped">): Metric {
  const value = { labels: { reason: "unwritten" }, value: dropped };
  return metric("s3_credentials_access_log_lines_dropped_total", [value]);
}

export function gateMetrics(
  { load }: Gate,
  { waiting, dropped }: Pick<DataEventBuffer, "waiting" | "dropped">,
): readonly Metric[] {
  const one = (value: number) => [{ labels: {}, value }];
  return [
    metric("s3_credentials_callers_active", one(load.callers)),
    metric("s3_credentials_requests_waiting", one(load.waiting)),
    metric("s3_credentials_event_buffer_bytes", one(waiting)),
    metric("s3_credentials_events_dropped_total", one(dropped)),
  ];
}
