/** What several processes of one gateway say of the same thing becomes one number: their sum, or that of the first. */
type Aggregator = "sum" | "first";

interface MetricRow {
  readonly type: "counter" | "gauge" | "histogram";
  readonly help: string;
  readonly labels: readonly string[];
  readonly aggregator: Aggregator;
}

/**
 * Every metric of the gateway's own; the reference page and what `/metrics` says of each come from here. INVARIANT: the values of labels
 * are names from tables of the program or from the operator's settings, never of a bucket, a user or a key: anybody can make more of those
 * than a collector can keep.
 * Names: https://prometheus.io/docs/practices/naming/
 */
export const metricTable = {
  s3_credentials_build_info: {
    type: "gauge",
    help: "1; the labels say what runs.",
    labels: ["version", "node"],
    aggregator: "first",
  },
  s3_credentials_ready: {
    type: "gauge",
    help: "1 when /readyz answers 200.",
    labels: [],
    aggregator: "first",
  },
  s3_credentials_check_ok: {
    type: "gauge",
    help: "1 when this part of /readyz was found well at the last look, 0 when it was not.",
    labels: ["check"],
    aggregator: "first",
  },
  s3_credentials_processes: {
    type: "gauge",
    help: "Processes that answer requests.",
    labels: [],
    aggregator: "first",
  },
  s3_credentials_requests_total: {
    type: "counter",
    help: "Requests that were answered, by the class of their status. operation is empty when none was found.",
    labels: ["service", "operation", "status"],
    aggregator: "sum",
  },
  s3_credentials_request_duration_seconds: {
    type: "histogram",
    help: "From the head of a request to the end of its answer.",
    labels: ["service", "operation"],
    aggregator: "sum",
  },
  s3_credentials_received_bytes_total: {
    type: "counter",
    help: "Bytes of bodies of requests that were read.",
    labels: ["service", "operation"],
    aggregator: "sum",
  },
  s3_credentials_sent_bytes_total: {
    type: "counter",
    help: "Bytes of bodies of answers.",
    labels: ["service", "operation"],
    aggregator: "sum",
  },
  s3_credentials_errors_total: {
    type: "counter",
    help: "Answers with an error, by its code; slow-client and fault: an answer that was broken off.",
    labels: ["service", "code"],
    aggregator: "sum",
  },
  s3_credentials_denials_total: {
    type: "counter",
    help: "Requests that the policies denied, by the layer that decided and why.",
    labels: ["layer", "reason"],
    aggregator: "sum",
  },
  s3_credentials_authentication_failures_total: {
    type: "counter",
    help: "Requests whose sender could not be told, by the code of their error; SignInFailed: sign-ins to the console.",
    labels: ["reason"],
    aggregator: "sum",
  },
  s3_credentials_sessions_issued_total: {
    type: "counter",
    help: "Sets of temporary keys that were given out.",
    labels: ["operation"],
    aggregator: "sum",
  },
  s3_credentials_revocations_total: {
    type: "counter",
    help: "Calls that took users, passwords, keys or sessions away, or switched keys off or on.",
    labels: ["operation"],
    aggregator: "sum",
  },
  s3_credentials_requests_in_flight: {
    type: "gauge",
    help: "Requests that are being answered.",
    labels: ["listener"],
    aggregator: "sum",
  },
  s3_credentials_connections: {
    type: "gauge",
    help: "Open connections.",
    labels: ["listener"],
    aggregator: "sum",
  },
  s3_credentials_connections_refused_total: {
    type: "counter",
    help: "Connections that got 503 because there was no place for them.",
    labels: ["listener"],
    aggregator: "sum",
  },
  s3_credentials_callers_active: {
    type: "gauge",
    help: "Callers that have requests under way or waiting.",
    labels: [],
    aggregator: "sum",
  },
  s3_credentials_requests_waiting: {
    type: "gauge",
    help: "Requests that wait because as many of their caller run as may.",
    labels: [],
    aggregator: "sum",
  },
  s3_credentials_writes_waiting: {
    type: "gauge",
    help: "Changes that the writer of a database has not committed or refused yet; beyond 4096 they get 503.",
    labels: ["database"],
    aggregator: "first",
  },
  s3_credentials_lease_remaining_seconds: {
    type: "gauge",
    help: "How long this gateway may still use what it has in memory of a shared directory; 0: each request asks the database first.",
    labels: [],
    aggregator: "first",
  },
  s3_credentials_lease_failures_total: {
    type: "counter",
    help: "How often the database could not be asked for a lease, which happens each second.",
    labels: [],
    aggregator: "first",
  },
  s3_credentials_changes_unconfirmed: {
    type: "gauge",
    help: "Changes of rights that are stored, and answered when every other gateway has confirmed them or its lease is over.",
    labels: [],
    aggregator: "first",
  },
  s3_credentials_event_buffer_bytes: {
    type: "gauge",
    help: "Data events that wait to be written.",
    labels: [],
    aggregator: "sum",
  },
  s3_credentials_events_dropped_total: {
    type: "counter",
    help: "Data events that were not recorded.",
    labels: [],
    aggregator: "sum",
  },
  s3_credentials_notifications_total: {
    type: "counter",
    help: "Notifications by what became of them: delivered; rejected by their target for good; expired after days; dropped because too many wait. failed: deliveries that are tried again.",
    labels: ["target", "outcome"],
    aggregator: "sum",
  },
  s3_credentials_notifications_waiting: {
    type: "gauge",
    help: "Notifications on the disk that their target has not had yet.",
    labels: ["target"],
    aggregator: "first",
  },
  s3_credentials_deliveries_total: {
    type: "counter",
    help: "Objects that services wrote into buckets, or were refused to write: access logs (logging.s3.amazonaws.com), reports of inventories (s3.amazonaws.com).",
    labels: ["service", "outcome"],
    aggregator: "sum",
  },
  s3_credentials_access_log_waiting_bytes: {
    type: "gauge",
    help: "Lines of access logs that wait on the disk to be delivered.",
    labels: [],
    aggregator: "sum",
  },
  s3_credentials_access_log_lines_dropped_total: {
    type: "counter",
    help: "Lines of access logs that were dropped: before they were on the disk (unwritten), or from there (undelivered).",
    labels: ["reason"],
    aggregator: "sum",
  },
  s3_credentials_jobs_failed_total: {
    type: "counter",
    help: "Runs of background work that failed.",
    labels: ["job"],
    aggregator: "sum",
  },
  s3_credentials_faults_total: {
    type: "counter",
    help: "Errors with a stack in the log: something in the gateway or beneath it is wrong.",
    labels: [],
    aggregator: "sum",
  },
  s3_credentials_cache_hits_total: {
    type: "counter",
    help: "Look-ups that found what they looked for.",
    labels: ["cache"],
    aggregator: "sum",
  },
  s3_credentials_cache_misses_total: {
    type: "counter",
    help: "Look-ups that did not.",
    labels: ["cache"],
    aggregator: "sum",
  },
  s3_credentials_cache_bytes: {
    type: "gauge",
    help: "What a cache holds, as it estimates it.",
    labels: ["cache"],
    aggregator: "sum",
  },
  s3_credentials_cache_entries: {
    type: "gauge",
    help: "How many things a cache holds.",
    labels: ["cache"],
    aggregator: "sum",
  },
  s3_credentials_upstream_requests_total: {
    type: "counter",
    help: "Answers of an engine behind the gateway, by the class of their status.",
    labels: ["engine", "status"],
    aggregator: "sum",
  },
  s3_credentials_upstream_errors_total: {
    type: "counter",
    help: "Requests to an engine that got no answer.",
    labels: ["engine"],
    aggregator: "sum",
  },
  s3_credentials_upstream_duration_seconds: {
    type: "histogram",
    help: "From a request to an engine to the head of its answer.",
    labels: ["engine"],
    aggregator: "sum",
  },
  s3_credentials_upstream_requests_in_flight: {
    type: "gauge",
    help: "Requests to an engine that have no answer yet.",
    labels: ["engine"],
    aggregator: "sum",
  },
  s3_credentials_certificate_not_after_seconds: {
    type: "gauge",
    help: "When the certificate in use ends, in seconds since 1970.",
    labels: ["listener"],
    aggregator: "first",
  },
  s3_credentials_disk_free_bytes: {
    type: "gauge",
    help: "Free space on the disk of the data folder.",
    labels: [],
    aggregator: "first",
  },
  s3_credentials_disk_size_bytes: {
    type: "gauge",
    help: "Size of that disk.",
    labels: [],
    aggregator: "first",
  },
  s3_credentials_disk_floor_bytes: {
    type: "gauge",
    help: "Free space below which objects are not written any more (--min-free-space).",
    labels: [],
    aggregator: "first",
  },
} as const satisfies Readonly<Record<string, MetricRow>>;

export type MetricName = keyof typeof metricTable;

/** The labels of a metric, each of which has a value. */
export type LabelsOf<Name extends MetricName> = (typeof metricTable)[Name]["labels"][number];
