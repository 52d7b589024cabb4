import type { Config } from "./config.ts";
import { UsageError } from "./parse-console-config.ts";

/** How others see how the gateway is, and how it leaves. */
export const monitoringOptions = {
  "metrics-port": {
    type: "string",
    value: "PORT",
    summary: "serve /metrics, /healthz and /readyz on this port (nowhere)",
  },
  "metrics-host": { type: "string", value: "HOST", summary: "address of these (127.0.0.1)" },
  "otlp-endpoint": {
    type: "string",
    value: "URL",
    summary: "send traces to this collector, OTLP over HTTP ($OTEL_EXPORTER_OTLP_ENDPOINT, or none)",
  },
  "trust-traceparent": { type: "boolean", summary: "go on in the trace that a client's traceparent header names" },
  "drain-delay": {
    type: "string",
    value: "SECONDS",
    summary: "go on serving so long when told to stop, while /readyz says 503 (0)",
  },
  "drain-timeout": {
    type: "string",
    value: "SECONDS",
    summary: "how long requests under way may take after that (10)",
  },
} as const;

type MonitoringValues = {
  readonly [Option in Exclude<keyof typeof monitoringOptions, "trust-traceparent">]?: string | undefined;
} & { readonly "trust-traceparent"?: boolean | undefined };

type Environment = Readonly<Record<string, string | undefined>>;

export function parseMonitoring(
  values: MonitoringValues,
  env: Environment,
): Pick<Config, "metrics" | "tracing" | "drainDelay" | "drainTimeout"> {
  return {
    metrics: parseMetrics(values),
    tracing: parseTracing(values, env),
    drainDelay: parseSeconds("drain-delay", values["drain-delay"] ?? "0"),
    drainTimeout: parseSeconds("drain-timeout", values["drain-timeout"] ?? "10"),
  };
}

function parseMetrics({ "metrics-host": host, "metrics-port": port }: MonitoringValues): Config["metrics"] {
  if (port === undefined) {
    if (host !== undefined) throw new UsageError("--metrics-host needs a port; add --metrics-port 9090");
    return undefined;
  }
  if (host === "") throw new UsageError("--metrics-host is empty; give an address such as 127.0.0.1");
  if (!/^\d{1,5}$/.test(port) || Number(port) > 65_535)
    throw new UsageError(`invalid --metrics-port "${port}": not a port number; give 0 to 65535, 0 for any free one`);
  return { host: host ?? "127.0.0.1", port: Number(port) };
}

function parseSeconds(option: "drain-delay" | "drain-timeout", text: string): number {
  if (!/^\d{1,5}$/.test(text))
    throw new UsageError(`invalid --${option} "${text}": not a number of seconds; give one such as 10`);
  return Number(text) * 1000;
}

/** https://opentelemetry.io/docs/specs/otel/protocol/exporter/#endpoint-urls-for-otlphttp */
function parseTracing(values: MonitoringValues, env: Environment): Config["tracing"] {
  const trustsTraceparent = values["trust-traceparent"] ?? false;
  const given = values["otlp-endpoint"];
  const own = env["OTEL_EXPORTER_OTLP_TRACES_ENDPOINT"] || undefined;
  const all = given ?? (env["OTEL_EXPORTER_OTLP_ENDPOINT"] || undefined);
  const isOff = env["OTEL_SDK_DISABLED"]?.toLowerCase() === "true" || env["OTEL_TRACES_EXPORTER"] === "none";
  if (given === undefined && (isOff || (own ?? all) === undefined)) {
    if (trustsTraceparent && !isOff)
      throw new UsageError("--trust-traceparent needs a collector; add --otlp-endpoint http://127.0.0.1:4318");
    return undefined;
  }
  const [name, text] =
    given !== undefined
      ? ["--otlp-endpoint", given]
      : own !== undefined
        ? ["OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", own]
        : ["OTEL_EXPORTER_OTLP_ENDPOINT", all ?? ""];
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined || !/^https?:$/.test(url.protocol) || url.username + url.password !== "")
    throw new UsageError(
      `invalid ${name} "${hidden(text)}": not an address of a collector; give one such as http://127.0.0.1:4318, and keys for it in OTEL_EXPORTER_OTLP_HEADERS`,
    );
  if (given === undefined && own !== undefined) return { url: own, trustsTraceparent };
  url.pathname = `${url.pathname.replace(/\/$/, "")}/v1/traces`;
  return { url: url.href, trustsTraceparent };
}

/** Without the password that a URL may have. */
function hidden(text: string): string {
  return text.replace(/\/\/[^/@]*@/, "//…@");
}
