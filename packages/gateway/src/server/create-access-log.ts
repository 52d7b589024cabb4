import { AccessLogBuffer } from "../deliveries/access-log-buffer.ts";
import { canonicalOwner } from "../operations/s3/reply.ts";
import type { AccessLogQueue } from "../ports/access-log.ts";
import type { Ports } from "../ports/ports.ts";
import type { RequestLog } from "../ports/request-log.ts";

/** Bytes, of all processes together. */
const maxBytes = 8 * 1024 * 1024;

/** Logs what this process answers. */
export function createAccessLog(
  { accessLogs }: { readonly accessLogs: AccessLogQueue },
  ports: Ports,
  log: Pick<RequestLog, "warning">,
  workers: number,
): AccessLogBuffer {
  return new AccessLogBuffer({
    find: (name) => ports.buckets.find(name),
    canonicalId: (owner) => canonicalOwner(ports, { owner }),
    queue: accessLogs,
    warn: (line) => log.warning(line),
    maxBytes: maxBytes / workers,
  });
}
