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

type MonitoringValues = { readonly [Option in keyof typeof monitoringOptions]?: string | undefined };

export function parseMonitoring(values: MonitoringValues): Pick<Config, "metrics" | "drainDelay" | "drainTimeout"> {
  return {
    metrics: parseMetrics(values),
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
