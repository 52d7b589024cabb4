import type { RequestLog } from "../ports/request-log.ts";
import type { Tracing } from "../ports/tracing.ts";
import type { Config, UpstreamsSettings } from "./config.ts";
import type { Opened } from "./opened.ts";
import { version } from "./version.ts";

/** Undefined when nobody collects traces: then nothing of it is loaded. */
export async function openTracing(
  { tracing: settings }: Config,
  upstreams: UpstreamsSettings | undefined,
  log: RequestLog,
  opened: Opened,
): Promise<Tracing | undefined> {
  if (settings === undefined) return undefined;
  const { exportSpans } = await import("../telemetry/export-spans.ts");
  const { tracing, close } = exportSpans({
    ...settings,
    version: version(),
    engines: upstreams?.upstreams ?? [],
    warn: (line) => log.warning(line),
  });
  opened.add(close);
  return tracing;
}

/** The same log; each line is said of its trace too, and has the trace's id. */
export function tracedLog(log: RequestLog, tracing: Tracing): RequestLog {
  return {
    ...log,
    request: (line) => log.request({ ...line, traceId: tracing.describe(line) }),
  };
}
